"""The account of numbered messages, against real servers."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.ids import SourceId
from events.intake import Intake
from events.receipt import Receipt, Span, Tally
from storage.pictures import PictureStore
from storage.receipts import KEPT_RUNS
from storage.writer import Writer
from tests.material import NOON, NoRules, numbered, refused, status, telemetry


@pytest.fixture
def writer(each_database: str, tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(each_database, NoRules(), PictureStore(tmp_path / "pictures"), lambda: NOON)
    yield writer
    writer.close()


def value(seq: int, *, boot: str = "b1", source: str = "air", oldest: int | None = None) -> Intake:
    return numbered(telemetry(source, float(seq), {"pm25": float(seq)}, 1000.0), seq, boot=boot, oldest=oldest)


def receipt(writer: Writer, *intakes: Intake) -> Receipt:
    (receipt,) = writer.commit(intakes).receipts
    return receipt


def test_a_receipt_covers_what_is_committed_without_a_gap(writer: Writer) -> None:
    assert receipt(writer, value(1), value(2), value(4)).tally.upto == 2
    told = receipt(writer, value(6))
    assert (told.tally.upto, told.tally.missing(9)) == (2, (Span(3, 3), Span(5, 5)))
    assert receipt(writer, value(3)).tally.upto == 4


def test_a_redelivered_message_is_receipted_again_and_is_no_lost_counter(writer: Writer) -> None:
    receipt(writer, value(1))
    again = receipt(writer, value(1))
    assert (again.tally.upto, again.reused) == (1, False)


def test_a_message_in_quarantine_is_receipted_too(writer: Writer) -> None:
    assert receipt(writer, value(1), numbered(refused("air", b"{broken"), 2), value(3)).tally.upto == 3


def test_what_a_device_no_longer_holds_is_closed_as_lost(writer: Writer) -> None:
    receipt(writer, value(1))
    told = receipt(writer, value(9, oldest=8))
    assert (told.tally.upto, told.tally.lost, told.newly_lost) == (7, 6, 6)
    told = receipt(writer, value(8))
    assert (told.tally.upto, told.newly_lost) == (9, 0)


def test_a_counter_that_began_again_within_its_run_gets_no_promises(writer: Writer) -> None:
    receipt(writer, value(1), value(2))
    other = numbered(telemetry("air", 500.0, {"pm25": 7.0}, 1000.0), 1)
    assert receipt(writer, other).reused
    assert receipt(writer, value(3)).reused
    assert not receipt(writer, value(1, boot="b2", source="water")).reused


def test_a_device_that_comes_online_is_told_how_far_each_of_its_runs_was_kept(writer: Writer) -> None:
    writer.commit([value(1)])
    writer.commit([numbered(telemetry("air", 50.0 + seq, {"pm25": 1.0}, 1000.0), seq, boot="b2") for seq in (1, 2)])
    told = writer.commit([status("air", 60.0, online=True)]).receipts
    assert [(r.source, r.boot, r.tally.upto) for r in told] == [(SourceId("air"), "b2", 2), (SourceId("air"), "b1", 1)]
    assert writer.commit([status("air", 61.0, online=False)]).receipts == ()


def test_only_the_newest_runs_of_a_device_are_kept(writer: Writer) -> None:
    for run in range(KEPT_RUNS + 3):
        writer.commit([numbered(telemetry("air", float(run), {"pm25": 1.0}, 1000.0), 1, boot=f"run-{run:02}")])
    told = writer.commit([status("air", 60.0, online=True)]).receipts
    assert len(told) == KEPT_RUNS + 1


def test_a_device_of_which_nothing_has_come_is_told_so(writer: Writer) -> None:
    (told,) = writer.commit([status("air", 60.0, online=True)]).receipts
    assert (told.boot, told.tally.upto) == ("b1", 0)


def test_unnumbered_messages_get_no_receipt(writer: Writer) -> None:
    assert writer.commit([telemetry("air", 1.0, {"pm25": 1.0})]).receipts == ()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_whatever_order_each_account_is_what_its_numbers_say(writer: Writer, seed: int) -> None:
    chance = random.Random(seed)
    accounts = {(source, boot): Tally() for source in ("air", "water") for boot in ("b1", "b2")}
    following = dict.fromkeys(accounts, 1)
    for _ in range(60):
        told: dict[tuple[str, str], tuple[list[int], int | None]] = {}
        batch = []
        for run in chance.sample(sorted(accounts), chance.randint(1, 4)):
            source, boot = run
            first = following[run]
            # Mostly in turn, as in life; else again, out of order, with a gap, or with what was given up.
            seqs = list(range(first, first + chance.randint(1, 4)))
            oldest = None
            match chance.randrange(8):
                case 0:
                    seqs = [max(1, seq - chance.randint(1, 5)) for seq in seqs]
                case 1:
                    chance.shuffle(seqs)
                case 2:
                    seqs = [seq + chance.randint(1, 3) for seq in seqs]
                case 3:
                    oldest = max(seqs[0] - chance.randint(0, 3), 1)
            following[run] = max(following[run], max(seqs) + 1)
            told[run] = seqs, oldest
            batch += [value(seq, boot=boot, source=source, oldest=oldest) for seq in seqs]
        receipts = {(one.source, one.boot): one for one in writer.commit(batch).receipts}
        for run, (seqs, oldest) in told.items():
            before, accounts[run] = accounts[run], accounts[run].take(seqs, oldest)
            assert (receipts[run].tally, receipts[run].newly_lost) == (  # type: ignore[index]
                accounts[run],
                accounts[run].lost - before.lost,
            )
