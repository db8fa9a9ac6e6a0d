"""Draws where the processor time of a camera goes: `make pictures ARGS=cost`.

Both ways of decoding, 1080p25, in milliseconds of CPU a second of the camera: on the left all of it, on the right what
the stages after decoding take.
"""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import av
import cv2
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.cameras_per_core import CLIP_S, Watched
from benchmarks.stopwatch import DECODING, STAGES, Stopwatch
from benchmarks.street import all_detectors, render
from benchmarks.vision_overhead import GOP_S, LEARNING_ROUNDS, stages_ms

CAMERAS = 8
ROUNDS = 4
ALL, KEYFRAMES = "every picture decoded,\n5 a second looked at", "keyframes alone,\none every 2 s"
_COLOURS = {ALL: "#33658a", KEYFRAMES: "#f6ae2d"}
_PAPER_DPI = 110


def keyframe_stages_ms(clip: Path) -> dict[str, float]:
    """Return milliseconds of CPU a camera-second by stage with keyframes alone, several cameras in turn."""
    stopwatch = Stopwatch()
    groups = round(CLIP_S / GOP_S)
    with ExitStack() as stack:
        cameras = [
            Watched(stack.enter_context(av.open(str(clip))), all_detectors(), keyframes_only=True)
            for _ in range(CAMERAS)
        ]
        stack.enter_context(stopwatch.running())
        began_s = 0.0
        for number in range(ROUNDS * groups):
            if number == groups:  # they have learned
                stopwatch.clear()
                began_s = time.thread_time()
            for camera in cameras:
                camera.take_group(GOP_S)
        spent_s = time.thread_time() - began_s
    stages = stopwatch.spent_s
    camera_s = CAMERAS * (ROUNDS - 1) * CLIP_S
    return {DECODING: 1e3 * (spent_s - sum(stages.values())) / camera_s} | {
        name: 1e3 * one_s / camera_s for name, one_s in stages.items()
    }


def measured() -> dict[str, dict[str, float]]:
    """Return milliseconds of CPU a camera-second by stage, for each way of decoding."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        clip = render(Path(folder) / "street.mp4", length_s=CLIP_S, gop_s=GOP_S)
        return {ALL: stages_ms(clip, LEARNING_ROUNDS + ROUNDS), KEYFRAMES: keyframe_stages_ms(clip)}


def draw(costs: dict[str, dict[str, float]], place: Path) -> Path:
    """Draw the costs, write them as a PNG and return its path.

    Args:
        costs: Milliseconds of CPU a camera-second by stage, for each way of decoding.
        place: The file.
    """
    figure = Figure(figsize=(11, 4.4), dpi=_PAPER_DPI, layout="constrained")
    whole, stages = figure.subplots(1, 2, width_ratios=(1, 1.8))
    _draw_whole(whole, costs)
    _draw_stages(stages, costs)
    figure.suptitle("Processor time of one 1080p25 camera with every detector but the network")
    figure.savefig(place)
    return place


def _draw_whole(axes: Axes, costs: dict[str, dict[str, float]]) -> None:
    for name, stages in costs.items():
        looking_ms = sum(stages.values()) - stages[DECODING]
        axes.bar(name, stages[DECODING], color="#d0d0d0")
        axes.bar(name, looking_ms, bottom=stages[DECODING], color=_COLOURS[name])
        axes.annotate(
            f"{stages[DECODING]:.1f} + {looking_ms:.1f}",
            (name, stages[DECODING] + looking_ms),
            ha="center",
            va="bottom",
        )
    axes.tick_params(axis="x", labelsize=8)
    axes.set_ylabel("ms of CPU a second")
    axes.set_title("decoding (grey) and the rest", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_stages(axes: Axes, costs: dict[str, dict[str, float]]) -> None:
    names = [name for name in (*STAGES, *next(iter(costs.values()))) if name != DECODING]
    names = list(dict.fromkeys(names))
    height = 0.8 / len(costs)
    for number, (way, stages) in enumerate(costs.items()):
        places = [index + number * height for index in range(len(names))]
        axes.barh(
            places,
            [stages.get(name, 0.0) for name in names],
            height,
            color=_COLOURS[way],
            label=way.replace("\n", " "),
        )
    axes.set_yticks([index + height * (len(costs) - 1) / 2 for index in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel("ms of CPU a second")
    axes.set_title("the rest, by stage", fontsize=10)
    axes.legend(loc="lower right", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
