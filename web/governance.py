"""Routes of the governance module: who owes what, who delivered, how well cameras and sensors served."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from statistics import fmean
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.programs import dimensions
from configs.site import SiteFile
from events.errors import ConflictError
from events.governance import Dataset, Freshness, OfficeDay, Report
from events.ids import SourceId
from events.liveness import LifeChange
from events.service_level import ServiceLevel, service_level
from runtime.clock import Clock
from web.directory import Directory
from web.governance_wire import (
    DatasetFile,
    DatasetItem,
    DatasetListing,
    KecamatanItem,
    League,
    OfficeDayItem,
    OfficeDayListing,
    ProgrammeItem,
    ProgrammeListing,
    ReportBody,
    ServiceItem,
    ServiceListing,
    StandingItem,
    dataset_item,
    day_item,
    report_item,
)
from web.moments import days
from web.ports import GovernanceDesk, Lives
from web.problems import ProblemError
from web.tables import csv_response, wants_csv
from web.wire import json_response

PATH = "/api/v1/governance"
USUAL_DAYS = 30
LONGEST_DAYS = 400
SHOWN_REPORTS = 50
AHEAD = timedelta(minutes=5)
"""How far a reporter's clock may be ahead."""


class GovernanceRoutes:
    """Serves `/api/v1/governance`."""

    def __init__(
        self, *, site: SiteFile, desk: GovernanceDesk, lives: Lives, directory: Directory, clock: Clock
    ) -> None:
        self._desk = desk
        self._lives = lives
        self._directory = directory
        self._clock = clock
        self._zone = ZoneInfo(site.city.timezone)
        self._operator = site.web.operator
        self._offices = {office.id: office.name for office in site.offices}

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(f"{PATH}/programmes", self.programmes),
            web.get(f"{PATH}/datasets", self.datasets),
            web.get(f"{PATH}/datasets/{{id}}", self.dataset),
            web.post(f"{PATH}/datasets/{{id}}/reports", self.report),
            web.get(f"{PATH}/days", self.office_days),
            web.get(f"{PATH}/league", self.league),
            web.get(f"{PATH}/service-levels", self.service_levels),
        ]

    async def programmes(self, request: web.Request) -> web.Response:
        """Return the plan's programmes with how their datasets are today; `format=csv` as a file."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for one in await self._desk.register(self._today(), self._today()):
            if one.programme is not None:
                counts[one.programme][one.today.state if one.today else ""] += 1
        items = [
            ProgrammeItem(
                id=programme.id,
                name=programme.name,
                dimension=dimension.name,
                datasets=counts[programme.id].total(),
                fresh=counts[programme.id][Freshness.FRESH],
                late=counts[programme.id][Freshness.LATE],
                silent=counts[programme.id][Freshness.SILENT],
            )
            for dimension in dimensions()
            for programme in dimension.programmes
        ]
        if wants_csv(request):
            return csv_response("program", ProgrammeItem, items)
        return json_response(ProgrammeListing(items=items))

    async def datasets(self, request: web.Request) -> web.Response:
        """Return the register as of today; `opd`, `kind`, `state` choose (several split by commas), `format=csv`."""
        first, last = days(request, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        items = [dataset_item(one, last) for one in await self._desk.register(first, last)]
        for parameter in ("opd", "kind", "state"):
            wanted = request.query.get(parameter)
            if wanted is not None:
                items = [one for one in items if getattr(one, parameter) in wanted.split(",")]
        if wants_csv(request):
            return csv_response("dataset", DatasetItem, items)
        return json_response(DatasetListing(items=items))

    async def dataset(self, request: web.Request) -> web.Response:
        """Return one dataset with its days from `first` to `last`, default the last thirty, and its newest reports."""
        first, last = days(request, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        name = request.match_info["id"]
        found = await self._desk.register(first, last, name)
        if not found:
            raise _no_dataset()
        history = await self._desk.days(first, last, name)
        reports = await self._desk.reports(name, SHOWN_REPORTS)
        return json_response(
            DatasetFile(
                dataset=dataset_item(found[0], last),
                days=[day_item(one) for one in history],
                reports=[report_item(one) for one in reports],
            )
        )

    async def report(self, request: web.Request) -> web.Response:
        """Keep a report: 201 where it is new, 200 where it came before under the same reference."""
        try:
            body = msgspec.json.decode(await request.read(), type=ReportBody)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProblemError(
                HTTPStatus.BAD_REQUEST,
                f'the body must be like {{"records": 132, "updated_at": "2026-11-26T14:00:00+07:00"}}: {error}',
            ) from error
        now = self._clock()
        updated_at = body.updated_at.astimezone(UTC)
        if updated_at > now + AHEAD:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "updated_at: this lies in the future; check the clock and the offset"
            )
        report = Report(
            dataset=request.match_info["id"],
            updated_at=updated_at,
            records=body.records,
            reported_at=now,
            reporter=self._operator,
            reference=body.reference or f"{updated_at.isoformat()} {body.records}",
        )
        try:
            outcome = await self._desk.report(report)
        except ConflictError as error:
            raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error
        if outcome is None:
            raise _no_dataset()
        kept, added = outcome
        return json_response(report_item(kept), status=HTTPStatus.CREATED if added else HTTPStatus.OK)

    async def office_days(self, request: web.Request) -> web.Response:
        """Return each office on each day from `first` to `last`, default the last thirty; `format=csv`."""
        first, last = days(request, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        items = [self._office_day(one) for one in await self._desk.office_days(first, last)]
        if wants_csv(request):
            return csv_response("opd-harian", OfficeDayItem, items)
        return json_response(OfficeDayListing(first=first, last=last, items=items))

    async def league(self, request: web.Request) -> web.Response:
        """Return offices by how much of what they owed was fresh; the default ends yesterday, whose day is over."""
        first, last = days(request, self._today() - timedelta(days=1), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        items = [
            StandingItem(
                place=place,
                opd=one.office,
                opd_name=one.name,
                owed=one.owed,
                fresh=one.fresh,
                share=one.share,
                streak_days=one.streak_days,
            )
            for place, one in enumerate(await self._desk.league(first, last), 1)
        ]
        if wants_csv(request):
            return csv_response("peringkat-opd", StandingItem, items)
        return json_response(League(first=first, last=last, items=items))

    async def service_levels(self, request: web.Request) -> web.Response:
        """Return what cameras and sensors gave from `first` to `last`, and the coverage of each kecamatan."""
        first, last = days(request, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        start = datetime.combine(first, datetime.min.time(), self._zone)
        end = min(datetime.combine(last + timedelta(days=1), datetime.min.time(), self._zone), self._clock())
        history = await self._lives.history(start, end)
        items: list[ServiceItem] = []
        for one in await self._desk.register(self._today(), self._today()):
            if one.kind != "programme":
                source = SourceId(one.id)
                level = service_level(history.changes.get(source, ()), history.listening, (start, end))
                items.append(self._service(one, level, history.state_of(source)))
        if wants_csv(request):
            return csv_response("tingkat-layanan", ServiceItem, items)
        return json_response(
            ServiceListing(
                start=start.astimezone(UTC), end=end.astimezone(UTC), items=items, kecamatan=_by_kecamatan(items)
            )
        )

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _office_day(self, one: OfficeDay) -> OfficeDayItem:
        return OfficeDayItem(
            opd=one.office,
            opd_name=self._offices.get(one.office, one.office),
            day=one.day,
            state=one.state,
            datasets=one.datasets,
            fresh=one.fresh,
            late=one.late,
            silent=one.silent,
        )

    def _service(self, one: Dataset, level: ServiceLevel, change: LifeChange | None) -> ServiceItem:
        return ServiceItem(
            source_id=one.id,
            source_name=one.title,
            source_kind=one.kind,
            site=self._directory.source_site(SourceId(one.id)),
            kecamatan=one.kecamatan,
            opd=one.office,
            state=None if change is None else change.state.value,
            delivered_today=one.today is not None and one.today.state is Freshness.FRESH,
            availability=level.share,
            failures=level.failures,
            repaired=level.repaired,
            repair_s=level.repair_s,
            away_s=level.away_s,
        )


def _by_kecamatan(items: Sequence[ServiceItem]) -> list[KecamatanItem]:
    groups: dict[str, list[ServiceItem]] = defaultdict(list)
    for item in items:
        if item.kecamatan is not None:
            groups[item.kecamatan].append(item)
    return [
        KecamatanItem(
            kecamatan=code,
            sources=len(there),
            delivered_today=(delivered := sum(one.delivered_today for one in there)),
            coverage=delivered / len(there),
            availability=_mean(one.availability for one in there),
        )
        for code, there in sorted(groups.items())
    ]


def _mean(shares: Iterable[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return fmean(known) if known else None


def _no_dataset() -> ProblemError:
    return ProblemError(
        HTTPStatus.NOT_FOUND, f"no such dataset is registered: {PATH}/datasets lists them; the site file adds them"
    )
