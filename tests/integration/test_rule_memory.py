"""The memory of rules, which one writer holds from transaction to transaction, against a memory that cannot err."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import psycopg
import pytest

import storage.rule_memory
from events.alarm import AlarmKey
from events.errors import StorageError
from events.intake import Intake
from events.judgement import Facts, Memory, RuleState, Verdict
from storage.database import Connection, Cursor, connect
from storage.judging import Bench
from storage.lease import Lease
from storage.pictures import PictureStore
from storage.rule_memory import RuleMemory
from storage.writer import Writer
from tests.material import NOON, NoRules, at, key_of, telemetry

SOURCES = [f"sensor-{n:02}" for n in range(40)]


class Counting(NoRules):
    """A rule that remembers nothing but how many readings of each series it has judged."""

    def judge(self, facts: Facts, memory: Memory, _now: object) -> Verdict:
        states: dict[AlarmKey, RuleState] = {}
        for fact in facts.readings:
            key = key_of(fact)
            known = states.get(key) or memory.states.get(key, RuleState(kept="0"))
            states[key] = RuleState(watermark=fact.ts, kept=str(int(known.kept) + 1))
        return Verdict(states=states)


class Unlucky(Writer):
    """A writer whose transactions fail at their end, or whose server takes them and cannot say so any more.

    Attributes:
        chance: Of both, drawn anew for each transaction.
    """

    chance = random.Random(0)

    def _write(self, cursor: Cursor, batch: object) -> object:  # type: ignore[override]
        report = super()._write(cursor, batch)  # type: ignore[arg-type]
        draw = self.chance.random()
        if draw < 0.2:
            raise psycopg.OperationalError("the server went away")
        if draw < 0.4:
            cursor.connection.commit()
            raise psycopg.OperationalError("the server took it and went away")
        return report


def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let little be much, so that notes are taken in a test."""
    for name, value in (("FEW", 4), ("STEP", 3), ("CYCLE", 8), ("SHARE", 2), ("GATHERED", 3)):
        monkeypatch.setattr(storage.rule_memory, name, value)


def remembered(url: str) -> Mapping[str, int]:
    """Return the count of each source, as whoever takes the memory over finds it."""
    with connect(url, name="test") as connection, connection.cursor() as cursor:
        return {key.source: int(state.kept) for key, state in RuleMemory().hold(cursor).items()}


def notes(url: str) -> int:
    with psycopg.connect(url) as connection:
        (count,) = connection.execute("SELECT count(*) FROM rule_note").fetchone() or (0,)
    return int(count)


def batch(number: int, sources: Collection[str]) -> list[Intake]:
    return [telemetry(source, number, {"x": number}, live=False) for source in sources]


def commit_until_taken(writer: Writer, intakes: Sequence[Intake]) -> None:
    while True:
        try:
            writer.commit(intakes)
        except StorageError:
            continue
        return


def take_turns(
    url: str, folder: Path, writer_class: type[Writer], *, seed: int, batches: int = 60
) -> Mapping[str, int]:
    """Let writers take turns in any order, some of which die; return how often each source was told of."""
    chance = random.Random(seed)
    Unlucky.chance = random.Random(seed + 1)
    told: Counter[str] = Counter()

    def make() -> Writer:
        return writer_class(url, Counting(), PictureStore(folder), lambda: NOON)

    writers = [make() for _ in range(3)]
    for number in range(60):
        # The same one goes on mostly, as in life.
        position = 0 if chance.random() < 0.7 else chance.randrange(len(writers))
        sources = chance.sample(SOURCES, chance.choice((0, 1, 3, 5, 20, len(SOURCES))))
        commit_until_taken(writers[position], batch(number, sources))
        told.update(sources)
        if chance.random() < 0.1:
            writers[position].close()
            writers[position] = make()
    for writer in writers:
        writer.close()
    return told


@pytest.mark.parametrize("seed", range(6))
def test_whoever_holds_it_and_whatever_fails_nothing_is_forgotten_and_nothing_counts_twice(
    each_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    in_small_steps(monkeypatch)
    told = take_turns(each_database, tmp_path, Unlucky, seed=seed)
    assert remembered(each_database) == told


class Stubborn(Bench):
    """Sabotaged: goes on with what a failed transaction left in memory."""

    def forget(self) -> None:
        pass


class WithStubbornBench(Unlucky):
    bench_class: ClassVar[type[Bench]] = Stubborn


def test_sabotage_a_memory_that_outlives_its_transaction_is_found_out(
    each_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_steps(monkeypatch)
    told = take_turns(each_database, tmp_path, WithStubbornBench, seed=1)
    assert remembered(each_database) != told, "the proof proves nothing"


class Trusting(RuleMemory):
    """Sabotaged: believes that nobody else has taken the memory over since."""

    def hold(self, cursor: Cursor) -> Mapping[AlarmKey, RuleState]:
        return self._states if self._keeper is not None else super().hold(cursor)


class TrustingBench(Bench):
    def __init__(self, judge: Counting) -> None:
        super().__init__(judge)
        self._memory = Trusting()


class WithTrustingBench(Writer):
    bench_class: ClassVar[type[Bench]] = TrustingBench


def test_sabotage_a_writer_that_does_not_look_who_holds_the_memory_is_found_out(
    each_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_steps(monkeypatch)
    told = take_turns(each_database, tmp_path, WithTrustingBench, seed=1)
    assert remembered(each_database) != told, "the proof proves nothing"


def test_writers_at_once_lose_nothing_of_each_other(
    each_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_steps(monkeypatch)

    def work(number: int) -> None:
        writer = Writer(each_database, Counting(), PictureStore(tmp_path), lambda: NOON)
        for turn in range(12):
            commit_until_taken(writer, batch(10 * turn + number, SOURCES))
        writer.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    assert remembered(each_database) == dict.fromkeys(SOURCES, 48)


def test_rows_follow_a_few_at_a_time_and_notes_whose_rows_are_there_are_deleted(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_steps(monkeypatch)
    writer = Writer(database_url, Counting(), PictureStore(tmp_path), lambda: NOON)
    most = 0
    for number in range(60):
        writer.commit(batch(number, SOURCES))
        most = max(most, notes(database_url))
    # Forty rows by steps of five: each note is in the rows after eight transactions, and three gather before they go.
    assert 8 <= most <= 8 + 3 + 1
    for _ in range(20):
        writer.commit([])
    assert notes(database_url) == 0
    writer.close()
    assert rows(database_url) == dict.fromkeys(SOURCES, 60)


def test_a_small_city_s_memory_is_in_its_rows_with_every_commit(database_url: str, tmp_path: Path) -> None:
    writer = Writer(database_url, Counting(), PictureStore(tmp_path), lambda: NOON)
    for number in range(3):
        writer.commit(batch(number, SOURCES))
        assert rows(database_url) == dict.fromkeys(SOURCES, number + 1)
        assert notes(database_url) == 0
    writer.close()


def test_what_is_remembered_of_a_server_is_forgotten_with_its_connection(database_url: str, tmp_path: Path) -> None:
    lease = Lease(database_url, "uji")
    writer = Writer(database_url, Counting(), PictureStore(tmp_path), lambda: NOON, lease=lease)
    writer.commit(batch(0, SOURCES))
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE saved AS SELECT * FROM rule_state")
    writer.commit(batch(1, SOURCES))
    lease.give_back()  # as when an idle holder finds its server gone
    with psycopg.connect(database_url) as connection:  # as it is where a standby or a backup takes over
        connection.execute("DELETE FROM rule_state")
        connection.execute("INSERT INTO rule_state SELECT * FROM saved")
        connection.execute("DROP TABLE saved")
    writer.commit(batch(2, SOURCES))
    writer.close()
    lease.give_back()
    assert remembered(database_url) == dict.fromkeys(SOURCES, 2)


def rows(url: str) -> Mapping[str, int]:
    with psycopg.connect(url) as connection:
        return {source: int(kept) for source, kept in connection.execute("SELECT source_id, kept FROM rule_state")}


def test_everything_a_rule_can_remember_comes_back_from_a_note(
    each_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_steps(monkeypatch)
    keys = [AlarmKey(*("regel", f"s-{n}", 'zona "ä"')) for n in range(9)]  # type: ignore[arg-type]
    whole = RuleState(at(1.25), at(2), at(3), (UUID(int=1), UUID(int=2)), '{"rows": [[1, 2.5]], "x": "\\\\"}')
    states = dict.fromkeys(keys, whole) | {keys[0]: RuleState()}

    def held(change: Callable[[RuleMemory, Cursor], None]) -> Mapping[AlarmKey, RuleState]:
        connection: Connection
        memory = RuleMemory()
        with connect(each_database, name="test") as connection, connection.cursor() as cursor:
            memory.hold(cursor)
            change(memory, cursor)
        with connect(each_database, name="test") as connection, connection.cursor() as cursor:
            return dict(RuleMemory().hold(cursor))

    assert held(lambda memory, cursor: memory.keep(cursor, states)) == states
