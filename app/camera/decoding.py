"""Which pictures to decode of a stream, and what that costs."""

from dataclasses import dataclass
from typing import Literal

from app.camera.figures import Figures
from ingest.choosing import suits

Mode = Literal["keyframes", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """How to decode a stream.

    Attributes:
        mode: What to write as `decode`.
        reason: Why, one clause.
    """

    mode: Mode
    reason: str


def advise(figures: Figures, accepted_s: float) -> Advice:
    """Return how to decode a stream, by the rule of `decode: auto`.

    Args:
        figures: What was measured of it.
        accepted_s: Longest time between pictures with which all the camera's detectors are content.
    """
    gop_s = figures.gop_s
    if gop_s is None:
        return Advice(
            mode="all",
            reason=f"fewer than two keyframes came in {figures.seconds:.0f} s; set the camera to one every 2 s, or"
            " probe for longer",
        )
    if suits(gop_s, figures.gop_longest_s, accepted_s):
        return Advice(
            mode="keyframes", reason=f"a keyframe comes every {gop_s:.1f} s, which every detector is content with"
        )
    if suits(gop_s, gop_s, accepted_s):
        return Advice(
            mode="all",
            reason=f"keyframes usually come every {gop_s:.1f} s but once only after {figures.gop_longest_s:.0f} s",
        )
    return Advice(
        mode="all",
        reason=f"keyframes come only every {gop_s:.1f} s; set the camera to one every 2 s (switch off its smart codec)"
        " and decoding becomes many times cheaper",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Processor time one camera takes, on one core of this machine.

    Attributes:
        decoding_ms_per_s: For decoding, each second.
        looking_ms_per_s: For the detectors, the people network apart, each second.
    """

    decoding_ms_per_s: float
    looking_ms_per_s: float

    @property
    def cameras_per_core(self) -> float:
        """How many such cameras one core takes, with nothing left over."""
        return 1_000 / max(self.decoding_ms_per_s + self.looking_ms_per_s, 1e-3)


def cost_of(mode: Mode, figures: Figures, *, look_ms: float, analyse_fps: float) -> Cost:
    """Return what a camera costs.

    Args:
        mode: Which pictures are decoded.
        figures: Its stream.
        look_ms: Processor time of the detectors for one picture.
        analyse_fps: Pictures they look at a second, at most.
    """
    if mode == "keyframes" and figures.gop_s:
        rate = 1 / figures.gop_s
        return Cost(decoding_ms_per_s=rate * figures.keyframe_ms, looking_ms_per_s=min(rate, analyse_fps) * look_ms)
    return Cost(
        decoding_ms_per_s=figures.fps * figures.decode_ms, looking_ms_per_s=min(figures.fps, analyse_fps) * look_ms
    )
