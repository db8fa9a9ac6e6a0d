from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from configs.cameras import Camera as CameraSettings
from configs.detection import AbandonedObject
from events.geometry import Box, Polygon
from events.ids import ZoneId
from tests.unit.vision.scenes import Camera, heap, street, view
from vision.detector import Detector, Finding, Found, Person, Region, Small, Vehicle
from vision.detectors import build_detectors
from vision.left_object import DELAY_S, LeftObjectDetector
from vision.lying import GONE_S
from vision.reference import FirstSettledReferences

WHOLE = Region(zone=None, polygon=Polygon.whole_picture())
AFTER_S = 8.0
PUT_S = 20.0
BAG = (150, 100, 24, 18, 30)
"""x, y, width, height, brightness in the small picture."""
BAG_BOX = Box(150 / 320, 100 / 180, 24 / 320, 18 / 180)
NOBODY = Found()

Show = Callable[[float], Small]
Find = Callable[[float], Found | None]


def made(after_s: float = AFTER_S, **changes: object) -> LeftObjectDetector:
    return LeftObjectDetector(WHOLE, AbandonedObject(after_s=after_s), **changes)  # type: ignore[arg-type]


def silent(_t_s: float) -> None:
    return None


def watched(
    detector: Detector,
    show: Show,
    *,
    until_s: float,
    from_s: float = 0.0,
    every_s: float = 1.0,
    find: Find = silent,
) -> dict[float, tuple[Finding, ...]]:
    """Return what was found at each moment."""
    said: dict[float, tuple[Finding, ...]] = {}
    for i in range(int((until_s - from_s) / every_s)):
        t_s = from_s + i * every_s
        small = show(t_s)
        said[t_s] = detector.look(view(t_s, small, second=small, found=find(t_s))).findings
    return said


def begun(said: dict[float, tuple[Finding, ...]]) -> list[tuple[float, Finding]]:
    """Return each thing with the moment it was told of first."""
    known: dict[float, tuple[float, Finding]] = {}
    for t_s, findings in said.items():
        for finding in findings:
            known.setdefault(finding.since_s, (t_s, finding))
    return list(known.values())


def putting(
    *things: tuple[int, int, int, int, int], at_s: float = PUT_S, until_s: float = 1e9, scene: Small | None = None
) -> Show:
    camera = Camera(street() if scene is None else scene)
    return lambda t_s: camera.picture(things if at_s <= t_s < until_s else ())


def person(x: float, y: float, width: float = 0.06, height: float = 0.3, score: float = 0.9) -> Person:
    return Person(box=Box(x, y, width, height), score=score)


class TestAThing:
    def test_put_down_is_told_after_it_has_lain_there_and_over_when_it_is_taken_away(self) -> None:
        said = watched(made(), putting(BAG, until_s=60.0), until_s=80)
        [(told_s, bag)] = begun(said)
        assert PUT_S + AFTER_S <= told_s <= PUT_S + 2.5 * AFTER_S
        assert bag.kind == "abandoned_object"
        assert bag.since_s == pytest.approx(PUT_S, abs=3)
        assert bag.box is not None
        assert bag.box.intersection_over_union(BAG_BOX) > 0.6
        lying = [t_s for t_s, findings in said.items() if findings]
        assert lying == [float(t) for t in range(int(told_s), int(lying[-1]) + 1)]
        assert 60.0 <= lying[-1] <= 60.0 + GONE_S + 4.0

    def test_is_told_later_where_more_time_is_asked_for(self) -> None:
        [(told_s, _)] = begun(watched(made(after_s=30.0), putting(BAG), until_s=80))
        assert told_s >= PUT_S + 30.0

    def test_that_is_taken_back_soon_is_never_told(self) -> None:
        assert begun(watched(made(), putting(BAG, until_s=PUT_S + 6.0), until_s=60)) == []

    def test_is_counted_in_a_series_that_goes_on_while_nothing_lies_there(self) -> None:
        detector = LeftObjectDetector(
            Region(zone=ZoneId("plaza"), polygon=Polygon.whole_picture()), AbandonedObject(after_s=AFTER_S)
        )
        show, counts = putting(BAG, until_s=60.0), list[tuple[str, float]]()
        for t in range(80):
            small = show(float(t))
            looking = detector.look(view(float(t), small, second=small))
            counts += [(measured.metric, measured.value) for measured in looking.measurements]
        assert {metric for metric, _ in counts} == {"left_objects.plaza"}
        values = [value for _, value in counts]
        assert values[0] == 0.0
        assert max(values) == 1.0
        assert values[-1] == 0.0
        assert len(values) > 60

    def test_is_found_at_a_picture_in_two_seconds(self) -> None:
        [(told_s, _)] = begun(watched(made(), putting(BAG), until_s=90, every_s=2.0))
        assert told_s <= PUT_S + 4 * AFTER_S

    @pytest.mark.parametrize("level", [20, 235])
    def test_is_found_dark_or_bright(self, level: int) -> None:
        assert len(begun(watched(made(), putting((*BAG[:4], level)), until_s=60))) == 1

    def test_beside_another_is_a_second_event(self) -> None:
        other = (40, 120, 20, 18, 225)
        findings = [finding for _, finding in begun(watched(made(), putting(BAG, other), until_s=60))]
        assert len(findings) == 2

    def test_whose_middle_is_as_bright_as_the_ground_is_found_by_its_ends(self) -> None:
        ground: Small = np.full((180, 320), 120, np.uint8)
        laid = ground.copy()
        for i in range(26):  # two slanting ends whose boxes overlap, though they do not touch
            laid[80 + i // 2 : 89 + i // 2, 140 + i] = 30
            laid[96 + i // 2 : 105 + i // 2, 140 + i] = 215
        camera, with_it = Camera(ground), Camera(laid)
        said = watched(made(), lambda t_s: (camera if t_s < PUT_S else with_it).picture(), until_s=60)
        [(_, thing)] = begun(said)
        assert thing.box is not None

    def test_that_stays_of_an_unquiet_scene_is_watched_for_as_long_as_it_was_unquiet(self) -> None:
        camera = Camera(street())
        many = [(20 + 36 * i, 40 + 60 * j, 18, 16, 20 + 200 * ((i + j) % 2)) for i in range(7) for j in range(2)]
        gone_s = 43.0

        def show(t_s: float) -> Small:
            return camera.picture(() if t_s < PUT_S else many if t_s < gone_s else many[:1])

        [(told_s, _)] = begun(watched(made(), show, until_s=90))
        assert told_s >= gone_s + 12.0

    def test_left_by_what_was_likely_somebody_begins_little_earlier_for_what_that_has_passed(self) -> None:
        camera, gone_s = Camera(street()), 40.0
        figure, bag = (150, 70, 20, 50, 30), (150, 103, 20, 17, 30)
        stands = Person(box=Box(150 / 320, 70 / 180, 20 / 320, 50 / 180), score=0.6)

        def show(t_s: float) -> Small:
            return camera.picture(() if t_s < PUT_S else [figure] if t_s < gone_s else [bag])

        def find(t_s: float) -> Found:
            return Found(people=[stands]) if PUT_S <= t_s < gone_s and int(t_s) % 4 == 0 else NOBODY

        [(told_s, _)] = begun(watched(made(), show, until_s=80, find=find))
        assert told_s >= gone_s + DELAY_S + 2.0

    def test_that_grows_stays_one_event_whose_box_grows(self) -> None:
        camera = Camera(street())
        pieces = [BAG, (174, 100, 20, 18, 220), (150, 82, 44, 18, 40)]
        said = watched(made(), lambda t_s: camera.picture(pieces[: max(int((t_s - PUT_S) // 15) + 1, 0)]), until_s=110)
        assert len(begun(said)) == 1
        [first], [last] = next(findings for findings in said.values() if findings), said[109.0]
        assert first.box is not None
        assert last.box is not None
        assert last.box.area > 2 * first.box.area

    def test_is_still_there_when_something_larger_beside_it_has_gone_again(self) -> None:
        camera, beside = Camera(street()), (178, 70, 60, 48, 35)

        def show(t_s: float) -> Small:
            return camera.picture(() if t_s < PUT_S else [BAG, beside] if 40 <= t_s < 65 else [BAG])

        said = watched(made(), show, until_s=110)
        assert len(begun(said)) == 1
        [wide], [last] = said[64.0], said[109.0]
        assert wide.box is not None
        assert last.box is not None
        assert wide.box.area > 2 * BAG_BOX.area
        assert last.box.intersection_over_union(BAG_BOX) > 0.6

    def test_behind_passing_people_is_still_there(self) -> None:
        camera = Camera(street())

        def show(t_s: float) -> Small:
            passing = [(145 + int(t_s * 7) % 30, 80, 14, 50, 60 + 10 * (int(t_s) % 9))] if 45 <= t_s < 57 else []
            return camera.picture([BAG, *passing] if t_s >= PUT_S else ())

        said = watched(made(), show, until_s=80)
        assert len(begun(said)) == 1
        assert said[79.0]

    def test_behind_people_as_bright_as_the_ground_is_still_there(self) -> None:
        scene = street()
        with_bag, without = Camera(scene), Camera(scene)

        def show(t_s: float) -> Small:
            if t_s < PUT_S or (45 <= t_s < 75 and t_s % 5 < 3):
                return without.picture()
            return with_bag.picture([BAG, (145, 95, 34, 28, 235)] if 45 <= t_s < 75 else [BAG])

        said = watched(made(), show, until_s=90)
        assert len(begun(said)) == 1
        assert said[89.0]

    def test_in_a_puddle_that_spreads_around_it_is_found(self) -> None:
        ground: Small = np.full((180, 320), 120, np.uint8)
        kerbs: Small = ground.copy()
        kerbs[70:140:6, 100:220] = 190  # what the water will hide: the whole looks like something taken away
        dry, puddle = Camera(kerbs), Camera(np.where(kerbs == 190, 150, kerbs).astype(np.uint8))
        puddle_box = np.s_[76:134, 112:208]

        def show(t_s: float) -> Small:
            picture = dry.picture([BAG] if t_s >= PUT_S else ())
            if t_s >= PUT_S:
                wet = puddle.picture([BAG])
                wet[80:130, 120:200] = np.where(wet[80:130, 120:200] > 90, 140, wet[80:130, 120:200])
                picture[puddle_box] = wet[puddle_box]
            return picture

        told = [bag.box for _, bag in begun(watched(made(), show, until_s=75, find=lambda _t_s: NOBODY))]
        assert any(box is not None and box.intersection_over_union(BAG_BOX) > 0.4 for box in told)

    def test_beside_somebody_who_stands_there_is_found(self) -> None:
        stands = Person(box=Box(118 / 320, 58 / 180, 43 / 320, 64 / 180), score=0.8)  # reaches into the bag
        show = putting(BAG, (122, 62, 16, 56, 200))
        find: Find = lambda t_s: Found(people=[stands]) if t_s >= PUT_S else NOBODY  # noqa: E731 - a table of one line
        [(_, bag)] = begun(watched(made(), show, until_s=90, find=find))
        assert bag.box is not None
        assert bag.box.intersection_over_union(BAG_BOX) > 0.3

    def test_left_where_something_larger_was_taken_away_is_not_absorbed_with_its_place(self) -> None:
        flat: Small = np.full((180, 320), 100, np.uint8)
        rows, columns = np.mgrid[75:140, 120:210]
        laden = flat.copy()
        laden[75:140, 120:210] = 120 + 40 * ((rows // 8 + columns // 8) % 2)
        full, emptied = Camera(laden), Camera(flat)
        said = watched(
            made(),
            lambda t_s: full.picture() if t_s < PUT_S else emptied.picture([BAG]),
            until_s=75,
            find=lambda _t_s: NOBODY,
        )
        [(_, bag)] = begun(said)
        assert bag.box is not None
        assert bag.box.intersection_over_union(BAG_BOX) > 0.5

    def test_put_down_while_the_light_changes_is_found(self) -> None:
        camera = Camera(street())
        said = watched(
            made(),
            lambda t_s: camera.picture([BAG] if t_s >= PUT_S + 1 else (), gain=0.6 if t_s >= PUT_S else 1.0),
            until_s=90,
        )
        [(_, bag)] = begun(said)
        assert bag.box is not None
        assert bag.box.intersection_over_union(BAG_BOX) > 0.4

    def test_outside_the_zone_is_not_told(self) -> None:
        left = Polygon.from_points([(0, 0), (0.4, 0), (0.4, 1), (0, 1)])
        detector = LeftObjectDetector(Region(zone=None, polygon=left), AbandonedObject(after_s=AFTER_S))
        assert begun(watched(detector, putting(BAG), until_s=60)) == []


class TestWhoLeftIt:
    @staticmethod
    def told(find: Find) -> Finding:
        [(_, bag)] = begun(watched(made(), putting(BAG), until_s=80, find=find))
        return bag

    def test_a_person_beside_it_when_it_appeared(self) -> None:
        bag = self.told(lambda t_s: Found(people=[person(0.47, 0.4)]) if 17 <= t_s <= 21 else NOBODY)
        assert bag.attrs["left_by"] == "person"
        assert bag.attrs["left_before_s"] == pytest.approx(AFTER_S + 4, abs=6)

    def test_a_vehicle_beside_it_when_it_appeared(self) -> None:
        vehicle = Vehicle(box=Box(0.42, 0.35, 0.25, 0.3), score=0.8)
        assert self.told(lambda t_s: Found(vehicles=[vehicle]) if 17 <= t_s <= 21 else NOBODY).attrs["left_by"] == (
            "vehicle"
        )

    def test_nobody_who_came_by_later_or_stood_elsewhere(self) -> None:
        far, late = person(0.05, 0.3), person(0.47, 0.4)
        find: Find = lambda t_s: Found(people=[far, late] if t_s >= 30 else [far])  # noqa: E731 - a table of one line
        assert self.told(lambda t_s: find(t_s) if t_s < 32 else NOBODY).attrs["left_by"] == "unknown"


class TestNothingIsTold:
    def test_of_an_empty_scene(self) -> None:
        assert begun(watched(made(), putting(), until_s=60)) == []

    def test_of_a_parked_vehicle_the_network_knows(self) -> None:
        car = (120, 90, 60, 34, 200)
        parked = Vehicle(box=Box(120 / 320, 90 / 180, 60 / 320, 34 / 180), score=0.8)
        find: Find = lambda t_s: Found(vehicles=[parked]) if t_s >= PUT_S else NOBODY  # noqa: E731 - a table of one line
        assert begun(watched(made(), putting(car), until_s=100, find=find)) == []
        assert begun(watched(made(), putting(car), until_s=100, find=lambda _t_s: NOBODY)), "the car is seen at all"

    def test_of_somebody_standing_whom_the_network_knows(self) -> None:
        figure = (150, 70, 16, 44, 30)
        stands = Person(box=Box(148 / 320, 68 / 180, 20 / 320, 48 / 180), score=0.6)
        find: Find = lambda t_s: Found(people=[stands]) if t_s >= PUT_S else NOBODY  # noqa: E731 - a table of one line
        assert begun(watched(made(), putting(figure), until_s=100, find=find)) == []
        assert begun(watched(made(), putting(figure), until_s=100, find=lambda _t_s: NOBODY)), "the figure is seen"

    def test_of_somebody_standing_whom_no_network_knows_but_who_shifts(self) -> None:
        """The head is still, the body sways: without a network only that tells somebody from a bag."""
        camera, random = Camera(street()), np.random.default_rng(3)
        still = (150, 60, 22, 22, 25)

        def show(t_s: float) -> Small:
            if not PUT_S <= t_s < 60:
                return camera.picture()
            sway, level = int(random.integers(-6, 7)), int(random.integers(20, 110))
            # Behind the head, so that it touches: shoulders, and arms that move.
            return camera.picture([(144 + sway, 70, 34, 60, level), still])

        assert begun(watched(made(), show, until_s=90)) == []

    def test_of_somebody_who_comes_to_rest_limb_by_limb(self) -> None:
        camera = Camera(street())

        def show(t_s: float) -> Small:
            height = 8 + [0, 4, 10, 19, 32, 52][min(max(int(t_s - PUT_S) // 2, 0), 5)]
            return camera.picture([(150, 120 - height, 22, height, 25)] if PUT_S <= t_s < 38 else ())

        assert begun(watched(made(), show, until_s=60, find=lambda _t_s: NOBODY)) == []

    def test_of_who_walks_off_just_when_it_would_be_told(self) -> None:
        for stood_s in range(10, 15):
            said = watched(made(), putting(BAG, until_s=PUT_S + stood_s), until_s=60)
            assert all(told_s <= PUT_S + stood_s for told_s, _ in begun(said)), stood_s

    def test_of_the_place_of_a_thing_taken_away(self) -> None:
        assert begun(watched(made(), putting(BAG, at_s=-1.0, until_s=PUT_S), until_s=80)) == []

    def test_of_a_mark_on_the_ground_that_was_below_a_thing_taken_away(self) -> None:
        rows, columns = np.mgrid[75:140, 120:210]
        laden: Small = np.full((180, 320), 100, np.uint8)
        laden[75:140, 120:210] = 110 + 50 * ((rows // 8 + columns // 8) % 2)
        marked: Small = np.full((180, 320), 100, np.uint8)
        marked[100:108, 150:166] = 40
        full, emptied = Camera(laden), Camera(np.asarray(cv2.GaussianBlur(marked, (0, 0), 1.6), np.uint8))
        show: Show = lambda t_s: (full if t_s < PUT_S else emptied).picture()  # noqa: E731 - one line
        assert begun(watched(made(), show, until_s=75, find=lambda _t_s: NOBODY)) == []

    def test_of_that_place_but_of_what_is_put_there_again(self) -> None:
        camera = Camera(street())
        said = watched(made(), lambda t_s: camera.picture([BAG] if t_s < PUT_S or t_s >= 60 else ()), until_s=100)
        [(told_s, _)] = begun(said)
        assert told_s >= 60 + AFTER_S

    @pytest.mark.parametrize("gain", [0.45, 0.7, 1.4])
    def test_of_lights_that_are_switched(self, gain: float) -> None:
        camera = Camera(street())
        show: Show = lambda t_s: camera.picture(gain=gain if PUT_S <= t_s < 60 else 1.0)  # noqa: E731 - one line
        assert begun(watched(made(), show, until_s=100)) == []

    def test_of_a_shadow_that_stays(self) -> None:
        shade = np.ones((180, 320), np.float32)
        shade[90:140, 120:190] = 0.55
        shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), 4), np.float32)
        camera = Camera(street())
        show: Show = lambda t_s: (  # noqa: E731 - one line
            (camera.picture() * shade).astype(np.uint8) if t_s >= PUT_S else camera.picture()
        )
        assert begun(watched(made(), show, until_s=90)) == []

    def test_of_a_camera_that_trembles(self) -> None:
        camera = Camera(street())
        shifts = [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)]
        assert begun(watched(made(), lambda t_s: camera.picture(shift_px=shifts[int(t_s) % 5]), until_s=90)) == []

    def test_of_rain(self) -> None:
        camera, random = Camera(street()), np.random.default_rng(4)

        def show(_t_s: float) -> Small:
            picture = camera.picture().copy()
            for x, y in zip(random.integers(0, 320, 60), random.integers(0, 170, 60), strict=True):
                cv2.line(picture, (int(x), int(y)), (int(x) - 2, int(y) + 9), (230,), 1)
            return picture

        assert begun(watched(made(), show, until_s=90)) == []

    def test_of_a_scene_in_which_everything_changes(self) -> None:
        camera = Camera(street())
        many = [(20 + 36 * i, 30 + 45 * j, 18, 16, 20 + 200 * ((i + j) % 2)) for i in range(8) for j in range(3)]
        assert begun(watched(made(), lambda t_s: camera.picture(many if t_s >= PUT_S else ()), until_s=45)) == []


class TestACameraAtFault:
    def test_begins_nothing(self) -> None:
        assert begun(watched(made(blind=lambda: True), putting(BAG), until_s=60)) == []

    def test_ends_nothing(self) -> None:
        blind = False
        detector = made(blind=lambda: blind)
        said = watched(detector, putting(BAG), until_s=50)
        assert said[49.0]
        blind = True
        black: Small = np.full((180, 320), 16, np.uint8)
        during = watched(detector, lambda _t_s: black, from_s=50, until_s=80)
        assert all(during.values())
        blind = False
        after = watched(detector, putting(BAG), from_s=80, until_s=100)
        assert all(after.values())
        assert len(begun({**said, **during, **after})) == 1


class TestARestart:
    def test_takes_what_lies_there_for_the_ground_and_tells_nothing(self) -> None:
        assert begun(watched(made(), putting(BAG, at_s=-1.0), until_s=60)) == []


class TestOneObjectIsOneEvent:
    @staticmethod
    def kinds(zones: Sequence[dict[str, object]]) -> list[tuple[str, str | None]]:
        """Return kind and zone of everything told when a heap appears in the middle."""
        camera = CameraSettings.model_validate(
            {"id": "cam", "name": "Cam", "site": "s", "url": "rtsp://h/x", "health": False, "zones": list(zones)}
        )
        clean = street()
        shown = Camera(clean), Camera(heap(140, 90, 40, 30, clean))
        told: set[tuple[str, str | None]] = set()
        detectors = build_detectors(camera, FirstSettledReferences())
        for t in range(80):
            small = shown[t >= PUT_S].picture()
            for detector in detectors:
                findings = detector.look(view(float(t), small, second=small)).findings
                told |= {(finding.kind, finding.zone) for finding in findings}
        return sorted(told)

    SQUARE = ((0.35, 0.4), (0.65, 0.4), (0.65, 0.75), (0.35, 0.75))
    LEFT: dict[str, object] = {"abandoned_object": {"after_s": AFTER_S}}  # noqa: RUF012 - never written

    def test_which_the_waste_zone_owns(self) -> None:
        waste: dict[str, object] = {
            "id": "tps",
            "polygon": self.SQUARE,
            "detect": {"waste_pile": {"coverage": 0.15, "hold_s": 8}},
        }
        assert self.kinds([{"id": "all", "detect": self.LEFT}, waste]) == [("waste_pile", "tps")]

    def test_also_where_both_are_watched_for_in_the_same_zone(self) -> None:
        both: dict[str, object] = {
            "id": "tps",
            "polygon": self.SQUARE,
            "detect": {**self.LEFT, "waste_pile": {"coverage": 0.15, "hold_s": 8}},
        }
        assert self.kinds([both]) == [("waste_pile", "tps")]

    def test_which_the_smaller_of_two_nested_zones_owns(self) -> None:
        inner: dict[str, object] = {"id": "gate", "polygon": self.SQUARE, "detect": self.LEFT}
        assert self.kinds([{"id": "all", "detect": self.LEFT}, inner]) == [("abandoned_object", "gate")]
