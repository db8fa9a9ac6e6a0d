"""Figures of a stream: its rate, its keyframes, its regularity, its clock, and what decoding costs."""

import math
from array import array
from dataclasses import dataclass, field
from statistics import median

import numpy as np
import numpy.typing as npt

from ingest.trial import Heard

Doubles = npt.NDArray[np.float64]

SETTLE_S = 1.0
"""An RTSP server first sends what has come since the last keyframe in one burst, which says nothing of its rhythm."""
GAP_FACTOR = 4.0
GAP_LEAST_S = 0.5
"""A pause counts as a gap from four usual intervals, and from half a second."""
CLOCK_RATE_TOLERANCE = 0.05
"""The stream's clock against ours; within a twentieth the network's jitter explains it over ten seconds."""
CLOCK_OFFSET_S = 5.0
"""A camera whose clock is so far off writes wrong times on its pictures, and its time server is not set."""
UNTIMED_SHARE = 0.1
"""Some servers send the first packet without a time; with more of them missing there is no clock to speak of."""
BACKWARDS_S = 0.5
"""The stream's clock jumping back by less than this is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of a stream.

    Attributes:
        seconds: How long it was listened to.
        pictures: Pictures sent.
        fps: Pictures a second.
        gop_pictures: Pictures from one keyframe to the next, the usual number; None if fewer than two came.
        gop_s: Seconds from one keyframe to the next, the usual time.
        gop_longest_s: The longest time without a keyframe, including that before the end.
        jitter_ms: 95th percentile of how far packets came from when the stream's clock promised; None of a file.
        gaps: Number of pauses.
        longest_gap_s: The longest interval between packets.
        kbit_per_s: Bit rate.
        damaged: Packets or pictures that were incomplete.
        clock_rate: Speed of the stream's clock against ours, 1 where it is right; None of a file or without times.
        clock_jumps: How often the stream's clock went back.
        clock_offset_s: How far the camera's clock is ahead of ours; None where it did not tell.
        decode_ms: Processor time to decode one picture, on average.
        keyframe_ms: The same for a keyframe.
    """

    seconds: float
    pictures: int
    fps: float
    gop_pictures: int | None
    gop_s: float | None
    gop_longest_s: float
    jitter_ms: float | None
    gaps: int
    longest_gap_s: float
    kbit_per_s: float
    damaged: int
    clock_rate: float | None
    clock_jumps: int
    clock_offset_s: float | None
    decode_ms: float
    keyframe_ms: float


@dataclass(slots=True)
class StreamFigures:
    """Gathers packets into figures; a day of them takes some tens of megabytes at most."""

    is_file: bool
    _arrived: "array[float]" = field(default_factory=lambda: array("d"))
    _media: "array[float]" = field(default_factory=lambda: array("d"))
    _keyframes: list[int] = field(default_factory=list)
    _bytes: int = 0
    _damaged: int = 0
    _decode_ms: float = 0.0
    _keyframe_ms: list[float] = field(default_factory=list)

    def add(self, heard: Heard) -> None:
        """Take in one packet."""
        if heard.size_bytes == 0:  # the end, with which the decoder hands out its last pictures
            return
        if heard.keyframe:
            self._keyframes.append(len(self._arrived))
            self._keyframe_ms.append(heard.decode_ms)
        self._arrived.append(heard.arrived_s)
        self._media.append(math.nan if heard.media_s is None else heard.media_s)
        self._bytes += heard.size_bytes
        self._damaged += heard.damaged
        self._decode_ms += heard.decode_ms

    @property
    def packets(self) -> int:
        """How many packets came."""
        return len(self._arrived)

    def figures(self, *, camera_clock_s: float | None = None, listening_since_s: float | None = None) -> Figures:
        """Return the figures of what came so far; at least two packets must have come.

        Args:
            camera_clock_s: What the camera's clock said at the stream's time zero, in Unix seconds.
            listening_since_s: When listening began by our clock, in Unix seconds.
        """
        arrived, media = np.array(self._arrived), _filled(np.array(self._media))
        has_clock = bool(np.isfinite(media).all())
        steps = np.diff(media)
        jumps = int(np.count_nonzero(steps < -BACKWARDS_S)) if has_clock else 0
        # The stream's own clock is the better ruler while it runs forward: the network does not disturb it.
        time = media if has_clock and jumps == 0 and media[-1] > media[0] else arrived
        settled = 0 if self.is_file else int(np.searchsorted(arrived, arrived[0] + SETTLE_S))
        if len(arrived) - settled < 2:  # noqa: PLR2004 - an interval has two ends
            settled = 0
        span_s = max(float(time[-1] - time[settled]), 1e-6)
        fps = (len(time) - 1 - settled) / span_s
        intervals = np.diff(arrived[settled:])
        keyframes = time[self._keyframes]
        gops = np.diff(keyframes)
        longest = [*gops.tolist(), float(time[-1] - (keyframes[-1] if len(keyframes) else time[0]))]
        return Figures(
            seconds=float(arrived[-1] - arrived[0]),
            pictures=len(arrived),
            fps=fps,
            gop_pictures=int(median(np.diff(self._keyframes).tolist())) if len(gops) else None,
            gop_s=float(np.median(gops)) if len(gops) else None,
            gop_longest_s=max(longest),
            jitter_ms=self._jitter_ms(arrived[settled:], media[settled:]) if has_clock else None,
            gaps=int(np.count_nonzero(intervals > max(GAP_FACTOR * float(np.median(intervals)), GAP_LEAST_S))),
            longest_gap_s=float(intervals.max()),
            kbit_per_s=8 * self._bytes / 1_000 / max(float(time[-1] - time[0]), 1e-6),
            damaged=self._damaged,
            clock_rate=self._clock_rate(arrived[settled:], media[settled:]) if has_clock and jumps == 0 else None,
            clock_jumps=jumps,
            clock_offset_s=self._offset_s(arrived, media, camera_clock_s, listening_since_s) if has_clock else None,
            decode_ms=self._decode_ms / len(arrived),
            keyframe_ms=float(np.median(self._keyframe_ms)) if self._keyframe_ms else self._decode_ms / len(arrived),
        )

    def _jitter_ms(self, arrived: Doubles, media: Doubles) -> float | None:
        """Return how far arrivals lie from the line that the stream's clock draws."""
        if self.is_file:
            return None
        late = arrived - media
        return float(np.percentile(np.abs(late - np.median(late)), 95)) * 1_000

    def _clock_rate(self, arrived: Doubles, media: Doubles) -> float | None:
        if self.is_file or arrived[-1] - arrived[0] < SETTLE_S:
            return None
        return float((media[-1] - media[0]) / (arrived[-1] - arrived[0]))

    def _offset_s(
        self,
        arrived: Doubles,
        media: Doubles,
        camera_clock_s: float | None,
        listening_since_s: float | None,
    ) -> float | None:
        if self.is_file or camera_clock_s is None or listening_since_s is None:
            return None
        # Packets come late, never early: the least difference is the nearest to the clocks' own.
        return float(camera_clock_s - listening_since_s - np.min(arrived - media))


def _filled(times: Doubles) -> Doubles:
    """Return times with the few that are missing put in between their neighbours; NaN where too many are."""
    known = np.isfinite(times)
    if known.all() or np.count_nonzero(~known) > max(UNTIMED_SHARE * len(times), 1):
        return times
    places = np.arange(len(times))
    return np.interp(places, places[known], times[known])
