"""Says when a camera is covered, blurred, moved, frozen, dark, dazzled or smeared, and how much of its view is kept."""

import math
from collections import deque
from itertools import pairwise

import cv2
import numpy as np

from vision.blocks import BLOCKS, COLUMNS, HEIGHT_PX, ROWS, WIDTH_PX
from vision.damage import Damage
from vision.detector import Looking, Measurement, ReferenceStore, Small, View
from vision.faults import Comparison, UsualScene
from vision.losses import Losses, busy_limit
from vision.preset import Preset
from vision.realign import Displacement, Realigner
from vision.relit import is_relit
from vision.stillness import Stillness
from vision.verdict import Verdict

TICK_S = 0.95
"""The picture is looked at about once a second, whatever the cadence of pictures: faults are told after four seconds at
the earliest, and looking twice as often told none of them sooner."""
CALM_S = 1.9
STIRRED_SHARE = 0.25
"""While nothing at all is amiss it is examined every other second; in between a glance tells that it is alive, and that
nothing moves in so many blocks at once, as when a cover comes."""
YOUNG_S = 30.0
"""So long after it began a view is compared every second, so that it is learned from as many pictures as ever."""
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
SUDDEN_SHARE = 0.4
FLAT_MOSTLY = 0.5
"""What comes slowly is a cover only by its flat blocks, which alone must be as many: water and crowds that rise leave
edges, if others."""
ALL_LOST_SHARE = 0.9
LIVELY = 0.3
LIVELY_COARSE = 0.6
LIVELY_RELIT = 0.2
LIVELIER = 1.0
"""Where edges are gone and there are more than usual all the same, light came: no cover adds any."""
SEARCH_S, LONGEST_SEARCH_S = 1.0, 60.0
SEARCHES = 3
"""A camera that sways is found in different places by three searches a second apart; one that was turned is not."""
DISPLACED_LOST_SHARE = 0.2
"""Where the view is found elsewhere, less need be lost: what runs the way of the push stays as it was."""

BLURRED_FINE = 0.5
BLURRED_COARSE = 0.8
BLURRED_CONTRAST = 0.5
BLURRED_SHARP_SHARE = 0.25
"""A lens out of focus keeps the large shapes, loses the fine ones, and does so everywhere."""

BLURRED_CRISP = 0.7

LIGHT_GAIN = math.log(1.4)
LIGHT_SPREAD = 0.35
LIGHT_KEPT_SHARE = 0.15
NEW_LIGHT_SPREAD = 0.2
LIGHT_S = 8.0
"""Light changes what is not hidden, too, and at one stroke: in the same direction, or unevenly; a cover leaves the rest
evenly lit. Natural logarithms of brightness."""

BLANK = 0.05
VEHICLE_SCORE, VEHICLE_SHARE = 0.4, 0.5

DAMAGED_SHARE = 0.06
DAMAGE_S, DAMAGE_TICKS = 5.0, 4
DAMAGE_LEAST = 2
SMEARED_SHARE, STILL_SMEARED_SHARE = 0.4, 0.2
DOUBTFUL_S = 2.0
"""For so long after a damaged picture nothing is concluded from the others."""


class HealthDetector:
    """One camera's health from its pictures alone; `no_signal` is for those who know that none came.

    Of a camera that moves by command (PTZ) it knows the preset: while such a camera looks elsewhere that is no fault,
    but nothing is to be concluded from its pictures either.
    """

    def __init__(self, presets: ReferenceStore | None = None) -> None:
        """Watch a camera.

        Args:
            presets: Keeps the preset's view of a camera that moves by command; None for one that does not.
        """
        self._preset = None if presets is None else Preset(presets)
        self._half: Small = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
        self._scene = UsualScene()
        self._stillness = Stillness()
        self._losses = Losses()
        self._damage = Damage()
        self._realigner = Realigner()
        self._verdict = Verdict()
        self._damaged: deque[tuple[float, bool]] = deque(maxlen=32)
        self._ticked_s: float | None = None
        self._calm = False
        self._examined_s = 0.0
        self._light_s: float | None = None
        self._usual_white = 0.0
        self._placed: deque[tuple[float, Displacement | None]] = deque(maxlen=SEARCHES)
        self._search_pause_s = SEARCH_S
        self._relit = False
        self._suspicious = self._preset is not None and self._preset.away
        self._measured: tuple[Measurement, ...] = ()

    def is_suspicious(self) -> bool:
        """Tell whether a fault is present or suspected, so that nobody should conclude anything from the picture."""
        return self._suspicious

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
        if self._calm and t_s - self._examined_s < CALM_S and self._is_as_usual():
            self._stillness.note(self._half, t_s)
            return
        self._examined_s = t_s
        self._scene.see(self._half, t_s)
        self._examine(view, still=self._stillness.see(self._half, t_s))
        self._calm = self._is_calm(t_s)

    def _is_as_usual(self) -> bool:
        """Tell at a glance whether the picture is alive and moves in few blocks: few calls, since each costs."""
        change = self._stillness.glance(self._half)
        stirred = int(np.count_nonzero(change > busy_limit(self._stillness)))
        return stirred < STIRRED_SHARE * BLOCKS and self._stillness.is_alive(change)

    def _examine(self, view: View, *, still: bool) -> None:
        """Compare the present with what is usual, and say what is wrong."""
        t_s = view.t_s
        seen = self._scene.compare(self._stillness.noise)
        suspect, since_s = self._suspect(seen, view)
        if suspect is None and still:
            suspect, since_s = "frozen", self._stillness.since_s
        self._verdict.weigh(suspect, t_s, ripe=self._is_ripe(suspect), since_s=since_s)
        self._remember(seen, t_s)
        away = self._preset is not None and self._preset.away
        # Kept, since every detector asks at every picture.
        self._suspicious = away or self._verdict.suspicious or (bool(self._damaged) and self._damaged[-1][1])

    def _is_calm(self, t_s: float) -> bool:
        """Tell whether nothing is suspected, damaged, lost or at rest."""
        amiss = self._suspicious or self._light_s is not None or self._stillness.resting
        amiss = amiss or any(spoilt for _, spoilt in self._damaged)
        return not amiss and not self._losses.blocks.any() and self._scene.age_s(t_s) >= YOUNG_S

    def _suspect(self, seen: Comparison, view: View) -> tuple[str | None, float | None]:
        """Return the class of what seems wrong, and since when where that is known."""
        suspect = self._uniform()
        if suspect is not None or not self._comparable(seen, view.t_s):
            return suspect, None
        self._losses.see(seen, self._stillness, view.t_s)
        smeared_s = self._smeared(seen, view.t_s)
        if smeared_s is not None:
            return "smeared", smeared_s
        suspect = None if self._damaged_lately(view.t_s) else self._changed(seen, view.t_s)
        if self._preset is not None and suspect is not None:
            # Elsewhere it may see anything, but hardly nothing.
            blank = seen.kept_share < 1.0 - ALL_LOST_SHARE and seen.liveliness < BLANK
            return "covered" if blank else None, None
        if suspect == "covered" and self._verdict.finding is None and self._is_ripe(suspect):
            return None if self._is_vehicle(view) else suspect, None
        return suspect, None

    def _comparable(self, seen: Comparison, t_s: float) -> bool:
        return self._scene.age_s(t_s) >= LEARNING_S and seen.number >= TEXTURED_LEAST

    def _is_vehicle(self, view: View) -> bool:
        """Tell whether a vehicle that stands there hides the view: asked only before a cover would be told."""
        found = view.found()
        blocks = np.zeros((ROWS, COLUMNS), np.bool_)
        for vehicle in () if found is None else found.vehicles:
            x, y, width, height = vehicle.box.to_pixels(COLUMNS, ROWS)
            if vehicle.score >= VEHICLE_SCORE:
                blocks[y : y + height, x : x + width] = True
        lost = self._losses.blocks
        return int(np.count_nonzero(lost & blocks)) >= VEHICLE_SHARE * int(np.count_nonzero(lost))

    def _is_ripe(self, suspect: str | None) -> bool:
        """Tell whether a loss has lasted block by block, and a displacement been found twice."""
        if suspect not in {"covered", "moved"}:
            return True
        if suspect == "moved":
            return self._losses.ripe_share >= DISPLACED_LOST_SHARE and self._confirmed()
        return self._losses.ripe_share >= STILL_LOST_SHARE

    def _begin(self, t_s: float) -> None:
        self._scene.begin(self._half, t_s, usual=None if self._preset is None else self._preset.usual)
        self._stillness.forget()
        self._losses.clear()
        self._verdict.clear()
        self._damaged.clear()
        self._forget_searches()
        self._light_s = None
        self._calm = False

    def _remember(self, seen: Comparison, t_s: float) -> None:
        """Let the usual view follow, unless something is wrong, and say how much of it is kept."""
        if self._preset is not None and self._comparable(seen, t_s):
            unsettled = self._preset.see(seen.kept_share, self._scene.usual, t_s)
            if unsettled:
                self._scene.begin(self._half, t_s)
        unwell = self._verdict.suspicious or self._damaged_lately(t_s)
        if unwell or (self._preset is not None and self._preset.left):
            self._scene.hold(t_s)
        else:
            self._scene.follow(t_s, seen.lost)
        if self._scene.age_s(t_s) >= LEARNING_S and seen.number > 0:
            self._measured = (Measurement(metric="view_kept", value=round(seen.kept_share, 3)),)

    def _uniform(self) -> str | None:
        """Return `dark` or `bright` where the picture holds hardly anything else."""
        # Counting grey levels is ten times as quick as sorting the pixels.
        up_to = np.bincount(self._half[::3, ::3].ravel(), minlength=256).cumsum()
        number = int(up_to[-1])
        ranks = [int(share * (number - 1)) for share in (0.05, 0.5, 0.92)]
        low, middle, high = (int(level) for level in np.searchsorted(up_to, ranks, side="right"))
        white = 1.0 - int(up_to[WHITE - 1]) / number
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

    def _smeared(self, seen: Comparison, t_s: float) -> float | None:
        """Return since when the stream spoils the picture again and again, None where it does not."""
        damaged = self._damaged
        while len(damaged) > DAMAGE_TICKS and t_s - damaged[0][0] > DAMAGE_S:
            damaged.popleft()
        self._damage.see(self._half)
        stirred = seen.lost.any() or float(self._stillness.activity.max()) > 2.0 * self._stillness.noise + 2.0
        spoilt = stirred and int(np.count_nonzero(self._damage.find())) >= DAMAGED_SHARE * BLOCKS
        damaged.append((t_s, spoilt))
        number = sum(spoilt for _, spoilt in damaged)
        if number == 0:
            self._damage.learn()
        share = STILL_SMEARED_SHARE if self._verdict.name == "smeared" else SMEARED_SHARE
        if number < max(share * len(damaged), DAMAGE_LEAST):
            return None
        return next(at_s for at_s, spoilt in damaged if spoilt)

    def _damaged_lately(self, t_s: float) -> bool:
        return any(spoilt and t_s - at_s <= DOUBTFUL_S for at_s, spoilt in self._damaged)

    def _changed(self, seen: Comparison, t_s: float) -> str | None:
        """Return the class of a loss of the usual scene, None without one."""
        ongoing = self._verdict.suspicious
        soft = self._is_soft(seen)
        lost_share = self._losses.fresh_share
        lost = lost_share >= (STILL_LOST_SHARE if ongoing else LOST_SHARE)
        if not soft and lost_share < DISPLACED_LOST_SHARE:
            self._forget_searches()
            return None
        self._search(seen, t_s)
        if self._by_light(seen, t_s):
            return None
        if self._has_moved(seen, lost=lost):
            return "moved"
        if soft and not self._elsewhere() and self._lacks_detail(seen):
            return "blurred"
        if not lost or self._sways():
            return None
        slowly = self._losses.flat_blocks_share >= (STILL_LOST_SHARE if ongoing else LOST_SHARE)
        told = self._verdict.finding is not None
        return "covered" if told or slowly or self._losses.sudden_share >= SUDDEN_SHARE else None

    @staticmethod
    def _is_soft(seen: Comparison) -> bool:
        """Tell whether fine detail is gone everywhere while the large shapes are still there."""
        fine_lost = seen.fine < BLURRED_FINE * seen.exposure and seen.sharp < BLURRED_SHARP_SHARE
        return fine_lost and seen.contrast > BLURRED_CONTRAST * seen.gain and seen.coarse > BLURRED_COARSE

    def _lacks_detail(self, seen: Comparison) -> bool:
        """Tell whether detail is missing, rather than elsewhere, or smoothed only in the mean of a swaying camera."""
        if seen.crispness > BLURRED_CRISP * seen.exposure:
            return False
        return self._realigner.detail(self._half, self._scene.usual) < BLURRED_FINE * seen.exposure

    def _search(self, seen: Comparison, t_s: float) -> None:
        """Look for the usual view elsewhere in the picture, and for its tones: dear, so ever more rarely."""
        if self._placed and t_s - self._placed[-1][0] < self._search_pause_s:
            return
        if len(self._placed) == SEARCHES:
            self._search_pause_s = min(1.5 * self._search_pause_s, LONGEST_SEARCH_S)
        self._placed.append((t_s, self._realigner.search(self._half, self._scene.usual)))
        new_light = seen.spread > NEW_LIGHT_SPREAD and not self._elsewhere()
        self._relit = new_light and is_relit(self._half, self._scene.usual, seen.lost)

    def _forget_searches(self) -> None:
        self._placed.clear()
        self._search_pause_s = SEARCH_S
        self._relit = False

    def _elsewhere(self) -> bool:
        placed = self._placed[-1][1]
        return placed is not None and placed.elsewhere

    def _sways(self) -> bool:
        """Tell whether the last searches found the view displaced in different ways."""
        found = [placed for _, placed in self._placed if placed is not None and placed.elsewhere]
        return any(not one.confirms(other) for one, other in pairwise(found))

    def _confirmed(self) -> bool:
        """Tell whether the last searches agree that the view is elsewhere, or that it is nowhere."""
        nowhere = [placed is None for _, placed in self._placed]
        return len(nowhere) == SEARCHES and nowhere[-1] == nowhere[-2] and not self._sways()

    def _has_moved(self, seen: Comparison, *, lost: bool) -> bool:
        """Tell whether the camera looks elsewhere: its view is found displaced, or another took its place at once."""
        flat = self._losses.flat_share >= FLAT_MOSTLY
        if self._elsewhere() and not (flat and self._verdict.name == "covered"):
            return not self._sways()
        if flat or self._verdict.name == "covered":
            return False
        if not lost or seen.kept_share > 1.0 - ALL_LOST_SHARE:
            return False
        at_once = self._losses.sudden_share >= FLAT_MOSTLY or self._verdict.name == "moved"
        return at_once and seen.liveliness >= LIVELY and seen.coarse < LIVELY_COARSE

    def _by_light(self, seen: Comparison, t_s: float) -> bool:
        """Tell whether light explains a loss; after a while the new light becomes the usual one."""
        if seen.kept_share > 1.0 - LOST_SHARE or not (self._light_s or self._losses.at_once) or not self._lit(seen):
            self._light_s = None
            return False
        if self._light_s is None:
            self._light_s = t_s
        elif t_s - self._light_s >= LIGHT_S:
            self._scene.adopt()
            self._losses.clear()
            self._light_s = None
        return True

    def _lit(self, seen: Comparison) -> bool:
        """Tell whether the picture looks like the usual scene in other light."""
        flat = np.count_nonzero(seen.flat) >= FLAT_MOSTLY * np.count_nonzero(seen.lost)
        # Light that grows brings edges out, and light that fades takes brightness away; paint and breath do neither.
        if flat and seen.lost_gain > -LIGHT_GAIN and seen.liveliness < LIVELY_RELIT:
            return False
        # Another view of a camera that moves by command is now brighter, now darker, too.
        if self._relit or self._preset is not None:
            return self._relit
        same_way = abs(seen.kept_gain) > LIGHT_GAIN and seen.kept_gain * seen.lost_gain > 0
        uneven = seen.gain_spread > LIGHT_SPREAD and (not flat or seen.liveliness > LIVELIER)
        return seen.kept_share >= LIGHT_KEPT_SHARE and (same_way or uneven)
