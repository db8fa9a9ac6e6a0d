"""What readers see."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from configs.site import SiteFile
from events.alarm import Alarm, AlarmAction, AlarmChange, AlarmState
from events.errors import ConflictError, StorageError
from events.observation import Phase
from events.reading import Quality
from storage.alarms import AlarmStore
from storage.editions import Edition
from storage.figures import count_figures
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.readings import ReadingStore
from storage.seed import seed
from storage.writer import Writer
from tests.material import NOON, LimitRule, accept, at, canary, refused, statement, status, telemetry

EVERY_STATE = tuple(AlarmState)


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(each_database, LimitRule(), PictureStore(tmp_path), lambda: NOON)
    yield writer
    writer.close()


@pytest.fixture
async def alarms(each_database: str) -> AsyncIterator[AlarmStore]:
    async with AlarmStore(each_database) as store:
        yield store


def raise_alarms(writer: Writer, count: int, ts_s: float = 0) -> None:
    writer.commit([telemetry(f"sensor-{n}", ts_s, {"x": 150}) for n in range(count)])


class TestPage:
    async def test_an_empty_database_has_an_empty_page(self, alarms: AlarmStore) -> None:
        page = await alarms.page(states=EVERY_STATE, after=None, limit=10)
        assert (page.items, page.next, page.seq) == ((), None, 0)
        assert (await alarms.oldest_seq(), await alarms.newest_seq()) == (None, 0)

    async def test_pages_join_without_gap_or_repeat(self, alarms: AlarmStore, writer: Writer) -> None:
        raise_alarms(writer, 7)
        seqs: list[int] = []
        after = None
        while True:
            page = await alarms.page(states=EVERY_STATE, after=after, limit=3)
            seqs += [record.seq for record in page.items]
            after = page.next
            if after is None:
                break
        assert len(set(seqs)) == 7
        assert seqs == sorted(seqs, reverse=True)
        assert page.seq == seqs[0] == await alarms.newest_seq()

    async def test_a_page_that_is_just_full_is_the_last(self, alarms: AlarmStore, writer: Writer) -> None:
        raise_alarms(writer, 3)
        assert (await alarms.page(states=EVERY_STATE, after=None, limit=3)).next is None

    async def test_only_the_wanted_states_are_listed(self, alarms: AlarmStore, writer: Writer) -> None:
        raise_alarms(writer, 2)
        writer.commit([telemetry("sensor-0", 1, {"x": 1})])
        unacked = await alarms.page(states=(AlarmState.UNACK,), after=None, limit=10)
        returned = await alarms.page(states=(AlarmState.RTNUN,), after=None, limit=10)
        assert [record.change.alarm.key.source for record in unacked.items] == ["sensor-1"]
        assert [record.change.alarm.key.source for record in returned.items] == ["sensor-0"]
        assert returned.items[0].change.before is AlarmState.UNACK
        assert unacked.seq == returned.seq == returned.items[0].seq

    async def test_an_alarm_comes_back_as_it_was_judged(self, alarms: AlarmStore, writer: Writer) -> None:
        (record,) = writer.commit([telemetry("sensor-0", 0, {"x": 150})]).records
        page = await alarms.page(states=EVERY_STATE, after=None, limit=10)
        assert page.items == (record,)
        assert await alarms.get(record.change.alarm.id) == record
        assert await alarms.events_after(0, 10) == [record]
        assert await alarms.get(uuid4()) is None

    @pytest.mark.parametrize("cursor", ["", "x", "-1", "0", "9" * 30, "²"])
    async def test_a_foreign_cursor_is_refused(self, alarms: AlarmStore, cursor: str) -> None:
        with pytest.raises(ValueError, match="next"):
            await alarms.page(states=EVERY_STATE, after=cursor, limit=10)


class TestChange:
    async def test_an_acknowledgement_is_a_change_like_any_other(self, alarms: AlarmStore, writer: Writer) -> None:
        (raised,) = writer.commit([telemetry("sensor-0", 0, {"x": 150})]).records
        record = await alarms.change(raised.change.alarm.id, lambda alarm: accept(alarm, "Sari"))
        assert record.seq > raised.seq
        assert record.change.alarm.state is AlarmState.ACKED
        assert await alarms.events_after(raised.seq, 10) == [record]
        (returned,) = writer.commit([telemetry("sensor-0", 1, {"x": 1})]).records
        assert returned.change.alarm.state is AlarmState.NORM
        assert returned.change.alarm.acked_by == "Sari"

    async def test_a_refused_step_changes_nothing(self, alarms: AlarmStore, writer: Writer) -> None:
        (raised,) = writer.commit([telemetry("sensor-0", 0, {"x": 150})]).records

        def refuse(_alarm: Alarm) -> AlarmChange:
            raise ConflictError("not now")

        with pytest.raises(ConflictError, match="not now"):
            await alarms.change(raised.change.alarm.id, refuse)
        assert await alarms.newest_seq() == raised.seq

    async def test_an_unknown_alarm_is_a_conflict(self, alarms: AlarmStore) -> None:
        with pytest.raises(ConflictError, match="no alarm"):
            await alarms.change(uuid4(), accept)

    async def test_of_many_at_once_one_wins_and_the_others_see_it(self, alarms: AlarmStore, writer: Writer) -> None:
        (raised,) = writer.commit([telemetry("sensor-0", 0, {"x": 150})]).records

        def accept_once(alarm: Alarm) -> AlarmChange:
            if alarm.acked:
                raise ConflictError("accepted already")
            return accept(alarm)

        steps = [alarms.change(raised.change.alarm.id, accept_once) for _ in range(10)]
        outcomes = await asyncio.gather(*steps, return_exceptions=True)
        assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 9
        events = await alarms.events_after(raised.seq, 10)
        assert [event.change.action for event in events] == [AlarmAction.ACKNOWLEDGE]


class TestWakeups:
    async def test_a_commit_wakes_without_waiting_for_the_tick(
        self, alarms: AlarmStore, writer: Writer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storage.alarms.TICK_S", 3600.0)
        wakeups = alarms.wakeups()
        await anext(wakeups)
        # The second comes once the connection listens.
        await asyncio.wait_for(anext(wakeups), 30)
        waiting = asyncio.ensure_future(anext(wakeups))
        await asyncio.to_thread(raise_alarms, writer, 1)
        await asyncio.wait_for(waiting, 30)
        assert len(await alarms.events_after(0, 10)) == 1

    async def test_silence_still_ticks(self, alarms: AlarmStore) -> None:
        wakeups = alarms.wakeups()
        for _ in range(3):
            await asyncio.wait_for(anext(wakeups), 30)

    async def test_no_database_ticks_too_and_every_question_says_so(self) -> None:
        async with AlarmStore("postgresql://budi:rahasia@127.0.0.1:1/x?connect_timeout=1") as store:
            wakeups = store.wakeups()
            for _ in range(3):
                await asyncio.wait_for(anext(wakeups), 30)
            with pytest.raises(StorageError) as caught:
                await store.newest_seq()
        assert "rahasia" not in str(caught.value)


class TestReadings:
    async def test_the_newest_value_of_every_series_comes_with_its_unit(
        self, each_database: str, writer: Writer, site: SiteFile
    ) -> None:
        seed(each_database, site)
        writer.commit([telemetry("udara-1", n, {"pm25": n}) for n in (3, 9, 5)])
        writer.commit([telemetry("cam", 1, {"people_count.plaza": 4})])
        async with ReadingStore(each_database) as store:
            latest = await store.latest()
        assert [(v.reading.metric, v.reading.value, v.unit) for v in latest] == [
            ("people_count.plaza", 4.0, "1"),
            ("pm25", 9.0, "ug/m3"),
        ]
        assert latest[1].reading.ts == at(9)

    async def test_series_that_are_quiet_for_long_are_told_beside_those_that_are_not(
        self, each_database: str, writer: Writer
    ) -> None:
        now_s = (datetime.now(UTC) - NOON).total_seconds()
        writer.commit([telemetry("quiet", 5, {"x": 5}), telemetry("quiet", now_s - 200_000, {"x": 6})])
        writer.commit([telemetry("alive", 5, {"x": 7}), telemetry("alive", now_s - 5, {"x": 8})])
        async with ReadingStore(each_database) as store:
            found = {value.reading.source: value.reading.value for value in await store.latest()}
        assert found == {"quiet": 6, "alive": 8}

    async def test_the_newest_of_one_quality_can_be_asked_for(self, each_database: str, writer: Writer) -> None:
        stuck = telemetry("a", 6, {"x": 7})
        assert stuck.decoded is not None
        marked = tuple(reading._replace(quality=Quality.STUCK) for reading in stuck.decoded.readings)
        writer.commit([telemetry("a", 5, {"x": 5}), stuck._replace(decoded=stuck.decoded._replace(readings=marked))])
        async with ReadingStore(each_database) as store:
            found = [(await store.latest(quality))[0].reading.value for quality in (None, Quality.OK, Quality.STUCK)]
            assert await store.latest(Quality.SPIKE) == []
        assert found == [7, 5, 7]

    async def test_a_date_in_the_far_future_does_not_stand_for_ever(self, each_database: str, writer: Writer) -> None:
        writer.commit([telemetry("a", 5, {"x": 5}), telemetry("a", 1e9, {"x": 99}, received_s=6)])
        async with ReadingStore(each_database) as store:
            (latest,) = await store.latest()
        assert latest.reading.value == 5.0


class TestLife:
    async def test_every_source_named_or_heard_is_listed(
        self, each_database: str, writer: Writer, site: SiteFile
    ) -> None:
        seed(each_database, site)
        writer.commit([telemetry("udara-1", 5, {"pm25": 1}), status("stranger", 6, online=False)])
        async with LifeStore(each_database) as store:
            assert await store.hearing() is None
            lives = {life.source: (life.last_at, life.online) for life in await store.sources()}
            assert lives == {
                "cam": (None, None),
                "stranger": (None, False),
                "udara-1": (at(5), None),
                "vision-0": (None, None),
            }
            writer.commit([canary(1), canary(3)])
            hearing = await store.hearing()
        assert hearing is not None
        assert (hearing.listened_until, hearing.listening_since) == (at(3), at(1))

    async def test_a_source_taken_off_the_site_file_is_silent_without_blame(
        self, each_database: str, writer: Writer, site: SiteFile
    ) -> None:
        seed(each_database, site)
        writer.commit([telemetry("udara-1", 5, {"pm25": 1})])
        seed(each_database, site.model_copy(update={"sensors": ()}))
        async with LifeStore(each_database) as store:
            assert "udara-1" not in {life.source for life in await store.sources()}
        with psycopg.connect(each_database) as connection:
            rows = connection.execute("SELECT id, listed FROM source ORDER BY id").fetchall()
        assert rows == [("cam", True), ("udara-1", False), ("vision-0", True)]
        rule = LimitRule()
        other = Writer(each_database, rule, writer._pictures)
        other.commit([canary(9)])
        other.close()
        assert rule.seen[-1].silences == []


def test_figures_count_what_is_there(each_database: str, writer: Writer) -> None:
    raise_alarms(writer, 2)
    writer.commit([statement("crowd", Phase.BEGIN, 0), refused("a", b"?")])
    figures = count_figures(each_database)
    assert (figures.readings, figures.observations, figures.quarantined) == (2, 1, 1)
    assert figures.alarms == {"threshold": 2}
    assert figures.first_raised == {"threshold": NOON}


def test_editions_know_whether_tables_can_be_cut() -> None:
    assert [edition.has_hypertables for edition in Edition] == [False, True, True]


@pytest.fixture
def site() -> SiteFile:
    return SiteFile.model_validate(
        {
            "city": {"name": "Kota Uji"},
            "offices": [{"id": "dlh", "name": "Dinas Lingkungan Hidup"}],
            "sites": [
                {
                    "id": "alun-alun",
                    "name": "Alun-alun",
                    "kecamatan": "33.17.10",
                    "position": {"lat": -6.7, "lon": 111.3},
                    "opd": "dlh",
                }
            ],
            "cameras": [{"id": "cam", "name": "Kamera", "site": "alun-alun", "url": "rtsp://127.0.0.1/a"}],
            "sensors": [
                {
                    "id": "udara-1",
                    "name": "Udara",
                    "site": "alun-alun",
                    "opd": "dlh",
                    "metrics": {"pm25": {"unit": "ug/m3"}},
                }
            ],
        }
    )
