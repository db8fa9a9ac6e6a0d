"""Reads where the water stands along a gauge that an operator has drawn: two marks with their centimetres."""

import math
from collections import deque

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import Small
from vision.marks import COLUMNS, Scale

Floats = npt.NDArray[np.float32]

MIDDLE, OUTER = np.s_[7:9], (0, 1, 14, 15)
"""Columns on the staff, if it is there at all, and columns beside it."""

READ_EVERY_S = 5.0
"""A level is read so often: no water needs more, and between two readings ripples have become others."""
WINDOW_ROWS = 5
"""Structure is compared over five pixels along the strip and its whole width."""
CONTRAST_FLOOR = 6.0
"""Variance below which structure is noise."""
FLAT = 1.5
"""Times the floor that two looks together must vary to be compared by structure."""
SIMILAR = 0.5
BRIGHTNESS_LEAST, BRIGHTNESS_SHARE = 10.0, 0.15
"""A flat row, on which structure says nothing, differs by this much of brightness."""

FLAT_WEIGHT = 0.1
"""What a flat row's brightness counts, against 1 for structure: shadows and lamps change it too."""
SHADED_WEIGHT = 0.3
"""What a row counts that has kept its structure but not its brightness."""
RESTLESS_BELOW, RESTLESS_WEIGHT = 0.5, 1.0
"""A row never seen dry is rather water where its structure is another than five seconds ago."""
STILL_ABOVE, STILL_WEIGHT = 0.8, 4.0
"""It is rather dry where it stays the same, by this much in all rows together: calm water mirrors
what does not move."""
PLAIN_SHARE, PLAIN_QUANTILE, PLAIN_WEIGHT = 0.5, 0.8, 4.0
"""Rows with less than half the contrast of the staff's rows are rather water: by this much in all,
without knowledge of any row."""
STAFF_WEIGHT = 0.5
"""A row in which the staff stands out from what is beside it, as bright as above the water, is rather
dry, else rather wet: by this much."""
STAFF_WET, STAFF_DRY = 0.5, 0.9
"""Where the staff is under water nothing of it stands out, or what calm water mirrors of it, up to a half."""
STAFF_LEAST, STAFF_FULL = 8.0, 20.0
"""Grey levels between the staff and what is beside it below which it cannot be told, and from which it is certain."""
STAFF_ALIKE = 0.35
"""A column is the staff's or not where it is so much nearer to the middle's brightness, or to the outer ones'."""
STAFF_ROWS = 9
"""Two ticks hide in the median of so many rows."""
TOP_SHARE = 0.25
"""While nothing is known to be dry, the top quarter between the marks is taken for it."""
EDGE_ROWS = 3
"""The step of brightness at the water's edge is taken between means over three pixels above and below."""
EDGE_WEIGHT, EDGE_FULL = 5.0, 16.0
"""The greatest step across the strip counts like so many rows of structure, if it is of so many grey levels."""
BEYOND_WEIGHT = 0.5
"""A step beyond the marks has this share of the weight: there end the board, the wall, the bank."""
MIRROR_ROWS, MIRROR_WEIGHT = 12, 10.0
"""Calm water mirrors the staff: what stands 12 pixels above its edge hangs upside down below it."""
MIRROR_FAINTER = 0.3
"""A mirror image lacks at least this share of the contrast of what it mirrors. Ticks at even distances are their own
image round each of them, at full contrast: they are no water."""
LAST_WEIGHT = 2.0
"""The edge is rather near where it was."""
NEAR_ROWS = 3
CANDIDATES = 5

MARGIN_ROWS = 3
"""Rows so near above the water are neither learned nor followed: ripples wet them."""
LEARN_S = 30.0
FOLLOW_S = 600.0
"""Time constant with which rows that stay dry follow the light. A row once unlike its dry look is not followed, and
water crosses a row in less."""
KEPT_LEAST = 0.6
"""Of the rows above the water whose dry look is known, so many must look so, else somebody stands before the gauge, or
the light is another."""
SEEN_ROWS, JUMP_ROWS = 3, 10
"""Fewer known rows above the water prove nothing; then it must be near where it was five seconds ago."""
FORGET_S = 3600.0
"""Seconds without any reading after which the dry look is another: it is learned anew."""
CONTRAST_LEAST = 2.0
STEADY = 5
STEADY_S = 60.0


class Staff:
    """The level on a gauge, second by second.

    The water's edge is where the strip stops looking like its dry self, and where brightness steps all across it.
    What a row looks like dry is learned while the water stands below it, and follows the light only while the row
    still looks so; rows never seen dry are judged by the step and by their restlessness alone.
    """

    def __init__(self, scale: Scale, dry: Small | None = None) -> None:
        """Read a gauge.

        Args:
            scale: Where its centimetres lie.
            dry: What `dry_picture` gave before a restart.
        """
        self._scale = scale
        self._dry: Floats = np.zeros((scale.rows, COLUMNS), np.float32)
        self._known = np.zeros(scale.rows, np.bool_)
        if dry is not None:
            self._dry = scale.painted(dry)
            self._known = np.asarray(self._dry.min(axis=1) > 0)
        high, low = scale.row(scale.high_cm), scale.row(scale.low_cm)
        self._between = (np.arange(scale.rows) >= high) & (np.arange(scale.rows) <= low)
        self._top = self._between & (np.arange(scale.rows) <= high + TOP_SHARE * (low - high))
        self._trusted: Floats = np.where(self._between, 1.0, BEYOND_WEIGHT).astype(np.float32)
        self._above_s = np.zeros(scale.rows, np.float32)
        self._before: _Rows | None = None
        self._looked_s = -math.inf
        self._read_s: float | None = None
        self._latest: deque[tuple[float, float]] = deque(maxlen=STEADY)
        self._answer: float | None = None

    @property
    def known(self) -> float:
        """Share of the strip whose dry look is known, 0..1."""
        return float(self._known.mean())

    def dry_picture(self) -> Small:
        """Return what is known of the dry gauge, to be kept for after a restart."""
        known = np.where(self._known[:, None], np.maximum(self._dry, np.float32(1.0)), np.float32(0.0))
        return self._scale.paint(known.astype(np.float32))

    def look(self, second: Small, t_s: float) -> float | None:
        """Take in the median picture of a second and return the row of the water, None where it cannot be read.

        Between two readings the last answer stands.
        """
        passed_s = t_s - self._looked_s
        if passed_s >= READ_EVERY_S - 0.5:
            self._looked_s = t_s
            self._answer = self._read(second, t_s, passed_s)
        return self._answer

    def _read(self, second: Small, t_s: float, passed_s: float) -> float | None:
        now = _Rows(self._scale.strip(second))
        if self._read_s is None:
            self._read_s = t_s
        row, alike = self._edge(now)
        self._before = now
        if row is None:
            if t_s - self._read_s > FORGET_S:
                self._known[:] = False
                self._read_s = t_s
            return None
        self._read_s = t_s
        self._latest.append((t_s, row))
        while t_s - self._latest[0][0] > STEADY_S:
            self._latest.popleft()
        self._learn(now.strip, alike, self._latest[-1][1], min(passed_s, LEARN_S))
        return sorted(row for _, row in self._latest)[len(self._latest) // 2]

    def _edge(self, now: "_Rows") -> tuple[float | None, npt.NDArray[np.bool_]]:
        wet, alike = self._wetness(now)
        if float(now.strip.std()) < CONTRAST_LEAST:
            return None, alike
        step = _step(now.strip)
        trusted = self._trusted * step
        shown = np.append(EDGE_WEIGHT / max(float(trusted.max()), EDGE_FULL) * trusted, 0.0)
        # Sum of what speaks for water below each row less what speaks for it above; a row may also be the bottom.
        score = np.append(np.cumsum(wet[::-1])[::-1], 0.0) - np.append(0.0, np.cumsum(wet)) + shown
        if self._latest:
            last = round(self._latest[-1][1])
            score[max(last - NEAR_ROWS, 0) : last + NEAR_ROWS + 1] += LAST_WEIGHT
        row = max(_peaks(score), key=lambda row: float(score[row]) + MIRROR_WEIGHT * _mirrored(now.strip, row))
        return (_refined(step, row) if self._is_seen(alike, row) else None), alike

    def _is_seen(self, alike: npt.NDArray[np.bool_], row: int) -> bool:
        """Tell whether what is above the water is the gauge; over all that is known of it water cannot jump."""
        above = alike[:row][self._known[:row]]
        if len(above) >= SEEN_ROWS or not self._known.any():
            return len(above) == 0 or float(above.mean()) >= KEPT_LEAST
        return bool(self._latest) and abs(row - self._latest[-1][1]) <= JUMP_ROWS

    def _wetness(self, now: "_Rows") -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return what speaks for water in each row, and which rows look like their dry selves."""
        dry = _Rows(self._dry)
        similarity, flat = now.similarity(dry)
        expected = self._gain(now, dry) * dry.mean
        as_bright = np.abs(now.mean - expected) <= BRIGHTNESS_LEAST + BRIGHTNESS_SHARE * expected
        alike = (flat | (similarity >= SIMILAR)) & as_bright
        # A mirror image of the staff has its structure, but not its brightness; so has the staff in a shadow.
        weight = np.where(flat, FLAT_WEIGHT, np.where((similarity >= SIMILAR) & ~as_bright, SHADED_WEIGHT, 1.0))
        contrast = np.sqrt(now.variance)
        plain = contrast < PLAIN_SHARE * np.quantile(contrast, PLAIN_QUANTILE)
        unknown = np.where(plain, PLAIN_WEIGHT, -PLAIN_WEIGHT) / self._scale.rows
        if self._before is not None:
            lasting, flat = now.similarity(self._before)
            unknown += np.where(~flat & (lasting < RESTLESS_BELOW), RESTLESS_WEIGHT, 0.0)
            unknown -= np.where(~flat & (lasting > STILL_ABOVE), STILL_WEIGHT / self._scale.rows, 0.0)
        wet = np.where(self._known, np.where(alike, -weight, weight), unknown) + self._bareness(now, alike)
        return wet.astype(np.float32), alike

    def _bareness(self, now: "_Rows", alike: npt.NDArray[np.bool_]) -> Floats:
        """Return what speaks for water in each row in that the staff is not seen there from side to side."""
        dry = self._known & alike & self._between
        lit = now.strip[dry if np.count_nonzero(dry) >= STAFF_ROWS else self._top]
        profile = np.median(lit, axis=0)
        middle, outer = profile[MIDDLE].mean(), np.median(profile.take(OUTER))
        alike_most = STAFF_ALIKE * abs(middle - outer)
        staff, beside = np.abs(profile - middle) <= alike_most, np.abs(profile - outer) <= alike_most
        if abs(middle - outer) < STAFF_LEAST or not staff.any() or not beside.any():
            return np.zeros(len(now.strip), np.float32)
        around = _middle(np.median(now.strip[:, beside], axis=1))
        shown = _middle(np.median(now.strip[:, staff], axis=1)) - around
        # Only the staff is as bright all the way down; what it stands before may change.
        due = np.median(lit[:, staff]) - around
        sure = np.clip((np.abs(due) - STAFF_LEAST) / (STAFF_FULL - STAFF_LEAST), 0.0, 1.0)
        seen = shown / np.where(sure > 0, due, 1.0)
        bare = np.clip(((STAFF_WET + STAFF_DRY) / 2 - seen) * 2 / (STAFF_DRY - STAFF_WET), -1.0, 1.0)
        return np.where(self._between, STAFF_WEIGHT * sure * bare, 0.0).astype(np.float32)

    def _gain(self, now: "_Rows", dry: "_Rows") -> float:
        """Return the light on the rows known to be dry over the light they were learned in."""
        known = np.flatnonzero(self._known)
        if len(known) == 0:
            return 1.0
        top = known[: max(len(known) // 3, 3)]
        return min(max(float(np.median((now.mean[top] + 4.0) / (dry.mean[top] + 4.0))), 0.2), 5.0)

    def _learn(self, strip: Floats, alike: npt.NDArray[np.bool_], row: float, passed_s: float) -> None:
        above = np.arange(self._scale.rows) < row - MARGIN_ROWS
        self._above_s = np.where(above, self._above_s + np.float32(passed_s), np.float32(0.0))
        follow = above & self._known & alike
        self._dry[follow] += np.float32(1.0 - math.exp(-passed_s / FOLLOW_S)) * (strip[follow] - self._dry[follow])
        fresh = above & ~self._known & (self._above_s >= LEARN_S)
        self._dry[fresh] = strip[fresh]
        self._known |= fresh


class _Rows:
    """A strip with what its rows are compared by.

    Attributes:
        strip: float32, (rows, 16).
        mean: Brightness round each row, float32, (rows,).
        variance: Its variance, likewise.
    """

    def __init__(self, strip: Floats) -> None:
        self.strip = strip
        self.mean = _running(strip)
        self.variance = np.maximum(_running(strip * strip) - self.mean * self.mean, np.float32(0.0))

    def similarity(self, then: "_Rows") -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return how alike the structure round each row is (as in SSIM), and where there is none to compare."""
        even = np.clip((then.mean + np.float32(4.0)) / (self.mean + np.float32(4.0)), 0.33, 3.0)
        covariance = (_running(self.strip * then.strip) - self.mean * then.mean) * even
        total = self.variance * even * even + then.variance
        alike = (2 * covariance + CONTRAST_FLOOR) / (total + CONTRAST_FLOOR)
        return alike.astype(np.float32), total < FLAT * CONTRAST_FLOOR


def _running(strip: Floats) -> Floats:
    """Return the mean over a window along the strip and all across it, float32, (rows,)."""
    across = strip.mean(axis=1, keepdims=True)
    return np.asarray(cv2.blur(across, (1, WINDOW_ROWS), borderType=cv2.BORDER_REPLICATE)[:, 0], np.float32)


def _middle(values: Floats) -> Floats:
    """Return the median over a window along the strip, float32, (rows,)."""
    padded = np.pad(values, STAFF_ROWS // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, STAFF_ROWS), axis=1).astype(np.float32)


def _step(strip: Floats) -> Floats:
    """Return how much brightness steps at each row's upper edge all across the strip, grey levels, float32, (rows,).

    The median over the columns: figures and ticks of the staff fill less than half of the width.
    """
    total = np.vstack((np.zeros((1, strip.shape[1]), np.float32), np.cumsum(strip, axis=0, dtype=np.float32)))
    rows = np.arange(len(strip))
    low = np.minimum(rows + EDGE_ROWS, len(strip))
    high = np.maximum(rows - EDGE_ROWS, 0)
    below = (total[low] - total[rows]) / (low - rows)[:, None]
    above = (total[rows] - total[high]) / np.maximum(rows - high, 1)[:, None]
    step = np.abs(np.median(below - above, axis=1))
    step[:1] = step[-1:] = 0.0
    return step.astype(np.float32)


def _peaks(score: Floats) -> list[int]:
    """Return the rows with the highest scores that are not neighbours of each other, best first."""
    left, rows = score.copy(), list[int]()
    for _ in range(CANDIDATES):
        row = int(np.argmax(left))
        rows.append(row)
        left[max(row - NEAR_ROWS, 0) : row + NEAR_ROWS + 1] = -np.inf
    return rows


def _mirrored(strip: Floats, row: int) -> float:
    """Return how much the strip below a row is a fainter mirror image of the strip above it, 0..1 (correlation)."""
    deep = min(row, len(strip) - row, MIRROR_ROWS)
    if deep < MIRROR_ROWS // 2:
        return 0.0
    above, below = strip[row - deep : row][::-1], strip[row : row + deep]
    # Without its columns' means: a board is its own image wherever it is cut.
    above, below = above - above.mean(axis=0), below - below.mean(axis=0)
    up, down = float(np.square(above).sum()), float(np.square(below).sum())
    spread = math.sqrt(up * down)
    if spread < CONTRAST_LEAST**2 * above.size:
        return 0.0
    fainter = min(max((1.0 - math.sqrt(down / up)) / MIRROR_FAINTER, 0.0), 1.0)
    return fainter * max(float((above * below).sum()) / spread, 0.0)


def _refined(step: Floats, row: int) -> float:
    """Return the place of the greatest step near a row, where there is one."""
    low, high = max(row - NEAR_ROWS, 0), min(row + NEAR_ROWS + 1, len(step))
    near = step[low:high]
    if len(near) == 0 or float(near.max()) < CONTRAST_LEAST:
        return float(row)
    best = low + int(np.argmax(near))
    if not 0 < best < len(step) - 1:
        return float(best)
    # The top of the parabola through the greatest step and its neighbours.
    before, at, after = step[best - 1 : best + 2].tolist()
    bend = before - 2 * at + after
    return best + (0.5 * (before - after) / bend if bend < 0 else 0.0)
