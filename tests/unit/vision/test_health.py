from collections.abc import Callable

import cv2
import numpy as np
import pytest

from events.geometry import Box
from tests.unit.vision.scenes import Camera, street, view
from vision.detector import Small, Vehicle
from vision.health import HealthDetector
from vision.reference import FirstSettledReferences

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
PAINT = Camera(np.full((180, 320), 190, np.uint8), seed=8)
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


STOPPED = Camera(street(), seed=8).picture()  # a noise that the living camera never repeats


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


DOWN, ACROSS = np.mgrid[:180, :320].astype(np.float32)


def between(begin_s: float, end_s: float, change: Callable[[Small, float], Small]) -> Show:
    """Return a camera whose pictures are changed for a while; told how many seconds ago that began."""

    def show(t_s: float) -> Small:
        picture = CAMERA.picture()
        return change(picture, t_s - begin_s) if begin_s <= t_s < end_s else picture

    return show


def infrared(picture: Small, _since_s: float) -> Small:
    tones = np.interp(np.arange(256), (0, 40, 90, 140, 200, 255), (30, 150, 190, 120, 40, 15)).astype(np.float32)
    lamp = 0.3 + 0.8 * np.exp(-(((ACROSS - 160) / 120) ** 2 + ((DOWN - 100) / 80) ** 2))
    return np.asarray(np.clip(tones[picture] * lamp, 0, 255), np.uint8)


def lightning(picture: Small, since_s: float) -> Small:
    return np.clip(picture * 2.5 + 60.0, 0, 255).astype(np.uint8) if since_s % 6 < 0.5 else picture


def headlights(picture: Small, since_s: float) -> Small:
    size = 20 + 40 * since_s
    glare = sum(
        500 * np.exp(-(((ACROSS - x) / size) ** 2 + ((DOWN - 100) / (0.6 * size)) ** 2)) for x in (120.0, 150.0)
    )
    return np.asarray(np.clip(picture * 0.8 + glare, 0, 255), np.uint8)


def cloud(picture: Small, since_s: float) -> Small:
    edge = 30 * since_s - 60
    light = 1 - 0.5 / (1 + np.exp((ACROSS - edge) / 12))
    return np.asarray(picture * light, np.uint8)


def lorry(picture: Small, since_s: float) -> Small:
    left = int(90 * since_s) - 200
    picture[10:170, max(left, 0) : max(left + 200, 0)] = 190
    return picture


def waves(picture: Small, since_s: float) -> Small:
    water = slice(90, 180)
    wave = 25 * np.sin(DOWN[water] / 2.3 - 3 * since_s) * np.sin(ACROSS[water] / 17 + 2 * since_s)
    picture[water] = np.clip(picture[water] + wave, 0, 255)
    return picture


def drops_on_the_lens(picture: Small, since_s: float) -> Small:
    """A few drops, each blurring a place, that run down one after another."""
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 5.0), np.uint8)
    draw = np.random.default_rng(2)
    drops: Small = np.zeros((180, 320), np.uint8)
    for x, y, begins_s in draw.uniform((0, 0, 0), (320, 120, 20), (14, 3)):
        if since_s > begins_s:
            cv2.circle(drops, (int(x), int(y + 4 * (since_s - begins_s))), 16, 255, -1)
    return np.where(drops > 0, soft, picture)


def coarse_coding(picture: Small, since_s: float) -> Small:
    quality = 24 if int(5 * since_s) % 10 == 0 else 12
    data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


@pytest.mark.parametrize(
    ("change", "lasts_s"),
    [
        (infrared, 40.0),
        (lightning, 30.0),
        (headlights, 4.0),
        (cloud, 14.0),
        (lorry, 6.0),
        (waves, 40.0),
        (drops_on_the_lens, 30.0),
        (coarse_coding, 40.0),
    ],
)
@pytest.mark.parametrize("every_s", [0.2, 2.0])
def test_light_weather_traffic_and_coding_are_no_fault(
    change: Callable[[Small, float], Small], lasts_s: float, every_s: float
) -> None:
    assert told(between(30, 30 + lasts_s, change), until_s=85, every_s=every_s) == []


def test_a_noisy_night_under_one_lamp_is_no_fault() -> None:
    lamp = 0.1 + 0.9 * np.exp(-(((ACROSS - 90) / 60) ** 2 + ((DOWN - 90) / 60) ** 2))
    night = Camera(np.asarray(street() * lamp, np.uint8), noise=6.0)
    assert told(lambda _t_s: night.picture(), until_s=120) == []


@pytest.mark.parametrize("hidden", [0.2, 0.25, 0.3, 0.35])
def test_more_light_on_a_view_that_a_tide_has_partly_taken_is_no_fault(hidden: float) -> None:
    """A time-lapse of a marsh: the tide takes edges, then day comes at a stroke, and the tide rises on."""

    def show(t_s: float) -> Small:
        taken = hidden * min(max((t_s - 15) / 45, 0.0), 1.0) + 0.1 * min(max((t_s - 60) / 30, 0.0), 1.0)
        line = 180 - int(180 * taken)
        day = 0.3 if t_s < 60 else 0.8 + 0.5 * np.sin(ACROSS / 40)
        picture = CAMERA.picture() * day
        picture[line:] = 40 + 0.1 * picture[line:]
        return np.clip(picture, 0, 255).astype(np.uint8)

    assert told(show, until_s=110, every_s=0.5) == []


def test_a_tide_in_which_the_scene_is_reflected_is_no_cover() -> None:
    """Less than half of what is lost to it has edges left: too little for a cover that comes slowly."""
    wet = Camera(street(5))
    wet.scene[:, :190] = 45

    def show(t_s: float) -> Small:
        line = 180 - int(115 * min(max((t_s - 20) / 90, 0.0), 1.0))
        picture = CAMERA.picture()
        picture[line:] = wet.picture()[line:]
        return picture

    assert told(show, until_s=140, every_s=0.5) == []


@pytest.mark.parametrize("every_s", [0.2, 2.0])
def test_a_pole_that_sways_in_the_wind_is_not_a_camera_that_was_moved(every_s: float) -> None:
    def show(t_s: float) -> Small:
        return CAMERA.picture(shift_px=(round(6 * np.sin(5.1 * t_s)), round(4 * np.sin(7.7 * t_s + 1))))

    assert told(lambda t_s: show(t_s) if t_s >= 30 else CAMERA.picture(), until_s=90, every_s=every_s) == []


def test_a_frozen_picture_whose_clock_runs_on_is_frozen() -> None:
    def clocked(picture: Small, t_s: float) -> Small:
        picture = picture.copy()
        digits = np.random.default_rng(int(t_s)).integers(0, 2, (3, 20)).astype(np.uint8) * 220
        picture[4:16, 8:88] = cv2.resize(digits, (80, 12), interpolation=cv2.INTER_NEAREST)
        return picture

    faults = told(lambda t_s: clocked(STOPPED if 40 <= t_s < 60 else CAMERA.picture(), t_s), until_s=70)
    assert [name for name, _, _ in faults] == ["frozen"]
    assert 46.0 <= faults[0][1] <= 48.0


@pytest.mark.parametrize("every_s", [0.2, 2.0])
def test_lost_packets_smear_a_picture_and_are_neither_motion_nor_a_cover(every_s: float) -> None:
    draw = np.random.default_rng(6)

    def smeared(picture: Small, _since_s: float) -> Small:
        if draw.random() < 0.8:
            y = int(draw.integers(20, 100))
            picture[y:] = picture[y]
        return picture

    ((name, begun_s, cleared_s),) = told(between(40, 60, smeared), until_s=75, every_s=every_s)
    assert name == "smeared"
    assert begun_s <= 50.0 + 2 * every_s
    assert 60.0 < cleared_s < 70.0


def test_one_smeared_picture_that_heals_with_the_next_keyframe_is_no_fault() -> None:
    def torn(picture: Small, since_s: float) -> Small:
        if since_s % 12 < 1.0:
            picture[60:] = picture[60]
        return picture

    assert told(between(20, 80, torn), until_s=90) == []


@pytest.mark.parametrize("share", [0.55, 0.7])
def test_a_board_in_focus_before_much_of_the_view_is_a_cover(share: float) -> None:
    board = Camera(street(9), seed=3)

    def boarded(picture: Small, since_s: float) -> Small:
        wide = int(320 * share * min(since_s / 2, 1.0))
        picture[:, :wide] = board.picture()[:, :wide]
        return picture

    ((name, begun_s, _),) = told(between(40, 62, boarded), until_s=75)
    assert name == "covered"
    assert begun_s <= 50.0


def test_paint_that_builds_up_within_a_minute_is_a_cover() -> None:
    draw = np.random.default_rng(4)
    field = cv2.GaussianBlur(draw.random((180, 320)).astype(np.float32), (0, 0), 9)
    order = (field.ravel().argsort().argsort().reshape(field.shape) / field.size).astype(np.float32)

    def painted(picture: Small, since_s: float) -> Small:
        return np.where(order < 0.92 * min(since_s / 50, 1.0), PAINT.picture(), picture)

    ((name, begun_s, _),) = told(between(40, 120, painted), until_s=130, every_s=0.5)
    assert name == "covered"
    assert begun_s <= 40 + 50 + 20


def test_a_parked_lorry_the_network_sees_is_not_a_cover() -> None:
    def fault(*, seen: bool) -> bool:
        detector, found = HealthDetector(), False
        hiding = Vehicle(box=Box(x=0.0, y=0.0, width=0.72, height=1.0), score=0.8)
        for i in range(300):
            t_s = 0.2 * i
            small = half_covered(t_s) if t_s >= 40 else CAMERA.picture()
            vehicles = [hiding] if seen and t_s >= 40 else []
            found |= bool(detector.look(view(t_s, small, people=[], vehicles=vehicles)).findings)
        return found

    assert fault(seen=False)
    assert not fault(seen=True)


def test_how_much_of_the_view_is_kept_is_measured() -> None:
    detector = HealthDetector()
    values = list[float]()
    before = 0
    for i in range(250):
        before = before or (len(values) if i == 200 else 0)
        small = half_covered(0.0) if i >= 200 else CAMERA.picture()
        values += [m.value for m in detector.look(view(0.2 * i, small)).measurements if m.metric == "view_kept"]
    assert before >= 25
    assert min(values[:before]) > 0.9
    assert values[-1] == pytest.approx(0.42, abs=0.12)


def test_new_light_becomes_the_usual_light_within_a_quarter_of_a_minute() -> None:
    detector = HealthDetector()
    kept = list[float]()
    for i in range(300):
        small = infrared(CAMERA.picture(), 0.0) if i >= 200 else CAMERA.picture()
        kept += [m.value for m in detector.look(view(0.2 * i, small)).measurements if m.metric == "view_kept"]
    assert min(kept[-30:]) < 0.5
    assert kept[-1] > 0.95


class Moving:
    """A camera that moves by command, and what its health says of it."""

    def __init__(self, references: FirstSettledReferences) -> None:
        self.health = HealthDetector(references)
        self.faults = list[str]()
        self._t_s = 0.0

    def show(self, camera: Camera, seconds: float) -> list[bool]:
        """Return whether the zones were paused, picture by picture."""
        paused = list[bool]()
        for _ in range(round(5 * seconds)):
            self._t_s += 0.2
            looking = self.health.look(view(self._t_s, camera.picture()))
            self.faults += [str(finding.attrs["class"]) for finding in looking.findings]
            paused.append(self.health.is_suspicious())
        return paused


def test_a_camera_that_moves_by_command_pauses_away_from_its_preset_and_that_is_no_fault() -> None:
    preset, elsewhere = Camera(street(1)), Camera(street(2))
    camera = Moving(FirstSettledReferences())
    assert camera.show(preset, 25)[-1] is False
    away = camera.show(elsewhere, 60)
    assert away[20:] == [True] * 280
    back = camera.show(preset, 10)
    assert back[0] is True
    assert back[-10:] == [False] * 10
    assert camera.faults == []


def test_a_camera_that_moves_by_command_knows_its_preset_after_a_restart() -> None:
    preset, elsewhere, kept = Camera(street(1)), Camera(street(2)), FirstSettledReferences()
    Moving(kept).show(preset, 25)
    restarted = Moving(kept)
    assert restarted.show(elsewhere, 30)[-1] is True
    assert restarted.show(preset, 10)[-1] is False
    assert restarted.faults == []


def test_a_camera_that_moves_by_command_is_still_covered_and_frozen() -> None:
    preset = Camera(street(1))
    covered_camera = Moving(FirstSettledReferences())
    covered_camera.show(preset, 30)
    covered_camera.show(COVER, 12)
    assert set(covered_camera.faults) == {"covered"}
    frozen_camera = Moving(FirstSettledReferences())
    frozen_camera.show(preset, 30)
    stopped = Camera(preset.picture(), noise=0.0)
    frozen_camera.show(stopped, 12)
    assert set(frozen_camera.faults) == {"frozen"}
