from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from configs.cameras import Camera
from configs.services import Vision
from tests.unit.vision.bus import Bus, Stream
from tests.unit.vision.frames import STARTED_AT, frame, texture
from vision.attention import Attention
from vision.detector import Detector, Finding, Looking, Measurement, View
from vision.ledger import Ledger
from vision.pipeline import Pipeline
from vision.reporter import Reporter
from vision.station import Station

SCENE = texture()


class Crowd:
    """A crowd from the first picture on."""

    def look(self, view: View) -> Looking:
        return Looking(
            findings=(Finding(kind="crowding", zone=None, since_s=0.0, count=9),),
            measurements=(Measurement(metric="people_count", value=9.0),),
        )


class Failing:
    """Raises while the switch is on."""

    def __init__(self) -> None:
        self.broken = True
        self.asked = 0

    def look(self, view: View) -> Looking:
        self.asked += 1
        if self.broken:
            raise ZeroDivisionError("a bug")
        return Looking()


class Bench:
    """One station on a clock of its own, fed five pictures a second."""

    def __init__(
        self,
        folder: Path,
        detectors: Sequence[Detector] = (),
        *,
        health: bool = True,
        cadence: float | None = None,
        name: str = "cam-1",
    ) -> None:
        self.bus = Bus()
        self.stream = Stream()
        self._ticks = 0
        camera = Camera(
            id=name,
            name="Camera",
            site="plaza",
            url=SecretStr("rtsp://127.0.0.1/x"),
            health=health,
            cadence=cadence,
        )
        self.made = 0

        def make() -> Pipeline:
            self.made += 1
            return Pipeline(camera, detectors, Attention(None))

        reporter = Reporter(self.bus, Ledger(folder / "open.json"))
        self.station = Station(camera, self.stream, make, reporter, Vision(), self.now_s)

    @property
    def now_s(self) -> float:
        return self._ticks / 5

    def show(self, *, pictures: int) -> None:
        self.stream.pictures += pictures
        self.station.take(frame(SCENE, self.now_s), self.now_s)

    def run(self, seconds: float, *, pictures: bool = True) -> None:
        for _ in range(round(seconds * 5)):
            self._ticks += 1
            if pictures:
                self.show(pictures=5)
            self.station.attend(self.now_s, STARTED_AT + timedelta(seconds=self.now_s))


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    return lambda *detectors, **options: Bench(tmp_path, detectors, **options)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


def test_telemetry_comes_every_two_seconds_with_what_was_measured(bench: Callable[..., Bench]) -> None:
    line = bench(Crowd())
    line.run(10)
    told = line.bus.of("telemetry")
    assert len(told) == 5
    assert told[2]["values"] == {"pictures_per_s": 25.0, "people_count": 9.0}


def test_silence_means_silence(bench: Callable[..., Bench]) -> None:
    line = bench(Crowd())
    line.run(60, pictures=False)
    assert line.bus.of("telemetry") == []


def test_a_picture_every_eight_seconds_is_an_eighth_a_second(bench: Callable[..., Bench]) -> None:
    line = bench()
    for _ in range(5):
        line.show(pictures=1)
        line.run(8, pictures=False)
    assert line.bus.of("telemetry")[-1]["values"]["pictures_per_s"] == pytest.approx(0.125, abs=0.01)
    assert line.bus.events("tamper") == []


def test_a_camera_without_pictures_for_ten_seconds_has_no_signal_and_says_why(bench: Callable[..., Bench]) -> None:
    line = bench()
    line.stream.trouble = "unauthorized"
    line.run(9.8, pictures=False)
    assert line.bus.events("tamper") == []
    line.run(0.6, pictures=False)
    (begin,) = line.bus.of("event")
    assert (begin["kind"], begin["phase"]) == ("tamper", "begin")
    assert begin["attrs"] == {"class": "no_signal", "reason": "unauthorized"}


def test_a_lost_signal_is_told_with_the_last_pictures_before_it(bench: Callable[..., Bench]) -> None:
    line = bench()
    line.run(20)
    line.run(11, pictures=False)
    (begin,) = [event for event in line.bus.of("event") if event["attrs"].get("class") == "no_signal"]
    topics = [topic for topic, _, _ in line.bus.messages if "/evidence/" in topic]
    assert topics == [f"pantau/v1/cam-1/evidence/{begin['evidence']}"]


def test_a_picture_that_cannot_be_made_of_a_silence_keeps_nothing_from_being_told(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Pipeline) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Pipeline, "last_seen", fail)
    line = bench()
    line.run(5)
    line.run(11, pictures=False)
    (begin,) = line.bus.of("event")
    assert begin["attrs"]["class"] == "no_signal"
    assert begin.get("evidence") is None


def test_a_camera_that_sends_a_picture_a_minute_is_silent_only_after_three_missed(bench: Callable[..., Bench]) -> None:
    made = bench(cadence=60)
    for _ in range(3):
        made.run(0.2)
        made.run(60, pictures=False)
    assert made.bus.events("tamper") == []
    made.run(125, pictures=False)
    assert made.bus.events("tamper")[0] == "begin"


def test_the_signal_is_back_after_three_seconds_of_pictures(bench: Callable[..., Bench]) -> None:
    line = bench()
    line.run(5)
    line.run(11, pictures=False)
    line.run(2.8)
    assert line.bus.events("tamper") == ["begin"]
    line.run(1)
    assert line.bus.events("tamper") == ["begin", "end"]


def test_no_signal_is_not_told_where_health_is_not_watched(bench: Callable[..., Bench]) -> None:
    line = bench(health=False)
    line.run(30, pictures=False)
    assert line.bus.messages == []


def test_what_was_open_is_lost_after_half_a_minute_without_pictures(bench: Callable[..., Bench]) -> None:
    line = bench(Crowd())
    line.run(3)
    line.run(29, pictures=False)
    assert "end" not in line.bus.events("crowding")
    line.run(2, pictures=False)
    end = [event for event in line.bus.of("event") if event["kind"] == "crowding"][-1]
    assert (end["phase"], end["attrs"]) == ("end", {"lost": True})
    line.run(3)
    assert line.bus.events("crowding")[-1] == "begin"


def test_evidence_is_published_before_the_event_that_names_it(bench: Callable[..., Bench]) -> None:
    line = bench(Crowd())
    line.run(0.2)
    topics = [topic for topic, _, _ in line.bus.messages if not topic.endswith("snapshot")]
    (event,) = line.bus.of("event")
    assert topics == [f"pantau/v1/cam-1/evidence/{event['evidence']}", "pantau/v1/cam-1/event"]


def test_snapshots_come_every_ten_seconds_and_are_never_stored(bench: Callable[..., Bench]) -> None:
    line = bench()
    line.run(50)
    snapshots = [(payload[:2], qos) for topic, payload, qos in line.bus.messages if topic.endswith("/snapshot")]
    assert len(snapshots) == 5
    assert set(snapshots) == {(b"\xff\xd8", 0)}


def test_cameras_of_one_worker_do_not_make_their_snapshots_at_the_same_moment(bench: Callable[..., Bench]) -> None:
    first_s = set()
    for number in range(5):
        line = bench(name=f"cam-{number}")
        line.run(10)
        topics = [topic for topic, _, _ in line.bus.messages]
        snapshot = next(place for place, topic in enumerate(topics) if topic.endswith("/snapshot"))
        first_s.add(sum(topic.endswith("/telemetry") for topic in topics[:snapshot]))
    # Telemetry comes every two seconds at all of them: between its messages fall the first snapshots.
    assert len(first_s) >= 3


def test_everything_but_snapshots_is_sent_at_least_once(bench: Callable[..., Bench]) -> None:
    line = bench(Crowd())
    line.run(10)
    assert {qos for topic, _, qos in line.bus.messages if not topic.endswith("/snapshot")} == {1}


def test_a_pipeline_that_fails_is_made_anew_within_a_budget(bench: Callable[..., Bench]) -> None:
    failing = Failing()
    line = bench(failing)
    line.run(60)
    # Pauses of 1, 2, 4, 8, 16 and 32 s.
    assert failing.asked == 6
    assert line.made == 6


def test_a_pipeline_that_fails_is_told_as_a_fault_and_pictures_are_still_counted(bench: Callable[..., Bench]) -> None:
    line = bench(Failing())
    line.run(9)
    assert line.bus.events("pipeline_fault") == ["begin", "update"]
    assert line.bus.of("event")[0]["attrs"] == {"error": "ZeroDivisionError"}
    assert line.bus.of("telemetry")[-1]["values"] == {"pictures_per_s": 25.0}


def test_the_fault_ends_when_the_pipeline_has_worked_for_ten_seconds(bench: Callable[..., Bench]) -> None:
    failing = Failing()
    line = bench(failing)
    line.run(2)
    failing.broken = False
    line.run(11)
    assert line.bus.events("pipeline_fault")[-1] == "update"
    line.run(3)
    assert line.bus.events("pipeline_fault")[-1] == "end"


def test_a_pipeline_healthy_for_a_minute_has_its_full_budget_back(bench: Callable[..., Bench]) -> None:
    failing = Failing()
    line = bench(failing)
    line.run(20)
    failing.broken = False
    line.run(80)
    failing.broken = True
    asked = failing.asked
    line.run(1)
    assert failing.asked == asked + 1
    line.run(1)
    assert failing.asked == asked + 2


def test_what_a_failing_pipeline_had_open_is_ended_as_lost(bench: Callable[..., Bench]) -> None:
    failing = Failing()
    failing.broken = False
    line = bench(Crowd(), failing)
    line.run(1)
    failing.broken = True
    line.run(0.4)
    assert line.bus.events("crowding") == ["begin", "end"]


def test_a_full_disk_stops_no_camera_and_what_is_open_is_told_when_there_is_room(bench: Callable[..., Bench]) -> None:
    line = bench(Crowd())
    line.bus.full = True
    line.run(10)
    assert line.bus.messages == []
    line.bus.full = False
    line.run(6)
    assert line.bus.events("crowding")[0] == "update"
    assert line.bus.of("telemetry")


def test_an_end_the_disk_did_not_take_is_told_by_the_next_run(tmp_path: Path) -> None:
    line = Bench(tmp_path, [Crowd()])
    line.run(1)
    line.bus.full = True
    line.run(31, pictures=False)
    bus = Bus()
    Reporter(bus, Ledger(tmp_path / "open.json")).end_left_over(STARTED_AT)
    assert "end" in bus.events("crowding")


def classes(line: Bench) -> list[tuple[str, str]]:
    """Return the phase and class of each begin and end of a tamper event."""
    told = [event for event in line.bus.of("event") if event["kind"] == "tamper" and event["phase"] != "update"]
    return [(event["phase"], event["attrs"].get("class", "")) for event in told]


def breaking(line: Bench, seconds: float, *, broken: int, whole: int) -> None:
    """Let so many pictures a second come broken, and so many whole."""
    for _ in range(round(seconds)):
        line.stream.broken += broken
        if whole:
            line.show(pictures=whole)
        line.run(1, pictures=False)


def test_a_stream_of_broken_pictures_is_smeared_until_they_come_whole(bench: Callable[..., Bench]) -> None:
    line = bench()
    line.run(10)
    breaking(line, 12, broken=20, whole=5)
    assert classes(line) == [("begin", "smeared")]
    assert line.bus.of("event")[0]["attrs"]["reason"] == "broken_pictures"
    breaking(line, 12, broken=0, whole=25)
    assert [phase for phase, _ in classes(line)] == ["begin", "end"]


def test_a_stream_of_which_nothing_can_be_decoded_is_smeared_and_has_not_lost_its_signal(
    bench: Callable[..., Bench],
) -> None:
    line = bench()
    line.run(10)
    breaking(line, 40, broken=25, whole=0)
    assert classes(line) == [("begin", "smeared")]


def test_a_few_broken_pictures_are_no_fault(bench: Callable[..., Bench]) -> None:
    line = bench()
    line.run(10)
    breaking(line, 60, broken=5, whole=20)
    assert classes(line) == []


def test_the_picture_that_breaks_when_a_stream_is_cut_off_is_no_smear(bench: Callable[..., Bench]) -> None:
    line = bench()
    line.run(10)
    # Counted anew just before the cut: of what comes then, half is broken.
    line.stream.broken += 1
    line.stream.pictures += 1
    breaking(line, 30, broken=0, whole=0)
    assert classes(line) == [("begin", "no_signal")]


def test_a_broken_stream_that_falls_silent_has_no_signal(bench: Callable[..., Bench]) -> None:
    line = bench()
    line.run(10)
    breaking(line, 12, broken=20, whole=5)
    breaking(line, 30, broken=0, whole=0)
    assert classes(line)[-1] == ("begin", "no_signal")


def test_broken_pictures_are_not_told_where_health_is_not_watched(bench: Callable[..., Bench]) -> None:
    line = bench(health=False)
    line.run(10)
    breaking(line, 30, broken=20, whole=5)
    assert classes(line) == []
