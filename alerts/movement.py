"""How far a value moved within a window, and for how long it has not moved at all."""

from alerts.figure import Figure, Method, Rows
from events.reading import Reading

SLOTS = 60
"""Parts of a window of which one value each is remembered. A movement may seem smaller than it was, by what happened
within a sixtieth of the window, never greater."""


class _Movement:
    """How far the value has risen above the least of the window; falling is rising in a mirror."""

    def __init__(self, kept: Rows, window_s: float, side: float) -> None:
        self._window_s = window_s
        self._side = side
        # Slot, time in seconds, least value in it: in order of time.
        self._slots = [(int(slot), ts, least) for slot, ts, least in kept]

    def take(self, reading: Reading) -> float | None:
        """Return the movement; None where nothing else is within the window: what a gap hid is not known."""
        ts, value = reading.ts.timestamp(), self._side * reading.value
        self._slots = [entry for entry in self._slots if entry[1] >= ts - self._window_s]
        known = bool(self._slots)
        slot = int(ts // (self._window_s / SLOTS))
        if self._slots and self._slots[-1][0] == slot:
            if value <= self._slots[-1][2]:
                self._slots[-1] = (slot, ts, value)
        else:
            self._slots.append((slot, ts, value))
        # Rounded, because 1.3 - 1.0 is a little more than 0.3.
        return round(value - min(least for _, _, least in self._slots), 9) if known else None

    def kept(self) -> Rows:
        """Return the slots."""
        return [[slot, ts, value] for slot, ts, value in self._slots]


class _Standstill:
    """For how many seconds the value has been the same."""

    def __init__(self, kept: Rows, tolerance: float, gap_s: float, enough_s: float) -> None:
        self._tolerance, self._gap_s, self._enough_s = tolerance, gap_s, enough_s
        self._run = kept[0] if kept else None

    def take(self, reading: Reading) -> float | None:
        """Return the seconds since the first of equal values; across a gap nothing is known of what lay between."""
        ts, value = reading.ts.timestamp(), reading.value
        if self._run is not None:
            first_s, same, last_s = self._run
            proven = last_s - first_s > self._enough_s  # one that stood still before the gap has not been seen to move
            if abs(value - same) <= self._tolerance and (proven or ts - last_s <= self._gap_s):
                self._run = [first_s, same, ts]
                return ts - first_s
        self._run = [ts, value, ts]
        return 0.0

    def kept(self) -> Rows:
        """Return the run of equal values."""
        return [] if self._run is None else [self._run]


def movement(window_s: float, side: float) -> Method:
    """Return how to make the rise (side 1) or fall (side -1) within a window, in the unit of the value."""

    def begin(kept: Rows) -> Figure:
        return _Movement(kept, window_s, side)

    return Method(shape=f"movement {window_s} {side}", begin=begin)


def standstill(tolerance: float, *, gap_s: float, enough_s: float) -> Method:
    """Return how to make the seconds of standing still.

    Args:
        tolerance: How far a value may move and still be the same.
        gap_s: Longest silence that is bridged.
        enough_s: After how long it counts as stuck, which a gap does not undo.
    """

    def begin(kept: Rows) -> Figure:
        return _Standstill(kept, tolerance, gap_s, enough_s)

    return Method(shape=f"standstill {tolerance}", begin=begin)
