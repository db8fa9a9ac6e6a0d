"""Routes of the governance module: who owes what, who delivered, how well cameras and sensors served."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from statistics import fmean
from typing import Annotated, Final
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
    ReportItem,
    ServiceItem,
    ServiceListing,
    StandingItem,
    dataset_item,
    day_item,
    report_item,
)
from web.moments import DaysQuery, days
from web.operations import answers, get, post
from web.ports import GovernanceDesk, Lives
from web.problems import ProblemError
from web.selection import Names
from web.tables import CSV, Form, TableQuery, csv_response
from web.wire import json_response

PATH = "/api/v1/governance"
GROUP: Final = "Governance"
USUAL_DAYS = 30
LONGEST_DAYS = 400
SHOWN_REPORTS = 50
AHEAD = timedelta(minutes=5)
"""How far a reporter's clock may be ahead."""


class DatasetPath(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset by its id."""

    id: str


class DaysTableQuery(DaysQuery, frozen=True, kw_only=True):
    """Which days are wanted, and in which form."""

    format: Form = "json"


class DatasetsQuery(DaysTableQuery, frozen=True, kw_only=True):
    """Which datasets are wanted; all conditions must hold."""

    opd: Annotated[Names | None, msgspec.Meta(description="Ids of offices.")] = None
    kind: Annotated[Names | None, msgspec.Meta(description="programme, camera or sensor.")] = None
    state: Annotated[Names | None, msgspec.Meta(description="fresh, late or silent.")] = None


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
            get(f"{PATH}/programmes", self.programmes, group=GROUP),
            get(f"{PATH}/datasets", self.datasets, group=GROUP),
            get(f"{PATH}/datasets/{{id}}", self.dataset, HTTPStatus.NOT_FOUND, group=GROUP),
            post(
                f"{PATH}/datasets/{{id}}/reports", self.report, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, group=GROUP
            ),
            get(f"{PATH}/days", self.office_days, group=GROUP),
            get(f"{PATH}/league", self.league, group=GROUP),
            get(f"{PATH}/service-levels", self.service_levels, group=GROUP),
        ]

    @answers(ProgrammeListing)
    @answers(media=CSV)
    async def programmes(self, _request: web.Request, query: TableQuery) -> web.Response:
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
        if query.format == "csv":
            return csv_response("program", ProgrammeItem, items)
        return json_response(ProgrammeListing(items=items))

    @answers(DatasetListing)
    @answers(media=CSV)
    async def datasets(self, _request: web.Request, query: DatasetsQuery) -> web.Response:
        """Return the register as of today; `opd`, `kind`, `state` choose (several split by commas), `format=csv`."""
        first, last = days(query, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        items = [dataset_item(one, last) for one in await self._desk.register(first, last)]
        for parameter in ("opd", "kind", "state"):
            wanted = getattr(query, parameter)
            if wanted is not None:
                items = [one for one in items if getattr(one, parameter) in wanted]
        if query.format == "csv":
            return csv_response("dataset", DatasetItem, items)
        return json_response(DatasetListing(items=items))

    async def dataset(self, _request: web.Request, path: DatasetPath, query: DaysQuery) -> DatasetFile:
        """Return one dataset with its days from `first` to `last`, default the last thirty, and its newest reports."""
        first, last = days(query, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        name = path.id
        found = await self._desk.register(first, last, name)
        if not found:
            raise _no_dataset()
        history = await self._desk.days(first, last, name)
        reports = await self._desk.reports(name, SHOWN_REPORTS)
        return DatasetFile(
            dataset=dataset_item(found[0], last),
            days=[day_item(one) for one in history],
            reports=[report_item(one) for one in reports],
        )

    @answers(ReportItem, status=HTTPStatus.CREATED)
    @answers(ReportItem)
    async def report(self, _request: web.Request, path: DatasetPath, body: ReportBody) -> web.Response:
        """Keep a report: 201 where it is new, 200 where it came before under the same reference."""
        now = self._clock()
        updated_at = body.updated_at.astimezone(UTC)
        if updated_at > now + AHEAD:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "updated_at: this lies in the future; check the clock and the offset"
            )
        report = Report(
            dataset=path.id,
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

    @answers(OfficeDayListing)
    @answers(media=CSV)
    async def office_days(self, _request: web.Request, query: DaysTableQuery) -> web.Response:
        """Return each office on each day from `first` to `last`, default the last thirty; `format=csv`."""
        first, last = days(query, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        items = [self._office_day(one) for one in await self._desk.office_days(first, last)]
        if query.format == "csv":
            return csv_response("opd-harian", OfficeDayItem, items)
        return json_response(OfficeDayListing(first=first, last=last, items=items))

    @answers(League)
    @answers(media=CSV)
    async def league(self, _request: web.Request, query: DaysTableQuery) -> web.Response:
        """Return offices by how much of what they owed was fresh; the default ends yesterday, whose day is over."""
        first, last = days(query, self._today() - timedelta(days=1), usual=USUAL_DAYS, longest=LONGEST_DAYS)
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
        if query.format == "csv":
            return csv_response("peringkat-opd", StandingItem, items)
        return json_response(League(first=first, last=last, items=items))

    @answers(ServiceListing)
    @answers(media=CSV)
    async def service_levels(self, _request: web.Request, query: DaysTableQuery) -> web.Response:
        """Return what cameras and sensors gave from `first` to `last`, and the coverage of each kecamatan."""
        first, last = days(query, self._today(), usual=USUAL_DAYS, longest=LONGEST_DAYS)
        start = datetime.combine(first, datetime.min.time(), self._zone)
        end = min(datetime.combine(last + timedelta(days=1), datetime.min.time(), self._zone), self._clock())
        history = await self._lives.history(start, end)
        items: list[ServiceItem] = []
        for one in await self._desk.register(self._today(), self._today()):
            if one.kind != "programme":
                source = SourceId(one.id)
                level = service_level(history.changes.get(source, ()), history.listening, (start, end))
                items.append(self._service(one, level, history.state_of(source)))
        if query.format == "csv":
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
