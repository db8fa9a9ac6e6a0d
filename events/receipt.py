"""How a device's own numbering is answered: which of its messages are kept, and which never came."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from events.ids import SourceId

FIRST = 1
"""A run's messages are numbered from here; a device that begins with 0 is understood too."""

MOST_SPANS = 64
"""Spans of numbers remembered beyond the first gap. What is forgotten is sent again, which is harmless; a device that
makes up numbers must not fill the database."""


class Number(NamedTuple):
    """What a device calls one of its messages.

    Attributes:
        boot: Names the device's present run.
        seq: Place of the message in the run, from 1.
        oldest: Lowest number of the run that the device still holds, None where it does not say; what is missing below
            will never come.
    """

    boot: str
    seq: int
    oldest: int | None = None


class Span(NamedTuple):
    """Consecutive numbers, both ends included."""

    first: int
    last: int


class Tally(NamedTuple):
    """Which numbers of one run have been taken in.

    A NamedTuple, as `Receipt` is, because in a large city every message has its own.

    Attributes:
        upto: Everything up to here was kept, quarantined, or given up by the device.
        ahead: What came beyond a gap, in order, apart from each other and from `upto`.
        lost: How many numbers below `upto` the device gave up without their having come.
    """

    upto: int = FIRST - 1
    ahead: tuple[Span, ...] = ()
    lost: int = 0

    def holds(self, seq: int) -> bool:
        """Tell whether a number has been taken in."""
        if seq <= self.upto:
            return True
        place = bisect_right(self.ahead, seq, key=lambda span: span.first) - 1
        return place >= 0 and seq <= self.ahead[place].last

    def take(self, seqs: Sequence[int], oldest: int | None = None) -> "Tally":
        """Return the tally with more numbers, and with the gaps below `oldest` closed as lost."""
        return self._in_turn(seqs, oldest) or self._in_any_order(seqs, oldest)

    def _in_turn(self, seqs: Sequence[int], oldest: int | None) -> "Tally | None":
        """Do so where each number follows the one before, as nearly always; None where one does not."""
        upto = self.upto
        if self.ahead or (oldest is not None and oldest > upto + 1):
            return None
        for seq in seqs:
            if seq > upto + 1:
                return None
            upto = max(upto, seq)
        return Tally(upto=upto, lost=self.lost)

    def _in_any_order(self, seqs: Iterable[int], oldest: int | None) -> "Tally":
        spans = sorted([*self.ahead, *(Span(seq, seq) for seq in seqs if seq > self.upto)])
        upto, lost = self.upto, self.lost
        ahead: list[Span] = []
        floor = 0 if oldest is None else oldest
        for span in spans:
            if span.first > upto + 1 and upto + 1 < floor and not ahead:
                closed = min(span.first, floor) - 1
                lost += closed - upto
                upto = closed
            if span.first <= upto + 1:
                upto = max(upto, span.last)
            elif ahead and span.first <= ahead[-1].last + 1:
                ahead[-1] = Span(ahead[-1].first, max(ahead[-1].last, span.last))
            else:
                ahead.append(span)
        if not ahead and upto + 1 < floor:
            lost += floor - 1 - upto
            upto = floor - 1
        return Tally(upto=upto, ahead=tuple(ahead[:MOST_SPANS]), lost=lost)

    def missing(self, most: int) -> tuple[Span, ...]:
        """Return up to `most` gaps, lowest first."""
        lasts = [self.upto, *(span.last for span in self.ahead)]
        return tuple(
            Span(last + 1, span.first - 1) for last, span in zip(lasts[:most], self.ahead[:most], strict=False)
        )


class Receipt(NamedTuple):
    """What a device may forget.

    Attributes:
        source: Whose messages.
        boot: The run they belong to.
        tally: What has been taken in.
        reused: Whether numbers of this run came twice with different contents: its counter was lost, and nothing can
            be said of it.
        newly_lost: How many numbers the latest batch closed as lost.
    """

    source: SourceId
    boot: str
    tally: Tally
    reused: bool = False
    newly_lost: int = 0
