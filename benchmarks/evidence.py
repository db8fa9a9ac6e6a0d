"""What evidence costs, and what it shows of people nobody found: `python -m benchmarks.evidence`.

CPU of one thread for remembering a camera (converting the few pictures that grow old included), for a snapshot and
for a filmstrip, network excluded; memory held; and the share of the detail of a face, 6 to 16 cycles across the head,
that is left of somebody who stands still where neither network nor movement finds anybody.
"""

import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle

import av
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from configs.cameras import Camera
from events.frame import Frame, Picture
from events.geometry import Box
from events.ids import SourceId
from ingest.decoding import to_frame
from tests.unit.vision.faces import detail, stand
from vision.attention import Attention
from vision.detector import Finding
from vision.shrinker import Shrinker
from vision.witness import Witness

STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
SIZES = ((640, 360), (1920, 1080))
PERIODS_S = (0.2, 2.0)
LIVED_S = 700.0
"""Longer than the longest usual hold time, so that history has reached its full length."""
SCALES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
FEET = (0.45, 0.7, 0.98)
CAMERA = Camera.model_validate(
    {
        "id": "bench",
        "name": "Bench",
        "site": "bench",
        "url": "rtsp://127.0.0.1/bench",
        "zones": [{"id": "corner", "detect": {"waste_pile": {"hold_s": 600}}}],
    }
)
PILE = Finding(kind="waste_pile", zone=None, since_s=LIVED_S - 30, box=Box(0.5, 0.6, 0.2, 0.2))


def street(width_px: int, height_px: int) -> Picture:
    """Return a coarse texture in colour: uint8, (height, width, 3)."""
    coarse = np.random.default_rng(7).integers(60, 190, (height_px // 12, width_px // 12, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC), np.uint8)


def decoded(picture: Picture) -> Iterator[Frame]:
    """Yield the picture for ever, as a decoder gives it, a new buffer each time."""
    for number in cycle(range(1000)):
        one = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
        yield to_frame(one, SourceId("bench"), STARTED_AT + timedelta(seconds=number))


def cost(size: tuple[int, int], period_s: float) -> tuple[float, float, float, float]:
    """Return ms of CPU a camera-second, ms a snapshot, ms a filmstrip, and megabytes held at most."""
    witness, shrinker = Witness(CAMERA, Attention(None)), Shrinker()
    nothing = np.zeros((180, 320), np.uint8)
    frames = decoded(street(*size))
    spent_s, most_bytes = 0.0, 0
    held: deque[Frame] = deque(maxlen=3)  # so that letting go of a picture, which somebody must, is not counted here
    for tick in range(int(LIVED_S / period_s)):
        frame = next(frames)
        held.append(frame)
        small = shrinker.shrink(frame.luma)
        began_s = time.thread_time()
        witness.see(frame, tick * period_s, small, nothing, warm=True)
        spent_s += time.thread_time() - began_s
        most_bytes = max(most_bytes, witness.size_bytes)
    began_s = time.thread_time()
    for _ in range(10):
        witness.snapshot(frame)
    snapshot_s = (time.thread_time() - began_s) / 10
    began_s = time.thread_time()
    witness.picture(PILE, frame.to_bgr)
    return spent_s / LIVED_S * 1e3, snapshot_s * 1e3, (time.thread_time() - began_s) * 1e3, most_bytes / 1e6


def left_of_faces(scale: float) -> float:
    """Return the largest share of a missed face's detail in a snapshot of 1280x720.

    Args:
        scale: How tall people stand: height over (foot + 0.08), in shares of the picture's height.
    """
    picture = np.asarray(cv2.cvtColor(street(1280, 720), cv2.COLOR_BGR2GRAY), np.uint8)
    heads = [stand(picture, 0.15 + 0.3 * n, foot, scale * (foot + 0.08), seed=n) for n, foot in enumerate(FEET)]
    heads = [head for head in heads if head.y >= 0]
    witness, shrinker = Witness(CAMERA, Attention(None)), Shrinker()
    nothing = np.zeros((180, 320), np.uint8)
    frames = decoded(np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8))
    for second in range(40):
        frame = next(frames)
        witness.see(frame, float(second), shrinker.shrink(frame.luma), nothing, warm=True)
    shown = cv2.imdecode(np.frombuffer(witness.snapshot(frame), np.uint8), cv2.IMREAD_GRAYSCALE)
    return max(detail(np.asarray(shown, np.uint8), head) / detail(picture, head) for head in heads)


def main() -> None:
    """Measure and print the tables."""
    cv2.setNumThreads(1)
    console = Console()
    costs = Table(title="Evidence: CPU of one thread, network excluded; hold time 600 s")
    for name in ("camera", "ms a camera-second", "ms a snapshot", "ms a filmstrip", "MB held"):
        costs.add_column(name, justify="right", no_wrap=True)
    for size in SIZES:
        for period_s in PERIODS_S:
            figures = cost(size, period_s)
            costs.add_row(f"{size[0]}x{size[1]}, {1 / period_s:g}/s", *(f"{figure:.2f}" for figure in figures))
    console.print(costs)
    faces = Table(title="Missed faces: detail left, 6 to 16 cycles a head; nothing known of the camera")
    faces.add_column("person's height over (foot + 0.08)", justify="right")
    faces.add_column("left", justify="right")
    for scale in SCALES:
        faces.add_row(f"{scale}", f"{left_of_faces(scale):.2%}")
    console.print(faces)


if __name__ == "__main__":
    main()
