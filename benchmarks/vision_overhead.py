"""CPU of the whole vision pipeline over that of decoding alone: `python -m benchmarks.vision_overhead`.

One 1080p25 H.264 stream, every picture decoded, 5 a second analysed, no people network. Both sides run in turn in one
process on one thread, so that a noisy machine hurts both alike; the ratio is of CPU time, never of wall time.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from configs.cameras import Camera, Crowding, Detect, WastePile, Zone
from events.ids import SourceId
from ingest.cadence import Cadence
from ingest.recorded import read_frames
from vision.attention import Attention
from vision.detectors import build_detectors
from vision.pipeline import Pipeline
from vision.reference import FirstSettledReferences

WIDTH_PX, HEIGHT_PX, RATE_HZ, LENGTH_S = 1920, 1080, 25, 12
WALKERS = 12
ROUNDS = 9
SNAPSHOT_S = 2.0
STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)

CAMERA = Camera(
    id="bench",
    name="Bench",
    site="bench",
    url="rtsp://127.0.0.1/bench",
    zones=(
        Zone(id="plaza", detect=Detect(crowding=Crowding(count=8, hold_s=3))),
        Zone(
            id="corner",
            polygon=((0.6, 0.6), (0.95, 0.6), (0.95, 0.95), (0.6, 0.95)),
            detect=Detect(waste_pile=WastePile(hold_s=5)),
        ),
    ),
)


def render(path: Path) -> None:
    """Write a street-like clip: texture, sensor noise, people-sized shapes that walk."""
    draw = np.random.default_rng(7)
    coarse = draw.integers(60, 190, (HEIGHT_PX // 12, WIDTH_PX // 12), np.uint8)
    street = cv2.resize(coarse, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    grain = [draw.normal(0, 4, (HEIGHT_PX, WIDTH_PX)).astype(np.int16) for _ in range(8)]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.bit_rate = 4_000_000
        stream.options = {"preset": "veryfast", "g": str(2 * RATE_HZ), "bf": "0"}
        for number in range(LENGTH_S * RATE_HZ):
            picture = street.astype(np.int16) + grain[number % len(grain)]
            for walker in range(WALKERS):
                _walk(picture, walker, number)
            luma = np.clip(picture, 16, 235).astype(np.uint8)
            file.mux(stream.encode(_as_frame(luma)))
        file.mux(stream.encode(None))


def _walk(picture: npt.NDArray[np.int16], walker: int, number: int) -> None:
    left = (walker * 331 + number * (2 + walker % 4)) % (WIDTH_PX - 70)
    top = 380 + (walker * 97) % 500
    picture[top : top + 170, left : left + 56] = 30 + 15 * walker


def _as_frame(luma: npt.NDArray[np.uint8]) -> av.VideoFrame:
    chroma = np.full((HEIGHT_PX // 2, WIDTH_PX), 128, np.uint8)
    return av.VideoFrame.from_ndarray(np.vstack((luma, chroma)), format="yuv420p")


def decode_only(clip: Path) -> int:
    """Decode every picture and take its Y plane, nothing else."""
    return sum(1 for _ in read_frames(clip, SourceId(CAMERA.id), STARTED_AT))


def decode_and_analyse(clip: Path, *, snapshots: bool) -> int:
    """Decode every picture and let the pipeline look at five a second."""
    pipeline = Pipeline(CAMERA, build_detectors(CAMERA, FirstSettledReferences()), Attention(None))
    cadence = Cadence(CAMERA.analyse_fps)
    snapshot_due = Cadence(1 / SNAPSHOT_S)
    looked_at = 0
    for frame in read_frames(clip, SourceId(CAMERA.id), STARTED_AT):
        t_s = frame.taken_at.timestamp()
        if not cadence.is_due(t_s):
            continue
        looked_at += 1
        pipeline.take(frame)
        if snapshot_due.is_due(t_s):
            pipeline.drain_measurements()
            if snapshots:
                pipeline.snapshot(frame)
    return looked_at


def cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds the process spends on work."""
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


def measure(clip: Path) -> dict[str, list[float]]:
    """Return CPU seconds of each variant, one value a round."""
    variants: dict[str, Callable[[], object]] = {
        "decoding alone": lambda: decode_only(clip),
        "whole pipeline, 5 pictures/s": lambda: decode_and_analyse(clip, snapshots=False),
        "the same with a snapshot every 2 s": lambda: decode_and_analyse(clip, snapshots=True),
    }
    spent: dict[str, list[float]] = {name: [] for name in variants}
    for work in variants.values():
        work()  # warms caches and imports
    for _ in range(ROUNDS):
        for name, work in variants.items():
            spent[name].append(cpu_s(work))
    return spent


def main() -> None:
    """Render the clip, measure, print the table."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "street.mp4"
        render(clip)
        spent = measure(clip)
    pictures = LENGTH_S * RATE_HZ
    bare = spent["decoding alone"]
    table = Table(title=f"CPU, {WIDTH_PX}x{HEIGHT_PX} H.264 at {RATE_HZ}/s, median of {ROUNDS} rounds")
    table.add_column("variant")
    table.add_column("ms per decoded picture", justify="right")
    table.add_column("over decoding alone", justify="right")
    for name, rounds in spent.items():
        # Each round is compared with its own neighbour: load of the machine drifts between rounds.
        ratio = statistics.median(mine / alone for mine, alone in zip(rounds, bare, strict=True))
        table.add_row(name, f"{statistics.median(rounds) / pictures * 1000:.2f}", f"{ratio:.3f}")
    console = Console()
    console.print(table)
    console.print("Goal: the second row at most 1.05.")


if __name__ == "__main__":
    main()
