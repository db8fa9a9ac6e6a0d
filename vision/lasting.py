"""What has changed in a scene and stays so: a background that follows the light, and an age for every pixel."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small
from vision.likeness import Floats, Similarity
from vision.ranks import rank
from vision.steady import sort_pixels

Ages = npt.NDArray[np.uint16]
"""How long each pixel has been changed, in sixteenths of a second."""

TICKS_PER_S = 16
"""Ages count in sixteenths of a second: whole numbers, and more than an hour fits into 16 bits."""

_SHAPE = (SMALL_HEIGHT_PX, SMALL_WIDTH_PX)
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_RIM = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))

SAMPLES = 5
"""Whoever passes within three of the last five pictures leaves no trace in their median."""
SPAN_S = 8.0
"""Pictures older than this are left out of the median while three younger ones are there: slow cadences need them."""
LEAST_SAMPLES = 3
LEARNING_S = 8.0
LEARNING_SAMPLES = 5
LEARNING_SAMPLES_MOST = 9
"""The first background is a median of eight seconds, so that people who walk leave no ghost in it."""

FOLLOW_S = 25.0
"""Time constant with which the background follows the weather (4 % a second)."""
LIGHT_S = 8.0
"""The same where only the light differs: brightness changed but the structure is that of the background."""
SPREAD_S = 60.0
"""Time constant with which a pixel's usual restlessness is learned."""
FOLD_S = 15.0
"""Time constant with which a change of exposure moves from the gain into the background."""

LEAST_DIFFERENCE = 6.0
CONTRAST_SHARE = 0.08
DARK_DIFFERENCE, DARK_SHARE = 1.0, 0.14
"""The same in the dark, where whatever light and encoders do wrong is smaller too; both meet at a brightness of 83."""
SPREAD_FACTOR = 0.75
"""Times the usual distance between the quartiles of five pictures: 1.4 standard deviations of a pixel's median, and
four of the mean of nine neighbours that is compared."""
_MEAN = (3, 3)
MOST_DIFFERENCE = 30.0
UNSTABLE_LEAST = 10.0
"""Quartiles further apart than this, and than three times what is usual here: something moves in front."""
UNSTABLE_FACTOR = 3.0

AWAY_FACTOR = 2
"""A pixel that is back grows younger twice as fast as it aged."""
HIDDEN_FACTOR = 0.25
"""A pixel somebody passes in front of loses a quarter of a second each second: it is not known to have changed back."""

CELL_PX, CELL_STEP_PX = 20, 4
"""Light is measured in cells of 20x20 pixels, at every fourth pixel."""
FIELD_LEAST = 0.4
"""A part may be so much darker than the whole, or brighter by the inverse; more is not a cloud."""
SUDDEN_GAIN = 1.2
"""So much brighter or darker within seconds is a lamp or a change of exposure; passing clouds stay below."""
SUDDEN_SHARE = 0.3
"""So much more of the picture changed within a second is light, or the camera; not things."""
USUAL_S = 4.0
SETTLING_S = 4.0
REST_S = 15.0
"""After a jump of light the next is not waited for so soon again: under broken clouds nothing would ever be seen."""
STRANGE_SHARE = 0.2
"""If so much is still unlike the background after it was brought into the new light, it is learned anew."""
TONES = 32
LEAST_TONE_PX = 40


class LastingChange:
    """Finds what differs from the background for long, and how long, at one picture a second or slower.

    Compares the median of the last five pictures with bounds around the background that contain noise, exposure and a
    pixel of shake; where it leaves them, the structure must differ too, so that light and shadow do not count.
    Allocates once, but for the few pictures gathered while learning.

    Attributes:
        age: How long each pixel has been changed, sixteenths of a second, uint16, (180, 320).
        now: Median of the last pictures, uint8, (180, 320).
        before: The background in the present light, uint8, (180, 320).
        changed: What differs from it just now, uint8, (180, 320), 0 or 255.
        moving: Where something moves, uint8, (180, 320), 0 or 255.
        jumped_s: When the light jumped last.
    """

    def __init__(self) -> None:
        self.age: Ages = np.zeros(_SHAPE, np.uint16)
        self.now: Small = np.zeros(_SHAPE, np.uint8)
        self.before: Small = np.zeros(_SHAPE, np.uint8)
        self.changed: Mask = np.zeros(_SHAPE, np.uint8)
        self.moving: Mask = np.zeros(_SHAPE, np.uint8)
        self._ring = np.zeros((SAMPLES, *_SHAPE), np.uint8)
        self._sorted = [*np.zeros_like(self._ring)]
        self._taken_s = [-math.inf] * SAMPLES
        self._taken = 0
        self._model: Floats = np.zeros(_SHAPE, np.float32)
        self._spread: Floats = np.zeros(_SHAPE, np.float32)
        self._low: Small = np.zeros(_SHAPE, np.uint8)
        self._high: Small = np.zeros(_SHAPE, np.uint8)
        self._scratch: Small = np.zeros(_SHAPE, np.uint8)
        self._soft: Small = np.zeros(_SHAPE, np.uint8)
        self._light: Mask = np.zeros(_SHAPE, np.uint8)
        self._restless: Small = np.zeros(_SHAPE, np.uint8)
        self._similar = Similarity()
        self._samples: list[Small] = []
        self._learning_since_s: float | None = None
        self._warm = False
        self._gain = 1.0
        self._field: Floats = np.ones(_SHAPE, np.float32)
        self._usual_log_gain = 0.0
        self._usual_share = 0.0
        self._told_s: float | None = None
        self._settling_until_s: float | None = None
        self.jumped_s = -math.inf

    def take(self, second: Small, t_s: float, keep: Mask) -> float | None:
        """Take in one picture.

        Args:
            second: uint8, (180, 320); copied.
            t_s: Its time on a clock that only runs forward.
            keep: Where the background must stay as it is, 0 or 255.

        Returns:
            Seconds since the picture before, when ages and masks are up to date; None while learning or while the
            light settles, when they say nothing.
        """
        if not self._warm:
            self._learn(second, t_s)
            return None
        self._gain = self._measure_gain(second)
        passed_s = 0.0 if self._told_s is None else t_s - self._told_s
        self._told_s = t_s
        share = self._share_outside(second)
        jumped = self._jumped(share, passed_s)
        if jumped and self._settling_until_s is None and t_s - self.jumped_s >= REST_S:
            self._settling_until_s = t_s + SETTLING_S
            self.jumped_s = t_s
            self.pause()
        self._keep(second, t_s)
        if not self._settle_pixels(t_s):
            return None
        if self._settling_until_s is not None:
            if t_s < self._settling_until_s:
                return None
            self._settling_until_s = None
            if not self._retone():
                return None
        self._compare()
        self._grow_older(passed_s)
        self._follow(passed_s, keep)
        return passed_s

    @property
    def is_calm(self) -> bool:
        """Whether nothing differs from the background, nor has of late."""
        return not cv2.countNonZero(self.changed) and not self.age.any()

    def remember(self, second: Small, t_s: float) -> None:
        """Take in a picture, as of `take`, only for the median of later ones: ages and masks stay as they are."""
        self._keep(second, t_s)

    def pause(self) -> None:
        """Forget the last pictures, as when the camera was at fault; background and ages stay."""
        self._taken = 0
        self._taken_s = [-math.inf] * SAMPLES

    def forget(self) -> None:
        """Learn the background anew."""
        self._warm = False
        self._settling_until_s = self._learning_since_s = self._told_s = None
        self._samples.clear()
        self.age.fill(0)
        self.pause()

    def absorb(self, where: Mask) -> None:
        """Take the present picture as background there: uint8, (180, 320), not 0 where."""
        cv2.divide(self.now, self._field, dst=self._scratch, dtype=cv2.CV_8U)
        inside = where > 0
        self._model[inside] = self._scratch[inside]
        self.age[inside] = 0
        self.changed[inside] = 0

    def rejuvenate(self, where: Mask) -> None:
        """Set the age to nothing there: uint8, (180, 320), not 0 where."""
        self.age[where > 0] = 0

    def _learn(self, second: Small, t_s: float) -> None:
        if self._learning_since_s is None:
            self._learning_since_s = t_s
        self._samples.append(second.copy())
        del self._samples[:-LEARNING_SAMPLES_MOST]
        if t_s - self._learning_since_s < LEARNING_S or len(self._samples) < LEARNING_SAMPLES:
            return
        stack = np.stack(self._samples)
        sort_pixels(stack, self._scratch)
        self._model[:] = stack[len(stack) // 2]
        quarter = len(stack) // 4
        np.subtract(stack[-1 - quarter], stack[quarter], out=self._scratch)
        # People who walked through while it was learned must not pass for restlessness.
        np.minimum(self._scratch, np.uint8(8), out=self._scratch)
        self._spread[:] = self._scratch
        self._samples.clear()
        self._learning_since_s = None
        self._warm = True
        self._gain, self._usual_log_gain, self._usual_share = 1.0, 0.0, 0.0
        self._told_s = t_s

    def _measure_gain(self, second: Small) -> float:
        """Return the median ratio of picture to background over a coarse grid."""
        ratio = (second[4::8, 4::8] + np.float32(2.0)).ravel()
        ratio /= (self._model[4::8, 4::8] + np.float32(2.0)).ravel()
        ratio.partition(ratio.size // 2)
        return min(max(float(ratio[ratio.size // 2]), 0.3), 3.0)

    def _measure_field(self) -> None:
        """Measure how bright each part of the picture is against the background.

        Medians within cells, and of each cell with its neighbours, follow the shadow of a cloud and ignore whatever
        is smaller than two cells.
        """
        down, across = CELL_PX // CELL_STEP_PX, _SHAPE[1] // CELL_PX
        now = self.now[2::CELL_STEP_PX, 2::CELL_STEP_PX].astype(np.float32)
        ratio = (now + np.float32(2.0)) / (self._model[2::CELL_STEP_PX, 2::CELL_STEP_PX] + np.float32(2.0))
        cells = ratio.reshape(-1, down, across, down).transpose(0, 2, 1, 3).reshape(-1, across, down * down)
        cells = np.partition(cells, down * down // 2, axis=2)[:, :, down * down // 2]
        cells = cv2.medianBlur(np.ascontiguousarray(cells), 3)
        np.clip(cells, np.float32(FIELD_LEAST * self._gain), np.float32(self._gain / FIELD_LEAST), out=cells)
        cv2.resize(cells, (_SHAPE[1], _SHAPE[0]), dst=self._field, interpolation=cv2.INTER_LINEAR)

    def _share_outside(self, second: Small) -> float:
        """Return how much of a coarse grid lies far from the background."""
        model = self._model[2::4, 2::4] * np.float32(self._gain)
        away = np.abs(second[2::4, 2::4] - model) > MOST_DIFFERENCE
        return int(np.count_nonzero(away)) / away.size

    def _jumped(self, share: float, passed_s: float) -> bool:
        log_gain = math.log(self._gain)
        jumped = (
            abs(log_gain - self._usual_log_gain) > math.log(SUDDEN_GAIN) or share - self._usual_share > SUDDEN_SHARE
        )
        blend = 1.0 if jumped else 1.0 - math.exp(-passed_s / USUAL_S)
        self._usual_log_gain += blend * (log_gain - self._usual_log_gain)
        self._usual_share += blend * (share - self._usual_share)
        return jumped

    def _keep(self, second: Small, t_s: float) -> None:
        place = self._taken % SAMPLES
        np.copyto(self._ring[place], second)
        self._taken_s[place] = t_s
        self._taken += 1

    def _settle_pixels(self, t_s: float) -> bool:
        """Write median and restlessness of the last pictures; False while there are too few."""
        count = min(self._taken, SAMPLES)
        newest = [(self._taken - 1 - i) % SAMPLES for i in range(count)]
        young = [i for i in newest if t_s - self._taken_s[i] <= SPAN_S]
        chosen = young if len(young) >= LEAST_SAMPLES else newest[:LEAST_SAMPLES]
        if len(chosen) < LEAST_SAMPLES:
            return False
        if len(chosen) % 2 == 0:
            chosen = chosen[:-1]
        ordered = self._sorted[: len(chosen)]
        for picture, i in zip(ordered, chosen, strict=True):
            np.copyto(picture, self._ring[i])
        middle = len(chosen) // 2
        (below, now, above), self._scratch = rank(ordered, (middle - 1, middle, middle + 1), self._scratch)
        self._sorted[: len(chosen)] = ordered
        np.copyto(self.now, now)
        np.subtract(above, below, out=self._restless)
        return True

    def _compare(self) -> None:
        """Write what is changed and what moves.

        Means of nine pixels are compared, so that three times less noise is left and fainter things show in it.
        """
        self._write_least_difference()
        self._measure_field()
        cv2.multiply(self._model, self._field, dst=self.before, dtype=cv2.CV_8U)
        cv2.blur(self.before, _MEAN, dst=self._soft)
        cv2.erode(self._soft, _CROSS, dst=self._low)
        cv2.subtract(self._low, self._scratch, dst=self._low)
        cv2.dilate(self._soft, _CROSS, dst=self._high)
        cv2.add(self._high, self._scratch, dst=self._high)
        cv2.blur(self.now, _MEAN, dst=self._soft)
        cv2.inRange(self._soft, self._low, self._high, dst=self._scratch)
        cv2.bitwise_not(self._scratch, dst=self._scratch)
        cv2.medianBlur(self._scratch, 3, dst=self.changed)
        if cv2.countNonZero(self.changed):
            alike = self._similar.alike(self.now, self.before)
            cv2.bitwise_and(self.changed, alike, dst=self._light)
            cv2.subtract(self.changed, alike, dst=self.changed)
        else:
            self._light.fill(0)
        usual = cv2.convertScaleAbs(self._spread, dst=self._scratch, alpha=UNSTABLE_FACTOR, beta=UNSTABLE_LEAST)
        cv2.compare(self._restless, usual, cv2.CMP_GT, dst=self.moving)

    def _write_least_difference(self) -> None:
        """Write to the scratch picture by how much each pixel must differ: for noise, for light, for the encoder."""
        spread, model = (self._spread, SPREAD_FACTOR), self._model
        cv2.addWeighted(*spread, model, CONTRAST_SHARE, LEAST_DIFFERENCE, dst=self._scratch, dtype=cv2.CV_8U)
        cv2.addWeighted(*spread, model, DARK_SHARE, DARK_DIFFERENCE, dst=self._soft, dtype=cv2.CV_8U)
        cv2.min(self._scratch, self._soft, dst=self._scratch)
        cv2.threshold(self._scratch, MOST_DIFFERENCE, 255, cv2.THRESH_TRUNC, dst=self._scratch)

    def _grow_older(self, passed_s: float) -> None:
        ticks = round(min(passed_s, SPAN_S) * TICKS_PER_S)
        still = cv2.bitwise_not(self.moving, dst=self._scratch)
        cv2.bitwise_and(still, self.changed, dst=still)
        if cv2.countNonZero(still):
            cv2.add(self.age, ticks, dst=self.age, mask=still)  # type: ignore[call-overload] # OpenCV takes a scalar here
        elif not self.age.any():
            return
        hidden = max(round(HIDDEN_FACTOR * ticks), 1)
        cv2.subtract(self.age, hidden, dst=self.age, mask=self.moving)  # type: ignore[call-overload] # OpenCV takes a scalar here
        # What neither moves nor differs is back.
        cv2.bitwise_or(self.moving, self.changed, dst=still)
        cv2.bitwise_not(still, dst=still)
        cv2.subtract(self.age, AWAY_FACTOR * ticks, dst=self.age, mask=still)  # type: ignore[call-overload] # OpenCV takes a scalar here

    def _follow(self, passed_s: float, keep: Mask) -> None:
        """Let the background drift towards what looks like it."""
        quiet = cv2.dilate(self.changed, _RIM, dst=self._low)
        cv2.bitwise_or(quiet, keep, dst=quiet)
        cv2.bitwise_or(quiet, self.moving, dst=quiet)
        cv2.bitwise_not(quiet, dst=quiet)
        cv2.accumulateWeighted(self._restless, self._spread, 1.0 - math.exp(-passed_s / SPREAD_S), mask=quiet)
        levelled = cv2.divide(self.now, self._field, dst=self._high, dtype=cv2.CV_8U)
        cv2.accumulateWeighted(levelled, self._model, 1.0 - math.exp(-passed_s / FOLLOW_S), mask=quiet)
        cv2.bitwise_and(self._light, quiet, dst=quiet)
        cv2.accumulateWeighted(levelled, self._model, 1.0 - math.exp(-passed_s / LIGHT_S), mask=quiet)
        fold = self._gain ** (1.0 - math.exp(-passed_s / FOLD_S))
        np.multiply(self._model, np.float32(fold), out=self._model)
        self._gain /= fold
        np.multiply(self._field, np.float32(1.0 / fold), out=self._field)
        self._usual_log_gain -= math.log(fold)

    def _retone(self) -> bool:
        """Bring the background into a new light; False where it is learned anew instead.

        One monotone curve for the whole picture, drawn through the median brightness that each old brightness has
        now, keeps out of the background what was put down while the light changed. Where the structure is the same
        after that, the picture itself is taken, since lamps light places unevenly.
        """
        old = np.clip(self._model, 0, 255).astype(np.uint8)
        self._model[:] = _tone_curve(old, self.now)[old]
        self._gain, self._usual_log_gain = 1.0, 0.0
        cv2.convertScaleAbs(self._model, dst=self.before)
        alike = self._similar.alike(self.now, self.before) > 0
        differing = np.abs(self.now.astype(np.int16) - self.before) > LEAST_DIFFERENCE
        if float(np.mean(differing & ~alike)) > STRANGE_SHARE:
            self.forget()
            return False
        untouched = alike & (self.age == 0)
        self._model[untouched] = self.now[untouched]
        self._usual_share = self._share_outside(self.now)
        return True


def _tone_curve(old: Small, now: Small) -> Floats:
    """Return for each old grey level the level it has now: float32, (256,), never falling."""
    levels, values = [0.0], [0.0]
    bins = old[::2, ::2].ravel() // (256 // TONES)
    present = now[::2, ::2].ravel()
    for tone in range(TONES):
        chosen = present[bins == tone]
        if len(chosen) >= LEAST_TONE_PX:
            levels.append((tone + 0.5) * (256 / TONES))
            values.append(float(np.median(chosen)))
    values = np.maximum.accumulate(values).tolist()
    if len(levels) == 1:
        return np.arange(256, dtype=np.float32)
    # Beyond the brightest tone seen the curve goes on with the same ratio.
    levels.append(256.0)
    values.append(min(values[-1] * 256.0 / levels[-2], 255.0))
    return np.asarray(np.interp(np.arange(256), levels, values), np.float32)
