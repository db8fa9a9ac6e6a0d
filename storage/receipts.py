"""Keeps account of the numbered messages of each device's run, in the transaction that keeps the messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from events.ids import SourceId
from events.receipt import Receipt, Span, Tally
from storage.arrays import number_array, text_array
from storage.database import Cursor
from storage.queries import query

KEPT_RUNS = 8
"""Runs of a device of which account is kept: enough for an outbox that survived several restarts."""


_new = tuple.__new__
"""Makes a named tuple at half the cost of its own `__new__`, a function in Python."""


class Run(NamedTuple):
    """One run of one device."""

    source: SourceId
    boot: str


@dataclass(slots=True)
class Told:
    """What one batch says of a run.

    Attributes:
        seqs: Numbers that came.
        news: Those of them whose contents were stored for the first time though they bear a time of their own.
        oldest: Lowest number the device still holds, as it said last.
    """

    seqs: list[int] = field(default_factory=list)
    news: list[int] = field(default_factory=list)
    oldest: int | None = None

    def is_in_turn(self) -> bool:
        """Tell whether each number follows the one before, and none below them is given up."""
        first, last = self.seqs[0], self.seqs[-1]
        return (self.oldest is None or self.oldest <= first) and (
            len(self.seqs) == 1 or self.seqs == list(range(first, last + 1))
        )


def record_receipts(
    cursor: Cursor, told: Mapping[Run, Told], asking: Mapping[SourceId, str | None], now: datetime
) -> list[Receipt]:
    """Bring the account of each run forward.

    Args:
        cursor: Within the batch's transaction, which holds the memory of rules: accounts are locked in any order.
        told: What the batch says of each run.
        asking: Devices that said they are online, and so want to know how far they were kept, with their present run.
        now: The present time, aware UTC.

    Returns:
        The receipts to send once the batch is committed, a device's present run last.
    """
    receipts = _bring_forward(cursor, told, now) if told else []
    if not asking:
        return receipts
    rows = cursor.execute(query("receipts_of"), {"source_ids": sorted(asking)})
    answers = {Run(receipt.source, receipt.boot): receipt for receipt in map(_receipt, rows)}
    for source, boot in asking.items():
        if boot is not None:
            # Nothing of this run has come: that, too, is an answer, for whoever believes it was sent.
            run = Run(source, boot)
            answers[run] = answers.pop(run, Receipt(source=source, boot=boot, tally=Tally()))
    return [*(receipt for receipt in receipts if receipt.source not in asking), *answers.values()]


def _bring_forward(cursor: Cursor, told: Mapping[Run, Told], now: datetime) -> list[Receipt]:
    advanced = _advance(cursor, [(run, said) for run, said in told.items() if said.is_in_turn()], now)
    if len(advanced) == len(told):
        return list(advanced.values())
    rest = {run: said for run, said in told.items() if run not in advanced}
    forwarded = _forward(cursor, rest, now)
    return [advanced.get(run) or forwarded[run] for run in told]


def _advance(cursor: Cursor, told: Sequence[tuple[Run, Told]], now: datetime) -> dict[Run, Receipt]:
    """Bring the runs forward whose numbers follow what is known of them, without reading that first."""
    if not told:
        return {}
    parameters = {
        "source_ids": text_array([run.source for run, _ in told]),
        "boots": text_array([run.boot for run, _ in told]),
        "firsts": number_array([said.seqs[0] for _, said in told]),
        "lasts": number_array([said.seqs[-1] for _, said in told]),
        "now": now,
    }
    advanced: dict[Run, Receipt] = {}
    for position, lost, reused in cursor.execute(query("advance_receipts"), parameters).fetchall():
        run, said = told[position - 1]
        tally = _new(Tally, (said.seqs[-1], (), lost))
        advanced[run] = _new(Receipt, (run[0], run[1], tally, reused, 0))
    return advanced


def _forward(cursor: Cursor, told: Mapping[Run, Told], now: datetime) -> dict[Run, Receipt]:
    """Bring any runs forward: some are new, some have gaps, some are told of twice."""
    runs = sorted(told)
    known = {Run(receipt.source, receipt.boot): receipt for receipt in _lock(cursor, runs)}
    missing = [run for run in runs if run not in known]
    if missing:
        cursor.execute(query("add_receipts"), {**_keys(missing), "now": now})
        known |= {Run(receipt.source, receipt.boot): receipt for receipt in _lock(cursor, missing)}
    receipts = {run: _forwarded(known[run], told[run]) for run in runs}
    cursor.execute(query("write_receipts"), {**_columns(list(receipts.values())), "now": now})
    if missing:
        sources = sorted({run.source for run in missing})
        cursor.execute(query("trim_receipts"), {"source_ids": sources, "kept": KEPT_RUNS})
    return receipts


def _forwarded(known: Receipt, told: Told) -> Receipt:
    tally = known.tally.take(told.seqs, told.oldest)
    twice = len(set(told.news)) < len(told.news) or any(known.tally.holds(seq) for seq in told.news)
    return Receipt(
        source=known.source,
        boot=known.boot,
        tally=tally,
        reused=known.reused or twice,
        newly_lost=tally.lost - known.tally.lost,
    )


def _lock(cursor: Cursor, runs: Sequence[Run]) -> list[Receipt]:
    return [_receipt(row) for row in cursor.execute(query("lock_receipts"), _keys(runs))]


def _receipt(row: tuple[Any, ...]) -> Receipt:
    source, boot, upto, ahead, lost, reused = row
    spans = tuple(Span(first, last) for first, last in zip(ahead[::2], ahead[1::2], strict=True))
    return Receipt(source=SourceId(source), boot=boot, tally=Tally(upto=upto, ahead=spans, lost=lost), reused=reused)


def _keys(runs: Sequence[Run]) -> dict[str, object]:
    return {
        "source_ids": text_array([run.source for run in runs]),
        "boots": text_array([run.boot for run in runs]),
    }


def _columns(receipts: Sequence[Receipt]) -> dict[str, object]:
    return {
        **_keys([Run(receipt.source, receipt.boot) for receipt in receipts]),
        "uptos": number_array(receipt.tally.upto for receipt in receipts),
        # Texts, each an array: an array of arrays of different lengths is none that SQL knows.
        "aheads": text_array([number_array(chain.from_iterable(r.tally.ahead)) for r in receipts]),
        "losts": number_array(receipt.tally.lost for receipt in receipts),
        "reuseds": [receipt.reused for receipt in receipts],
    }
