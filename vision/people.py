"""Counts people in a zone, by the network or by foreground, and says when they are a crowd."""

import math
from collections import deque
from collections.abc import Callable

import numpy as np

from configs.detection import Crowding
from events.observation import Attr
from vision.counting import Count, ForegroundCounter, count_boxes
from vision.detector import Finding, Found, Looking, Measurement, Region, View
from vision.hysteresis import Hysteresis

NETWORK_STALE_S = 5.0
"""Without an answer of the network for so long, foreground takes over."""
COUNT_S = 0.45
"""Foreground is counted about twice a second, whatever the cadence of pictures."""
SMOOTHING_S = 3.0
SMOOTHING_SAMPLES = 3
END_SHARE = 0.8


class CrowdingDetector:
    """People in one zone: a series at all times, and a finding when there are too many for too long.

    Counts the network's boxes while it answers, else foreground; the finding says which (`method`). The count is the
    median of three seconds, so that one wrong picture does nothing.
    """

    def __init__(self, region: Region, settings: Crowding | None, *, blind: Callable[[], bool] = lambda: False) -> None:
        """Watch a zone.

        Args:
            region: The zone.
            settings: When it is a crowd; None only measures.
            blind: Whether the camera is at fault just now; then nothing is counted or concluded.
        """
        self._region = region
        self._blind = blind
        self._settings = settings
        self._metric = "people_count" if region.zone is None else f"people_count.{region.zone}"
        self._crowd = None
        if settings is not None:
            threshold = settings.threshold_people
            self._crowd = Hysteresis(begin_at=threshold, end_below=END_SHARE * threshold, hold_s=settings.hold_s)
        self._foreground = ForegroundCounter(region)
        self._finding: Finding | None = None
        self._method = "foreground"
        self._answer: Found | None = None
        self._answered_s = self._counted_s = -math.inf
        self._samples: deque[tuple[float, Count]] = deque(maxlen=64)

    def look(self, view: View) -> Looking:
        """Take in one picture and say how many people there are, and whether they are a crowd."""
        if self._blind():
            self._samples.clear()
            return Looking(findings=() if self._finding is None else (self._finding,))
        count, method = self._count(view)
        if count is not None:
            if method != self._method:
                self._samples.clear()
                self._method = method
            self._samples.append((view.t_s, count))
        if not self._samples:
            return Looking()
        people = self._smoothed(view.t_s)
        measurements = (Measurement(metric=self._metric, value=people),)
        if self._crowd is None or self._settings is None:
            return Looking(measurements=measurements)
        # Where what moves has not the shape of people, movement alone begins no crowd, though it may prolong one.
        doubtful = self._crowd.since_s is None and not self._samples[-1][1].trusted
        since_s = self._crowd.update(0.0 if doubtful else people, view.t_s)
        self._finding = None if since_s is None else self._crowded(people, since_s, self._settings)
        return Looking(findings=() if self._finding is None else (self._finding,), measurements=measurements)

    def _count(self, view: View) -> tuple[Count | None, str]:
        """Count this picture if its turn has come, by the network while it answers."""
        found = view.found()
        if found is not None:
            self._answered_s = view.t_s
            if found is self._answer:  # an old answer, whose boxes the foreground has left
                return None, self._method
            self._answer = found
            return count_boxes(found.people, self._region, view.foreground if view.warm else None), "network"
        if view.t_s - self._answered_s < NETWORK_STALE_S:
            return None, self._method
        if not view.warm or view.t_s - self._counted_s < COUNT_S:
            return None, self._method
        self._counted_s = view.t_s
        return self._foreground.count(view.foreground, view.aspect), "foreground"

    def _smoothed(self, t_s: float) -> float:
        while len(self._samples) > SMOOTHING_SAMPLES and t_s - self._samples[0][0] > SMOOTHING_S:
            self._samples.popleft()
        return float(np.median([count.people for _, count in self._samples]))

    def _crowded(self, people: float, since_s: float, settings: Crowding) -> Finding:
        attrs: dict[str, Attr] = {
            "method": self._method,
            "threshold": settings.threshold_people,
        }
        if settings.area_m2 is not None:
            attrs["density_per_m2"] = round(people / settings.area_m2, 2)
        return Finding(
            kind="crowding",
            zone=self._region.zone,
            since_s=since_s,
            box=self._samples[-1][1].box or self._region.polygon.bounds,
            count=people,
            score=min(1.0, people / settings.threshold_people),
            attrs=attrs,
        )
