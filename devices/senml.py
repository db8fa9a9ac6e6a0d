"""SenML (RFC 8428): base fields resolved into plain records."""

import math
from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from configs.unit_names import ucum_of_senml, ucum_of_sum
from devices.arrival import EARLIEST, LATEST, Time, require_near, shown
from devices.reasons import Reason
from events.errors import PayloadError

ABSOLUTE_FROM_S = 2**28
"""Times below are relative to now, in seconds (RFC 8428, section 4.5.3)."""

NEWEST_VERSION = 10
"""Of the format; a larger `bver` must be refused (RFC 8428, section 4.4)."""


class Entry(msgspec.Struct, gc=False):
    """One element of an array on a telemetry topic: a SenML record, or one of Pantau's own.

    Attributes:
        values: Pantau's own; the SenML fields are then absent.
        ts: Pantau's own.
        boot: Pantau's own, likewise `seq` and `oldest`: each entry of an array may be a message of its own.
        bs: Base sum. Base fields that are absent change nothing; 0 and an empty text set back what held so far.
        vs: Text value.
        vb: Truth value.
        vd: Data.
        s: Sum: the integral of the value over seconds, which meters send beside or in the place of it.
    """

    values: dict[str, float] | None = None
    ts: Time = None
    boot: str | None = None
    seq: int | None = None
    oldest: int | None = None
    bn: str | None = None
    bt: float | None = None
    bu: str | None = None
    bv: float | None = None
    bs: float | None = None
    bver: int | None = None
    n: str = ""
    u: str | None = None
    t: float = 0.0
    v: float | None = None
    vs: str | None = None
    vb: bool | None = None
    vd: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    s: float | None = None


class Data:
    """Stands for a value of bytes, which is no measurement."""


DATA = Data()


class Resolved(NamedTuple):
    """A record by itself.

    Attributes:
        name: The metric: the record's own name, or the end of the base name where it has none.
        unit: Its unit, None where none is given.
        ts: When, aware UTC.
        value: The value, base value added; a text, a truth value or data as they are; None where only a sum is given.
        sum: The sum, base sum added; None where none is given. Its unit is `unit` times seconds.
    """

    name: str
    unit: str | None
    ts: datetime
    value: float | str | bool | Data | None
    sum: float | None


class _Base(NamedTuple):
    """Base fields as they hold for a record."""

    name: str = ""
    time_s: float = 0.0
    unit: str = ""
    value: float = 0.0
    sum: float = 0.0
    version: int | None = None

    def changed_by(self, entry: Entry) -> "_Base":
        """Return what holds from a record on."""
        version = NEWEST_VERSION if entry.bver is None else entry.bver
        if self.version is not None and entry.bver is not None and version != self.version:
            raise PayloadError(Reason.MALFORMED, "bver differs within the pack; leave it out, or send one for all")
        if version > NEWEST_VERSION:
            raise PayloadError(Reason.MALFORMED, f"SenML version {version}; at most {NEWEST_VERSION} is understood")
        return _Base(
            name=self.name if entry.bn is None else entry.bn,
            time_s=self.time_s if entry.bt is None else entry.bt,
            unit=self.unit if entry.bu is None else entry.bu,
            value=self.value if entry.bv is None else entry.bv,
            sum=self.sum if entry.bs is None else entry.bs,
            version=version if self.version is None else self.version,
        )


def resolve(entries: Iterable[Entry], now: datetime) -> Iterator[Resolved]:
    """Apply base fields, which hold from their record on, and yield each record that says something.

    The topic says who measured, so the base name, which in SenML usually carries the device, is not part of the
    metric; only a record without a name of its own is called by what follows the base name's last `:` or `/`.

    Args:
        entries: The pack.
        now: What relative times count from.

    Raises:
        PayloadError: a record has no value, a time makes no sense, or the version is too new.
    """
    base = _Base()
    for entry in entries:
        base = base.changed_by(entry)
        values = [value for value in (entry.v, entry.vs, entry.vb, _data(entry)) if value is not None]
        if not values and entry.s is None:
            if entry.n:
                raise PayloadError(
                    Reason.MALFORMED, f"the record {shown(entry.n)} has no value (v) and no sum (s): send one of them"
                )
            continue
        name = entry.n or base.name.replace("/", ":").rpartition(":")[2]
        if len(values) > 1:
            raise PayloadError(
                Reason.MALFORMED, f"the record {shown(name)} has several values: send one of v, vs, vb, vd"
            )
        value = values[0] if values else None
        yield Resolved(
            name=name,
            unit=entry.u or base.unit or None,
            ts=_time(base.time_s + entry.t, now),
            value=_finite(base.value + entry.v, name) if entry.v is not None else value,
            sum=None if entry.s is None else _finite(base.sum + entry.s, name),
        )


def require_known_fields(keys: Iterable[object]) -> None:
    """Refuse a record with a field that must be understood and is not: its label ends in `_` (RFC 8428, section 4.4).

    Raises:
        PayloadError: `malformed`.
    """
    for key in keys:
        if isinstance(key, str) and key.endswith("_"):
            raise PayloadError(Reason.MALFORMED, f"the field {shown(key)} must be understood and is not: leave it out")


def require_known_labels(payload: bytes) -> None:
    """Apply `require_known_fields` to a pack in JSON that was decoded before.

    Raises:
        PayloadError: `malformed`.
    """
    if b'_"' in payload:
        for record in msgspec.json.decode(payload, type=list[dict[str, object]]):
            require_known_fields(record)


def measurements(record: Resolved, metrics: Container[str]) -> Iterator[tuple[str, float, str | None]]:
    """Yield what a record on Pantau's own topic measures: metric, value, and its UCUM unit where it names one.

    A sum becomes the metric whose name ends in `_sum`, where the sensor has it; elsewhere it is passed over.

    Args:
        record: As resolved.
        metrics: Full names of the sensor's metrics.

    Raises:
        PayloadError: `impossible_value`.
    """
    unit = None if record.unit is None else ucum_of_senml(record.unit)
    value = record.value
    if isinstance(value, bool | str | Data):
        kind = "a truth value" if isinstance(value, bool) else "a text" if isinstance(value, str) else "data"
        raise PayloadError(
            Reason.IMPOSSIBLE_VALUE, f"{shown(record.name)} is {kind}; only numbers are measurements: send v"
        )
    if value is not None:
        yield record.name, value, unit
    if record.sum is not None and f"{record.name}_sum" in metrics:
        yield f"{record.name}_sum", record.sum, None if unit is None else ucum_of_sum(unit)


def _data(entry: Entry) -> Data | None:
    return None if entry.vd is msgspec.UNSET else DATA


def _finite(value: float, name: str) -> float:
    if not math.isfinite(value):
        raise PayloadError(
            Reason.IMPOSSIBLE_VALUE, f"{shown(name)} with its base value or sum is no finite number: leave it out"
        )
    return value


def _time(seconds: float, now: datetime) -> datetime:
    if seconds >= ABSOLUTE_FROM_S:
        start, offset_s = datetime(1970, 1, 1, tzinfo=UTC), seconds
    else:
        start, offset_s = now, seconds
    try:
        moment = start + timedelta(seconds=offset_s)
    except (OverflowError, ValueError) as error:
        raise PayloadError(Reason.BAD_TIME, f"{seconds} s is no time; send seconds") from error
    if not EARLIEST <= moment < LATEST:
        raise PayloadError(Reason.BAD_TIME, f"{seconds} s lies outside 2000 to 2099; SenML times are in seconds")
    require_near(moment, now)
    return moment
