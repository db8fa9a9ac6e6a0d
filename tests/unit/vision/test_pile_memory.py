from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.ids import ZoneId
from vision.hysteresis import Hysteresis
from vision.pile_memory import PileMemory
from vision.reference import StoredReferences

ZONE = ZoneId("corner")
START = datetime(2026, 1, 1, tzinfo=UTC)


def pile() -> Hysteresis:
    return Hysteresis(begin_at=0.15, end_below=0.09, hold_s=600.0)


def lived(store: StoredReferences, value: float, for_s: int) -> Hysteresis:
    """Return a condition that saw a value for some time and kept its memory."""
    before, memory = pile(), PileMemory(ZONE, store)
    for t_s in range(0, for_s + 1, 5):
        before.update(value, float(t_s))
        memory.keep(before, float(t_s), START + timedelta(seconds=t_s))
    return before


@pytest.mark.parametrize(("away", "known"), [(timedelta(hours=8), True), (timedelta(hours=40), False)])
def test_an_open_pile_is_known_again_within_a_day(tmp_path: Path, away: timedelta, *, known: bool) -> None:
    store = StoredReferences(tmp_path)
    assert lived(store, 0.3, 700).since_s == 0.0
    after = pile()
    PileMemory(ZONE, store).bring_back(after, 10.0, START + timedelta(seconds=700) + away, still=True)
    assert after.since_s == (pytest.approx(10.0 - 700 - away.total_seconds(), abs=60) if known else None)


def test_time_waited_counts_on_but_not_the_time_away(tmp_path: Path) -> None:
    store = StoredReferences(tmp_path)
    lived(store, 0.3, 480)
    after = pile()
    PileMemory(ZONE, store).bring_back(after, 10.0, START + timedelta(seconds=600), still=True)
    assert (after.since_s, after.pending) == (None, True)
    assert after.turned_s == pytest.approx(480, abs=61)


def test_after_a_long_time_away_waiting_begins_anew(tmp_path: Path) -> None:
    store = StoredReferences(tmp_path)
    lived(store, 0.3, 480)
    after = pile()
    PileMemory(ZONE, store).bring_back(after, 10.0, START + timedelta(hours=2), still=True)
    assert not after.pending


def test_a_pile_that_is_no_longer_seen_is_not_brought_back_even_later(tmp_path: Path) -> None:
    store = StoredReferences(tmp_path)
    lived(store, 0.3, 700)
    after, memory = pile(), PileMemory(ZONE, store)
    memory.bring_back(after, 10.0, START + timedelta(seconds=720), still=False)
    memory.bring_back(after, 20.0, START + timedelta(seconds=730), still=True)
    assert after.since_s is None


def test_an_ended_pile_is_remembered_as_ended(tmp_path: Path) -> None:
    store = StoredReferences(tmp_path)
    before, memory = pile(), PileMemory(ZONE, store)
    for t_s in range(0, 2000, 5):
        before.update(0.3 if t_s < 700 else 0.0, float(t_s))
        memory.keep(before, float(t_s), START + timedelta(seconds=t_s))
    assert before.since_s is None
    after = pile()
    PileMemory(ZONE, store).bring_back(after, 0.0, START + timedelta(seconds=2000), still=True)
    assert after.since_s is None


@pytest.mark.parametrize("damage", [b"", b"{", b'{"told_at": "yesterday"}', b"[]"])
def test_a_damaged_memory_is_none(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "corner.json").write_bytes(damage)
    after = pile()
    PileMemory(ZONE, StoredReferences(tmp_path)).bring_back(after, 0.0, START, still=True)
    assert (after.since_s, after.pending) == (None, False)
