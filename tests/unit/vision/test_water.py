"""Water in a zone: what is told of it, and when."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from configs.detection import WaterLevel
from events.geometry import Box, Polygon
from events.ids import ZoneId
from tests.unit.vision.scenes import Camera, street, view
from tests.unit.vision.waters import DRY, flooded, linear, staff
from vision.detector import Finding, Found, Measurement, Person, ReferenceStore, Region, Small
from vision.marks import Mark
from vision.reference import FirstSettledReferences, StoredReferences
from vision.water import STALE_S, WaterLevelDetector

QUAY = Region(zone=ZoneId("quay"), polygon=Polygon.from_points([(0.0, 0.3), (1.0, 0.3), (1.0, 1.0), (0.0, 1.0)]))
SCENE = street()
HOLD_S = 10.0

TOP, BOTTOM, X = 50, 160, 160
MARKS = [Mark((X + 0.5) / 320, (TOP + 0.5) / 180, 200), Mark((X + 0.5) / 320, (BOTTOM + 0.5) / 180, 0)]
STAFF = staff(SCENE, (X, TOP), (X, BOTTOM))
ALONE = Region(zone=None, polygon=Polygon.whole_picture())

Show = Callable[[float], Small]


def row_of(cm: float) -> float:
    return BOTTOM - cm * (BOTTOM - TOP) / 200


class Watch:
    """A detector, and all it said."""

    def __init__(
        self,
        references: ReferenceStore | None = None,
        *,
        region: Region = QUAY,
        gauge: list[Mark] | None = None,
        **settings: object,
    ) -> None:
        self.is_blind = False
        self.findings: list[tuple[float, Finding]] = []
        self.measured: list[tuple[float, Measurement]] = []
        self.detector = WaterLevelDetector(
            region,
            WaterLevel.model_validate(settings),
            references or FirstSettledReferences(),
            gauge=gauge,
            blind=lambda: self.is_blind,
        )

    def look(
        self, show: Show, begin_s: float, end_s: float, *, every_s: float = 1.0, found: Found | None = None
    ) -> list[Finding]:
        """Show it pictures and return the findings of this time."""
        before = len(self.findings)
        for step in range(int((end_s - begin_s) / every_s)):
            t_s = begin_s + step * every_s
            small = show(t_s)
            looking = self.detector.look(view(t_s, small, second=small, found=found))
            self.findings += [(t_s, finding) for finding in looking.findings]
            self.measured += [(t_s, measurement) for measurement in looking.measurements]
        return [finding for _, finding in self.findings[before:]]

    def values(self, metric: str, begin_s: float = 0.0) -> list[float]:
        return [one.value for t_s, one in self.measured if one.metric == metric and t_s >= begin_s]

    @property
    def began_s(self) -> float:
        return self.findings[0][0]


def water(course: Callable[[float], float], scene: Small = SCENE, *, gain: float = 1.0, ripple: float = 5.0) -> Show:
    camera = Camera(scene)

    def show(t_s: float) -> Small:
        camera.scene = flooded(scene, course(t_s), t_s, ripple=ripple)
        return camera.picture(gain=gain)

    return show


RISING = linear(30, 90, DRY, 110)


@pytest.mark.parametrize("gain", [1.0, 0.4], ids=["day", "night"])
def test_a_rise_begins_once_after_its_hold_time_and_is_updated(gain: float) -> None:
    watch = Watch()
    watch.look(water(RISING, gain=gain), 0, 120)
    # A tenth of the zone is under water 11 s after the rise began.
    assert 41 + HOLD_S - 2 <= watch.began_s <= 70
    assert len(watch.findings) == 120 - watch.began_s, "it lasts"
    assert len({finding.since_s for _, finding in watch.findings}) == 1
    first, last = watch.findings[0][1], watch.findings[-1][1]
    assert (last.kind, last.zone, last.attrs["rise"]) == ("water_level", "quay", 0.1)
    assert first.attrs["direction"] == "steady"
    share = (180 - 110) / (180 - 54)
    assert last.attrs["flooded"] == pytest.approx(share, abs=0.05)
    assert last.score == pytest.approx(share, abs=0.05)
    assert last.box is not None
    assert last.box.intersection_over_union(Box(0.0, 110 / 180, 1.0, 70 / 180)) > 0.9


def test_the_direction_follows_the_water() -> None:
    watch = Watch()
    course = linear(30, 150, DRY, 100)
    said = watch.look(water(lambda t_s: course(t_s) if t_s < 300 else linear(300, 400, 100, 150)(t_s)), 0, 400)
    directions = [finding.attrs["direction"] for finding in said]
    assert [one for one, other in zip(directions, ["", *directions], strict=False) if one != other] == [
        "steady",
        "rising",
        "steady",
        "falling",
    ]


def test_a_rise_is_over_when_the_water_has_gone_and_held() -> None:
    watch = Watch()
    watch.look(water(RISING), 0, 120)
    show = water(linear(120, 180, 110, DRY))
    assert len(watch.look(show, 120, 150)) == 30, "half of it is still there"
    watch.look(show, 150, 180 + HOLD_S + 5)
    assert watch.look(show, 180 + HOLD_S + 5, 260) == []


def test_water_between_the_levels_neither_ends_nor_begins() -> None:
    watch = Watch(rise=0.3)
    watch.look(water(RISING), 0, 120)
    stays = linear(120, 140, 110, 150)  # a quarter of the zone: below .3, above half of it
    assert len(watch.look(water(stays), 120, 400)) == 280
    other = Watch(rise=0.3)
    assert other.look(water(linear(30, 60, DRY, 150)), 0, 400) == []


def test_a_rise_over_hours_is_found_because_the_reference_stays() -> None:
    watch = Watch()
    watch.look(water(linear(600, 4 * 3600, DRY, 110)), 0, 4.2 * 3600, every_s=14)
    assert watch.findings
    assert watch.values("flooded.quay")[-1] == pytest.approx(0.55, abs=0.08)


def test_falling_water_is_silent_and_its_turn_is_found() -> None:
    watch = Watch()
    assert watch.look(water(linear(30, 120, 110, 165)), 0, 1500, every_s=2) == []
    assert watch.values("flooded.quay")[-1] < 0.05
    # Low water has stood longer than the youngest reference is old.
    assert watch.look(water(linear(1500, 1620, 165, 110)), 1500, 1660, every_s=2) != []


def walkers(t_s: float) -> list[tuple[int, int, int, int, int]]:
    return [(int((40 * k + (5 + k) * t_s) % 320), 90 + 8 * k, 12, 36, (30, 210)[k % 2]) for k in range(4)]


def traffic(t_s: float) -> list[tuple[int, int, int, int, int]]:
    return [(int((150 * k + 45 * t_s) % 500) - 90, 110 + 15 * k, 80, 45, (40, 200, 90)[k]) for k in range(3)]


def wet(t_s: float) -> Small:
    """Rain darkens the ground and lays puddles here and there."""
    scene = SCENE.astype(np.float32)
    scene[70:] *= 1 - 0.35 * min(t_s / 120, 1)
    for k in range(10):
        if t_s > 20 * k:
            scene[80 + 9 * k : 84 + 9 * k, 30 * k : 30 * k + 26] = 150
    return scene.astype(np.uint8)


def harmless() -> dict[str, Show]:
    camera = Camera(SCENE)

    def rained_on(t_s: float) -> Small:
        camera.scene = wet(t_s)
        return camera.picture()

    return {
        "nothing": lambda _t_s: camera.picture(),
        "waves": water(lambda t_s: 140 + 8 * math.sin(t_s / 1.3)),
        "swell": water(lambda t_s: 140 + 10 * math.sin(t_s / 3), ripple=9),
        "nightfall": lambda t_s: camera.picture(gain=max(1 - t_s / 250, 0.15)),
        "light switched off and on": lambda t_s: camera.picture(gain=0.35 if 60 < t_s < 120 else 1.0),
        "lightning": lambda t_s: camera.picture(gain=1.9 if t_s % 40 == 7 else 0.6),
        "people": lambda t_s: camera.picture(walkers(t_s)),
        "traffic": lambda t_s: camera.picture(traffic(t_s)),
        "a lorry that stops": lambda t_s: camera.picture([(40, 80, 240, 100, 170)] if t_s > 60 else []),
        "shake": lambda t_s: camera.picture(shift_px=(int(t_s) % 2, int(t_s) % 3 - 1)),
        "rain": rained_on,
    }


@pytest.mark.parametrize("name", harmless())
def test_what_is_no_rise_is_silent(name: str) -> None:
    watch = Watch()
    assert watch.look(harmless()[name], 0, 300) == []


def test_a_series_is_told_even_when_nothing_is_wrong() -> None:
    watch = Watch()
    watch.look(water(lambda _t_s: DRY), 0, 60)
    assert len(watch.values("flooded.quay")) >= 55
    assert max(watch.values("flooded.quay")) < 0.02
    whole = Watch(region=ALONE)
    whole.look(water(lambda _t_s: DRY), 0, 20)
    assert whole.values("flooded")


def test_a_share_that_can_no_longer_be_seen_is_no_longer_told() -> None:
    watch, another = Watch(), Camera(street(9))
    watch.look(water(lambda _t_s: DRY), 0, 60)
    assert watch.look(lambda _t_s: another.picture(), 60, 60 + STALE_S + 60) == []
    assert watch.values("flooded.quay", 60 + STALE_S + 2) == []


def test_people_who_make_the_change_are_no_water() -> None:
    crowd = Found(people=[Person(box=Box(x / 10, 0.6, 0.1, 0.4), score=0.9) for x in range(10)])
    watch = Watch()
    assert watch.look(water(RISING), 0, 160, found=crowd) == []
    assert Watch().look(water(RISING), 0, 160, found=Found()) != []


def test_a_camera_at_fault_concludes_nothing() -> None:
    watch = Watch()
    watch.look(water(RISING), 0, 30)
    watch.is_blind = True
    assert watch.look(water(RISING), 30, 200) == []


def test_the_dry_look_survives_a_restart(tmp_path: Path) -> None:
    store = StoredReferences(tmp_path)
    Watch(store).look(water(lambda _t_s: DRY), 0, 20)
    kept = store.load(ZoneId("quay.water"))
    assert kept is not None
    assert store.load(ZoneId("quay")) is None, "the clean look of a waste zone is another"
    again = Watch(StoredReferences(tmp_path))
    again.look(water(lambda _t_s: 145), 0, 30)
    assert again.findings == [], "nobody saw it rise"
    assert again.look(water(linear(30, 90, 145, 110)), 30, 120) != []
    after = store.load(ZoneId("quay.water"))
    assert after is not None
    assert np.array_equal(after, kept), "not learned from the flood"


LEVELS = linear(60, 360, 20, 150)
"""Centimetres on the gauge: 100 of them after 245 s."""


def gauged(course: Callable[[float], float]) -> Show:
    return water(lambda t_s: row_of(course(t_s)), STAFF)


def test_a_level_begins_at_its_centimetres_and_says_all_about_itself() -> None:
    watch = Watch(gauge=MARKS, level_cm=100, datum="nol palem", hold_s=20)
    watch.look(gauged(LEVELS), 0, 420)
    assert 245 + 20 <= watch.began_s <= 245 + 20 + 25, "the median of five readings is ten seconds behind"
    last = watch.findings[-1][1]
    assert (last.kind, last.zone) == ("water_level", "quay")
    assert last.attrs["level_cm"] == pytest.approx(150, abs=6)
    assert (last.attrs["threshold_cm"], last.attrs["datum"]) == (100, "nol palem")
    assert last.attrs["direction"] == "rising"
    assert "flooded" not in last.attrs
    assert last.box is not None
    assert last.box.y == pytest.approx(row_of(150) / 180, abs=0.03)
    assert last.box.y + last.box.height == pytest.approx(1.0)


def test_a_levels_rate_is_told_in_centimetres_an_hour() -> None:
    watch = Watch(gauge=MARKS, level_cm=30, hold_s=20)
    watch.look(gauged(linear(0, 3600, 35, 95)), 0, 1500, every_s=5)
    assert watch.findings[-1][1].attrs["rate_cm_per_h"] == pytest.approx(60, abs=15)
    steady = Watch(gauge=MARKS, level_cm=30, hold_s=20)
    steady.look(gauged(lambda _t_s: 60), 0, 600, every_s=5)
    assert steady.findings[-1][1].attrs["direction"] == "steady"


def test_a_level_is_over_only_below_its_hysteresis() -> None:
    watch = Watch(gauge=MARKS, level_cm=100, hysteresis_cm=20, hold_s=20)
    watch.look(gauged(LEVELS), 0, 420)
    falls = gauged(linear(420, 480, 150, 90))
    assert len(watch.look(falls, 420, 700)) == 280, "at 90 it is not over"
    assert watch.look(gauged(linear(700, 720, 90, 60)), 700, 800)[-1].attrs["level_cm"] == pytest.approx(80, abs=25)
    assert watch.look(gauged(lambda _t_s: 60), 800, 900) == []


def test_a_level_that_stays_below_is_a_series_and_no_finding() -> None:
    watch = Watch(gauge=MARKS, level_cm=100)
    assert watch.look(gauged(lambda _t_s: 60), 0, 120) == []
    assert np.median(watch.values("water_level.quay")) == pytest.approx(60, abs=5)
    assert watch.values("flooded.quay") == [], "the level decides"


def test_a_gauge_without_a_level_measures_and_the_share_decides() -> None:
    watch = Watch(gauge=MARKS)
    watch.look(gauged(LEVELS), 0, 420)
    assert watch.values("water_level.quay")[-1] == pytest.approx(150, abs=6)
    assert watch.values("flooded.quay")[-1] > 0.3
    attrs = watch.findings[-1][1].attrs
    assert {"level_cm", "flooded", "rise"} <= set(attrs)
    assert "threshold_cm" not in attrs


def test_a_covered_gauge_tells_no_level_rather_than_a_wrong_one() -> None:
    watch, lorry = Watch(gauge=MARKS, level_cm=100), Camera(street(9))
    watch.look(gauged(lambda _t_s: 60), 0, 120)
    assert watch.look(lambda _t_s: lorry.picture(), 120, 120 + STALE_S + 60) == []
    hidden = watch.values("water_level.quay", 120)
    assert len(hidden) <= STALE_S + 5
    assert set(hidden) <= {watch.values("water_level.quay")[119]} or max(hidden) - min(hidden) < 5
    assert watch.values("water_level.quay", 120 + STALE_S + 5) == []


def test_the_dry_gauge_survives_a_restart(tmp_path: Path) -> None:
    Watch(StoredReferences(tmp_path), gauge=MARKS, level_cm=100).look(gauged(lambda _t_s: 20), 0, 700, every_s=5)
    assert StoredReferences(tmp_path).load(ZoneId("quay.gauge")) is not None
    again = Watch(StoredReferences(tmp_path), gauge=MARKS, level_cm=100)
    again.look(gauged(lambda _t_s: 140), 0, 60)
    assert again.values("water_level.quay")[0] == pytest.approx(140, abs=6), "known from the first picture on"
    assert again.findings, "a level needs no memory of the rise"
