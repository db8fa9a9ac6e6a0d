"""A city in memory: fulfils the protocols of `web.ports` as the real rooms do, so that both run the same tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid6 import uuid7

from alerts.operating import acknowledge
from configs.site import SiteFile
from events.alarm import (
    EVERY_ALARM,
    Alarm,
    AlarmAction,
    AlarmChange,
    AlarmKey,
    AlarmPage,
    AlarmRecord,
    AlarmState,
    Priority,
    Selection,
)
from events.availability import LifeHistory
from events.clock import ClockOffset
from events.command import Command
from events.errors import ConflictError, StorageError
from events.ids import RuleId, SiteId, SourceId, ZoneId
from events.liveness import Hearing, SourceLife, Takers
from events.reading import LatestValue, Quality, Window
from events.trace import Trace

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Noon in Rembang."""

JPEG = b"\xff\xd8\xff\xe0 a picture"

SITE = SiteFile.model_validate(
    {
        "city": {"name": "Rembang", "demo": True},
        "web": {"operator": "Siti"},
        "offices": [{"id": "dlh", "name": "Dinas Lingkungan Hidup"}],
        "sites": [
            {
                "id": "alun-alun",
                "name": "Alun-alun (demo)",
                "kecamatan": "33.17.10",
                "position": {"lat": -6.7060, "lon": 111.3467},
                "opd": "dlh",
            },
            {
                "id": "tasikagung",
                "name": "Tasikagung (demo)",
                "kecamatan": "33.17.10",
                "position": {"lat": -6.7028, "lon": 111.3376},
            },
        ],
        "cameras": [
            {"id": "cam-plaza", "name": "Kamera plaza", "site": "alun-alun", "url": "rtsp://u:secret@127.0.0.1/a"},
            {"id": "cam-harbour", "name": "Kamera dermaga", "site": "tasikagung", "url": "rtsp://127.0.0.1/b"},
        ],
        "sensors": [
            {
                "id": "tide-1",
                "name": "Pasang surut",
                "site": "tasikagung",
                "interval_s": 10,
                "metrics": {"tide": {"unit": "m", "name": "Tinggi muka air"}},
            },
            {"id": "air-1", "name": "Udara", "site": "alun-alun", "metrics": {"pm25": {"unit": "ug/m3"}}},
        ],
    }
)


class MemoryAlarms:
    """Alarms and their stream in memory; implements `web.ports.AlarmDesk`."""

    def __init__(self) -> None:
        self.records: list[AlarmRecord] = []
        self.latest: dict[UUID, AlarmRecord] = {}
        self.away = False
        self.wakes = True
        self.tick_s = 0.2
        self.latency: Callable[[], int] = lambda: 1
        self._kept_from = 0
        self._woken: set[asyncio.Event] = set()
        self._lock = asyncio.Lock()
        self._done: dict[str, AlarmRecord] = {}

    def commit(self, change: AlarmChange) -> AlarmRecord:
        record = AlarmRecord(seq=len(self.records) + 1, change=change)
        self.records.append(record)
        self.latest[change.alarm.id] = record
        if self.wakes:
            self.wake()
        return record

    def wake(self) -> None:
        for woken in self._woken:
            woken.set()

    def forget_before(self, seq: int) -> None:
        self._kept_from = seq

    async def page(
        self, *, states: tuple[AlarmState, ...], after: str | None, limit: int, selection: Selection = EVERY_ALARM
    ) -> AlarmPage:
        self._answer()
        below = len(self.records) + 1 if after is None else int(after)
        fitting = sorted(
            (
                r
                for r in self.latest.values()
                if r.seq < below and r.change.alarm.state in states and selection.takes(r.change.alarm)
            ),
            key=lambda r: -r.seq,
        )
        items = tuple(fitting[:limit])
        return AlarmPage(items=items, next=str(items[-1].seq) if len(fitting) > limit else None, seq=len(self.records))

    async def get(self, alarm_id: UUID, /) -> AlarmRecord | None:
        self._answer()
        return self.latest.get(alarm_id)

    async def change(
        self,
        alarm_id: UUID,
        step: Callable[[Alarm], AlarmChange],
        /,
        *,
        command: str | None = None,
        origin: str | None = None,
    ) -> AlarmRecord:
        self._answer()
        async with self._lock:
            before = self.latest[alarm_id].change.alarm
            await asyncio.sleep(0)
            done = self._done.get(command) if command is not None else None
            if done is not None and done.change.alarm.id != alarm_id:
                raise ConflictError(f"the command {command!r} was given to another alarm")
            record = done or self.commit(step(before))
            if command is not None:
                self._done[command] = record
            return record

    async def history(self, alarm_id: UUID, /) -> Sequence[AlarmRecord]:
        self._answer()
        return [record for record in self.records if record.change.alarm.id == alarm_id]

    async def histories(self, rules: Sequence[str], newest: int, /) -> Sequence[AlarmRecord]:
        self._answer()
        fitting = [r for r in self.latest.values() if r.change.alarm.key.rule in rules]
        wanted = {r.change.alarm.id for r in sorted(fitting, key=lambda r: -r.seq)[:newest]}
        return [record for record in self.records if record.change.alarm.id in wanted]

    async def between(self, start: datetime, end: datetime, /) -> Sequence[AlarmRecord]:
        self._answer()
        return [record for record in self.records if record.change.at < end]

    async def events_after(self, seq: int, limit: int, /) -> Sequence[AlarmRecord]:
        self._answer()
        found = self.records[seq : seq + limit]
        # A real database answers with what was true when it read, some time ago.
        for _ in range(self.latency()):
            await asyncio.sleep(0)
        return found

    async def oldest_seq(self) -> int | None:
        self._answer()
        return max(self._kept_from, 1) if self.records else None

    async def newest_seq(self) -> int:
        self._answer()
        return len(self.records)

    async def wakeups(self) -> AsyncIterator[object]:
        woken = asyncio.Event()
        woken.set()
        self._woken.add(woken)
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.tick_s):
                        await woken.wait()
                woken.clear()
                yield None
        finally:
            self._woken.discard(woken)

    def _answer(self) -> None:
        if self.away:
            raise StorageError("connection to server at 10.0.0.5 refused for user pantau")


class MemoryReadings:
    def __init__(self) -> None:
        self.values: list[LatestValue] = []
        self.figures: list[Window] = []

    async def latest(self, quality: Quality | None = None, /) -> Sequence[LatestValue]:
        return [value for value in self.values if quality is None or value.reading.quality is quality]

    async def windows(self, metrics: Sequence[str], start: datetime, end: datetime, /) -> Sequence[Window]:
        return [window for window in self.figures if window.metric in metrics]


class MemoryLives:
    def __init__(self) -> None:
        self.heard: Hearing | None = None
        self.known: list[SourceLife] = []
        self.past = LifeHistory(changes={}, listening=())
        self.offsets: list[ClockOffset] = []
        self.taking = Takers(works=True)
        self.away = False

    def hear(self, until: datetime, since: datetime) -> None:
        self.heard = Hearing(listened_until=until, listening_since=since)

    async def hearing(self) -> Hearing | None:
        if self.away:
            raise StorageError("gone")
        return self.heard

    async def takers(self, _identity: str, /) -> Takers:
        return self.taking

    async def sources(self) -> Sequence[SourceLife]:
        return self.known

    async def history(self, _begin: datetime, _end: datetime, /) -> LifeHistory:
        return self.past

    async def clocks(self) -> Sequence[ClockOffset]:
        return self.offsets


class MemoryTraces:
    def __init__(self, alarms: MemoryAlarms) -> None:
        self._alarms = alarms

    async def trace(self, alarm_id: UUID, _metrics: Mapping[str, str], /) -> Trace | None:
        records = await self._alarms.history(alarm_id)
        return Trace(records=records) if records else None


class MemoryPictures:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def get(self, sha256: str, /) -> bytes | None:
        return self.kept.get(sha256)


class City:
    """Everything the web room needs, with a clock that stands still until moved."""

    def __init__(self) -> None:
        self.now = NOON
        self.alarms = MemoryAlarms()
        self.readings = MemoryReadings()
        self.lives = MemoryLives()
        self.pictures = MemoryPictures()
        self.traces = MemoryTraces(self.alarms)

    def clock(self) -> datetime:
        return self.now

    def raise_alarm(
        self,
        title: str = "Pasang rob 1,04 m",
        *,
        source: str = "tide-1",
        site: str = "tasikagung",
        kind: str = "threshold",
        zone: str = "",
        priority: Priority = Priority.SEDANG,
        value: float | None = 1.04,
        unit: str | None = "m",
        evidence: str | None = None,
        at: datetime | None = None,
    ) -> AlarmRecord:
        at = at or self.clock()
        alarm = Alarm(
            id=uuid7(),
            version=1,
            key=AlarmKey(RuleId("rule-1"), SourceId(source), ZoneId(zone)),
            kind=kind,
            priority=priority,
            site=SiteId(site),
            title=title,
            value=value,
            unit=unit,
            active=True,
            acked=False,
            met_at=at - timedelta(seconds=2),
            raised_at=at,
            updated_at=at,
            evidence=evidence,
        )
        change = AlarmChange(action=AlarmAction.RAISE, alarm=alarm, before=None, actor="pantau", at=at)
        return self.alarms.commit(change)

    def acknowledge(self, record: AlarmRecord, actor: str = "Siti") -> AlarmRecord:
        alarm = self.alarms.latest[record.change.alarm.id].change.alarm
        return self.alarms.commit(acknowledge(alarm, Command(actor=actor, at=self.clock())))
