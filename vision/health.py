"""Says when a camera is covered, blurred, moved, frozen, dark, dazzled or smeared, and how much of its view is kept."""

import math
from collections import deque

import cv2
import numpy as np

from vision.blocks import BLOCKS, HEIGHT_PX, WIDTH_PX
from vision.damage import Damage
from vision.detector import Looking, Measurement, Small, View
from vision.faults import Comparison, UsualScene
from vision.losses import Losses
from vision.realign import Displacement, Realigner
from vision.stillness import Stillness
from vision.verdict import Verdict

TICK_S = 0.45
"""The picture is examined about twice a second, whatever the cadence of pictures."""
LEARNING_S = 6.0
GAP_S = 30.0
"""After so long without pictures the scene is learned anew."""
TEXTURED_LEAST = 8
"""With fewer blocks that have edges, of 48, the picture shows too little to be compared."""

DARK_BELOW = 22.0
UNIFORM_RANGE = 4.0
"""Grey levels between the 5th and 92nd percentile; a night with one lamp in it has more."""
NOISELESS = 0.3
DARKER = 0.6
"""Darkness that comes slowly is night: dark is what is noiseless, or darker than this share of the usual brightness."""
WHITE = 235
WHITE_SHARE, WHITE_RISE = 0.6, 0.35
"""Dazzled: most of the picture white, and much more of it than usual; overcast sky may fill half a picture."""

LOST_SHARE = 0.4
STILL_LOST_SHARE = 0.3
SUDDEN_SHARE = 0.3
FLAT_MOSTLY = 0.5
ALL_LOST_SHARE = 0.85
LIVELY = 0.3
LIVELY_COARSE = 0.6
MOVED_LEAST_PX = 1.5
TURNED_LEAST_DEG = 2.0

BLURRED_FINE = 0.5
BLURRED_COARSE = 0.8
BLURRED_CONTRAST = 0.5
BLURRED_SHARP_SHARE = 0.25
"""A lens out of focus keeps the large shapes, loses the fine ones, and does so everywhere."""

LIGHT_GAIN = math.log(1.4)
LIGHT_SPREAD = 0.35
LIGHT_KEPT_SHARE = 0.15
LIGHT_S = 8.0
"""Light changes what is not hidden, too: in the same direction, or unevenly; a cover leaves the rest evenly lit."""

DAMAGED_SHARE = 0.06
DAMAGE_MEMORY = 12
DAMAGE_LEAST = 3
SMEARED_SHARE = 0.5


class HealthDetector:
    """One camera's health from its pictures alone; `no_signal` is for those who know that none came."""

    def __init__(self) -> None:
        self._half: Small = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
        self._scene = UsualScene()
        self._stillness = Stillness()
        self._losses = Losses()
        self._damage = Damage()
        self._realigner = Realigner()
        self._verdict = Verdict()
        self._damaged: deque[bool] = deque(maxlen=DAMAGE_MEMORY)
        self._ticked_s: float | None = None
        self._light_s: float | None = None
        self._usual_white = 0.0
        self._placed: tuple[float, Displacement | None] | None = None
        self._measured: tuple[Measurement, ...] = ()

    def is_suspicious(self) -> bool:
        """Tell whether a fault is present or suspected, so that nobody should conclude anything from the picture."""
        return self._verdict.suspicious or (bool(self._damaged) and self._damaged[-1])

    def look(self, view: View) -> Looking:
        """Take in one picture and say whether the camera is at fault."""
        self._measured = ()
        if self._ticked_s is None or view.t_s - self._ticked_s >= TICK_S:
            self._tick(view)
        finding = self._verdict.finding
        return Looking(findings=() if finding is None else (finding,), measurements=self._measured)

    def _tick(self, view: View) -> None:
        small, t_s = view.small, view.t_s
        cv2.resize(small, (WIDTH_PX, HEIGHT_PX), dst=self._half, interpolation=cv2.INTER_AREA)
        if self._ticked_s is None or t_s - self._ticked_s > GAP_S:
            self._begin(t_s)
        self._ticked_s = t_s
        self._scene.see(self._half, t_s)
        still = self._stillness.see(self._half, t_s)
        seen = self._scene.compare(self._stillness.noise)
        ripe, since_s = True, None
        suspect = self._uniform(seen)
        if suspect is None and self._scene.age_s(t_s) >= LEARNING_S and seen.number >= TEXTURED_LEAST:
            self._losses.see(seen, self._stillness.activity, self._stillness.noise, t_s)
            suspect = self._smeared(seen) or self._changed(seen, t_s)
            ripe = suspect not in {"covered", "moved"} or self._losses.ripe_share >= STILL_LOST_SHARE
        if suspect is None and still:
            suspect, since_s = "frozen", self._stillness.since_s
        self._verdict.weigh(suspect, t_s, ripe=ripe, since_s=since_s)
        self._remember(seen, t_s)

    def _begin(self, t_s: float) -> None:
        self._scene.begin(self._half, t_s)
        self._stillness.forget()
        self._losses.clear()
        self._verdict.clear()
        self._damaged.clear()
        self._light_s = None

    def _remember(self, seen: Comparison, t_s: float) -> None:
        """Let the usual view follow, unless something is wrong, and say how much of it is kept."""
        if self.is_suspicious():
            self._scene.hold(t_s)
        else:
            self._scene.follow(t_s, seen.lost)
        if self._scene.age_s(t_s) >= LEARNING_S and seen.number > 0:
            self._measured = (Measurement(metric="view_kept", value=round(seen.kept_share, 3)),)

    def _uniform(self, seen: Comparison) -> str | None:
        """Return `dark` or `bright` where the picture holds hardly anything else."""
        ordered = np.sort(self._half[::3, ::3], axis=None)
        last = ordered.size - 1
        low, middle, high = (int(ordered[int(share * last)]) for share in (0.05, 0.5, 0.92))
        white = 1.0 - int(np.searchsorted(ordered, WHITE)) / ordered.size
        if not self._verdict.suspicious:
            self._usual_white += 0.05 * (white - self._usual_white)
        if white >= WHITE_SHARE and white - self._usual_white >= WHITE_RISE:
            return "bright"
        if high - low > UNIFORM_RANGE:
            return None
        ongoing = self._verdict.name == "dark"
        noiseless = float(self._stillness.activity.max()) < NOISELESS
        fell = middle + 2.0 < DARKER * (self._scene.brightness + 2.0)
        return "dark" if middle < DARK_BELOW and (noiseless or fell or ongoing) else None

    def _smeared(self, seen: Comparison) -> str | None:
        """Return `smeared` where the stream spoils the picture again and again."""
        stirred = seen.lost.any() or float(self._stillness.activity.max()) > 2.0 * self._stillness.noise + 2.0
        if not stirred and not any(self._damaged):
            self._damage.learn(self._half)
            return None
        damaged = int(np.count_nonzero(self._damage.find(self._half))) >= DAMAGED_SHARE * BLOCKS
        self._damaged.append(damaged)
        if not damaged:
            if not any(self._damaged):
                self._damage.learn(self._half)
            return None
        often = sum(self._damaged) >= max(SMEARED_SHARE * len(self._damaged), DAMAGE_LEAST)
        return "smeared" if often else None

    def _changed(self, seen: Comparison, t_s: float) -> str | None:
        """Return the class of a loss of the usual scene, None without one."""
        if self._by_light(seen, t_s) or self._damaged_lately():
            return None
        ongoing = self._verdict.suspicious
        if self._is_blurred(seen):
            return "blurred"
        lost = self._losses.fresh_share
        if lost < (STILL_LOST_SHARE if ongoing else LOST_SHARE):
            self._placed = None
            return None
        if self._has_moved(seen, t_s):
            return "moved"
        flat = self._losses.flat_share >= FLAT_MOSTLY
        sudden = self._losses.sudden_share >= SUDDEN_SHARE
        if not flat and not sudden and not ongoing:
            return None
        return "covered"

    def _damaged_lately(self) -> bool:
        return bool(self._damaged) and self._damaged[-1]

    def _is_blurred(self, seen: Comparison) -> bool:
        soft = seen.fine < BLURRED_FINE * seen.contrast and seen.contrast > BLURRED_CONTRAST * seen.gain
        if not soft or seen.coarse < BLURRED_COARSE or seen.sharp > BLURRED_SHARP_SHARE:
            return False
        # A camera that sways in the wind is soft in the mean, not in a single picture.
        placed = self._realigner.shift(np.asarray(self._half, np.float32), self._scene.usual)
        return placed is None or placed.shift_px < 0.7 or not self._sharp_when(placed)

    def _sharp_when(self, placed: Displacement) -> bool:
        return placed.agreement > 0.8

    def _has_moved(self, seen: Comparison, t_s: float) -> bool:
        """Tell whether the camera looks elsewhere: the usual view is found displaced, or another view took its place."""
        if self._placed is None or t_s - self._placed[0] >= 2.0:
            self._placed = t_s, self._realigner.search(self._scene.now, self._scene.usual)
        placed = self._placed[1]
        if placed is not None and (placed.shift_px >= MOVED_LEAST_PX or abs(placed.turned_deg) >= TURNED_LEAST_DEG or placed.zoom != 1.0):
            return True
        elsewhere = seen.kept_share <= 1.0 - ALL_LOST_SHARE and seen.liveliness >= LIVELY
        return elsewhere and self._losses.flat_share < FLAT_MOSTLY and seen.coarse < LIVELY_COARSE

    def _by_light(self, seen: Comparison, t_s: float) -> bool:
        """Tell whether light explains a loss; after a while the new light becomes the usual one."""
        lost = 1.0 - seen.kept_share
        same_way = abs(seen.kept_gain) > LIGHT_GAIN and seen.kept_gain * seen.lost_gain > 0
        lit = same_way or seen.gain_spread > LIGHT_SPREAD
        if lost < LOST_SHARE or seen.kept_share < LIGHT_KEPT_SHARE or not lit:
            self._light_s = None
            return False
        if self._light_s is None:
            self._light_s = t_s
        elif t_s - self._light_s >= LIGHT_S:
            self._scene.adopt()
            self._losses.clear()
            self._light_s = None
        return True
