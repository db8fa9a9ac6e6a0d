"""Sea level in ranks of harm, by thresholds above each gauge's own zero.

No official scale for Rembang is known, so there are no thresholds here: each station states its own, and their datum.
Ranks grow with harm; labels are BMKG's (kuning waspada, oranye siaga, merah awas). Gates in Jakarta count the other
way, Siaga 1 being the worst, so a rank is what is kept and never a label.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum


class TideRank(IntEnum):
    """How harmful the water is."""

    AMAN = 0
    WASPADA = 1
    SIAGA = 2
    AWAS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a rank begins and ends.

    Attributes:
        waspada: Level from which it is Waspada, in the gauge's unit.
        siaga: From which it is Siaga.
        awas: From which it is Awas.
        hysteresis: How far below its threshold a rank ends.
        hold: How long the water must stay beyond a threshold.
    """

    waspada: float
    siaga: float
    awas: float
    hysteresis: float = 0.0
    hold: timedelta = timedelta(0)

    def rank(self, level: float, standing: TideRank = TideRank.AMAN) -> TideRank:
        """Return the rank of one level, as far as the rank that stands may be left."""
        levels = (self.waspada, self.siaga, self.awas)
        reached = sum(level >= threshold for threshold in levels)
        kept = sum(level >= threshold - self.hysteresis for threshold in levels)
        return TideRank(max(reached, min(kept, standing)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The rank that stands.

    Attributes:
        rank: The rank.
        since: Since when; the first reading where it never changed.
        level: The newest level.
        at: Its time.
    """

    rank: TideRank
    since: datetime
    level: float
    at: datetime


def standing(levels: Iterable[tuple[datetime, float]], thresholds: Thresholds) -> Standing | None:
    """Return the rank after some readings, None without any; the first one is believed at once.

    Args:
        levels: Time and level of each reading, oldest first.
        thresholds: The station's.
    """
    found: Standing | None = None
    pending: tuple[TideRank, datetime] | None = None
    for at, level in levels:
        if found is None:
            found = Standing(rank=thresholds.rank(level), since=at, level=level, at=at)
            continue
        rank, since = found.rank, found.since
        target = thresholds.rank(level, rank)
        pending = _pending(pending, rank, target, at)
        if pending is not None and at - pending[1] >= thresholds.hold:
            rank, since = pending[0], pending[1]
            pending = None
        found = Standing(rank=rank, since=since, level=level, at=at)
    return found


def _pending(
    pending: tuple[TideRank, datetime] | None, rank: TideRank, target: TideRank, at: datetime
) -> tuple[TideRank, datetime] | None:
    """Return the change that waits for its time: the least one that held since it began."""
    if target == rank:
        return None
    if pending is None or (pending[0] > rank) != (target > rank):
        return target, at
    least = min(pending[0], target) if target > rank else max(pending[0], target)
    return TideRank(least), pending[1]
