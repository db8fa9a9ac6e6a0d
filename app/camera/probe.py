"""One look at a camera: what it sends, what is wrong with it, how to decode it, and what that costs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from app.camera.decoding import Advice, Cost, Mode, advise, cost_of
from app.camera.figures import (
    CLOCK_OFFSET_S,
    CLOCK_RATE_TOLERANCE,
    Figures,
    StreamFigures,
)
from app.camera.looking import Looker
from app.camera.source import Source
from configs.cameras import Camera
from configs.load import default_camera
from events.errors import SourceError
from ingest.trial import StreamDescription, Trial
from vision.detector import Finder
from vision.gaps import accepted_gap_s

PICTURE_PX = 960
JITTER_MS = 150.0
"""Packets that come so irregularly mean a network that sometimes loses some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What one look at a camera found.

    Attributes:
        source: What was looked at, without credentials.
        stream: What the stream says of itself.
        figures: What was measured.
        advice: How to decode it.
        costs: By decode mode.
        troubles: What is wrong with it, a sentence each with what to do.
        picture: A picture as JPEG.
        hidden: Whether people in it were looked for and pixelated.
    """

    source: str
    stream: StreamDescription
    figures: Figures
    advice: Advice
    costs: dict[str, Cost]
    troubles: tuple[str, ...]
    picture: bytes
    hidden: bool

    def as_json(self) -> dict[str, object]:
        """Return everything but the picture as plain values."""
        return {
            "source": self.source,
            "stream": asdict(self.stream),
            "figures": asdict(self.figures),
            "decode": asdict(self.advice),
            "costs": costs_as_json(self.costs),
            "troubles": list(self.troubles),
            "people_hidden": self.hidden,
        }


def probe(
    source: Source,
    *,
    seconds: float,
    finder: Finder | None,
    on_progress: Callable[[float], None] = lambda _share: None,
    now: Callable[[], float] = time.time,
) -> Probe:
    """Listen to a camera, or read a file, for some seconds.

    Args:
        source: What to look at.
        seconds: For how long.
        finder: Finds people, so that they can be hidden in the picture; None where no network is installed.
        on_progress: Told the share done, 0..1.
        now: Our clock, Unix seconds.

    Raises:
        SourceError: nothing can be read; says what to do.
    """
    camera = source.camera or default_camera("camera")
    figures = StreamFigures(source.is_file)
    looker = Looker(camera, finder)
    with Trial(source.address, is_file=source.is_file) as trial:
        since_s = now()
        for heard in trial.listen(seconds):
            figures.add(heard)
            for picture in heard.pictures:
                looker.look(picture, heard.arrived_s)
            on_progress(min(heard.arrived_s / seconds, 1.0))
        described, camera_clock_s = trial.describe, trial.camera_clock_s
    if looker.last is None or figures.packets < 2:  # noqa: PLR2004 - figures need an interval
        raise SourceError(f"{source.shown}: no whole picture came in {seconds:.0f} s; probe for longer (--seconds)")
    measured = figures.figures(camera_clock_s=camera_clock_s, listening_since_s=since_s)
    return Probe(
        source=source.shown,
        stream=described,
        figures=measured,
        advice=advise(measured, accepted_gap_s(camera)),
        costs=costs_of(measured, camera, looker.look_ms),
        troubles=tuple(troubles_of(measured)),
        picture=looker.picture(looker.last, longest_px=PICTURE_PX),
        hidden=finder is not None,
    )


def costs_of(figures: Figures, camera: Camera, look_ms: float) -> dict[str, Cost]:
    """Return what a camera costs in each decode mode that its stream allows."""
    modes: tuple[Mode, ...] = ("keyframes", "all") if figures.gop_s else ("all",)
    return {mode: cost_of(mode, figures, look_ms=look_ms, analyse_fps=camera.analyse_fps) for mode in modes}


def costs_as_json(costs: Mapping[str, Cost]) -> dict[str, dict[str, float]]:
    """Return costs as plain values."""
    return {mode: {**asdict(cost), "cameras_per_core": round(cost.cameras_per_core, 1)} for mode, cost in costs.items()}


def troubles_of(figures: Figures) -> list[str]:
    """Return what is wrong with a stream, a sentence each with what to do."""
    found: list[str] = []
    if figures.damaged:
        found.append(
            f"{figures.damaged} of {figures.pictures} packets or pictures were damaged: check cable, switch and Wi-Fi,"
            " and lower the bit rate"
        )
    if figures.gaps:
        found.append(
            f"the stream paused {figures.gaps} times, for {figures.longest_gap_s:.1f} s at the longest: check the"
            " network between camera and here"
        )
    if figures.jitter_ms is not None and figures.jitter_ms > JITTER_MS:
        found.append(
            f"packets come up to {figures.jitter_ms:.0f} ms early or late: the network is crowded, or shared with Wi-Fi"
        )
    return found + _clock_troubles(figures)


def _clock_troubles(figures: Figures) -> list[str]:
    found: list[str] = []
    if figures.clock_jumps:
        found.append(
            f"the stream's clock went back {figures.clock_jumps} times; Pantau goes by the time of arrival, so nothing"
            " is lost, but the camera's recordings may be: update its firmware"
        )
    if figures.clock_rate is not None and abs(figures.clock_rate - 1) > CLOCK_RATE_TOLERANCE:
        found.append(
            f"the stream's clock runs {figures.clock_rate:.2f} times as fast as time; Pantau goes by the time of"
            " arrival"
        )
    if figures.clock_offset_s is not None and abs(figures.clock_offset_s) > CLOCK_OFFSET_S:
        way = "ahead of" if figures.clock_offset_s > 0 else "behind"
        found.append(
            f"the camera's clock is {duration_text(abs(figures.clock_offset_s))} {way} this machine's: set a time"
            " server (NTP) and the zone Asia/Jakarta in the camera, or the time in its pictures is wrong"
        )
    return found


def duration_text(seconds: float) -> str:
    """Return a duration in the two units that suit it."""
    if seconds < 90:  # noqa: PLR2004 - up to here seconds are easier read
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - tenths matter below
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
