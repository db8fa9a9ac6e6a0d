"""Routes for those who come after: the handover of a shift, the record of an incident, a list of alarms as a file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.alarm import EVERY_ALARM, AlarmRecord, AlarmState
from events.ids import SourceId
from events.journal import EntryKind
from events.liveness import LifeState
from runtime.clock import Clock
from web.commands import AlarmPath
from web.directory import Directory
from web.journal import EntryItem, entry_item
from web.moments import PeriodQuery, moment
from web.operations import answers, get
from web.paper import Paper
from web.ports import AlarmReader, Journal, Lives, Review, Tell, Traces
from web.problems import ProblemError
from web.tables import CSV, csv_response
from web.why import MomentItem
from web.wire import AlarmItem, alarm_item, json_response

GROUP: Final = "Alarms"
MOST_OPEN: Final = 500
MOST_ENTRIES: Final = 500
LONGEST: Final = timedelta(days=400)
SHOWN_FIGURES: Final = ("per_hour", "largest_window", "flood_time", "stale_at_once", "shelved_at_once")

_OPEN = tuple(state for state in AlarmState if state is not AlarmState.NORM)
_NOTHING = ("Tidak ada.", "None.")


class DownItem(msgspec.Struct, frozen=True, kw_only=True):
    """A camera or sensor that is not there."""

    source_id: str
    source_name: str
    state: str
    since: datetime


class FigureItem(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of the shift beside its target."""

    name: str
    text: str
    text_en: str
    value: float | None
    unit: str
    target: float | None
    verdict: str


class OpenItem(msgspec.Struct, frozen=True, kw_only=True):
    """An open alarm and who takes care of it."""

    alarm: AlarmItem
    assignee: str | None


class HandoverItem(msgspec.Struct, frozen=True, kw_only=True):
    """What the next shift has to know."""

    start: datetime
    end: datetime
    open: list[OpenItem]
    shelved: list[OpenItem]
    entries: list[EntryItem]
    floods: list[tuple[datetime, datetime]]
    down: list[DownItem]
    figures: list[FigureItem]


class RecordItem(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one alarm."""

    alarm: AlarmItem
    assignee: str | None
    timeline: list[MomentItem]
    journal: list[EntryItem]


Form = Annotated[Literal["json", "html"], msgspec.Meta(description="html as a page to print.")]


class FormQuery(msgspec.Struct, frozen=True, kw_only=True):
    """In which form it is told."""

    format: Form = "json"


class HandoverQuery(PeriodQuery, frozen=True, kw_only=True):
    """Which shift is handed over, and in which form."""

    format: Form = "json"


class HandoverRoutes:
    """Serves `/api/v1/handover`, `/api/v1/alarms/export` and `/api/v1/alarms/{id}/record`."""

    def __init__(
        self,
        *,
        site: SiteFile,
        alarms: AlarmReader,
        journal: Journal,
        lives: Lives,
        review: Review,
        traces: Traces,
        tell: Tell,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._city = site.city.name
        self._alarms = alarms
        self._journal = journal
        self._lives = lives
        self._review = review
        self._traces = traces
        self._tell = tell
        self._directory = directory
        self._clock = clock
        self._zone = ZoneInfo(site.city.timezone)
        self._operators = site.control_room.operators
        self._begins = [time.fromisoformat(begin) for begin in site.control_room.shifts]
        ids = [*(camera.id for camera in site.cameras), *(sensor.id for sensor in site.sensors)]
        self._sources = [SourceId(one) for one in ids]
        self._metrics = directory.rules.measured

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get("/api/v1/handover", self.handover, group=GROUP),
            get("/api/v1/alarms/export", self.export, group=GROUP),
            get("/api/v1/alarms/{id}/record", self.record, HTTPStatus.NOT_FOUND, group=GROUP),
        ]

    @answers(HandoverItem)
    @answers(media="text/html")
    async def handover(self, _request: web.Request, query: HandoverQuery) -> web.Response:
        """Return what the next shift has to know, from `from` (the shift's beginning) to `to` (now).

        With `format=html` as a page to print.
        """
        end = moment(query.end, "to", self._clock())
        start = moment(query.start, "from", self._shift_before(end))
        _require_period(start, end)
        as_page = query.format == "html"
        found = await self._found(start, end)
        return self._handover_page(found) if as_page else json_response(found)

    @answers(media=CSV)
    async def export(self, _request: web.Request, query: PeriodQuery) -> web.Response:
        """Return every alarm that was open at some time from `from` to `to` as CSV, each as it was at the end."""
        end = moment(query.end, "to", self._clock())
        start = moment(query.start, "from", end - timedelta(days=1))
        _require_period(start, end)
        latest = {record.change.alarm.id: record for record in await self._alarms.between(start, end)}
        rows = [alarm_item(record, self._directory) for record in sorted(latest.values(), key=lambda one: one.seq)]
        return csv_response("alarm", AlarmItem, rows)

    @answers(RecordItem)
    @answers(media="text/html")
    async def record(self, _request: web.Request, path: AlarmPath, query: FormQuery) -> web.Response:
        """Return everything about one alarm; with `format=html` as a page to print."""
        alarm_id = path.id
        as_page = query.format == "html"
        trace = await self._traces.trace(alarm_id, self._metrics)
        if trace is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no alarm with this id")
        entries = await self._journal.entries(alarm_id)
        assigned = [one.assignee for one in entries if one.kind is EntryKind.ASSIGN and one.alarm == alarm_id]
        found = RecordItem(
            alarm=alarm_item(trace.records[-1], self._directory),
            assignee=assigned[-1] if assigned else None,
            timeline=[
                MomentItem(
                    at=one.at.astimezone(UTC), clock=one.clock, what=one.what, text=one.text, after_s=one.after_s
                )
                for one in self._tell(trace)
            ],
            journal=[entry_item(one) for one in entries],
        )
        return self._record_page(found) if as_page else json_response(found)

    async def _found(self, start: datetime, end: datetime) -> HandoverItem:
        page = await self._alarms.page(states=_OPEN, after=None, limit=MOST_OPEN, selection=EVERY_ALARM)
        assignees = await self._journal.assignees()
        entries = await self._journal.between(start, end, MOST_ENTRIES)
        figures = self._review(await self._alarms.between(start, end), start=start, end=end, operators=self._operators)
        history = await self._lives.history(start, end)
        by_priority = sorted(page.items, key=lambda one: (one.change.alarm.priority, one.change.alarm.raised_at))
        shelved = [one for one in by_priority if one.change.alarm.state is AlarmState.SHLVD]
        gone = [change for source in self._sources if (change := history.state_of(source)) is not None]
        return HandoverItem(
            start=start,
            end=end,
            open=[self._open(one, assignees) for one in by_priority if one not in shelved],
            shelved=[self._open(one, assignees) for one in shelved],
            entries=[entry_item(one) for one in entries],
            floods=[(begun.astimezone(UTC), ended.astimezone(UTC)) for begun, ended in figures.floods],
            down=[
                DownItem(
                    source_id=change.source,
                    source_name=self._directory.source_name(change.source),
                    state=change.state,
                    since=change.at.astimezone(UTC),
                )
                for change in gone
                if change.state in {LifeState.GONE, LifeState.LATE}
            ],
            figures=[
                FigureItem(
                    name=one.name,
                    text=one.text[0],
                    text_en=one.text[1],
                    value=one.value,
                    unit=one.unit,
                    target=one.target,
                    verdict=one.verdict,
                )
                for one in figures.figures
                if one.name in SHOWN_FIGURES
            ],
        )

    def _open(self, record: AlarmRecord, assignees: Mapping[UUID, str]) -> OpenItem:
        return OpenItem(alarm=alarm_item(record, self._directory), assignee=assignees.get(record.change.alarm.id))

    def _shift_before(self, end: datetime) -> datetime:
        local = end.astimezone(self._zone)
        begins = [datetime.combine(local.date(), begin, self._zone) for begin in self._begins]
        past = [begin for begin in begins if begin < local]
        latest = past[-1] if past else begins[-1] - timedelta(days=1)
        return latest.astimezone(UTC)

    def _handover_page(self, found: HandoverItem) -> web.Response:
        span = f"{found.start.astimezone(self._zone):%d/%m/%Y %H.%M} s.d. {found.end.astimezone(self._zone):%H.%M}"
        paper = Paper(("Serah terima", "Shift handover"), f"{self._city}, {span}", self._zone)
        heads = (("Prioritas", "Priority"), ("Alarm", "Alarm"), ("Lokasi", "Place"), ("Sejak", "Since"))
        paper.table(
            ("Alarm terbuka", "Open alarms"),
            (*heads, ("Keadaan", "State"), ("Ditugaskan", "Assigned")),
            [(*_told(one.alarm), one.alarm.state, one.assignee) for one in found.open],
            _NOTHING,
        )
        paper.table(
            ("Ditunda", "Shelved"),
            (*heads, ("Sampai", "Until"), ("Alasan", "Reason")),
            [
                (*_told(one.alarm), one.alarm.shelf.until, one.alarm.shelf.reason)
                for one in found.shelved
                if one.alarm.shelf is not None
            ],
            _NOTHING,
        )
        paper.table(("Catatan", "Notes"), _ENTRY_HEADS, [_entry(one) for one in found.entries], _NOTHING)
        paper.table(("Banjir alarm", "Alarm floods"), (("Mulai", "From"), ("Selesai", "To")), found.floods, _NOTHING)
        paper.table(
            ("Kamera dan sensor bermasalah", "Cameras and sensors down"),
            (("Sumber", "Source"), ("Keadaan", "State"), ("Sejak", "Since")),
            [(one.source_name, one.state, one.since) for one in found.down],
            _NOTHING,
        )
        paper.table(
            ("Angka shift", "Figures of the shift"),
            (("Ukuran", "Figure"), ("Nilai", "Value"), ("Target", "Target")),
            [(f"{one.text} / {one.text_en}", _number(one.value), _number(one.target)) for one in found.figures],
            _NOTHING,
        )
        return paper.response()

    def _record_page(self, found: RecordItem) -> web.Response:
        alarm = found.alarm
        paper = Paper(("Catatan kejadian", "Incident record"), f"{self._city}: {alarm.title}", self._zone)
        facts = [
            ("Nomor / Id", alarm.id),
            ("Prioritas / Priority", alarm.priority),
            ("Lokasi / Place", alarm.site_name),
            ("Sumber / Source", alarm.source_name),
            ("Keadaan / State", alarm.state),
            ("Terpenuhi / Met", alarm.met_at),
            ("Diterima / Acknowledged", alarm.acked_by),
            ("Pulih / Returned", alarm.cleared_at),
            ("Ditugaskan / Assigned", found.assignee),
        ]
        paper.table(
            ("Rincian", "Facts"), (("", ""), ("", "")), [fact for fact in facts if fact[1] is not None], _NOTHING
        )
        if alarm.evidence_url is not None:
            paper.picture(alarm.evidence_url, "Gambar bukti, orang disamarkan / Evidence, people pixelated")
        paper.table(
            ("Urutan waktu", "Timeline"),
            (("Waktu", "Time"), ("Jam siapa", "Whose clock"), ("Apa", "What")),
            [(one.at, one.clock, one.text) for one in found.timeline],
            _NOTHING,
        )
        paper.table(("Catatan", "Notes"), _ENTRY_HEADS, [_entry(one) for one in found.journal], _NOTHING)
        return paper.response()


_ENTRY_HEADS = (("Waktu", "Time"), ("Siapa", "Who"), ("Dari", "From"), ("Apa", "What"), ("Isi", "Text"))


def _entry(one: EntryItem) -> Sequence[object]:
    text = one.text
    if one.kind == EntryKind.ASSIGN:
        text = f"→ {one.assignee or '-'} {text}".rstrip()
    elif one.linked is not None:
        text = f"↔ {one.linked} {text}".rstrip()
    return one.at, one.actor, one.origin, one.kind, text


def _told(alarm: AlarmItem) -> Sequence[object]:
    return alarm.priority, alarm.title, alarm.site_name, alarm.raised_at


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}".replace(".", ",")


def _require_period(start: datetime, end: datetime) -> None:
    if not start < end <= start + LONGEST:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"from, to: want a period that ends after it starts, of {LONGEST.days} days at most",
        )
