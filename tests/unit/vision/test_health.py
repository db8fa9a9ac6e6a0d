from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.unit.vision.scenes import Camera, street, view
from vision.detector import Small
from vision.health import HealthDetector

Show = Callable[[float], Small]


def told(show: Show, *, until_s: float = 60.0, every_s: float = 0.2) -> list[tuple[str, float, float]]:
    """Return (class, told at, cleared at) of each fault; cleared at is until_s where it lasted."""
    detector, faults = HealthDetector(), list[tuple[str, float, float]]()
    open_since: tuple[str, float] | None = None
    for i in range(int(until_s / every_s)):
        t_s = i * every_s
        findings = detector.look(view(t_s, show(t_s))).findings
        if findings and open_since is None:
            assert findings[0].kind == "tamper"
            open_since = str(findings[0].attrs["class"]), t_s
        elif not findings and open_since is not None:
            faults.append((*open_since, t_s))
            open_since = None
    if open_since is not None:
        faults.append((*open_since, until_s))
    return faults


CAMERA = Camera(street())
COVER = Camera(np.full((180, 320), 60, np.uint8), seed=8)


def faulty(fault: Show, begin_s: float = 40.0, end_s: float = 60.0) -> Show:
    return lambda t_s: fault(t_s) if begin_s <= t_s < end_s else CAMERA.picture()


def black(_t_s: float) -> Small:
    return np.full((180, 320), 16, np.uint8)


def dazzled(_t_s: float) -> Small:
    return np.full((180, 320), 250, np.uint8)


def covered(_t_s: float) -> Small:
    return COVER.picture()


def half_covered(_t_s: float) -> Small:
    picture = CAMERA.picture()
    picture[:, :190] = COVER.picture()[:, :190]
    return picture


def blurred(_t_s: float) -> Small:
    return np.asarray(cv2.GaussianBlur(CAMERA.picture(), (0, 0), 3.5), np.uint8)


def moved(_t_s: float) -> Small:
    return CAMERA.picture(shift_px=(23, 9))


STOPPED = CAMERA.picture()


def frozen(_t_s: float) -> Small:
    return STOPPED


@pytest.mark.parametrize("every_s", [0.2, 2.0])
@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (black, "dark"),
        (dazzled, "bright"),
        (covered, "covered"),
        (half_covered, "covered"),
        (blurred, "blurred"),
        (moved, "moved"),
        (frozen, "frozen"),
    ],
)
def test_a_fault_is_named_within_ten_seconds_and_cleared_soon_after(fault: Show, name: str, every_s: float) -> None:
    faults = told(faulty(fault), until_s=70.0, every_s=every_s)
    assert [found for found, _, _ in faults] == [name]
    (_, begun_s, cleared_s) = faults[0]
    assert 42.0 <= begun_s <= 50.0
    assert 61.0 <= cleared_s <= 68.0


def test_a_short_occlusion_is_no_fault() -> None:
    assert told(faulty(covered, 40, 42.5)) == []


@pytest.mark.parametrize("noise", [0.6, 2.0, 5.0])
def test_an_empty_street_at_rest_is_neither_frozen_nor_anything_else(noise: float) -> None:
    camera = Camera(street(), noise=noise)
    assert told(lambda _t_s: camera.picture(), until_s=90) == []


def test_passers_by_are_no_fault() -> None:
    def show(t_s: float) -> Small:
        x = int(30 * t_s) % 280
        return CAMERA.picture([(x, 40, 35, 110, 30), (280 - x, 60, 30, 100, 220)])

    assert told(show) == []


def test_lights_off_and_on_are_no_fault() -> None:
    assert told(lambda t_s: CAMERA.picture(gain=0.45 if 20 <= t_s < 40 else 1.0)) == []


def test_dusk_is_no_fault() -> None:
    assert told(lambda t_s: CAMERA.picture(gain=1.0 - 0.8 * t_s / 120), until_s=120) == []


def test_a_scene_that_often_repeats_exactly_is_not_called_frozen_after_its_usual_rest() -> None:
    """Encoders repeat quiet pictures; stills held for three seconds are such a camera's life."""
    stills = [CAMERA.picture([(10 * i, 60, 20, 60, 240)]) for i in range(30)]
    assert told(lambda t_s: stills[int(t_s / 3)], until_s=80) == []


def test_a_camera_frozen_from_the_start_was_never_seen_alive() -> None:
    assert told(frozen) == []


def test_a_keyframe_s_stir_does_not_break_a_frozen_picture_in_two() -> None:
    stirred = np.asarray(np.clip(STOPPED.astype(np.int16) + 1, 0, 255), np.uint8)

    def show(t_s: float) -> Small:
        return stirred if int(t_s * 10) % 100 == 0 else STOPPED

    ((name, _, cleared_s),) = told(faulty(show, 40, 70), until_s=80)
    assert name == "frozen"
    assert cleared_s > 70


def test_another_scene_after_an_outage_is_no_fault_and_a_cover_is_still_found() -> None:
    detector = HealthDetector()
    day, night = Camera(street(1)), Camera(street(2))
    for i in range(100):
        detector.look(view(0.2 * i, day.picture()))
    for i in range(100):
        assert not detector.look(view(60 + 0.2 * i, night.picture())).findings
    for i in range(50):
        looking = detector.look(view(80 + 0.2 * i, COVER.picture()))
    assert looking.findings[0].attrs["class"] == "covered"


def test_a_tide_that_covers_the_scene_in_a_minute_is_no_fault() -> None:
    before, after = Camera(street(1)), Camera(street(2))

    def show(t_s: float) -> Small:
        waterline = 180 - int(min(max((t_s - 20) / 60, 0.0), 1.0) * 180)
        picture = before.picture()
        picture[waterline:] = after.picture()[waterline:]
        return picture

    assert told(show, until_s=110, every_s=0.5) == []


def test_a_suspicion_is_told_to_others_before_it_is_a_finding() -> None:
    detector = HealthDetector()
    for i in range(100):
        detector.look(view(0.2 * i, CAMERA.picture()))
    assert not detector.is_suspicious()
    for i in range(10):
        looking = detector.look(view(20 + 0.2 * i, black(0)))
    assert detector.is_suspicious()
    assert looking.findings == ()
