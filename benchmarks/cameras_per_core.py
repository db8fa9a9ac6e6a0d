"""How many 1080p25 cameras one core takes: `python -m benchmarks.cameras_per_core [--full]`.

Several cameras in turn, as in a worker, so that each finds the caches full of the others' pictures. Each has a decoder
and a pipeline of its own and reads every packet of its file; what is not a keyframe is dropped before the decoder.
The variants take turns at every group of pictures, so that a noisy machine hurts them alike. Cameras per core are one
over the CPU seconds a camera-second, medians over the groups after a first round in which detectors learn.

The goal, 90 where decoding alone allows 104, is a share of .865 of what decoding alone allows; both are printed, since
how many cameras a core decodes depends on core and clip.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from rich.console import Console
from rich.table import Table

from benchmarks.street import CAMERA_ID, RATE_HZ, STARTED_AT, all_detectors, pipeline_of, plane_of, render, stream_of
from configs.cameras import Camera
from configs.services import Vision
from events.frame import Frame
from ingest.cadence import Cadence
from ingest.choosing import Choice, Chooser
from ingest.decoding import Decoder, packet_s, to_frame
from ingest.recorded import duration_s
from vision.gaps import accepted_gap_s
from vision.worker import open_network

if TYPE_CHECKING:
    from av.packet import Packet

GOAL = 90.0
GOAL_SHARE = 90 / 104
LONG_GOPS_S = (4.0, 10.0)
CAMERAS_SHORT, CAMERAS_FULL = 8, 32
ROUNDS_SHORT, ROUNDS_FULL = 4, 12
"""How often the clip is played."""
CLIP_S = 12.0
SHARES = (0.08, Vision().network_share)
"""Of a core, for the network: what decoding 95 cameras leaves, and the default."""


class Taker(Protocol):
    """What is done for one camera."""

    def take_group(self, gop_s: float) -> None:
        """Read its stream up to the end of a group of pictures."""
        ...


class Reader:
    """Plays one camera's file for ever, packet by packet."""

    def __init__(self, container: InputContainer) -> None:
        self.video = stream_of(container)
        self._container = container
        self._packets = container.demux(self.video)
        self.t_s = 0.0

    def group(self, gop_s: float) -> Iterator["Packet[VideoStream]"]:
        """Yield the packets of the next group of pictures."""
        for _ in range(round(gop_s * RATE_HZ)):
            packet = next(self._packets)
            if packet.size == 0:
                self._container.seek(0)
                self._packets = self._container.demux(self.video)
                packet = next(self._packets)
            self.t_s += 1 / RATE_HZ
            yield packet


class BareDecoding:
    """Decodes keyframes, or everything, with FFmpeg's own defaults and takes the Y plane."""

    def __init__(self, container: InputContainer, *, keyframes_only: bool) -> None:
        self._reader = Reader(container)
        self._keyframes_only = keyframes_only

    def take_group(self, gop_s: float) -> None:
        """Decode the next group."""
        for packet in self._reader.group(gop_s):
            if self._keyframes_only and not packet.is_keyframe:
                continue
            for picture in packet.decode():
                plane_of(picture)


class Watched:
    """Decodes as a worker does and looks with all detectors of a camera, or with none."""

    def __init__(self, container: InputContainer, camera: Camera | None, *, keyframes_only: bool) -> None:
        self._reader = Reader(container)
        self._decoder = Decoder(self._reader.video, keyframes_only=keyframes_only)
        self._pipeline = None if camera is None else pipeline_of(camera)
        self._due = Cadence(all_detectors().analyse_fps)
        self._snapshot_due = Cadence(1 / Vision().snapshot_s)

    def take_group(self, gop_s: float) -> None:
        """Decode the next group and look at it."""
        for packet in self._reader.group(gop_s):
            t_s = self._reader.t_s
            for picture in self._decoder.decode(packet, t_s):
                if picture is not None and self._due.is_due(t_s):
                    self._look(to_frame(picture, CAMERA_ID, STARTED_AT + timedelta(seconds=t_s), arrived_s=t_s), t_s)

    def _look(self, frame: Frame, t_s: float) -> None:
        if self._pipeline is None:
            return
        self._pipeline.take(frame)
        if self._snapshot_due.is_due(t_s):
            self._pipeline.drain_measurements()
            self._pipeline.snapshot(frame)


BARE, NO_CROWDING, EVERY = "bare decoding", "every detector but crowding", "every detector"
LOOKS_AT = {
    BARE: None,
    "decoding as Pantau does": None,
    NO_CROWDING: all_detectors(crowding=False),
    EVERY: all_detectors(),
}


def measure(
    clip: Path, gop_s: float, cameras: int, rounds: int, *, keyframes_only: bool = True, only: str | None = None
) -> dict[str, float]:
    """Return milliseconds of CPU a camera-second by variant.

    Args:
        clip: What each camera sends.
        gop_s: Time between its keyframes.
        cameras: How many there are of each variant.
        rounds: How often the clip is played; the first round is not judged.
        keyframes_only: Whether keyframes alone are decoded.
        only: The one variant that is wanted, None for all.
    """
    with ExitStack() as stack:
        variants: dict[str, list[Taker]] = {}
        for name, camera in LOOKS_AT.items():
            if only in {None, name}:
                clips = [stack.enter_context(av.open(str(clip))) for _ in range(cameras)]
                variants[name] = [
                    BareDecoding(one, keyframes_only=keyframes_only)
                    if name == BARE
                    else Watched(one, camera, keyframes_only=keyframes_only)
                    for one in clips
                ]
        spent_s: dict[str, list[float]] = {name: [] for name in variants}
        groups = round(_length_s(clip) / gop_s)
        for number in range(rounds * groups):
            # All cameras of a variant, since a worker's caches hold its own cameras only; in changing order.
            first = number % len(variants)
            for name in [*variants][first:] + [*variants][:first]:
                began_s = time.thread_time()
                for one in variants[name]:
                    one.take_group(gop_s)
                if number >= groups:
                    spent_s[name].append((time.thread_time() - began_s) / cameras / gop_s)
    return {name: 1e3 * statistics.median(all_s) for name, all_s in spent_s.items()}


def _length_s(clip: Path) -> float:
    length_s = duration_s(clip)
    if length_s is None:
        raise ValueError("the clip does not say how long it is")
    return length_s


def auto_choice(clip: Path, camera: Camera) -> Choice:
    """Return what `decode: auto` chooses for the clip."""
    chooser = Chooser("auto", accepted_gap_s(camera))
    with av.open(str(clip)) as container:
        for packet in container.demux(stream_of(container)):
            at_s = packet_s(packet)
            if packet.is_keyframe and at_s is not None:
                chooser.keyframe(at_s, at_s)
    return chooser.choice


def look_ms(clip: Path) -> float | None:
    """Return what one look of the installed network costs, None where none is installed."""
    network = open_network(Vision())
    if network is None:
        return None
    with av.open(str(clip)) as container:
        picture = np.asarray(next(container.decode(stream_of(container))).to_ndarray(format="bgr24"), np.uint8)
    spent_s = []
    for _ in range(12):
        began_s = time.process_time()
        network.find(picture)
        spent_s.append(time.process_time() - began_s)
    return 1e3 * statistics.median(spent_s[2:])


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def main() -> None:
    """Render the clips, measure, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="more cameras, more rounds")
    full = parser.parse_args().full
    cameras, rounds = (CAMERAS_FULL, ROUNDS_FULL) if full else (CAMERAS_SHORT, ROUNDS_SHORT)
    cv2.setNumThreads(1)
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = render(folder / "2.mp4", length_s=CLIP_S, gop_s=2.0)
        costs = measure(clip, 2.0, cameras, rounds)
        table = _table("1080p25, keyframes every 2 s", "variant", "ms a camera-second", "cameras a core", "share")
        alone_ms = costs[BARE]
        for variant, cost_ms in costs.items():
            table.add_row(variant, f"{cost_ms:.2f}", f"{1e3 / cost_ms:.0f}", f"{alone_ms / cost_ms:.3f}")
        whole = 1e3 / costs[EVERY]
        look = look_ms(clip)
        if look is not None:
            for share in SHARES:
                number = (1 - share) * whole
                row = f"with the network for {share:.0%} of the core, a look each {number * look / 1e3 / share:.0f} s"
                table.add_row(row, f"{1e3 / number:.2f}", f"{number:.0f}", f"{number * alone_ms / 1e3:.3f}")
        console.print(table)
        console.print(
            f"Every detector but the network: [bold]{whole:.0f}[/] cameras a core, {whole * alone_ms / 1e3:.3f} of what"
            f" bare decoding allows. Goal: at least {GOAL:.0f}, where bare decoding allows 104 ({GOAL_SHARE:.3f}).",
            soft_wrap=True,
        )
        if look is not None:
            console.print(f"One look of the network takes {look:.1f} ms; the last rows are reckoned with it.")
        long = _table(
            "Smart codecs",
            "keyframes every",
            "auto decodes",
            "cameras a core",
            "with keyframes alone",
            "and waits up to",
        )
        for gop_s in LONG_GOPS_S:
            clip = render(folder / f"{gop_s}.mp4", length_s=2 * gop_s, gop_s=gop_s)
            keyframes_ms = measure(clip, gop_s, cameras, 4, only=EVERY)[EVERY]
            all_ms = measure(clip, gop_s, 1, 4 if full else 2, keyframes_only=False, only=EVERY)[EVERY]
            choice = auto_choice(clip, all_detectors())
            long.add_row(
                f"{gop_s:.0f} s",
                choice.mode,
                f"{1e3 / (keyframes_ms if choice.keyframes_only else all_ms):.1f}",
                f"{1e3 / keyframes_ms:.0f}",
                f"{gop_s:.0f} s more",
            )
        console.print(long)


if __name__ == "__main__":
    main()
