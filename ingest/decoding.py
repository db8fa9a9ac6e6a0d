"""Decoded video as frames, without converting what is already there."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from events.frame import Frame, Luma, Picture, Planes
from events.ids import SourceId

if TYPE_CHECKING:
    from av.packet import Packet

_EIGHT_BIT_LUMA = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"}
)
"""Pixel formats whose first plane is brightness at one byte a pixel."""


def video_of(container: InputContainer) -> VideoStream | None:
    """Return the first video stream set to one thread, None where there is none.

    One thread, because many cameras share the cores and frame threads would delay each picture by their number.
    """
    if not container.streams.video:
        return None
    video = container.streams.video[0]
    video.thread_type = "NONE"
    video.codec_context.thread_count = 1
    return video


def decoded(packet: "Packet[VideoStream]") -> Iterator[VideoFrame | None]:
    """Yield the packet's pictures; None stands for one that was broken.

    Pictures decoded from incomplete data are broken too: their smear looks like motion.
    """
    try:
        for picture in packet.decode():
            yield None if picture.is_corrupt else picture
    except av.FFmpegError:
        yield None


def media_s(picture: VideoFrame) -> float | None:
    """Return the picture's time on the stream's own clock in seconds, None where it has none."""
    if picture.pts is None or picture.time_base is None:
        return None
    return float(picture.pts * picture.time_base)


def to_frame(picture: VideoFrame, camera: SourceId, taken_at: datetime) -> Frame:
    """Wrap a decoded picture; the Y plane is a view into the decoder's buffer, which the frame keeps alive."""

    def to_bgr() -> Picture:
        return picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)

    def to_planes(width_px: int, height_px: int) -> Planes:
        small = picture.reformat(width_px, height_px, "yuv420p", interpolation="AREA", threads=1)
        return small.to_ndarray().astype(np.uint8, copy=False)

    return Frame(
        camera=camera,
        taken_at=taken_at,
        media_s=media_s(picture),
        keyframe=picture.key_frame,
        luma=_luma(picture),
        to_bgr=to_bgr,
        to_planes=to_planes,
    )


def _luma(picture: VideoFrame) -> Luma:
    if picture.format.name not in _EIGHT_BIT_LUMA:
        picture = picture.reformat(format="gray")
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8, count=plane.line_size * picture.height)
    view: Luma = rows.reshape(picture.height, plane.line_size)[:, : picture.width]
    view.flags.writeable = False  # the decoder still predicts from these pixels
    return view
