"""Liveness, clocks and memory of checks, kept by real servers."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from app.trimming import keep_trimming
from devices.liveness import LivenessJudge
from events.clock import ClockOffset, SentTime
from events.errors import StorageError
from events.ids import SourceId
from events.intake import Intake
from events.liveness import LifeState
from events.reading import Quality, Remembered
from storage.clocks import read_clocks
from storage.life import LifeStore
from storage.pictures import PictureStore
from storage.remembering import read_remembered
from storage.trimming import trim_lives
from storage.writer import Writer
from tests.fix_writer import Rows
from tests.material import NOON, NoRules, at, canary, status, telemetry

AIR = SourceId("air")
INTERVAL_S = 60.0


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    judge = LivenessJudge({AIR: INTERVAL_S}, 2.0)
    writer = Writer(each_database, NoRules(), PictureStore(tmp_path), lambda: NOON, lives=judge)
    yield writer
    writer.close()


def listen(writer: Writer, begin_s: int, end_s: int, signs: set[int]) -> None:
    """Let canaries and signs of life come, a transaction each."""
    for second in range(begin_s, end_s + 1, 4):
        said = [telemetry("air", second, {"x": second})] if second in signs else []
        writer.commit([*said, canary(second)])


async def test_changes_are_kept_with_their_times_and_make_the_share_of_a_day(
    writer: Writer, each_database: str, ask: Callable[..., Rows]
) -> None:
    listen(writer, 0, 600, {0, *range(400, 601, 60)})
    changes = [
        (at(0), "online"),
        (at(120), "late"),
        (at(180), "gone"),
        (at(520), "online"),
    ]
    assert ask("SELECT at, state FROM liveness_change ORDER BY at") == changes
    assert ask("SELECT since, until FROM listening") == [(at(0), at(600))]
    async with LifeStore(each_database) as lives:
        history = await lives.history(at(-3600), at(3600))
        later = await lives.history(at(550), at(600), AIR)
    assert history.share(AIR, (at(-3600), at(3600))) == pytest.approx(200 / 600)
    assert later.share(AIR, (at(550), at(600))) == 1.0
    state = history.state_of(AIR)
    assert state is not None
    assert (state.state, state.at) == (LifeState.ONLINE, at(520))
    assert history.state_of(SourceId("nobody")) is None


async def test_an_outage_of_pantau_is_in_nobodys_share(writer: Writer, each_database: str) -> None:
    listen(writer, 0, 60, {0, 60})
    listen(writer, 3600, 3700, {3620, 3680})
    async with LifeStore(each_database) as lives:
        history = await lives.history(at(0), at(7200))
    assert [change.state for change in history.changes[AIR]] == [LifeState.ONLINE]
    assert len(history.listening) == 2
    assert history.share(AIR, (at(0), at(7200))) == 1.0


async def test_what_is_trimmed_changes_nothing_of_what_is_told_of_later(
    writer: Writer, each_database: str, ask: Callable[..., Rows]
) -> None:
    listen(writer, 0, 600, {0, *range(400, 601, 60)})  # late at 120, gone at 180, online at 520
    listen(writer, 3600, 3700, {3620, 3680})
    slow = ClockOffset(AIR, at(10), 3600.0, 0.2, 31)
    strange = [SentTime(AIR, at(second), "1970-01-01T00:00:05Z", at(second)) for second in (10, 400)]
    offsets = tuple(slow._replace(since=at(second)) for second in (10, 100, 400))
    later = _with(canary(3704), clocks=offsets)
    writer.commit([later, _with(telemetry("air", 3705, {"x": 2}), sent_times=tuple(strange))])
    async with LifeStore(each_database) as lives:
        before = await lives.history(at(300), at(3700))

        deleted = trim_lives(each_database, at(300), most=1)

        assert deleted == {"liveness_change": 2, "listening": 0, "device_clock": 1, "sent_time": 1}
        assert await lives.history(at(300), at(3700)) == before
    assert ask("SELECT at, state FROM liveness_change ORDER BY at")[:2] == [(at(180), "gone"), (at(520), "online")]
    assert ask("SELECT since FROM device_clock ORDER BY since") == [(at(100),), (at(400),)]
    assert trim_lives(each_database, at(3000))["listening"] == 1
    assert not any(trim_lives(each_database, at(3000)).values())


def test_the_trimming_timer_goes_on_after_the_database_was_away(writer: Writer, each_database: str) -> None:
    listen(writer, 0, 200, {0})
    over, asked = threading.Event(), []

    def url() -> str:
        asked.append(1)
        if len(asked) == 1:
            raise StorageError("away")
        over.set()
        return each_database

    keep_trimming(url, 8, over, lambda: NOON + timedelta(days=9), first_after_s=0, every_s=0.01)
    assert len(asked) == 2
    with psycopg.connect(each_database) as connection:
        assert connection.execute("SELECT state FROM liveness_change").fetchall() == [("gone",)]


def test_who_keeps_to_the_interval_writes_nothing(writer: Writer, ask: Callable[..., Rows]) -> None:
    listen(writer, 0, 60, {0, 60})
    before = ask("SELECT xmin::text FROM liveness")
    listen(writer, 64, 300, {120, 180, 240, 300})
    assert ask("SELECT xmin::text FROM liveness") == before


def test_a_transaction_that_comes_twice_changes_nothing(writer: Writer, ask: Callable[..., Rows]) -> None:
    batch = [telemetry("air", 0, {"x": 1}), canary(0), status("air", 10, online=False), canary(200)]
    writer.commit(batch)
    kept = ask("SELECT * FROM liveness_change ORDER BY at")
    writer.commit(batch)
    assert ask("SELECT * FROM liveness_change ORDER BY at") == kept


def test_clocks_and_strange_times_are_kept(writer: Writer, each_database: str, ask: Callable[..., Rows]) -> None:
    slow = ClockOffset(AIR, at(10), 3600.0, 0.2, 31)
    strange = SentTime(AIR, at(20), "1970-01-01T00:00:05Z", at(20))
    writer.commit([telemetry("air", -3600, {"x": 1}, received_s=5), telemetry("air", -3580, {"x": 1}, received_s=20)])
    writer.commit([_with(canary(10), clocks=(slow,)), _with(telemetry("air", 20, {"x": 2}), sent_times=(strange,))])
    writer.commit([_with(canary(12), clocks=(slow._replace(since=at(12), offset_s=1.0),))])
    assert read_clocks(each_database) == [slow._replace(since=at(12), offset_s=1.0)]
    assert ask("SELECT source_id, ts, sent, received_at FROM sent_time") == [tuple(strange)]
    corrected = {row[0]: row[1] for row in ask("SELECT ts, corrected_at FROM reading_corrected")}
    assert corrected[at(-3600)] == at(-3600), "nothing was known when it came"
    assert corrected[at(20)] == at(20), "the receive time needs no correction"
    assert corrected[at(-3580)] == at(-3580), "by then the clock had been set"


def test_a_slow_clock_is_corrected_on_reading(writer: Writer, ask: Callable[..., Rows]) -> None:
    writer.commit([_with(canary(10), clocks=(ClockOffset(AIR, at(10), 3600.0, 0.2, 31),))])
    writer.commit([telemetry("air", -3580, {"x": 1}, received_s=20)])
    assert ask("SELECT ts, received_at, corrected_at FROM reading_corrected") == [(at(-3580), at(20), at(20))]


def test_checks_remember_what_the_readings_say(writer: Writer, each_database: str) -> None:
    values = [1.0, 5.0, 5.0, 5.0]
    writer.commit([telemetry("air", 60 * n, {"x": value}) for n, value in enumerate(values)])
    writer.commit([telemetry("air", 60 * n, {"still": 7.0}) for n in range(4)])
    future = telemetry("air", 9000, {"x": 3.0})
    assert future.decoded is not None
    skewed = tuple(r._replace(quality=Quality.CLOCK_SKEW) for r in future.decoded.readings)
    writer.commit([_with(future, readings=skewed)])
    writer.commit([telemetry("stranger", 0, {"x": 1.0})])
    remembered = sorted(read_remembered(each_database, [AIR], NOON + timedelta(hours=1)))
    assert remembered == [
        Remembered(AIR, "still", at(180), 7.0, 7.0, 4),
        Remembered(AIR, "x", at(180), 5.0, 5.0, 3),
    ]
    assert read_remembered(each_database, [AIR], NOON + timedelta(days=3)) == []


def _with(intake: Intake, **changes: object) -> Intake:
    assert intake.decoded is not None
    return intake._replace(decoded=intake.decoded._replace(**changes))  # type: ignore[arg-type]  # by field name


def test_a_listed_source_is_looked_at_only_when_it_may_have_changed(
    writer: Writer, ask: Callable[..., Rows], each_database: str
) -> None:
    with psycopg.connect(each_database) as connection:
        connection.execute(
            "INSERT INTO source (id, kind, name, interval_s, listed) VALUES ('air', 'sensor', 'x', 60, true)"
        )
    listen(writer, 0, 600, {0, *range(400, 601, 60)})
    states = ask("SELECT at, state FROM liveness_change ORDER BY at")
    assert states == [(at(0), "online"), (at(120), "late"), (at(180), "gone"), (at(520), "online")]
    writer.commit([status("air", 605, online=False), canary(605)])
    listen(writer, 608, 720, set())
    assert ask("SELECT at, state FROM liveness_change ORDER BY at DESC LIMIT 1") == [(at(695), "gone")]
