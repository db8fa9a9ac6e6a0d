"""What a camera usually sees, and what differs from it now."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Small
from vision.steady import sort_pixels

Float = npt.NDArray[np.float32]

_SHAPE = (SMALL_HEIGHT_PX, SMALL_WIDTH_PX)
_SURROUNDINGS = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))
GRID_PX = 8
"""Brightness is compared at every eighth pixel of every eighth row."""
_GRID_SHAPE = SMALL_HEIGHT_PX // GRID_PX, SMALL_WIDTH_PX // GRID_PX
_MIDDLE = (_GRID_SHAPE[0] * _GRID_SHAPE[1] - 1) // 2
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)

LEARNING_S = 4.0
"""A median of this long leaves no ghost of people who walk, and the first alarm still comes soon after start."""
LEARNING_SAMPLES = 5
LEARNING_SAMPLES_MOST = 15

REFRESH_S = 1.9
"""The model learns and its bounds are redrawn every two seconds, whatever the cadence of pictures: its time constants
are ten times as long, and light that changes faster is the gain's, which is measured in each."""

FOLLOW_S = 25.0
"""Time constant with which background follows weather and shadows (4 % a second)."""
ABSORB_S = 240.0
"""Time constant with which foreground becomes background: a parked car in minutes, a waiting crowd hardly."""
SPREAD_S = 60.0
"""Time constant with which a pixel's usual restlessness is learned."""
FOLD_S = 15.0
"""Time constant with which a change of exposure moves from the gain into the model."""

LEAST_DIFFERENCE = 11.0
SPREAD_FACTOR = 4.0
"""Times the pixel's usual mean deviation; 4 mean deviations are 3.2 standard deviations of Gaussian noise."""
CONTRAST_SHARE = 0.06
MOST_DIFFERENCE = 24.0
MOST_DEVIATION = 6.0
"""Restlessness beyond this is not learned: a thing seen through its fringe must not hide itself."""

USUAL_S = 2.0
"""Time constant of what is usual, against which suddenness is judged."""
SUDDEN_GAIN = 1.25
"""So much brighter or darker than a moment ago is a lamp, which no single gain follows; passing clouds stay below."""
SUDDEN_SHARE = 0.35
"""So much more of the picture different within a second is light or the camera, not things that move."""
LIKENESS_LEAST = 0.5
"""After a jump the same scene in another light correlates by .8 or more, a hand before the lens hardly at all."""
RELEARN_SHARE = 0.7
RELEARN_S = 20.0
SETTLING_S = 2.0


class Background:
    """A running mean per pixel with bounds around it, drawn wider where a pixel is restless.

    The picture is compared with bounds that already contain gain, noise and one pixel of shake, so that the cost
    of a picture is one `inRange` and a median filter; everything dearer happens once a second. All arrays are
    allocated once, but for the few pictures gathered while learning.

    Remembers one background: make one per camera. Works at any cadence from 25 pictures a second to one in several
    seconds, since every rate is a time constant.
    """

    def __init__(self) -> None:
        self._mask: Mask = np.zeros(_SHAPE, np.uint8)
        self._raw: Mask = np.zeros(_SHAPE, np.uint8)
        self._quiet: Mask = np.zeros(_SHAPE, np.uint8)
        self._levelled: Small = np.zeros(_SHAPE, np.uint8)
        self._low: Small = np.zeros(_SHAPE, np.uint8)
        self._high: Small = np.zeros(_SHAPE, np.uint8)
        self._model: Float = np.zeros(_SHAPE, np.float32)
        self._spread: Float = np.zeros(_SHAPE, np.float32)
        self._deviation: Small = np.zeros(_SHAPE, np.uint8)
        self._grid: Float = np.ones(_GRID_SHAPE, np.float32)
        self._ratio: Float = np.ones_like(self._grid)
        self._least: Float = np.ones_like(self._grid)
        self._now: Small = np.zeros(_GRID_SHAPE, np.uint8)
        self._samples: list[Small] = []
        self._learning_since_s: float | None = None
        self._sampled_s = -math.inf
        self._warm = False
        self._tells = False
        self._gain = 1.0
        self._drawn_gain = 1.0
        self._usual_log_gain = 0.0
        self._refreshed_s = 0.0
        self._usual_share = 0.0
        self._usual_s = 0.0
        self._settling_until_s: float | None = None
        self._crowded_since_s: float | None = None

    @property
    def warm(self) -> bool:
        """Whether the latest mask says something: not while learning, nor for a moment after the light jumped.

        The picture that ends either is not compared yet, so its empty mask says nothing: people might be there.
        """
        return self._tells

    @property
    def gain(self) -> float:
        """Brightness of the latest picture over that of the model."""
        return self._gain

    def apply(self, small: Small, t_s: float) -> Mask:
        """Take in one picture and return what differs from the background.

        Args:
            small: Brightness, uint8, (180, 320). Not kept.
            t_s: Its time on a clock that only runs forward.

        Returns:
            uint8, (180, 320), 0 or 255, all 0 while not `warm`; overwritten by the next call.
        """
        self._tells = False
        if not self._warm:
            self._mask.fill(0)
            self._learn(small, t_s)
            return self._mask
        self._gain = self._measure_gain(small)
        if abs(self._gain / self._drawn_gain - 1.0) > 0.02:  # noqa: PLR2004 - a fifth of the contrast share: unseen
            self._draw_bounds()
        share = self._compare(small)
        if self._settling_until_s is not None:
            self._settle(small, t_s)
            return self._mask
        if self._jumped(share, t_s):
            self._settling_until_s = t_s + SETTLING_S
            self._mask.fill(0)
            return self._mask
        if t_s - self._refreshed_s >= REFRESH_S:
            self._follow(small, t_s - self._refreshed_s)
            self._refreshed_s = t_s
        self._tells = True
        self._forget_if_strange(share, t_s)
        return self._mask

    def _learn(self, small: Small, t_s: float) -> None:
        if self._learning_since_s is None:
            self._learning_since_s = t_s
        if t_s - self._sampled_s >= LEARNING_S / LEARNING_SAMPLES_MOST:
            self._samples.append(small.copy())
            self._sampled_s = t_s
            del self._samples[:-LEARNING_SAMPLES_MOST]
        if t_s - self._learning_since_s < LEARNING_S or len(self._samples) < LEARNING_SAMPLES:
            return
        stack = np.stack(self._samples)
        middle = _median(stack)
        self._model[:] = middle
        for sample in stack:
            cv2.absdiff(sample, middle, dst=sample)
        self._spread[:] = _median(stack)
        self._samples.clear()
        self._learning_since_s = None
        self._warm = True
        self._refreshed_s = self._usual_s = t_s
        self._usual_share = 0.0
        self._gain = 1.0
        self._usual_log_gain = 0.0
        self._crowded_since_s = None
        self._take_grid()
        self._draw_bounds()

    def _measure_gain(self, small: Small) -> float:
        """Return the median ratio of the picture to the model over a coarse grid."""
        # (now + 2) / (model + 2), by OpenCV, whose code the small picture has just brought into the caches.
        cv2.extractChannel(small.reshape(SMALL_HEIGHT_PX, -1, GRID_PX)[4::GRID_PX][: len(self._now)], 4, dst=self._now)
        cv2.divide(self._now, self._grid, dst=self._ratio, dtype=cv2.CV_32F)
        cv2.add(self._ratio, self._least, dst=self._ratio)
        ratio = self._ratio.reshape(-1)
        # The lower of the middle two: `numpy.median` takes four times as long for the difference of a thousandth.
        ratio.sort()
        return min(max(float(ratio[_MIDDLE]), 0.4), 2.5)

    def _take_grid(self) -> None:
        # Two grey levels are added on both sides so that black pixels neither divide by zero nor shout.
        np.add(self._model[4::GRID_PX, 4::GRID_PX][: self._grid.shape[0]], np.float32(2.0), out=self._grid)
        np.divide(np.float32(2.0), self._grid, out=self._least)

    def _draw_bounds(self) -> None:
        """Set low and high so that whatever lies between is background."""
        # Brought to bytes first, which saturate: a quarter of the memory to pass over, and at most a level of rounding.
        tolerance = cv2.convertScaleAbs(self._spread, dst=self._quiet, alpha=SPREAD_FACTOR)
        cv2.threshold(tolerance, MOST_DIFFERENCE, 255, cv2.THRESH_TRUNC, dst=tolerance)
        cv2.max(tolerance, LEAST_DIFFERENCE, dst=tolerance)  # type: ignore[call-overload] # OpenCV takes a scalar here
        cv2.convertScaleAbs(self._model, dst=self._raw, alpha=self._gain * (1.0 - CONTRAST_SHARE))
        cv2.subtract(self._raw, tolerance, dst=self._raw)
        cv2.erode(self._raw, _CROSS, dst=self._low)
        cv2.convertScaleAbs(self._model, dst=self._raw, alpha=self._gain * (1.0 + CONTRAST_SHARE))
        cv2.add(self._raw, tolerance, dst=self._raw)
        cv2.dilate(self._raw, _CROSS, dst=self._high)
        self._drawn_gain = self._gain

    def _compare(self, small: Small) -> float:
        """Write the mask and return its share of the picture."""
        cv2.inRange(small, self._low, self._high, dst=self._raw)
        cv2.bitwise_not(self._raw, dst=self._raw)
        cv2.medianBlur(self._raw, 3, dst=self._mask)
        return cv2.countNonZero(self._mask) / self._mask.size

    def _follow(self, small: Small, passed_s: float) -> None:
        """Let the model drift towards the picture: fast where it is background, slowly elsewhere."""
        cv2.convertScaleAbs(small, dst=self._levelled, alpha=1.0 / self._gain)
        cv2.convertScaleAbs(self._model, dst=self._deviation)
        cv2.absdiff(self._deviation, self._levelled, dst=self._deviation)
        cv2.bitwise_not(self._mask, dst=self._quiet)
        follow = 1.0 - math.exp(-passed_s / FOLLOW_S)
        cv2.accumulateWeighted(self._levelled, self._model, follow, mask=self._quiet)
        # The fringe of things is half background; taken for restlessness it would widen the bounds until the things
        # themselves no longer show. So restlessness is learned away from them, slowly, and from bounded values.
        cv2.threshold(self._deviation, MOST_DEVIATION, 255, cv2.THRESH_TRUNC, dst=self._deviation)
        cv2.dilate(self._mask, _SURROUNDINGS, dst=self._raw)
        cv2.bitwise_not(self._raw, dst=self._quiet)
        cv2.accumulateWeighted(self._deviation, self._spread, 1.0 - math.exp(-passed_s / SPREAD_S), mask=self._quiet)
        absorb = 1.0 - math.exp(-passed_s / ABSORB_S)
        cv2.accumulateWeighted(self._levelled, self._model, absorb, mask=self._mask)
        fold = self._gain ** (1.0 - math.exp(-passed_s / FOLD_S))
        np.multiply(self._model, np.float32(fold), out=self._model)
        self._gain /= fold
        self._take_grid()
        self._draw_bounds()

    def _jumped(self, share: float, t_s: float) -> bool:
        """Tell whether light or camera changed suddenly, measured against the last few seconds."""
        log_gain = math.log(self._gain)
        if share - self._usual_share > SUDDEN_SHARE or abs(log_gain - self._usual_log_gain) > math.log(SUDDEN_GAIN):
            return True
        blend = 1.0 - math.exp(-(t_s - self._usual_s) / USUAL_S)
        self._usual_share += blend * (share - self._usual_share)
        self._usual_log_gain += blend * (log_gain - self._usual_log_gain)
        self._usual_s = t_s
        return False

    def _settle(self, small: Small, t_s: float) -> None:
        """After a jump of light: wait, then bring the model into the new light, or learn anew."""
        self._mask.fill(0)
        if self._settling_until_s is None or t_s < self._settling_until_s:
            return
        self._settling_until_s = None
        if self._likeness(small) < LIKENESS_LEAST:
            self.forget()
            return
        self._retone(small)
        share = self._compare(small)
        self._mask.fill(0)
        if share - self._usual_share > SUDDEN_SHARE:
            self.forget()
            return
        self._refreshed_s = self._usual_s = t_s

    def _likeness(self, small: Small) -> float:
        """Return how far the picture still shows the model's scene: correlation of brightness over the grid, -1..1."""
        now = small[4::GRID_PX, 4::GRID_PX][: self._grid.shape[0]].astype(np.float32)
        now -= now.mean()
        before = self._grid - self._grid.mean()
        spread = math.sqrt(float(np.square(now).sum()) * float(np.square(before).sum()))
        return float((now * before).sum()) / spread if spread > 0 else 0.0

    def _retone(self, small: Small) -> None:
        """Map the model's grey levels to the picture's by matching their distributions (one monotone curve).

        Lamps that go out change some tones more than others, which no single gain follows. One curve for the whole
        picture, instead of the picture itself, keeps out of the model what arrived in the dark.
        """
        old = np.clip(self._model, 0, 255).astype(np.uint8)
        shares_old = np.cumsum(np.bincount(old.ravel(), minlength=256)) / old.size
        shares_new = np.cumsum(np.bincount(small.ravel(), minlength=256)) / small.size
        curve = np.interp(shares_old, shares_new, np.arange(256)).astype(np.float32)
        self._model[:] = curve[old]
        self._gain = 1.0
        self._usual_log_gain = 0.0
        self._take_grid()
        self._draw_bounds()

    def _forget_if_strange(self, share: float, t_s: float) -> None:
        """Learn anew when most of the picture has been different for long: the camera was turned."""
        if share < RELEARN_SHARE:
            self._crowded_since_s = None
        elif self._crowded_since_s is None:
            self._crowded_since_s = t_s
        elif t_s - self._crowded_since_s >= RELEARN_S:
            self.forget()

    def forget(self) -> None:
        """Start learning anew, as after the camera was moved."""
        self._warm = self._tells = False
        self._settling_until_s = None
        self._learning_since_s = None
        self._crowded_since_s = None
        self._sampled_s = -math.inf
        self._samples.clear()
        self._mask.fill(0)


def _median(stack: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the median over the first axis; the stack is sorted on the way."""
    sort_pixels(stack, np.empty_like(stack[0]))
    return np.array(stack[len(stack) // 2], np.uint8)
