"""Says when a camera is covered, blurred, moved, frozen, dark or dazzled."""

import math
from collections import Counter, deque

import cv2
import numpy as np

from vision.detector import Finding, Looking, Small, View
from vision.faults import HEIGHT_PX, REFERENCE_S, TEXTURED_LEAST, WIDTH_PX, Comparison, UsualScene

TICK_S = 0.45
"""The picture is examined about twice a second, whatever the cadence of pictures."""
LEARNING_S = 6.0
HOLD_S = 4.0
CLEAR_S = 3.0
VOTE_S = 2.0

DARK_BELOW = 22.0
BRIGHT_ABOVE = 240.0
UNIFORM_RANGE = 4.0
"""Grey levels between the 5th and 92nd percentile; a night with one lamp in it has more."""

LOST_SHARE = 0.4
STILL_LOST_SHARE = 0.3
SUDDEN_RISE = 0.33
SUDDEN_S = 10.0
"""A hand, a bag or a push takes seconds; dusk, a tide or a filling car park take minutes."""
DOUBT_SHARE = 0.1
DOUBTFUL_REFERENCE_S = 60.0
KEPT_GAIN_LEAST, KEPT_GAIN_MOST = 0.7, 1.4
"""Where blocks outside the loss changed brightness by more, light changed, not the camera."""
LIGHT_S = 8.0
ALL_LOST_SHARE = 0.8
LIVELY_ENERGY = 0.4
LIVELY_COARSE = 0.3
BLURRED_SHARPNESS = 0.5
BLURRED_EDGES = 0.75
BLURRED_COARSE = 0.8
BLURRED_CONTRAST = 0.5
"""A lens out of focus keeps the large shapes; a cover leaves at most an afterglow of them in the mean."""
RESIGN_S = 600.0
"""A camera still turned after so long was turned on purpose: its new view becomes the usual one."""


class HealthDetector:
    """One camera's health from its pictures alone; `no_signal` is for those who know that none came.

    A fault is told after four seconds and keeps the class it was first given, so that it is one event; it ends
    after three seconds without any.
    """

    def __init__(self) -> None:
        self._half: Small = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
        self._scene = UsualScene()
        self._stillness = Stillness()
        self._ticked_s: float | None = None
        self._lost: deque[tuple[float, Comparison]] = deque(maxlen=64)
        self._votes: deque[tuple[float, str]] = deque(maxlen=32)
        self._suspected_s: float | None = None
        self._light_s: float | None = None
        self._well_s: float | None = None
        self._finding: Finding | None = None

    def is_suspicious(self) -> bool:
        """Tell whether a fault is present or suspected, so that nobody should conclude anything from the picture."""
        return self._suspected_s is not None

    def look(self, view: View) -> Looking:
        """Take in one picture and say whether the camera is at fault."""
        if self._ticked_s is None or view.t_s - self._ticked_s >= TICK_S:
            self._tick(view.small, view.t_s)
        return Looking(findings=() if self._finding is None else (self._finding,))

    def _tick(self, small: Small, t_s: float) -> None:
        self._ticked_s = t_s
        cv2.resize(small, (WIDTH_PX, HEIGHT_PX), dst=self._half, interpolation=cv2.INTER_AREA)
        self._scene.see(self._half, t_s, follow_s=self._pace())
        still = self._stillness.see(self._half, t_s)
        suspect = self._uniform() or self._changed(t_s) or ("frozen" if still else None)
        self._weigh(suspect, t_s)

    def _pace(self) -> float:
        """Return how slowly the reference follows: not at all while a fault is suspected."""
        if self._finding is not None or self._suspected_s is not None:
            return math.inf
        doubtful = bool(self._lost) and self._lost[-1][1].lost > DOUBT_SHARE
        return DOUBTFUL_REFERENCE_S if doubtful else REFERENCE_S

    def _uniform(self) -> str | None:
        """Return `dark` or `bright` where the picture holds nothing else."""
        low, middle, high = np.percentile(self._half[::2, ::2], (5, 50, 92)).tolist()
        if high - low > UNIFORM_RANGE:
            return None
        if middle < DARK_BELOW:
            return "dark"
        return "bright" if middle > BRIGHT_ABOVE else None

    def _changed(self, t_s: float) -> str | None:
        """Return the class of a sudden loss of the usual scene, None without one."""
        if self._scene.age_s(t_s) < LEARNING_S:
            return None
        seen = self._scene.compare()
        while self._lost and t_s - self._lost[0][0] > SUDDEN_S:
            self._lost.popleft()
        self._lost.append((t_s, seen))
        if seen.textured < TEXTURED_LEAST or self._by_light(seen, t_s):
            return None
        ongoing = self._suspected_s is not None
        if self._is_blurred(seen, ongoing=ongoing):
            return "blurred"
        sudden = seen.lost - min(past.lost for _, past in self._lost) >= SUDDEN_RISE
        if seen.lost < (STILL_LOST_SHARE if ongoing else LOST_SHARE) or not (sudden or ongoing):
            return None
        # Everything replaced by something as lively, with another layout, is another view.
        elsewhere = seen.lost >= ALL_LOST_SHARE and seen.energy >= LIVELY_ENERGY and seen.sharpness >= BLURRED_SHARPNESS
        return "moved" if self._scene.moved() or (elsewhere and seen.coarse >= LIVELY_COARSE) else "covered"

    def _is_blurred(self, seen: Comparison, *, ongoing: bool) -> bool:
        fine_lost = seen.sharpness < BLURRED_SHARPNESS and seen.edges < BLURRED_EDGES
        soft = fine_lost and seen.coarse > BLURRED_COARSE and seen.contrast > BLURRED_CONTRAST
        fell = seen.sharpness < BLURRED_SHARPNESS * max(past.sharpness for _, past in self._lost) / 0.8
        return soft and (fell or ongoing)

    def _by_light(self, seen: Comparison, t_s: float) -> bool:
        """Tell whether light explains a loss; after a while the new light becomes the usual one."""
        kept = 1.0 - seen.lost
        lit = KEPT_GAIN_LEAST <= seen.kept_gain <= KEPT_GAIN_MOST
        if seen.lost < LOST_SHARE or kept < 1.0 - ALL_LOST_SHARE or lit:
            self._light_s = None
            return False
        if self._light_s is None:
            self._light_s = t_s
        elif t_s - self._light_s >= LIGHT_S:
            self._scene.adopt()
            self._lost.clear()
            self._light_s = None
        return True

    def _weigh(self, suspect: str | None, t_s: float) -> None:
        """Let a suspicion become a finding, and a finding end, when they lasted."""
        if suspect is None:
            self._suspected_s = None if self._finding is None else self._suspected_s
            self._well_s = t_s if self._well_s is None else self._well_s
            if t_s - self._well_s >= CLEAR_S:
                self._finding = self._suspected_s = None
                self._votes.clear()
            return
        self._well_s = None
        if self._suspected_s is None:
            self._suspected_s = t_s
            self._votes.clear()
        self._votes.append((t_s, suspect))
        if self._finding is not None:
            self._resign(self._finding, t_s)
        elif t_s - self._suspected_s >= (0.0 if suspect == "frozen" else HOLD_S):
            self._finding = self._named(self._suspected_s, t_s)

    def _named(self, since_s: float, t_s: float) -> Finding:
        votes = Counter(name for at_s, name in self._votes if t_s - at_s <= VOTE_S)
        name, number = votes.most_common(1)[0]
        since_s = self._stillness.since_s if name == "frozen" else since_s
        return Finding(kind="tamper", zone=None, since_s=since_s, score=number / votes.total(), attrs={"class": name})

    def _resign(self, finding: Finding, t_s: float) -> None:
        if finding.attrs["class"] == "moved" and t_s - finding.since_s >= RESIGN_S:
            self._scene.adopt()


STILL_LEAST = 0.12
STILL_MOST = 0.3
"""Mean difference of two pictures in grey levels below which nothing moved, not even noise. An encoder's keyframe
stirs a frozen picture too, on noisy cameras by more, but by less than their noise."""
STILL_NOISE_SHARE = 0.25
DRIFT_MOST = 0.6
FROZEN_S = 6.0
FROZEN_REPEATS = 3.0
FROZEN_TICKS = 4
ALIVE_S = 30.0
"""Life seen before, so that a quiet camera has shown how long it usually rests."""
USUAL_S = 10.0
FORGET_REPEATS_S = 1800.0
"""Half-life of the longest standstill seen: a quiet night must not make a camera blind for standstill by day."""


class Stillness:
    """Tells a frozen picture from a quiet scene.

    A live picture has noise; where an encoder smooths it away, quiet scenes repeat exactly too. So a picture is
    frozen only when it was alive before and stands still three times longer than it ever did of late. A scene that
    comes to rest for the first time is mistaken once.
    """

    def __init__(self) -> None:
        self._last: Small = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
        self._first: Small = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
        self._seen_s: float | None = None
        self._usual = 0.0
        self._alive_s = 0.0
        self._longest_s = 0.0
        self._ticks = 0
        self._stirred = 0
        self._frozen = False
        self.since_s = 0.0

    def see(self, half: Small, t_s: float) -> bool:
        """Take in a picture, uint8 (90, 160), and tell whether it is frozen."""
        if self._seen_s is None:
            self._start_anew(half, t_s)
        else:
            self._judge(half, t_s, t_s - self._seen_s)
        self._seen_s = t_s
        np.copyto(self._last, half)
        return self._frozen

    def _judge(self, half: Small, t_s: float, passed_s: float) -> None:
        self._longest_s *= 0.5 ** (passed_s / FORGET_REPEATS_S)
        difference = _difference(half, self._last)
        bound = min(max(STILL_LEAST, STILL_NOISE_SHARE * self._usual), STILL_MOST)
        from_first = _difference(half, self._first)
        if from_first < bound or (difference < bound and from_first < DRIFT_MOST):
            self._ticks += 1
            self._stirred = 0
        elif self._frozen and self._stirred == 0:
            self._stirred = 1  # one stir may be a keyframe, two are life
        else:
            self._longest_s = max(self._longest_s, t_s - passed_s - self.since_s)
            self._alive_s += passed_s
            weight = 1.0 - math.exp(-passed_s / USUAL_S)
            self._usual += weight * (difference - self._usual)
            self._start_anew(half, t_s)
        needed_s = max(FROZEN_S, FROZEN_REPEATS * self._longest_s)
        if self._alive_s >= ALIVE_S and self._ticks >= FROZEN_TICKS and t_s - self.since_s >= needed_s:
            self._frozen = True

    def _start_anew(self, half: Small, t_s: float) -> None:
        np.copyto(self._first, half)
        self.since_s = t_s
        self._ticks = self._stirred = 0
        self._frozen = False


def _difference(one: Small, other: Small) -> float:
    """Return the mean absolute difference in grey levels."""
    return float(cv2.norm(one, other, cv2.NORM_L1)) / one.size
