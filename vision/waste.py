"""Watches how much of a zone is covered against its clean look: piles of waste."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import structlog

from configs.detection import WastePile
from events.errors import ConfigError, StorageError
from events.geometry import Box
from events.ids import ZoneId
from events.observation import Attr
from vision.bystanders import Bystanders
from vision.clean_looks import CleanLooks, KnownLook
from vision.detector import (
    SMALL_HEIGHT_PX,
    SMALL_WIDTH_PX,
    Answer,
    Finding,
    Look,
    Looking,
    Mask,
    Measurement,
    ReferenceStore,
    Region,
    Small,
    View,
)
from vision.growth import Growth
from vision.hysteresis import Hysteresis
from vision.light import Light
from vision.lingering import Lingering
from vision.pile_memory import PileMemory
from vision.structure import Covered, bounds, grey_of
from vision.taking import Taking
from vision.zone_window import ZoneWindow
from vision.zones import zone_mask

log = structlog.get_logger(__name__)

WINDOW_LEAST_S, WINDOW_MOST_S = 5.0, 60.0
"""The median runs over the hold time within these bounds; longer crowds are met by the hold time itself."""
END_SHARE = 0.6
END_HOLD_SHARE = 0.6
END_PATIENCE_SHARE = 0.3
"""A cleared zone ends within one hold time, although somebody may stand in it for a third of that."""
CLOUD_S = 60.0
BEGIN_PATIENCE_SHARE, LINGER_SHARE, SOONER_SHARE = 0.2, 0.25, 0.12
"""A cloud passes within about a minute; a hold time beyond that leaves room to wait for it. For the first share of that
room clouds may hide a pile that begins; for the second, what was surely there is kept while light could explain it; by
the third an end is told sooner, so that a cleared place still ends in time."""
ASK_SHARE = 0.6
"""From this share of the limit on, people and vehicles are asked for, who might be what covers the zone."""
ASK_OPEN_EVERY_S = 15.0
"""While a pile lies there anyway, they only blur its figures."""
SURE_SHARE = 0.2
SURE_AFTER_S = 300.0
"""A zone that has been covered by less than a fifth of the limit for so long is surely clean."""
NIGHT_AFTER_S = 60.0
NIGHT_WITHIN_S = 300.0
"""A look that has been strange for a minute, and began within five of the zone's being surely clean, is clean."""
COLOURLESS_BELOW = 6.0
"""Mean distance between the largest and the smallest of red, green, blue: infrared has none but the codec's."""


class WastePileDetector:
    """Coverage of one zone against its clean look: a series, and a finding while too much lies there.

    Without a reference it says nothing at all (`state` is `no_reference`): an unknown place is never clean.
    Whatever lies and differs in structure counts, waste or not; what moves or stands for less than the hold time
    does not, nor what light does, nor people and vehicles where a network knows them.
    """

    def __init__(
        self,
        region: Region,
        settings: WastePile,
        references: ReferenceStore,
        *,
        blind: Callable[[], bool] = lambda: False,
    ) -> None:
        """Watch a zone.

        Args:
            region: The zone.
            settings: How much for how long is a pile.
            references: Where clean pictures are kept; a newer one there goes before the one the settings name.
            blind: Whether the camera is at fault just now; then nothing is concluded.

        Raises:
            ConfigError: the reference picture named in the settings cannot be read.
        """
        self._region = region
        self._settings = settings
        self._references = references
        self._blind = blind
        self._metric = "coverage" if region.zone is None else f"coverage.{region.zone}"
        self._mask = zone_mask(region.polygon)
        self._looks = CleanLooks(region.zone, self._mask, references)
        window_s = min(max(settings.hold_s, WINDOW_LEAST_S), WINDOW_MOST_S)
        self._window = ZoneWindow(self._mask, self._looks.surroundings, window_s)
        self._room_s = max(settings.hold_s - CLOUD_S, 0.0)
        self._pile = self._no_pile()
        self._memory = PileMemory(region.zone, references)
        self._lingering = Lingering(LINGER_SHARE * self._room_s, known_after_s=window_s)
        self._bystanders = Bystanders(self._mask)
        self._growth = Growth()
        self._judged: _Judged | None = None
        self._coverage: float | None = None
        self._box: Box | None = None
        self._lying: npt.NDArray[np.bool_] | None = None
        self._asked_s = 0.0
        self._little_since_s: float | None = None
        self._sure_s: float | None = None
        self._strange: _Strange | None = None
        self._taking: Taking | None = None
        self._answer: Answer | None = None
        self._load()

    @property
    def zone(self) -> ZoneId | None:
        """The zone it watches."""
        return self._region.zone

    @property
    def state(self) -> str:
        """What it does.

        `no_reference`; `adopting` (taking the first seconds as clean); `watching`; or `strange` (the camera shows
        another view, or infrared that it has not seen clean yet).
        """
        if not self._looks.any:
            return "adopting" if self._references.adopts_first else "no_reference"
        return "watching" if self._strange is None else "strange"

    def look(self, view: View) -> Looking:
        """Take in one picture and say how much is covered, and whether that is a pile."""
        if self._blind():
            self._window.clear()
            self._give_up("the camera is covered, moved or otherwise at fault")
            return Looking(findings=self._findings())
        if view.second is not None:
            if self._answer is not None or (not self._looks.any and self._references.adopts_first):
                self._take(view.second, view)
            if self._looks.any and self._window.offer(view.second, view.t_s):
                self._judge(view)
        if self._coverage is None or self._strange is not None:
            return Looking(findings=self._findings())
        return Looking(
            findings=self._findings(), measurements=(Measurement(metric=self._metric, value=self._coverage),)
        )

    def take_clean(self, answer: Answer) -> None:
        """Take the zone as it is now for clean, as soon as it has been seen steady for five seconds.

        Args:
            answer: Told None when it is done, else why it is not, on the thread that calls `look`.
        """
        if self._answer is not None:
            answer("another clean_now for this zone is under way")
        elif self._blind():
            answer("the camera is covered, moved or otherwise at fault")
        else:
            self._answer, self._taking = answer, None

    def _judge(self, view: View) -> None:
        if self._judged is None or not self._window.unchanged:
            seen = self._window.settle()
            if self._judged is None or not self._window.looks_judged(seen.around):
                known = self._looks.choose(seen.around)
                if known is None:
                    self._wonder(view)
                    return
                light = self._looks.surroundings.light(seen.around, known.around)
                covered = known.place.covered(seen.place, light, seen.noise, seen.restless)
                self._lingering.see(covered.surely, view.t_s)
                self._judged = _Judged(known, seen.place.copy(), light, seen.noise, covered)
                self._window.remember(seen)
        self._strange = None
        self._conclude(self._judged, view)

    def _conclude(self, judged: "_Judged", view: View) -> None:
        covered = judged.covered.surely | self._lingering.of(judged.covered.perhaps, view.t_s)
        coverage = judged.known.place.share(covered)
        if coverage >= ASK_SHARE * self._settings.coverage:
            if self._may_ask(view.t_s):
                self._bystanders.see(view.found(), view.t_s)
            standing = self._bystanders.take_out(covered, view.t_s)
            if standing is not None and self._lying is not None and self._pile.since_s is not None:
                # Whoever stands before a known pile does not take it away.
                covered[standing & self._lying] = 255
            coverage = judged.known.place.share(covered)
        self._lying = self._bystanders.known_behind(self._lying, covered, view.t_s)
        self._coverage = round(coverage, 4)
        self._box = self._box_of(covered)
        still = coverage >= END_SHARE * self._settings.coverage
        self._memory.bring_back(self._pile, view.t_s, view.at, still=still)
        self._pile.update(coverage, view.t_s)
        self._memory.keep(self._pile, view.t_s, view.at)
        self._growth.add(coverage, view.t_s)
        if coverage > SURE_SHARE * self._settings.coverage or self._pile.since_s is not None:
            self._little_since_s = None
            return
        if self._little_since_s is None:
            self._little_since_s = view.t_s
        if view.t_s - self._little_since_s >= max(SURE_AFTER_S, self._settings.hold_s):
            self._sure_s = view.t_s
            self._follow(judged, view.t_s)

    def _may_ask(self, t_s: float) -> bool:
        if self._pile.since_s is not None and t_s - self._asked_s < min(ASK_OPEN_EVERY_S, self._settings.hold_s / 4):
            return False
        self._asked_s = t_s
        return True

    def _follow(self, judged: "_Judged", t_s: float) -> None:
        try:
            self._looks.follow(judged.known, judged.place, judged.light, judged.covered.surely, judged.noise, t_s)
        except StorageError as error:
            log.warning("a restart would use an older look of this zone", zone=self._region.zone, reason=str(error))

    def _wonder(self, view: View) -> None:
        """The camera shows none of the looks: infrared for the first time, or another view.

        Infrared over a zone that was surely clean just before shows a clean zone; anything else is not judged.
        """
        self._judged = None
        self._little_since_s = None
        if self._strange is None:
            clean = self._sure_s is not None and view.t_s - self._sure_s <= NIGHT_WITHIN_S
            self._strange = _Strange(view.t_s, hopeful=clean and not self._looks.knows(Look.NIGHT))
        elif self._strange.hopeful and view.t_s - self._strange.since_s >= NIGHT_AFTER_S:
            self._strange = self._strange._replace(hopeful=False)
            if _colourless(view):
                self._keep_night(view)

    def _keep_night(self, view: View) -> None:
        picture = view.small.copy()
        self._window.paint(picture)
        try:
            self._looks.take(picture, colourless=True)
        except StorageError as error:
            log.warning("the clean look at night cannot be kept", zone=self._region.zone, reason=str(error))

    def _take(self, second: Small, view: View) -> None:
        """Gather pictures for a clean look that was asked for, and take it once it is there."""
        if self._taking is None:
            self._taking = Taking(self._mask, view.t_s, insist=self._answer is not None)
        clean = self._taking.offer(second, view.t_s)
        if clean is None:
            if self._taking.too_long(view.t_s):
                self._give_up("the picture did not become steady: something keeps moving in the zone")
            return
        if self._answer is not None and self._bystanders.stand_in_the_way(view.found()):
            self._give_up("somebody or a vehicle stands in the zone")
            return
        try:
            self._looks.take(clean, colourless=self._answer is not None and _colourless(view))
        except StorageError as error:
            self._give_up(str(error))
            return
        self._begin_anew(view)
        self._give_up(None)

    def _give_up(self, reason: str | None) -> None:
        """End a taking, and answer who asked for it."""
        answer, self._answer, self._taking = self._answer, None, None
        if answer is not None:
            answer(reason)

    def _begin_anew(self, view: View) -> None:
        """Forget what was concluded from the look before."""
        self._window.clear()
        self._lingering.forget()
        self._pile = self._no_pile()
        self._memory.keep(self._pile, view.t_s, view.at)
        self._growth = Growth()
        self._judged = self._strange = self._coverage = self._box = self._lying = None
        self._little_since_s = self._sure_s = None

    def _no_pile(self) -> Hysteresis:
        return Hysteresis(
            begin_at=self._settings.coverage,
            end_below=END_SHARE * self._settings.coverage,
            hold_s=self._settings.hold_s,
            # The median has waited already before it shows a cleared place.
            end_hold_s=max(
                END_HOLD_SHARE * self._settings.hold_s - SOONER_SHARE * self._room_s - self._window.lag_s, 0.0
            ),
            end_patience_s=END_PATIENCE_SHARE * self._settings.hold_s,
            begin_patience_s=BEGIN_PATIENCE_SHARE * self._room_s,
        )

    def _findings(self) -> tuple[Finding, ...]:
        since_s = self._pile.since_s
        if since_s is None or self._coverage is None:
            return ()
        attrs: dict[str, Attr] = {"coverage": self._coverage, "threshold": self._settings.coverage}
        growth_per_h = self._growth.per_h()
        if growth_per_h is not None:
            attrs["growth_per_h"] = round(growth_per_h, 4)
        return (
            Finding(
                kind="waste_pile",
                zone=self._region.zone,
                since_s=since_s,
                box=self._box or self._region.polygon.bounds,
                score=self._coverage,
                attrs=attrs,
            ),
        )

    def _box_of(self, covered: Mask) -> Box | None:
        if not covered.any():
            return None
        rows, columns = bounds(self._mask)
        x, y, width, height = cv2.boundingRect(covered)
        return Box(
            (x + columns.start) / SMALL_WIDTH_PX,
            (y + rows.start) / SMALL_HEIGHT_PX,
            width / SMALL_WIDTH_PX,
            height / SMALL_HEIGHT_PX,
        )

    def _load(self) -> None:
        """Load the clean look: the one named in the settings, or the stored one where that is newer."""
        stored = self._references.load(self._region.zone)
        if self._settings.reference is not None:
            given, given_at = self._given(Path(self._settings.reference))
            stored_at = self._references.saved_at(self._region.zone)
            if stored is None or stored_at is None or stored_at < given_at:
                self._looks.load(given, up_to_date=False)
                return
        if stored is not None:
            self._looks.load(stored, up_to_date=True)
        elif not self._references.adopts_first:
            log.warning(
                "a zone watched for waste has no clean picture yet, so it is not judged; clear it and say so with"
                " `pantau camera clean-now`, or name a picture under `reference`",
                zone=self._region.zone,
            )

    def _given(self, path: Path) -> tuple[Small, datetime]:
        try:
            clean = grey_of(path.read_bytes())
            given_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError as error:
            raise ConfigError(
                f"{path}: the clean picture of zone {self._region.zone} cannot be read: {error.strerror}"
            ) from error
        if clean is None:
            raise ConfigError(f"{path}: the clean picture of zone {self._region.zone} is no JPEG or PNG")
        return clean, given_at


class _Strange(NamedTuple):
    since_s: float
    hopeful: bool


class _Judged(NamedTuple):
    """The last judgement, which stands until something changes."""

    known: KnownLook
    place: npt.NDArray[np.uint8]
    light: Light
    noise: float
    covered: Covered


def _colourless(view: View) -> bool:
    """Tell whether the camera shows infrared, which has no colours."""
    coarse = view.colour()[::16, ::16].astype(np.int16)
    return float((coarse.max(axis=2) - coarse.min(axis=2)).mean()) < COLOURLESS_BELOW
