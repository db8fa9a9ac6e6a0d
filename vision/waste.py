"""Watches how much of a zone is covered against its clean look: piles of waste."""

import math
from collections import deque
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import structlog

from configs.detection import WastePile
from events.errors import ConfigError
from events.geometry import Box
from events.observation import Attr
from vision.detector import (
    SMALL_HEIGHT_PX,
    SMALL_WIDTH_PX,
    Finding,
    Looking,
    Mask,
    Measurement,
    ReferenceStore,
    Region,
    Small,
    View,
)
from vision.hysteresis import Hysteresis
from vision.steady import SteadyPicture
from vision.structure import CleanPlace, bounds, grey_of
from vision.zones import zone_mask

log = structlog.get_logger(__name__)

WINDOW_LEAST_S, WINDOW_MOST_S = 5.0, 60.0
"""The median runs over the hold time within these bounds; longer crowds are met by the hold time itself."""
ADOPT_S = 5.0
END_SHARE = 0.6
ASK_SHARE = 0.6
"""From this share of the limit on, people are asked for, who might be what covers the zone."""
PERSON_SCORE = 0.6
PERSON_SHARE = 0.6
GROWTH_EVERY_S = 10.0
GROWTH_LEAST_S = 60.0
GROWTH_MEMORY = 360
"""An hour of coverage, a value every ten seconds."""


class WastePileDetector:
    """Coverage of one zone against its clean reference: a series, and a finding while too much lies there.

    Without a reference it says nothing at all (`state` is `no_reference`): an unknown place is never clean.
    Whatever lies and differs in structure counts, waste or not; what moves or stands for less than the hold time
    does not.
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
            references: Where clean pictures are kept; not asked where the settings name one.
            blind: Whether the camera is at fault just now; then nothing is concluded.

        Raises:
            ConfigError: the reference picture named in the settings cannot be read.
        """
        self._region = region
        self._settings = settings
        self._references = references
        self._blind = blind
        self._metric = "coverage" if region.zone is None else f"coverage.{region.zone}"
        self._zone = zone_mask(region.polygon)
        window_s = min(max(settings.hold_s, WINDOW_LEAST_S), WINDOW_MOST_S)
        self._steady = SteadyPicture(height_px=SMALL_HEIGHT_PX, width_px=SMALL_WIDTH_PX, window_s=window_s)
        self._pile = Hysteresis(
            begin_at=settings.coverage, end_below=END_SHARE * settings.coverage, hold_s=settings.hold_s
        )
        self._growth = Growth()
        self._coverage: float | None = None
        self._box: Box | None = None
        self._place: CleanPlace | None = None
        self._adopting: SteadyPicture | None = None
        self._adopting_since_s: float | None = None
        clean = self._given() if settings.reference is not None else references.load(region.zone)
        if clean is not None:
            self._place = CleanPlace(clean, self._zone)
        elif references.adopts_first:
            self._adopting = SteadyPicture(height_px=SMALL_HEIGHT_PX, width_px=SMALL_WIDTH_PX, window_s=ADOPT_S)
        else:
            log.warning(
                "a zone watched for waste has no clean picture yet, so it is not judged; name one under `reference`",
                zone=region.zone,
            )

    @property
    def state(self) -> str:
        """`no_reference`, `adopting` (taking the first seconds as clean), or `watching`."""
        if self._place is not None:
            return "watching"
        return "no_reference" if self._adopting is None else "adopting"

    def look(self, view: View) -> Looking:
        """Take in one picture and say how much is covered, and whether that is a pile."""
        if self._blind():
            self._steady.clear()
            return Looking(findings=self._findings())
        if self._adopting is not None:
            self._adopt(self._adopting, view)
        if self._place is None:
            return Looking()
        if self._steady.offer(view.small, view.t_s) and self._steady.ready:
            self._judge(self._place, view)
        if self._coverage is None:
            return Looking()
        return Looking(
            findings=self._findings(), measurements=(Measurement(metric=self._metric, value=self._coverage),)
        )

    def _judge(self, place: CleanPlace, view: View) -> None:
        middle, restless = self._steady.settle()
        covered = place.covered(middle, restless)
        coverage = place.share(covered)
        if coverage >= ASK_SHARE * self._settings.coverage and self._pile.since_s is None:
            self._take_out_people(covered, view)
            coverage = place.share(covered)
        self._coverage = round(coverage, 4)
        self._box = self._box_of(covered)
        self._pile.update(coverage, view.t_s)
        self._growth.add(coverage, view.t_s)

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

    def _take_out_people(self, covered: Mask, view: View) -> None:
        """Clear what is mostly a person who stands there for longer than the median forgives.

        Only sure boxes count, and only pieces they cover for the greater part: the network takes heaped bags for
        people now and then, with scores of about a half.
        """
        rows, columns = bounds(self._zone)
        standing = np.zeros_like(self._zone)
        found = view.found()
        for person in () if found is None else found.people:
            if person.score >= PERSON_SCORE:
                x, y, width, height = person.box.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
                standing[y : y + height, x : x + width] = 255
        standing = standing[rows, columns]
        if not standing.any():
            return
        number, labels, stats, _ = cv2.connectedComponentsWithStats(covered, connectivity=8)
        theirs = np.bincount(labels[standing > 0], minlength=number) > PERSON_SHARE * stats[:, cv2.CC_STAT_AREA]
        theirs[0] = False
        covered[theirs[labels]] = 0

    def _box_of(self, covered: Mask) -> Box | None:
        if not covered.any():
            return None
        rows, columns = bounds(self._zone)
        x, y, width, height = cv2.boundingRect(covered)
        return Box(
            (x + columns.start) / SMALL_WIDTH_PX,
            (y + rows.start) / SMALL_HEIGHT_PX,
            width / SMALL_WIDTH_PX,
            height / SMALL_HEIGHT_PX,
        )

    def _adopt(self, adopting: SteadyPicture, view: View) -> None:
        """Take the median of the first seconds as clean."""
        adopting.offer(view.small, view.t_s)
        if self._adopting_since_s is None:
            self._adopting_since_s = view.t_s
        if view.t_s - self._adopting_since_s < ADOPT_S or not adopting.ready:
            return
        clean = adopting.settle()[0].copy()
        self._references.save(self._region.zone, clean)
        self._place = CleanPlace(clean, self._zone)
        self._adopting = None

    def _given(self) -> Small:
        path = Path(self._settings.reference or "")
        try:
            clean = grey_of(path.read_bytes())
        except OSError as error:
            raise ConfigError(
                f"{path}: the clean picture of zone {self._region.zone} cannot be read: {error.strerror}"
            ) from error
        if clean is None:
            raise ConfigError(f"{path}: the clean picture of zone {self._region.zone} is no JPEG or PNG")
        return clean


class Growth:
    """How fast a coverage grows: the slope of a straight line through the last hour (least squares)."""

    def __init__(self) -> None:
        self._values: deque[tuple[float, float]] = deque(maxlen=GROWTH_MEMORY)
        self._added_s = -math.inf

    def add(self, coverage: float, t_s: float) -> None:
        """Take in a value; more than one in ten seconds is not needed."""
        if t_s - self._added_s >= GROWTH_EVERY_S:
            self._values.append((t_s, coverage))
            self._added_s = t_s

    def per_h(self) -> float | None:
        """Return the growth per hour in shares of the zone, None before a minute has been seen."""
        if not self._values or self._values[-1][0] - self._values[0][0] < GROWTH_LEAST_S:
            return None
        times_s, values = np.array(self._values).T
        times_s = times_s - times_s.mean()
        return float((times_s * (values - values.mean())).sum() / np.square(times_s).sum()) * 3600.0
