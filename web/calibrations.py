"""Calibrations over the API: set with their dates; the past is computed again in steps that are shown."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, ClassVar, Final

import msgspec
from aiohttp import web

from events.calibration import Calibration, Curve, Linear, Made, Piecewise, Recalculation
from events.errors import ConfigError
from runtime.clock import Clock
from web.devices import GROUP, PATH, DevicePath
from web.moments import Moment, moment
from web.operations import answers, delete, get, post
from web.ports import DeviceDesk
from web.problems import ProblemError
from web.wire import json_response

MOST_POINTS: Final = 200
LONGEST_NOTE: Final = 500

MetricName = Annotated[str, msgspec.Meta(max_length=63, pattern=r"^[^\x00]+$", description="One of its metrics.")]


class NewCalibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calibration: `gain` and `offset` (one of them suffices), or `points`.

    Attributes:
        metric: Of what.
        gain: What the raw value is multiplied by.
        offset: What is added then, in the metric's unit.
        points: Raw and true values: straight lines through them, and beyond.
        valid_from: Device time from which on it holds; left out, the present.
        note: Why.
    """

    metric: MetricName
    gain: float | None = None
    offset: float | None = None
    points: Annotated[list[tuple[float, float]], msgspec.Meta(max_length=MOST_POINTS)] | None = None
    valid_from: Moment | None = None
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE, pattern=r"^[^\x00]*$")] | None = None


class CalibrationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which calibration is meant."""

    metric: MetricName
    valid_from: Annotated[Moment, msgspec.Meta(description="Since when it holds, as the listing tells it.")]


class CalibrationItem(msgspec.Struct, frozen=True, kw_only=True):
    """One calibration; either gain and offset, or points."""

    metric: str
    valid_from: datetime
    gain: float | None
    offset: float | None
    points: Sequence[tuple[float, float]] | None
    note: str | None
    actor: str
    made_at: datetime


class RecalculationItem(msgspec.Struct, frozen=True, kw_only=True):
    """The past of a series, computed again: how far it is; null as `finished_at` while there is something left."""

    id: int
    metric: str
    begin: datetime
    end: datetime | None
    actor: str
    asked_at: datetime
    readings: int
    done_until: datetime | None
    finished_at: datetime | None


class CalibrationListing(msgspec.Struct, frozen=True, kw_only=True):
    """A device's calibrations by metric, oldest first, and its newest recalculations, newest first."""

    items: Sequence[CalibrationItem]
    recalculations: Sequence[RecalculationItem]


class CalibrationRoutes:
    """Lists, sets and forgets the calibrations of devices.

    Args:
        desk: The registry.
        clock: The present.
    """

    STATUSES: ClassVar = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)

    def __init__(self, desk: DeviceDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        path = f"{PATH}/{{id}}/calibrations"
        return [
            get(path, self.listing, HTTPStatus.NOT_FOUND, group=GROUP),
            post(path, self.set, *self.STATUSES, group=GROUP),
            delete(path, self.remove, *self.STATUSES, group=GROUP),
        ]

    async def listing(self, _request: web.Request, path: DevicePath) -> CalibrationListing:
        """Return a device's calibrations, and how far the past is computed again."""
        await self._require(path.id)
        made, jobs = await self._desk.calibrations(path.id)
        return CalibrationListing(items=[_item(one) for one in made], recalculations=[_job(job) for job in jobs])

    @answers(RecalculationItem, status=HTTPStatus.ACCEPTED)
    async def set(self, _request: web.Request, path: DevicePath, body: NewCalibration) -> web.Response:
        """Set the calibration of a metric from a time on, until that of a later time.

        Raw values are never changed. Values since then are computed again within half a minute, long stretches in
        steps: the listing shows how far they are. Alarms of the past stay as they were.
        """
        await self._require(path.id)
        now = self._clock()
        since = now if body.valid_from is None else moment(body.valid_from, "valid_from", now)
        try:
            calibration = Calibration(valid_from=since, curve=_curve(body))
            job = await self._desk.calibrate(path.id, body.metric, calibration, body.note)
        except ConfigError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        return json_response(_job(job), status=HTTPStatus.ACCEPTED)

    @answers(RecalculationItem, status=HTTPStatus.ACCEPTED)
    async def remove(self, _request: web.Request, path: DevicePath, query: CalibrationQuery) -> web.Response:
        """Forget the calibration of a metric that holds from this time on; the one before it takes its place."""
        await self._require(path.id)
        since = moment(query.valid_from, "valid_from", self._clock())
        try:
            job = await self._desk.uncalibrate(path.id, query.metric, since)
        except ConfigError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        if job is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "no calibration of this metric holds from this very time on")
        return json_response(_job(job), status=HTTPStatus.ACCEPTED)

    async def _require(self, device_id: str) -> None:
        if await self._desk.get(device_id) is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no device with this id")


def _curve(body: NewCalibration) -> Curve:
    straight = body.gain is not None or body.offset is not None
    if straight == (body.points is not None):
        raise ConfigError("want gain and offset (one of them suffices), or points")
    try:
        if body.points is None:
            return Linear(1.0 if body.gain is None else body.gain, 0.0 if body.offset is None else body.offset)
        return Piecewise(tuple(body.points))
    except ValueError as error:
        raise ConfigError(f"this is no calibration: {error}") from error


def _item(made: Made) -> CalibrationItem:
    curve = made.calibration.curve
    return CalibrationItem(
        metric=made.metric,
        valid_from=made.calibration.valid_from.astimezone(UTC),
        gain=curve.gain if isinstance(curve, Linear) else None,
        offset=curve.offset if isinstance(curve, Linear) else None,
        points=curve.points if isinstance(curve, Piecewise) else None,
        note=made.note,
        actor=made.actor,
        made_at=made.at.astimezone(UTC),
    )


def _job(job: Recalculation) -> RecalculationItem:
    return RecalculationItem(
        id=job.id,
        metric=job.metric,
        begin=job.begin.astimezone(UTC),
        end=_utc(job.end),
        actor=job.actor,
        asked_at=job.asked_at.astimezone(UTC),
        readings=job.readings,
        done_until=_utc(job.done_until),
        finished_at=_utc(job.finished_at),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
