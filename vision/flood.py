"""How much of a zone the water has taken, against what the zone looked like before: no gauge needed."""

from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from events.geometry import Box
from events.ids import ZoneId
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, ReferenceStore, Small
from vision.hysteresis import Hysteresis
from vision.rise import LEVELS_LEAST, Climb, Climbs
from vision.steady import sort_pixels
from vision.waterline import Band, Floats, Look, Place, Reference

FIRST_LOOKS = 3
"""The first reference is the median of so many seconds, so that whoever crosses meanwhile is not in it."""

RUNGS_S = (600.0, 3 * 3600.0)
"""Besides the stored reference, younger ones are kept, at least this old and at most twice: they know the present
light, and the low water of the last hours where the stored one was taken at high water. Each forgets a slow rise at
some time, the stored one never."""
PACES_S = ((600.0, 1.0), (3 * 3600.0, 5.0), (float("inf"), 10.0))
"""A reference up to this old is compared every so many seconds: what an old one alone can see takes hours."""
CALM_S, SLACK_S = 2.0, 0.5
"""While the place looks as before to every reference, only one of them is asked in every other second."""
UNMATCHED_S = 36 * 3600.0
"""A stored reference that the place has not once looked like for so long, whatever light and tide, is of another view
or of another ground, and is taken anew. A rise within a day and a half has been told by then."""

YOUNG_LOOKS, RESTLESS_SHARE = 10, 0.5
"""What changed in half of the first ten looks at a reference was water already when it was taken. Where water falls,
such cells turn to ground from below its edge on, and that must not pass for a rise."""
ROWS_LEAST = 3.0
"""A climb of fewer rows may be shake or a kerb's shadow."""
STRIDE_ROWS = 3.0
"""Water passes row after row; what takes more than so many at a time is something else."""
FILLED_LEAST = 0.5
"""Share of the way climbed that must still look changed: water stays below its edge. The edge of a hard shadow climbs
as well, but what it has passed looks as before, only darker."""
END_SHARE = 0.5
OCCUPIED_SHARE = 0.35
"""Where people and vehicles cover so much of the changed band, it is they who changed it."""
TREND_EVERY_S = 5.0
TREND_LENGTH = 13
"""A minute of the line's way."""

Occupied = Callable[[Box], float]
"""Returns the share of a box that people and vehicles cover; may cost a run of the network."""


class _Watch:
    """One reference, and how the water's edge has moved against it."""

    def __init__(self, reference: Reference, taken_s: float, *, kept: bool = False) -> None:
        self.reference = reference
        self.taken_s = taken_s
        self._kept = kept
        self.climbs = Climbs()
        self.climb: Climb | None = None
        self.band: Band | None = None
        self._looked_s = -float("inf")
        self._looks = 0
        self._changes = np.zeros_like(reference.restless, np.int32)
        self._stirring: list[Floats] = []

    def is_due(self, t_s: float, *, closely: bool) -> bool:
        age_s = t_s - self.taken_s
        pace_s = next(pace_s for up_to_s, pace_s in PACES_S if age_s <= up_to_s)
        return t_s - self._looked_s >= (1.0 if closely else pace_s) - 0.5

    @property
    def calm(self) -> bool:
        """Whether nothing has changed against the reference, and it is known how restless it is."""
        return self._looks >= YOUNG_LOOKS and self.band is not None and self.band.empty and self.climb is None

    def look(self, now: Look, before: Look | None, t_s: float) -> None:
        self._looked_s = t_s
        if before is not None and self._looks < YOUNG_LOOKS:
            self._looks += 1
            self._changes += self.reference.changed(now, before)
            self.reference.restless = self._changes >= RESTLESS_SHARE * YOUNG_LOOKS
            self._stirring.append(self.reference.stirring(now, before))
            # What stirs now says nothing about when a reference kept over a restart was taken.
            if self._looks == YOUNG_LOOKS and not self._kept:
                self.reference.tell_water(np.median(np.stack(self._stirring), axis=0))
        self.band = self.reference.band(now, before)
        if self.band is not None:
            self.climb = self.climbs.add(float(self.band.top), t_s)


class _Rung:
    """A reference that is never younger than a period, once one has passed, and never older than two."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self.active: _Watch | None = None
        self.coming: _Watch | None = None

    def renew(self, take: Callable[[], _Watch], t_s: float) -> None:
        if self.coming is None:
            self.coming = take()
        elif t_s - self.coming.taken_s >= self._period_s:
            self.active, self.coming = self.coming, take()


class Flood:
    """The flooded share of one zone, and since when too much of it has been flooded.

    Attributes:
        share: Share of the zone by which the water has risen, 0..1; None before anything could be said.
        said_s: When that was last known: a picture may say nothing about water.
    """

    def __init__(self, zone: Mask, references: ReferenceStore, name: ZoneId, *, rise: float, hold_s: float) -> None:
        """Watch a zone.

        Args:
            zone: uint8, (180, 320), 0 or 255.
            references: Keeps the first reference.
            name: Under which name.
            rise: Share of the zone from which it is a rise.
            hold_s: Seconds it must last to begin, and be over.
        """
        self.share: float | None = None
        self.said_s = -float("inf")
        self._place = Place(zone)
        self._references = references
        self._name = name
        self._rise = rise
        self._risen = Hysteresis(begin_at=rise, end_below=END_SHARE * rise, hold_s=hold_s)
        self._first: list[Small] = []
        self._stored: _Watch | None = None
        self._matched_s = 0.0
        self._rungs = [_Rung(period_s) for period_s in RUNGS_S]
        self._before: Look | None = None
        self._open: tuple[_Watch, float] | None = None
        self._leading: _Watch | None = None
        self._trend: deque[tuple[float, float]] = deque(maxlen=TREND_LENGTH)
        self._calm = False
        self._looked_s = -float("inf")
        kept = references.load(name)
        if kept is not None:
            self._stored = _Watch(Reference(self._place, self._place.look(kept)), 0.0, kept=True)

    @property
    def since_s(self) -> float | None:
        """Since when the water has risen by too much, None while it has not."""
        return self._risen.since_s

    @property
    def box(self) -> Box | None:
        """The flooded band, None where there is none."""
        band = None if self._leading is None else self._leading.band
        return None if band is None or band.empty else self._box(band)

    @property
    def direction(self) -> str:
        """`rising`, `falling` or `steady`, by the last minute."""
        if len(self._trend) < 2:  # noqa: PLR2004 - a direction takes two
            return "steady"
        climbed = self._trend[0][1] - self._trend[-1][1]
        return "rising" if climbed >= 1.0 else "falling" if climbed <= -1.0 else "steady"

    def forget_last(self) -> None:
        """Take in that the camera is at fault: the next look follows no other."""
        self._before = None
        self._first.clear()

    def look(self, second: Small, t_s: float, occupied: Occupied) -> None:
        """Take in the median picture of a second, uint8 (180, 320)."""
        if self._stored is None:
            self._gather(second, t_s)
            return
        now = self._place.look(second)
        one_suffices = self._calm and t_s - self._looked_s < CALM_S - SLACK_S
        for watch in self._watches():
            if watch.is_due(t_s, closely=self._open is not None and watch is self._open[0]):
                watch.look(now, self._before, t_s)
                if one_suffices and watch.calm:
                    break
        else:
            self._looked_s = t_s
        self._before = now
        self._keep_references(now, second, t_s)
        if self._open is None:
            self._seek(t_s, occupied)
        else:
            self._follow(*self._open, t_s)
        self._calm = self._open is None and all(watch.calm for watch in self._watches())

    def _gather(self, second: Small, t_s: float) -> None:
        """Make the first reference."""
        self._first.append(second.copy())
        if len(self._first) < FIRST_LOOKS:
            return
        stack = np.stack(self._first)
        self._first.clear()
        sort_pixels(stack, np.empty_like(stack[0]))
        self._store(stack[FIRST_LOOKS // 2], t_s)

    def _store(self, small: Small, t_s: float) -> None:
        self._references.save(self._name, small)
        self._stored = self._watch(self._place.look(small), t_s)
        self._matched_s = t_s

    def _watch(self, look: Look, t_s: float) -> _Watch:
        return _Watch(Reference(self._place, look), t_s)

    def _watches(self) -> Iterator[_Watch]:
        """Yield the references in use, each once."""
        seen: list[_Watch] = []
        rungs = [watch for rung in self._rungs for watch in (rung.active, rung.coming)]
        for watch in (self._stored, *rungs, None if self._open is None else self._open[0]):
            if watch is not None and not any(watch is other for other in seen):
                seen.append(watch)
                yield watch

    def _keep_references(self, now: Look, second: Small, t_s: float) -> None:
        for rung in self._rungs:
            rung.renew(lambda: self._watch(now, t_s), t_s)
        if self._stored is not None and self._stored.band is not None and self._stored.band.empty:
            self._matched_s = t_s
        if self._open is None and t_s - self._matched_s > UNMATCHED_S:
            self._store(second, t_s)

    def _seek(self, t_s: float, occupied: Occupied) -> None:
        """Look for a rise against any reference."""
        risen = [(self._risen_by(watch), watch) for watch in self._watches()]
        share, watch = max(risen, key=lambda pair: pair[0])
        if any(watch.band is not None for _, watch in risen):
            self.share, self.said_s = share, t_s
        self._leading = watch
        since_s = self._risen.update(self._evidence(share, watch, occupied), t_s)
        if since_s is not None and watch.climb is not None:
            self._open = watch, watch.climb.base
            self._trend.clear()

    def _risen_by(self, watch: _Watch) -> float:
        return 0.0 if watch.climb is None else self._place.share(watch.climb.top, watch.climb.base)

    def _evidence(self, share: float, watch: _Watch, occupied: Occupied) -> float:
        """Return the share as far as it is certain that water did it."""
        climb, band = watch.climb, watch.band
        doubt = min(share, (1 + END_SHARE) / 2 * self._rise)
        if share < self._rise or climb is None:
            return share
        if climb.rows < ROWS_LEAST or climb.levels < max(LEVELS_LEAST, climb.rows / STRIDE_ROWS):
            return doubt
        if band is None or band.empty:
            return doubt
        if band.bottom - band.top < FILLED_LEAST * climb.rows:
            return 0.0
        if not band.even:
            return doubt if band.calm else 0.0
        return 0.0 if occupied(self._box(band)) > OCCUPIED_SHARE else share

    def _follow(self, watch: _Watch, base: float, t_s: float) -> None:
        """Follow the water that has risen until it has fallen again."""
        row = watch.climbs.row
        if watch.band is None or row is None:
            return
        self.share, self.said_s = self._place.share(row, base), t_s
        self._leading = watch
        if not self._trend or t_s - self._trend[-1][0] >= TREND_EVERY_S:
            self._trend.append((t_s, row))
        if self._risen.update(self.share, t_s) is None:
            self._open = None

    def _box(self, band: Band) -> Box:
        x, y, width, height = self._place.extent(band.top, band.bottom)
        return Box(x / SMALL_WIDTH_PX, y / SMALL_HEIGHT_PX, width / SMALL_WIDTH_PX, height / SMALL_HEIGHT_PX)
