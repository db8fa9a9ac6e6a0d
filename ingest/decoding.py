"""Decoded video as frames, without converting what is already there."""

import math
from datetime import datetime
from typing import TYPE_CHECKING

import av
import numpy as np
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.stream import VideoStream

from events.frame import Frame, Luma, Picture, Planes
from events.ids import SourceId
from ingest.continuity import Numbering

if TYPE_CHECKING:
    from av.packet import Packet

_EIGHT_BIT_LUMA = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"}
)
"""Pixel formats whose first plane is brightness at one byte a pixel."""

MEND_S = 20.0
"""Without a keyframe for so long after a loss the stream has none, and mends itself by refreshing parts in turn: then
pictures are handed on again. Longer than the groups of pictures of smart codecs, which last up to ten seconds."""


def video_of(container: InputContainer, *, strict: bool = True) -> VideoStream | None:
    """Return the first video stream set to one thread, None where there is none.

    One thread, because many cameras share the cores and frame threads would delay each picture by their number.

    Args:
        container: The opened stream.
        strict: Whether H.265 pictures that are not coded exactly as they should be count as broken: only so does
            its decoder tell of damage. A camera whose encoder never does it right needs leniency.
    """
    if not container.streams.video:
        return None
    video = container.streams.video[0]
    video.thread_type = "NONE"
    video.codec_context.thread_count = 1
    if strict and video.codec_context.name == "hevc":
        video.codec_context.options = {"err_detect": "explode"}
    return video


class Decoder:
    """Turns a stream's packets into whole pictures, all of them or keyframes only.

    After loss or damage nothing is handed on until the next keyframe: pictures in between are built upon what was
    lost, and their smear looks like motion. What is held back counts as broken.

    With keyframes only, other packets are dropped before the decoder (a tenth cheaper for 1080p than letting it skip
    them, see docs/vision.md), and each keyframe is drained from it at once: a decoder of a stream with B-pictures
    otherwise holds two of them back, which at a keyframe every two seconds is four seconds. Keyframes have a decoder of
    their own, which leaves out the smoothing of block edges: nothing is predicted from these pictures, and it is a
    seventh to a half of their cost.
    """

    def __init__(self, video: VideoStream, *, keyframes_only: bool = False) -> None:
        """Decode a stream.

        Args:
            video: The stream, as `video_of` returned it.
            keyframes_only: Whether to begin with keyframes only; see `choose`.
        """
        self._context = video.codec_context
        self._keyframe_context: VideoCodecContext | None = None
        self._numbering = Numbering(self._context.extradata) if self._context.name == "h264" else None
        self._keyframes_only = self._chosen = keyframes_only
        self._whole = False
        self._waiting_since_s: float | None = None

    @property
    def keyframes_only(self) -> bool:
        """Whether keyframes alone are being decoded just now."""
        return self._keyframes_only

    def choose(self, *, keyframes_only: bool) -> None:
        """Decode keyframes only, or everything, from the next keyframe on: there decoding can begin without a gap."""
        self._chosen = keyframes_only

    def decode(self, packet: "Packet[VideoStream]", at_s: float) -> list[VideoFrame | None]:
        """Return the packet's whole pictures; None stands for one that was broken or held back.

        Args:
            packet: The next packet of the stream; an empty one drains the decoder at the stream's end.
            at_s: Its time, on a clock that only runs forward.
        """
        if not packet.is_keyframe:
            return [] if self._keyframes_only else self._next(packet, at_s)
        found: list[VideoFrame | None] = []
        if self._chosen is not self._keyframes_only:
            if self._chosen:
                found = self._whole_ones(_drained(self._context, packet), at_s)
            self._keyframes_only = self._chosen
            self._whole, self._waiting_since_s = False, None
        if not self._keyframes_only:
            return found + self._next(packet, at_s)
        if self._keyframe_context is None:
            self._keyframe_context = _coarse(self._context)
        found += _attempted(self._keyframe_context, packet)
        return found + _drained(self._keyframe_context, packet)

    def _next(self, packet: "Packet[VideoStream]", at_s: float) -> list[VideoFrame | None]:
        if self._is_damaged(packet):
            self._lose(at_s)
        pictures = _attempted(self._context, packet)
        return pictures if self._whole and None not in pictures else self._whole_ones(pictures, at_s)

    def _is_damaged(self, packet: "Packet[VideoStream]") -> bool:
        if packet.is_corrupt:
            return True
        if self._numbering is None or packet.size == 0:
            return False
        return not self._numbering.follows(memoryview(packet), keyframe=packet.is_keyframe)

    def _lose(self, at_s: float) -> None:
        self._whole = False
        self._waiting_since_s = at_s

    def _whole_ones(self, pictures: list[VideoFrame | None], at_s: float) -> list[VideoFrame | None]:
        """Hold back what is broken, and what comes between it and the next keyframe."""
        found: list[VideoFrame | None] = []
        for picture in pictures:
            if picture is None:
                self._lose(at_s)
            elif not self._whole:
                if self._waiting_since_s is None:
                    self._waiting_since_s = at_s
                self._whole = picture.key_frame or at_s - self._waiting_since_s >= MEND_S
            found.append(picture if self._whole else None)
        return found


def _coarse(context: VideoCodecContext) -> VideoCodecContext:
    """Return another decoder of the same stream that does not smooth the edges of blocks."""
    coarse = VideoCodecContext.create(context.name, "r")
    if not isinstance(coarse, VideoCodecContext):
        raise TypeError(f"{context.name} decodes no video")
    coarse.extradata = context.extradata
    coarse.thread_type = "NONE"
    coarse.thread_count = 1
    coarse.options = {**context.options, "skip_loop_filter": "all"}
    return coarse


def _attempted(context: VideoCodecContext, packet: "Packet[VideoStream]") -> list[VideoFrame | None]:
    try:
        return [None if picture.is_corrupt else picture for picture in context.decode(packet)]
    except av.FFmpegError:
        return [None]


def _drained(context: VideoCodecContext, packet: "Packet[VideoStream]") -> list[VideoFrame | None]:
    """Return what the decoder still holds, and make it ready for a new beginning."""
    found: list[VideoFrame | None] = []
    try:
        for picture in context.decode(None):
            picture.time_base = packet.time_base  # which PyAV sets only for pictures that a packet brings
            found.append(None if picture.is_corrupt else picture)
    except av.FFmpegError:
        found.append(None)
    context.flush_buffers()
    return found


def media_s(picture: VideoFrame) -> float | None:
    """Return the picture's time on the stream's own clock in seconds, None where it has none."""
    # PyAV's own product: making a fraction of the time base in Python takes ten times as long. NaN without such a base.
    at_s = picture.time
    return None if at_s is None or math.isnan(at_s) else at_s


def packet_s(packet: "Packet[VideoStream]") -> float | None:
    """Return a packet's time on the stream's own clock in seconds, None where it has none."""
    # The decoding time runs evenly even where pictures are shown in another order.
    stamp = packet.pts if packet.dts is None else packet.dts
    unit_s = packet.time_base
    # Multiplied by hand: arithmetic of fractions takes ten times as long, at every picture.
    return None if stamp is None or unit_s is None else stamp * unit_s.numerator / unit_s.denominator


def to_frame(picture: VideoFrame, camera: SourceId, taken_at: datetime, *, arrived_s: float | None = None) -> Frame:
    """Wrap a decoded picture; the Y plane is a view into the decoder's buffer, which the frame keeps alive."""

    def to_bgr() -> Picture:
        return picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)

    def to_planes(width_px: int, height_px: int) -> Planes:
        small = picture.reformat(width_px, height_px, "yuv420p", interpolation="AREA", threads=1)
        return small.to_ndarray().astype(np.uint8, copy=False)

    return Frame(
        camera=camera,
        taken_at=taken_at,
        arrived_s=arrived_s,
        media_s=media_s(picture),
        keyframe=picture.key_frame,
        luma=_luma(picture),
        to_bgr=to_bgr,
        to_planes=to_planes,
    )


def _luma(picture: VideoFrame) -> Luma:
    if picture.format.name not in _EIGHT_BIT_LUMA:
        picture = picture.reformat(format="gray")
    plane = VideoPlane(picture, 0)  # not `picture.planes`, which makes all three
    pixels = memoryview(plane).toreadonly()  # the decoder still predicts from these
    return np.ndarray((picture.height, picture.width), np.uint8, pixels, 0, (plane.line_size, 1))
