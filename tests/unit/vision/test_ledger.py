from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from uuid6 import uuid7

from events.ids import SourceId, ZoneId
from events.observation import Observation, Phase
from vision.ledger import Ledger

AT = datetime(2026, 1, 1, tzinfo=UTC)


def crowd() -> Observation:
    return Observation(
        id=UUID(str(uuid7())),
        source=SourceId("cam-1"),
        kind="crowding",
        phase=Phase.BEGIN,
        at=AT,
        started_at=AT,
        zone=ZoneId("plaza"),
    )


def test_what_a_killed_worker_left_open_is_ended_as_lost(tmp_path: Path) -> None:
    begun = crowd()
    Ledger(tmp_path / "open.json").begun(begun)
    (end,) = Ledger(tmp_path / "open.json").left_over(AT + timedelta(minutes=1))
    assert (end.id, end.source, end.kind, end.zone) == (begun.id, begun.source, begun.kind, begun.zone)
    assert end.phase is Phase.END
    assert end.started_at == begun.started_at
    assert end.attrs == {"lost": True}


def test_what_was_ended_is_not_ended_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "open.json")
    first, second = crowd(), crowd()
    ledger.begun(first)
    ledger.begun(second)
    ledger.ended(first)
    assert [end.id for end in Ledger(tmp_path / "open.json").left_over(AT)] == [second.id]


def test_a_left_over_stays_until_its_end_was_told(tmp_path: Path) -> None:
    Ledger(tmp_path / "open.json").begun(crowd())
    again = Ledger(tmp_path / "open.json")
    (end,) = again.left_over(AT)
    assert len(Ledger(tmp_path / "open.json").left_over(AT)) == 1
    again.ended(end)
    assert Ledger(tmp_path / "open.json").left_over(AT) == []


def test_the_first_run_finds_nothing_open(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "never" / "open.json").left_over(AT) == []


@pytest.mark.parametrize("damage", [b"", b"{", b'[{"id": 1}]', b"\xff\xfe"])
def test_a_damaged_file_does_not_keep_a_worker_from_starting(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "open.json").write_bytes(damage)
    ledger = Ledger(tmp_path / "open.json")
    assert ledger.left_over(AT) == []
    ledger.begun(crowd())
    assert len(Ledger(tmp_path / "open.json").left_over(AT)) == 1


def test_a_clock_set_back_does_not_end_a_thing_before_it_began(tmp_path: Path) -> None:
    Ledger(tmp_path / "open.json").begun(crowd())
    (end,) = Ledger(tmp_path / "open.json").left_over(AT - timedelta(hours=1))
    assert end.at >= end.started_at
