"""The annotated film and the plot of an analysis."""

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from structlog.testing import capture_logs

from app.analyze import analyze
from app.drawing import drawings
from app.onlookers import METRICS, places, watches
from app.plot import TITLES
from configs.cameras import Camera
from configs.detection import Detect
from events.errors import ConfigError
from events.quantities import CAMERA_QUANTITIES
from tests.clips import Gray, street, write_clip

CAMERA = Camera.model_validate(
    {
        "id": "cam",
        "name": "Pasar",
        "site": "x",
        "url": "rtsp://127.0.0.1/x",
        "zones": [
            {
                "id": "left",
                "polygon": [[0.02, 0.02], [0.5, 0.02], [0.5, 0.98], [0.02, 0.98]],
                "detect": {"crowding": {"count": 8}, "waste_pile": {"hold_s": 5}},
            }
        ],
    }
)


def dark(number: int) -> Gray:
    """Eight seconds of street, then darkness, at 5 pictures a second."""
    return np.full((180, 320), 2, np.uint8) if number >= 40 else street(320, 180, number)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "dark.mp4", pictures=80, rate_hz=5, scene=dark)


Draw = Callable[..., list[Path]]


@pytest.fixture
def draw(clip: Path, tmp_path: Path) -> Draw:
    def run(videos: list[Path] | None = None, **options: object) -> list[Path]:
        chosen = videos or [clip]
        wanted = drawings(
            chosen,
            CAMERA,
            **{"annotate": None, "plot": None, "show_people": False, **options},  # type: ignore[arg-type]
        )
        analyze(
            chosen,
            CAMERA,
            tmp_path / "out.jsonl",
            on_progress=lambda _video, _share: None,
            network=False,
            onlookers=wanted.of,
        )
        return list(wanted.places)

    return run


def pictures_of(film: Path) -> list[tuple[float, "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]"]]:
    with av.open(str(film)) as container:
        return [
            (float(picture.time or 0.0), picture.to_ndarray(format="bgr24").astype(np.uint8))
            for picture in container.decode(video=0)
        ]


def test_a_film_shows_every_analysed_picture_at_its_own_time(draw: Draw, tmp_path: Path) -> None:
    (film,) = draw(annotate=tmp_path / "seen.mp4")
    pictures = pictures_of(film)
    assert 78 <= len(pictures) <= 80
    assert pictures[-1][0] == pytest.approx(79 / 5, abs=0.05)
    assert pictures[0][1].shape == (540, 1280, 3)
    assert not film.with_suffix(".part").exists()


def test_a_film_shows_zones_and_turns_the_state_red(draw: Draw, tmp_path: Path) -> None:
    (film,) = draw(annotate=tmp_path / "seen.mp4")
    pictures = pictures_of(film)
    yellow = cv2.inRange(pictures[20][1][:, :960], np.array((0, 150, 180)), np.array((110, 255, 255)))
    assert cv2.countNonZero(yellow) > 1_000
    panel = slice(970, 1120)
    red = np.array((60, 60, 170)), np.array((170, 170, 255))
    before, after = (cv2.inRange(pictures[number][1][:, panel], *red) for number in (20, -1))
    assert cv2.countNonZero(before) == 0
    assert cv2.countNonZero(after) > 50


def test_who_moves_is_pixelated_unless_somebody_asks_and_that_is_logged(draw: Draw, tmp_path: Path) -> None:
    (hidden,) = draw(annotate=tmp_path / "hidden.mp4")
    with capture_logs() as logs:
        (shown,) = draw(annotate=tmp_path / "shown.mp4", show_people=True)
    assert any("recognisable" in line["event"] and line["asked_by"] for line in logs)

    def sharpness(film: Path) -> float:
        # Where the block of `street` walks: its outline survives only where nothing is hidden.
        picture = pictures_of(film)[35][1][270:380, 40:330]
        return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.CV_32F).var())

    assert sharpness(hidden) < 0.7 * sharpness(shown)


def test_show_people_alone_is_refused(clip: Path) -> None:
    with pytest.raises(ConfigError, match="--annotate"):
        drawings([clip], CAMERA, annotate=None, plot=None, show_people=True)


def test_a_plot_has_an_axis_for_each_metric_and_a_bar_for_the_event(draw: Draw, tmp_path: Path) -> None:
    (plot,) = draw(plot=tmp_path / "seen.png")
    picture = cv2.imread(str(plot))
    assert picture is not None
    assert picture.shape[1] == pytest.approx(1210, abs=2)
    assert picture.shape[0] > 300
    bar = cv2.inRange(picture, np.array((0, 80, 200)), np.array((20, 110, 225)))
    x, _, width, _ = cv2.boundingRect(bar)
    assert cv2.countNonZero(bar) > 2_000
    assert x > 0.5 * picture.shape[1]
    assert x + width > 0.95 * picture.shape[1]


def test_several_videos_are_drawn_each_into_a_file_of_its_own(draw: Draw, clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes())
    made = draw([clip, other], annotate=tmp_path / "seen.mp4", plot=tmp_path / "plots")
    assert {place.name for place in made} == {"seen-dark.mp4", "seen-other.mp4", "dark.png", "other.png"}


@pytest.mark.parametrize(
    ("output", "videos", "word"),
    [("a.avi", ["x/a.mp4"], r"\.mp4"), ("out", ["x/a.mp4", "y/a.mp4"], "same name")],
)
def test_drawings_that_cannot_be_named_are_refused(tmp_path: Path, output: str, videos: list[str], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        places(tmp_path / output, [Path(video) for video in videos], suffix=".mp4")


def test_every_detector_and_metric_can_be_drawn() -> None:
    assert {"health", *Detect.model_fields} == set(METRICS)
    assert {metric for metrics in METRICS.values() for metric in metrics} <= set(CAMERA_QUANTITIES)
    assert set(TITLES) >= set(CAMERA_QUANTITIES) - {"pictures_per_s"}


def test_watches_follow_the_site_file() -> None:
    assert [(watch.zone, watch.detector, watch.limit) for watch in watches(CAMERA)] == [
        (None, "health", None),
        ("left", "crowding", 8.0),
        ("left", "waste_pile", 0.15),
    ]
