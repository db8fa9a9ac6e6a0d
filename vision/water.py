"""Says when the water rises: over a level on a gauge, or over a share of a zone."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from configs.detection import WaterLevel
from events.geometry import Box
from events.ids import ZoneId
from events.observation import Attr
from vision.detector import (
    SMALL_HEIGHT_PX,
    SMALL_WIDTH_PX,
    Finding,
    Looking,
    Measurement,
    ReferenceStore,
    Region,
    Small,
    View,
)
from vision.flood import Flood
from vision.gauge import Staff
from vision.hysteresis import Hysteresis
from vision.marks import Mark, Scale
from vision.zones import zone_mask

KEEP_EVERY_S = 600.0
"""The dry look of a gauge is kept at most this often."""
RATE_EVERY_S = 10.0
RATE_LENGTH = 61
"""Ten minutes of levels: long enough that a centimetre of noise is a few centimetres an hour, short enough to warn."""
RATE_LEAST_S = 120.0
STEADY_CM_PER_H = 5.0
"""A level that changes more slowly is called steady: less than a tide does."""
STALE_S = 60.0
"""A level or share that could not be read for so long is no longer told."""


class WaterLevelDetector:
    """The water in one zone: a series at all times, and a finding while it has risen too far.

    With a gauge the series is the level in centimetres (`water_level`), without one the flooded share of the zone
    (`flooded`). A finding begins at `level_cm` where that is given, else when the flooded share has risen by `rise`.
    """

    def __init__(
        self,
        region: Region,
        settings: WaterLevel,
        references: ReferenceStore,
        *,
        gauge: Sequence[Mark] | None = None,
        blind: Callable[[], bool] = lambda: False,
    ) -> None:
        """Watch a zone.

        Args:
            region: The zone.
            settings: How far is too far.
            references: Keeps what the zone and the gauge look like without water, so that they survive a restart.
            gauge: Two marks of the camera's gauge.
            blind: Whether the camera is at fault just now; then nothing is concluded.
        """
        self._region = region
        self._settings = settings
        self._blind = blind
        self._flood: Flood | None = None
        self._gauge: Level | None = None
        if gauge is not None:
            self._gauge = Level(Scale(gauge), references, _name(region, "gauge"), settings)
        if gauge is None or settings.level_cm is None:
            self._flood = Flood(
                zone_mask(region.polygon),
                references,
                _name(region, "water"),
                rise=settings.rise,
                hold_s=settings.hold_s,
            )

    def look(self, view: View) -> Looking:
        """Take in one picture and say where the water stands, and whether that is too far."""
        if self._blind():
            if self._flood is not None:
                self._flood.forget_last()
        elif view.second is not None:
            if self._flood is not None:
                self._flood.look(view.second, view.t_s, lambda box: _occupied(view, box))
            if self._gauge is not None:
                self._gauge.look(view.second, view.t_s)
        measured = () if view.second is None else self._measurements(view.t_s)
        return Looking(findings=self._findings(), measurements=measured)

    def _measurements(self, t_s: float) -> tuple[Measurement, ...]:
        told: list[Measurement] = []
        flood = self._flood
        if flood is not None and flood.share is not None and t_s - flood.said_s <= STALE_S:
            told.append(Measurement(metric=self._metric("flooded"), value=round(flood.share, 4)))
        if self._gauge is not None:
            level_cm = self._gauge.level_cm(t_s)
            if level_cm is not None:
                told.append(Measurement(metric=self._metric("water_level"), value=round(level_cm, 1)))
        return tuple(told)

    def _metric(self, name: str) -> str:
        return name if self._region.zone is None else f"{name}.{self._region.zone}"

    def _findings(self) -> tuple[Finding, ...]:
        flood, gauge = self._flood, self._gauge
        if flood is not None and flood.since_s is not None and flood.share is not None:
            attrs: dict[str, Attr] = {
                "direction": flood.direction,
                **({} if gauge is None else gauge.attrs()),
                "flooded": round(flood.share, 4),
                "rise": self._settings.rise,
            }
            return (self._finding(flood.since_s, flood.box, min(flood.share, 1.0), attrs),)
        if gauge is not None and gauge.since_s is not None:
            return (self._finding(gauge.since_s, gauge.box(self._region.polygon.bounds), 1.0, gauge.attrs()),)
        return ()

    def _finding(self, since_s: float, box: Box | None, score: float, attrs: dict[str, Attr]) -> Finding:
        if self._settings.datum is not None:
            attrs = {**attrs, "datum": self._settings.datum}
        return Finding(
            kind="water_level",
            zone=self._region.zone,
            since_s=since_s,
            box=box or self._region.polygon.bounds,
            score=score,
            attrs=attrs,
        )


class Level:
    """The level on a gauge in centimetres, its rate, and since when it has been too high.

    Attributes:
        since_s: Since when, None while it is not.
    """

    def __init__(self, scale: Scale, references: ReferenceStore, name: ZoneId, settings: WaterLevel) -> None:
        self._scale = scale
        self._references = references
        self._name = name
        self._settings = settings
        self._staff = Staff(scale, references.load(name))
        self._kept, self._kept_s = self._staff.known, 0.0
        self._row: float | None = None
        self._read_s = 0.0
        self._past: deque[tuple[float, float]] = deque(maxlen=RATE_LENGTH)
        self.since_s: float | None = None
        self._high: Hysteresis | None = None
        if settings.level_cm is not None:
            self._high = Hysteresis(
                begin_at=settings.level_cm,
                end_below=settings.level_cm - settings.hysteresis_cm,
                hold_s=settings.hold_s,
            )

    def look(self, second: Small, t_s: float) -> None:
        """Take in the median picture of a second, uint8 (180, 320)."""
        row = self._staff.look(second, t_s)
        if row is None:
            return
        self._row, self._read_s = row, t_s
        level_cm = self._scale.cm(row)
        if not self._past or t_s - self._past[-1][0] >= RATE_EVERY_S:
            self._past.append((t_s, level_cm))
        if self._high is not None:
            self.since_s = self._high.update(level_cm, t_s)
        if self._staff.known > self._kept and t_s - self._kept_s >= KEEP_EVERY_S:
            self._references.save(self._name, self._staff.dry_picture())
            self._kept, self._kept_s = self._staff.known, t_s

    def level_cm(self, t_s: float) -> float | None:
        """Return the level, None where it has not been read of late."""
        return None if self._row is None or t_s - self._read_s > STALE_S else self._scale.cm(self._row)

    def rate_cm_per_h(self) -> float | None:
        """Return how fast it rises, by a straight line through the last ten minutes (least squares)."""
        if not self._past or self._past[-1][0] - self._past[0][0] < RATE_LEAST_S:
            return None
        times_s, levels_cm = np.array(self._past).T
        times_s = times_s - times_s.mean()
        return float((times_s * levels_cm).sum() / np.square(times_s).sum()) * 3600.0

    def attrs(self) -> dict[str, Attr]:
        """Return what is told of the level with a finding."""
        if self._row is None:
            return {}
        told: dict[str, Attr] = {"level_cm": round(self._scale.cm(self._row), 1)}
        if self._settings.level_cm is not None:
            told["threshold_cm"] = self._settings.level_cm
        rate = self.rate_cm_per_h()
        if rate is not None:
            told["rate_cm_per_h"] = round(rate, 1)
            steady = abs(rate) < STEADY_CM_PER_H
            told["direction"] = "steady" if steady else "rising" if rate > 0 else "falling"
        return told

    def box(self, zone: Box) -> Box | None:
        """Return the part of a zone below the water's edge at the gauge."""
        if self._row is None:
            return None
        _, y = self._scale.point(self._row)
        top = min(max(y, zone.y), zone.y + zone.height - 1.0 / SMALL_HEIGHT_PX)
        return Box(zone.x, top, zone.width, zone.y + zone.height - top)


def _name(region: Region, what: str) -> ZoneId:
    """Return the name a zone's picture is kept under, beside the clean pictures other detectors keep of it."""
    return ZoneId(f"{region.zone or '_whole'}.{what}")


def _occupied(view: View, box: Box) -> float:
    """Return the share of a box that the people and vehicles found in the picture cover; 0 without a network."""
    found = view.found()
    if found is None:
        return 0.0
    x, y, width, height = box.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
    covered = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.bool_)
    for box_ in [*(person.box for person in found.people), *(vehicle.box for vehicle in found.vehicles)]:
        left, top, wide, high = box_.to_pixels(SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
        covered[top : top + high, left : left + wide] = True
    return float(covered[y : y + height, x : x + width].mean())
