"""Counts people in a zone, by the network or by movement, and says when they are a crowd."""

import math
from collections.abc import Callable

from configs.detection import Crowding, CrowdLevels
from events.observation import Attr
from vision.counting import Count
from vision.detector import Finding, Looking, Measurement, Region, View
from vision.headcount import Headcount
from vision.hysteresis import Hysteresis
from vision.stature import Stature

REPEAT_S = 0.95
"""A count is told again each second, whether or not it was taken anew: the series goes on while nobody moves."""
END_SHARE = 0.8
NEAR_SHARE = 0.5
"""From this share of a crowd on, people are counted closely."""
YOUNG_S = 20.0
"""A background learned so lately may still hold a passing cloud or a car: movement before it begins no crowd yet."""


class CrowdingDetector:
    """People in one zone: series at all times, and a finding when there are too many for too long.

    Counts the network's boxes while it answers, else movement; the finding says which (`method`). Where the ground
    area is known, people per square metre are told too, and the finding names the level reached (`level`).
    """

    def __init__(
        self,
        region: Region,
        settings: Crowding | None,
        *,
        area_m2: float | None = None,
        stature: Callable[[float], Stature] = lambda _aspect: Stature(),
        blind: Callable[[], bool] = lambda: False,
    ) -> None:
        """Watch a zone.

        Args:
            region: The zone.
            settings: When it is a crowd; None only measures.
            area_m2: Ground area of the zone; None where it is not known, and then no density is told.
            stature: Makes what is known beforehand of how tall people look, from the picture's width over height.
            blind: Whether the camera is at fault just now; then nothing is counted or concluded.
        """
        self._region = region
        self._blind = blind
        self._area_m2 = area_m2
        self._stature = stature
        self._calibration = None if settings is None else settings.calibration
        self._headcount: Headcount | None = None
        self._crowd = None if settings is None else _Crowd(settings, area_m2)
        self._finding: Finding | None = None
        self._people: Count | None = None
        self._told_s = -math.inf
        self._warm_since_s: float | None = None

    def look(self, view: View) -> Looking:
        """Take in one picture and say how many people there are, and whether they are a crowd."""
        if self._headcount is None:
            self._headcount = self._begin(view.aspect)
        blind = self._blind()
        if blind or not view.warm:
            self._warm_since_s = None
        elif self._warm_since_s is None:
            self._warm_since_s = view.t_s
        if blind:
            self._headcount.forget()
            self._people = None
            return self._looking(())
        count = self._headcount.take(view, closely=self._is_close())
        if count is None:
            if self._people is None or view.t_s - self._told_s < REPEAT_S:
                return self._looking(())
            count = self._people
        self._people, self._told_s = count, view.t_s
        if self._crowd is not None:
            self._finding = self._judge(self._crowd, count, view.t_s, self._headcount.method)
        return self._looking(self._measured(count.people))

    def _is_close(self) -> bool:
        """Tell whether each second matters: to whoever only counts, and where half of a crowd is there."""
        if self._crowd is None or self._people is None:
            return True
        return self._finding is not None or self._people.people >= NEAR_SHARE * self._crowd.threshold

    def _begin(self, aspect: float) -> Headcount:
        stature = self._stature(aspect)
        if self._calibration is None:
            return Headcount(self._region, stature)
        known = Stature(scale=self._calibration.scale, horizon_y=stature.horizon_y)
        return Headcount(self._region, known, factor=self._calibration.factor)

    def _looking(self, measurements: tuple[Measurement, ...]) -> Looking:
        return Looking(findings=() if self._finding is None else (self._finding,), measurements=measurements)

    def _measured(self, people: float) -> tuple[Measurement, ...]:
        zone = "" if self._region.zone is None else f".{self._region.zone}"
        counted = Measurement(metric=f"people_count{zone}", value=people)
        if self._area_m2 is None:
            return (counted,)
        return counted, Measurement(metric=f"people_density{zone}", value=round(people / self._area_m2, 4))

    def _judge(self, crowd: "_Crowd", count: Count, t_s: float, method: str) -> Finding | None:
        young = self._warm_since_s is None or t_s - self._warm_since_s < YOUNG_S
        since_s = crowd.update(count, t_s, doubtful=not count.trusted or (young and method == "foreground"))
        if since_s is None:
            return None
        attrs: dict[str, Attr] = {"method": method, "threshold": crowd.threshold}
        if self._area_m2 is not None:
            attrs["density_per_m2"] = round(count.people / self._area_m2, 2)
        if crowd.level is not None:
            attrs["level"] = crowd.level
        return Finding(
            kind="crowding",
            zone=self._region.zone,
            since_s=since_s,
            box=count.box or self._region.polygon.bounds,
            count=count.people,
            score=min(1.0, count.people / crowd.threshold),
            attrs=attrs,
        )


class _Crowd:
    """When people are a crowd, and of which level: each limit with a hold time and a lower limit to fall below."""

    def __init__(self, settings: Crowding, area_m2: float | None) -> None:
        self.threshold = settings.threshold_people(area_m2)
        self.level: str | None = None
        self._limit = _limit(self.threshold, settings.hold_s)
        self._levels: list[tuple[str, Hysteresis]] = []
        if area_m2 is not None:
            densities = [(name, float(getattr(settings.levels, name))) for name in CrowdLevels.model_fields]
            self._levels = [(name, _limit(density * area_m2, settings.hold_s)) for name, density in densities]

    def update(self, count: Count, t_s: float, *, doubtful: bool) -> float | None:
        """Take in a count and return since when it is a crowd, None while it is none.

        A doubtful count, of what moves and has not the shape of people, begins no crowd, though it may prolong one.
        """
        people = 0.0 if doubtful and self._limit.since_s is None else count.people
        reached = [name for name, limit in self._levels if limit.update(people, t_s) is not None]
        self.level = reached[-1] if reached else None
        return self._limit.update(people, t_s)


def _limit(people: float, hold_s: float) -> Hysteresis:
    return Hysteresis(begin_at=people, end_below=END_SHARE * people, hold_s=hold_s)
