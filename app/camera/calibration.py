"""Fits counting by movement to a few counts made by a person: `pantau camera calibrate`."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import fmean

import numpy as np
import numpy.typing as npt

from app.camera.source import Source
from configs.cameras import Camera, Zone
from configs.load import default_camera
from events.errors import ConfigError, SourceError
from events.frame import Frame
from events.geometry import Polygon
from events.ids import SourceId, ZoneId
from ingest.cadence import Cadence
from ingest.decoding import to_frame
from ingest.trial import Trial
from vision.background import Background
from vision.counting import ForegroundCounter
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Mask, Region
from vision.fidgets import Fidgets
from vision.shrinker import Shrinker
from vision.stature import Stature

LOOK_S = 0.45
"""Movement is looked at about twice a second, as in a worker."""
AROUND_S = 0.7
"""Movement this near in time to a count belongs to it: whoever counted looked for about a second."""
LEAST_COUNTS = 4
"""Fewer say more about their own mistakes than about the camera."""
AGREED_BODIES = 8.0
"""Weight of what is known beforehand, a factor of one: as much as two pictures with two people each."""
FACTOR_LEAST, FACTOR_MOST = 0.2, 5.0
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Only differences of time matter here."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCount:
    """How many people somebody saw.

    Attributes:
        t_s: When, seconds from the beginning of the recording or of listening.
        people: How many.
    """

    t_s: float
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What counts say about one zone.

    Attributes:
        zone: Its id, None for the whole picture.
        scale: How tall people look: height over distance of the feet from the horizon.
        factor: People for each body that the area of movement makes.
        used: Counts the fit rests on.
        left_out: Counts at times at which movement was not known: while learning, while light settled, outside.
        error_before: Mean absolute error of counting by movement as it is.
        error_after: The same after fitting, each count judged by the fit of all others (leave-one-out).
    """

    zone: str | None
    scale: float
    factor: float
    used: int
    left_out: int
    error_before: float
    error_after: float

    @property
    def helps(self) -> bool:
        """Whether fitting is better than counting as it is."""
        return self.error_after < self.error_before


@dataclass(frozen=True, slots=True)
class _Moment:
    t_s: float
    moving: bytes
    people: float


class _Watch:
    """Looks at pictures as a worker does, and keeps the movement around each count."""

    def __init__(self, camera: Camera, region: Region, width_px: int, height_px: int) -> None:
        self._background = Background()
        self._fidgets = Fidgets()
        self._shrinker = Shrinker()
        self.aspect = width_px / height_px
        self._counter = ForegroundCounter(region, Stature.of(camera, self.aspect))
        self._looked_s = -LOOK_S
        self.latest: deque[_Moment] = deque(maxlen=4)

    @property
    def stature(self) -> Stature:
        return self._counter.stature

    def see(self, luma: Mask, t_s: float) -> _Moment | None:
        small = self._shrinker.shrink(luma)
        foreground = self._background.apply(small, t_s)
        if not self._background.warm or t_s - self._looked_s < LOOK_S:
            return None
        self._looked_s = t_s
        moving = self._fidgets.without_still(foreground, small, t_s)
        people = self._counter.count(moving, self.aspect).people
        moment = _Moment(t_s, np.packbits(moving > 0).tobytes(), people)
        self.latest.append(moment)
        return moment


def calibrate(
    source: Source,
    counts: Sequence[OperatorCount],
    *,
    zone: str | None = None,
    seconds: float | None = None,
    asked: Callable[[], Sequence[int]] | None = None,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> Fit:
    """Watch a recording or a camera and fit its counting to counts.

    Args:
        source: What to look at, with the camera's section where zones matter.
        counts: Made beforehand, of a recording.
        zone: Which zone they counted; None where there is only one, or for the whole picture.
        seconds: For how long to look; None until shortly after the last count.
        asked: Of a live camera: returns what somebody has counted since it was last called, each meaning now.
        on_progress: Told the share done, 0..1.

    Raises:
        ConfigError: there is no such zone, or the counts are too few or do not fit.
        SourceError: nothing can be read.
    """
    camera = source.camera or default_camera("camera")
    region = _region(camera, zone)
    until_s = seconds if seconds is not None else max((count.t_s for count in counts), default=0.0) + AROUND_S + 1.0
    gathered = list(counts)
    watch: _Watch | None = None
    kept: list[_Moment] = []
    for picture, t_s in _pictures(source, camera, until_s):
        if watch is None:
            watch = _Watch(camera, region, picture.width_px, picture.height_px)
        moment = watch.see(picture.luma, t_s)
        if asked is not None:
            fresh = [OperatorCount(t_s=t_s, people=people) for people in asked()]
            gathered += fresh
            kept += watch.latest if fresh else ()
        if moment is not None and any(abs(moment.t_s - count.t_s) <= AROUND_S for count in gathered):
            kept.append(moment)
        on_progress(min(t_s / until_s, 1.0))
    if watch is None:
        raise SourceError(f"{source.shown}: no whole picture came")
    return _fit(gathered, kept, region, watch)


def _pictures(source: Source, camera: Camera, until_s: float) -> Iterator[tuple[Frame, float]]:
    cadence = Cadence(camera.analyse_fps)
    with Trial(source.address, is_file=source.is_file) as trial:
        for heard in trial.listen(until_s):
            for picture in heard.pictures:
                if cadence.is_due(heard.arrived_s):
                    at = _BEGINNING + timedelta(seconds=heard.arrived_s)
                    yield to_frame(picture, SourceId(camera.id), at), heard.arrived_s


def _fit(counts: Sequence[OperatorCount], moments: Sequence[_Moment], region: Region, watch: _Watch) -> Fit:
    """Fit the factor by least squares through the origin, held to one by `AGREED_BODIES` of agreement."""
    scale = watch.stature.scale
    bodies: list[float] = []
    before: list[float] = []
    people: list[float] = []
    for count in counts:
        near = [moment for moment in moments if abs(moment.t_s - count.t_s) <= AROUND_S]
        if near:
            fixed = ForegroundCounter(region, Stature(scale=scale, horizon_y=watch.stature.horizon_y), factor=1.0)
            bodies.append(fmean(fixed.count(_unpacked(moment), watch.aspect).people for moment in near))
            before.append(fmean(moment.people for moment in near))
            people.append(float(count.people))
    if len(people) < LEAST_COUNTS or not any(people):
        raise ConfigError(
            f"{len(people)} of {len(counts)} counts fall into times at which movement is known; at least {LEAST_COUNTS}"
            " are needed, one of them with people. The first seconds are for learning the background; count later,"
            " at moments with different numbers of people"
        )
    x, y = np.array(bodies), np.array(people)
    others = [_factor(np.delete(x, i), np.delete(y, i)) for i in range(len(x))]
    factor = _factor(x, y)
    if not FACTOR_LEAST <= factor <= FACTOR_MOST:
        raise ConfigError(
            f"the counts are {factor:.1f} times what moves, which no camera explains; check that times and zone of the"
            " counts are those of the recording, and that people are not mostly standing still"
        )
    return Fit(
        zone=region.zone,
        scale=round(scale, 4),
        factor=round(factor, 3),
        used=len(x),
        left_out=len(counts) - len(x),
        error_before=float(np.abs(np.array(before) - y).mean()),
        error_after=float(np.abs(np.array(others) * x - y).mean()),
    )


def _factor(bodies: Doubles, people: Doubles) -> float:
    return float((bodies @ people + AGREED_BODIES) / (bodies @ bodies + AGREED_BODIES))


def _unpacked(moment: _Moment) -> Mask:
    bits = np.unpackbits(np.frombuffer(moment.moving, np.uint8)).reshape(SMALL_HEIGHT_PX, SMALL_WIDTH_PX)
    return bits * np.uint8(255)


def _region(camera: Camera, named: str | None) -> Region:
    zones = [zone for zone in camera.zones if zone.detect.crowding is not None]
    if named is not None:
        zones = [zone for zone in camera.zones if zone.id == named]
        if not zones:
            known = ", ".join(zone.id for zone in camera.zones) or "none"
            raise ConfigError(f"this camera has no zone {named}; it has {known}")
    if len(zones) > 1:
        raise ConfigError(f"several zones count people: name one with --zone {' or '.join(z.id for z in zones)}")
    return _region_of(zones[0]) if zones else Region(zone=None, polygon=Polygon.whole_picture())


def _region_of(zone: Zone) -> Region:
    polygon = Polygon.whole_picture() if zone.polygon is None else Polygon.from_points(zone.polygon)
    return Region(zone=ZoneId(zone.id), polygon=polygon)
