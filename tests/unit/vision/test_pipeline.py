from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from configs.cameras import Camera, Zone
from events.frame import Picture
from events.geometry import Box
from events.ids import ZoneId
from events.observation import Phase
from tests.unit.vision.frames import STARTED_AT, frame, texture
from vision.attention import Attention
from vision.detector import Detector, Finding, Found, Looking, Measurement, Person, View
from vision.filmstrip import BAR_PX
from vision.pipeline import Pipeline, ViewClock
from vision.shrinker import Shrinker

CAMERA = Camera(
    id="cam-1",
    name="Camera",
    site="plaza",
    url=SecretStr("rtsp://127.0.0.1/x"),
    zones=(Zone(id="plaza", polygon=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))),),
)


class Scripted:
    """Says what it is told to say, and remembers what it saw."""

    def __init__(self, say: Callable[[View], Looking]) -> None:
        self._say = say
        self.seen_s: list[float] = []

    def look(self, view: View) -> Looking:
        self.seen_s.append(view.t_s)
        return self._say(view)


def pipeline(*detectors: Detector, attention: Attention | None = None) -> Pipeline:
    return Pipeline(CAMERA, detectors, attention or Attention(None))


def crowd(begin_s: float, end_s: float) -> Scripted:
    def say(view: View) -> Looking:
        here = begin_s <= view.t_s < end_s
        finding = Finding(kind="crowding", zone=ZoneId("plaza"), since_s=begin_s, count=12)
        return Looking(
            findings=(finding,) if here else (),
            measurements=(Measurement(metric="people_count.plaza", value=12.0 if here else 2.0),),
        )

    return Scripted(say)


def test_what_a_detector_holds_becomes_begin_and_end_at_the_pictures_time() -> None:
    line = pipeline(crowd(1.0, 3.0))
    said = [s.observation for tick in range(25) for s in line.take(frame(texture(), tick / 5))]
    assert [(o.phase, (o.at - STARTED_AT).total_seconds()) for o in said] == [(Phase.BEGIN, 1.0), (Phase.END, 3.0)]
    assert said[0].source == "cam-1"
    assert said[0].zone == "plaza"


def test_several_detectors_speak_for_one_camera() -> None:
    def dark(view: View) -> Looking:
        return Looking(findings=(Finding(kind="tamper", zone=None, since_s=0.0, attrs={"class": "dark"}),))

    said = pipeline(crowd(0.0, 9.0), Scripted(dark)).take(frame(texture(), 0.0))
    assert {s.observation.kind for s in said} == {"crowding", "tamper"}


def test_detectors_look_once_a_second_however_many_pictures_come() -> None:
    looking = Scripted(lambda _: Looking())
    line = pipeline(looking)
    for tick in range(25):
        line.take(frame(texture(), tick / 5))
    assert looking.seen_s == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_detectors_look_at_every_picture_where_few_come() -> None:
    looking = Scripted(lambda _: Looking())
    line = pipeline(looking)
    for tick in range(5):
        line.take(frame(texture(), 2.0 * tick))
    assert looking.seen_s == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_every_picture_counts_in_the_median_of_its_second() -> None:
    levels = [40, 40, 90, 90, 90] * 2
    seconds: list[int] = []

    def keep(view: View) -> Looking:
        seconds.extend([] if view.second is None else np.unique(view.second).tolist())
        return Looking()

    line = pipeline(Scripted(keep))
    for tick, level in enumerate([*levels, 0]):
        line.take(frame(np.full((180, 320), level, np.uint8), tick / 5))
    assert seconds == [90, 90]


def test_measurements_between_two_reports_become_one_value() -> None:
    line = pipeline(crowd(0.0, 99.0))
    for tick in range(10):
        line.take(frame(texture(), tick / 5))
    assert line.drain_measurements() == {"people_count.plaza": 12.0}
    assert line.drain_measurements() == {}


def test_evidence_is_a_small_jpeg_without_the_detail_of_the_moving_person() -> None:
    line = pipeline(crowd(8.0, 99.0))
    for tick in range(50):
        scene = texture(1280, 720).copy()
        left = 200 + 10 * tick
        fine = np.random.default_rng(tick).integers(0, 255, (200, 80), np.uint8)
        scene[300:500, left : left + 80] = fine
        said = line.take(frame(scene, tick / 5))
        if said:
            break
    (statement,) = said
    assert statement.picture is not None
    shown = cv2.imdecode(np.frombuffer(statement.picture.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    assert shown.shape == (885, 960)
    shown = shown[BAR_PX : BAR_PX + 540]
    person = shown[230:370, int(left * 0.75) + 2 : int((left + 80) * 0.75) - 2]
    strength = np.abs(cv2.Laplacian(person, cv2.CV_64F)).mean()
    plain = np.abs(cv2.Laplacian(cv2.resize(fine, (60, 150), interpolation=cv2.INTER_AREA), cv2.CV_64F)).mean()
    assert strength < plain / 5
    outside = shown[5:60, 20:80]  # far from anything that moved and far away, the scene's own edges stay
    assert np.abs(cv2.Laplacian(outside, cv2.CV_64F)).mean() > 3


def test_a_snapshot_before_anything_is_known_shows_nobody() -> None:
    line = pipeline()
    picture = frame(np.random.default_rng(1).integers(0, 255, (360, 640), np.uint8), 0.0)
    line.take(picture)
    shown = cv2.imdecode(np.frombuffer(line.snapshot(picture), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    assert np.abs(cv2.Laplacian(shown, cv2.CV_64F)).mean() < 25


def test_a_snapshot_between_two_looks_hides_whoever_came_since(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.evidence.cap_detail", lambda *_: None)
    line = pipeline()
    scene = texture(640, 360)
    for tick in range(41):
        line.take(frame(scene, tick / 5))
    came = scene.copy()
    fine = np.random.default_rng(4).integers(0, 255, (100, 40), np.uint8)
    came[150:250, 300:340] = fine
    picture = frame(came, 8.4)
    line.take(picture)
    shown = cv2.imdecode(np.frombuffer(line.snapshot(picture), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    assert shown.shape == (360, 640)
    strength = np.abs(cv2.Laplacian(shown[152:248, 302:338], cv2.CV_64F)).mean()
    assert strength < np.abs(cv2.Laplacian(fine, cv2.CV_64F)).mean() / 5


def test_the_network_is_asked_at_most_once_a_picture_whoever_asks() -> None:
    asked = 0

    class Finder:
        def find(self, bgr: Picture) -> Found:
            nonlocal asked
            asked += 1
            return Found(people=[Person(box=Box(0.4, 0.4, 0.1, 0.2), score=0.9)])

    answers: list[Found | None] = []

    def ask(view: View) -> Looking:
        answers.extend([view.found(), view.found()])
        return Looking()

    line = pipeline(Scripted(ask), Scripted(ask), attention=Attention(Finder()))
    picture = frame(texture(), 0.0)
    line.take(picture)
    line.snapshot(picture)
    assert asked == 1
    assert all(answer is answers[0] for answer in answers)


def test_what_is_open_when_pictures_stop_can_be_ended_as_lost() -> None:
    line = pipeline(crowd(0.0, 99.0))
    (begin,) = line.take(frame(texture(), 0.0))
    (end,) = line.abandon(STARTED_AT)
    assert end.observation.id == begin.observation.id
    assert end.observation.attrs["lost"] is True


@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.one_of(st.none(), st.floats(-1e5, 1e5))), max_size=40))
def test_the_views_clock_never_runs_backwards(times: list[tuple[float, float | None]]) -> None:
    clock = ViewClock()
    seen = [clock.at(frame(texture(32, 18), t_s, media_s=media_s)) for t_s, media_s in times]
    assert seen == sorted(seen)


def test_a_wall_clock_set_back_by_an_hour_costs_one_step_at_most() -> None:
    clock = ViewClock()
    for tick in range(10):
        clock.at(frame(texture(32, 18), 7200 + tick, media_s=float(tick)))
    later = [clock.at(frame(texture(32, 18), 3600 + tick, media_s=10.0 + tick)) for tick in range(10)]
    assert later == pytest.approx([10.0 + tick for tick in range(10)])


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1280, 720), (704, 576), (640, 360), (320, 240), (352, 288), (2688, 1520), (1079, 603)]
)
def test_the_small_picture_is_the_average_of_the_large_one(size: tuple[int, int]) -> None:
    rows = np.linspace(20, 220, size[1])[:, np.newaxis]
    columns = np.linspace(0.5, 1.0, size[0])[np.newaxis, :]
    large = (rows * columns).astype(np.uint8)
    average = cv2.resize(large, (320, 180), interpolation=cv2.INTER_AREA)
    small = Shrinker().shrink(large)
    assert small.shape == (180, 320)
    assert np.abs(small.astype(int) - average.astype(int)).mean() < 1.5


def test_fine_noise_is_averaged_away_not_sampled() -> None:
    noise = np.random.default_rng(3).normal(128, 20, (1080, 1920)).clip(0, 255).astype(np.uint8)
    # Twelve pixels for one, weighed unevenly: a third of the noise is left.
    assert Shrinker().shrink(noise).astype(float).std() < 7


def test_a_change_of_size_in_mid_stream_is_followed() -> None:
    line = pipeline(crowd(0.0, 99.0))
    line.take(frame(texture(640, 360), 0.0))
    line.take(frame(texture(1920, 1080), 0.2))
    line.take(frame(texture(352, 288), 0.4))


def test_padded_rows_are_no_part_of_the_picture() -> None:
    padded = np.zeros((1080, 2048), np.uint8)
    padded[:, :1920] = 100
    view = padded[:, :1920]
    view.flags.writeable = False
    assert (Shrinker().shrink(view) == 100).all()


def test_sabotage_without_pixelation_the_proof_above_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.evidence.pixelate", lambda *_: None)
    monkeypatch.setattr("vision.evidence.cap_detail", lambda *_: None)
    with pytest.raises(AssertionError):
        test_evidence_is_a_small_jpeg_without_the_detail_of_the_moving_person()
    with pytest.raises(AssertionError):
        test_a_snapshot_before_anything_is_known_shows_nobody()
