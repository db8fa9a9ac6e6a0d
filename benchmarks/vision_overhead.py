"""CPU of the whole vision pipeline over that of bare decoding: `python -m benchmarks.vision_overhead [--full]`.

One 1080p25 H.264 stream, every picture decoded, 5 a second analysed by every detector but the network, each in a zone
of its own, with a snapshot as often as by default; one thread. Bare decoding takes nothing but a view of each Y plane.
Both take turns at every fifth of a second of the stream, one picture looked at in each, so that a noisy machine hurts
both alike, as turns of two seconds did not. The judged ratio is the median over the stream's seconds. The first rounds
are not judged: detectors learn then, and look more often for half a minute. A further run tells the stages apart.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from rich.console import Console
from rich.table import Table

from benchmarks.stopwatch import DECODING, Stopwatch
from benchmarks.street import CAMERA_ID, RATE_HZ, STARTED_AT, all_detectors, pipeline_of, plane_of, render, stream_of
from configs.services import Vision
from ingest.cadence import Cadence
from ingest.decoding import Decoder, to_frame

if TYPE_CHECKING:
    from av.packet import Packet

CodedPicture: TypeAlias = "Packet[VideoStream]"

GOAL = 1.05
GOP_S = 2.0
LENGTH_S = 12.0
TURN_PICTURES = 5
LEARNING_ROUNDS = 3
"""Half a minute: so long every detector is young."""
ROUNDS_SHORT, ROUNDS_FULL = 8, 42
"""How often the clip is played, learning included."""


class Bare:
    """Decodes every picture and takes its Y plane, nothing else."""

    def __init__(self, container: InputContainer) -> None:
        """Decode a clip."""
        stream_of(container)  # one thread

    def take(self, packet: CodedPicture, _t_s: float) -> None:
        """Decode one packet."""
        for picture in packet.decode():
            plane_of(picture)


class Whole:
    """Does what a worker does with a packet that came."""

    def __init__(self, container: InputContainer, stopwatch: Stopwatch | None = None) -> None:
        """Look at a clip."""
        camera = all_detectors()
        self._decoder = Decoder(stream_of(container))
        self._pipeline = pipeline_of(camera)
        self._due, self._snapshot_due = Cadence(camera.analyse_fps), Cadence(1 / Vision().snapshot_s)
        self._stopwatch = stopwatch

    def take(self, packet: CodedPicture, t_s: float) -> None:
        """Decode one packet, and look at the picture where it is due."""
        for picture in self._decoded(packet, t_s):
            if picture is None or not self._due.is_due(t_s):
                continue
            frame = to_frame(picture, CAMERA_ID, STARTED_AT + timedelta(seconds=t_s), arrived_s=t_s)
            self._pipeline.take(frame)
            if self._snapshot_due.is_due(t_s):
                self._pipeline.drain_measurements()
                self._pipeline.snapshot(frame)

    def _decoded(self, packet: CodedPicture, t_s: float) -> Iterable[VideoFrame | None]:
        if self._stopwatch is None:
            return self._decoder.decode(packet, t_s)
        began_s = time.thread_time()
        pictures = list(self._decoder.decode(packet, t_s))
        self._stopwatch.timed(DECODING, began_s)
        return pictures


def spent_s(taker: Bare | Whole, group: list[CodedPicture], began_at_s: float) -> float:
    """Return the CPU seconds for a group of pictures."""
    began_s = time.thread_time()
    for number, packet in enumerate(group):
        taker.take(packet, began_at_s + number / RATE_HZ)
    return time.thread_time() - began_s


def groups(container: InputContainer) -> list[list[CodedPicture]]:
    """Return a clip's packets, a list from each keyframe to the next."""
    found: list[list[CodedPicture]] = []
    for packet in container.demux(video=0):
        if packet.size:
            if packet.is_keyframe:
                found.append([])
            found[-1].append(packet)
    return found


def turns(container: InputContainer) -> list[list[CodedPicture]]:
    """Return a clip's packets, a list for each turn."""
    packets = [packet for group in groups(container) for packet in group]
    return [packets[first : first + TURN_PICTURES] for first in range(0, len(packets), TURN_PICTURES)]


def ratios(clip: Path, rounds: int) -> list[float]:
    """Return the whole pipeline's time over that of bare decoding, for each second after learning."""
    spent: list[tuple[float, float]] = []
    with av.open(str(clip)) as our_clip, av.open(str(clip)) as their_clip:
        whole, bare = Whole(our_clip), Bare(their_clip)
        ours, theirs = turns(our_clip), turns(their_clip)
        for number in range(rounds * len(ours)):
            pair: list[tuple[Bare | Whole, list[CodedPicture]]] = [
                (whole, ours[number % len(ours)]),
                (bare, theirs[number % len(theirs)]),
            ]
            if number % 2:
                pair.reverse()
            taken_s = {taker: spent_s(taker, turn, number * TURN_PICTURES / RATE_HZ) for taker, turn in pair}
            if number >= LEARNING_ROUNDS * len(ours):
                spent.append((taken_s[whole], taken_s[bare]))
    seconds = np.array(spent).reshape(-1, RATE_HZ // TURN_PICTURES, 2).sum(axis=1)
    return list((seconds[:, 0] / seconds[:, 1]).tolist())


def stages_ms(clip: Path, rounds: int) -> dict[str, float]:
    """Return milliseconds of CPU a second of the camera by stage, learning left out."""
    stopwatch = Stopwatch()
    with av.open(str(clip)) as container, stopwatch.running():
        whole, played = Whole(container, stopwatch), groups(container)
        for number in range(rounds * len(played)):
            if number == LEARNING_ROUNDS * len(played):
                stopwatch.clear()
            spent_s(whole, played[number % len(played)], number * GOP_S)
    return {name: spent / ((rounds - LEARNING_ROUNDS) * LENGTH_S) * 1e3 for name, spent in stopwatch.spent_s.items()}


def main() -> None:
    """Render the clip, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="play the clip more often")
    rounds = ROUNDS_FULL if parser.parse_args().full else ROUNDS_SHORT
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        clip = render(Path(folder) / "street.mp4", length_s=LENGTH_S, gop_s=GOP_S)
        found = ratios(clip, rounds)
        stages = stages_ms(clip, LEARNING_ROUNDS + max(rounds // 2, 3))
    table = Table(title=f"CPU of one 1080p{RATE_HZ} camera, every picture decoded, 5/s analysed")
    table.add_column("stage")
    table.add_column("ms a camera-second", justify="right")
    table.add_column("over decoding", justify="right")
    for name, spent_ms in stages.items():
        table.add_row(name, f"{spent_ms:.2f}", f"{spent_ms / stages[DECODING]:.4f}")
    table.add_section()
    table.add_row("all", f"{sum(stages.values()):.2f}", f"{sum(stages.values()) / stages[DECODING]:.4f}")
    console = Console()
    console.print(table)
    console.print(
        f"Whole pipeline over bare Y-plane decoding: [bold]{statistics.median(found):.3f}[/], median of {len(found)}"
        f" seconds in turn (quartiles {np.quantile(found, 0.25):.3f} and {np.quantile(found, 0.75):.3f})."
        f" Goal: at most {GOAL}.",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
