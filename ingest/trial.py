"""A stream listened to for a while, packet by packet, to learn what a camera sends and what it costs."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from events.errors import SourceError
from ingest.camera import OPEN_S, OPENING, READ_S
from ingest.decoding import video_of
from ingest.recorded import OPENING as OPENING_FILE
from ingest.trouble import StreamError, Trouble, trouble_of

if TYPE_CHECKING:
    from av.packet import Packet

SILENT_S = 10.0
"""After so long without a packet there is nothing more to learn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One packet of video and the pictures that came out of it.

    Attributes:
        arrived_s: Seconds since listening began; of a file, its own time.
        media_s: The packet's time on the stream's own clock, None where it has none.
        size_bytes: Its size.
        keyframe: Whether decoding can begin with it.
        damaged: Whether it, or a picture out of it, was incomplete or could not be decoded.
        pictures: Whole pictures that came out of it.
        decode_ms: Processor time spent on decoding it.
    """

    arrived_s: float
    media_s: float | None
    size_bytes: int
    keyframe: bool
    damaged: bool
    pictures: tuple[VideoFrame, ...]
    decode_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDescription:
    """What a stream says of itself.

    Attributes:
        codec: `h264`, `hevc`, ...
        profile: `Main`, `High`, ..., None where it is not told.
        width_px: Width.
        height_px: Height.
        pixels: Pixel format.
        stated_fps: Pictures a second as stated, None where nothing is.
        audio: Whether sound comes along.
    """

    codec: str
    profile: str | None
    width_px: int
    height_px: int
    pixels: str | None
    stated_fps: float | None
    audio: bool


class Trial:
    """Listens to a camera or a file and decodes everything, on one thread, the caller's.

    Use as a context manager.
    """

    def __init__(self, address: str, *, is_file: bool = False, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Prepare to listen.

        Args:
            address: RTSP address, perhaps with credentials, which no message repeats; or the path of a file.
            is_file: Whether it is a file.
            monotonic: The clock.
        """
        self._address = address
        self._is_file = is_file
        self._monotonic = monotonic
        self._file_s = 0.0
        self._container: InputContainer | None = None
        self._video: VideoStream | None = None

    def __enter__(self) -> Self:
        """Open the stream.

        Raises:
            SourceError: it cannot be opened or holds no video; says what to do.
        """
        container = self._open_file() if self._is_file else self._open_stream()
        video = video_of(container)
        if video is None:
            container.close()
            raise SourceError(f"{self._address}: holds no video") if self._is_file else StreamError(Trouble.NOT_VIDEO)
        self._container, self._video = container, video
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close the stream."""
        if self._container is not None:
            self._container.close()

    @property
    def describe(self) -> StreamDescription:
        """What the stream says of itself; complete once a picture was decoded."""
        video = self._opened[1]
        context = video.codec_context
        rate = video.average_rate or video.guessed_rate
        return StreamDescription(
            codec=context.name,
            profile=context.profile,
            width_px=context.width,
            height_px=context.height,
            pixels=context.pix_fmt,
            stated_fps=float(rate) if rate else None,
            audio=bool(self._opened[0].streams.audio),
        )

    @property
    def camera_clock_s(self) -> float | None:
        """What the camera's own clock said at the stream's time zero, in Unix seconds.

        It comes with the first sender report (RFC 3550, 6.4.1), so not at once, and from some cameras never.
        """
        told = self._opened[0].start_time_realtime
        return None if not told or told < 0 else told / 1e6

    def listen(self, for_s: float | None) -> Iterator[Heard]:
        """Yield packets until the time is over or the stream ends.

        Args:
            for_s: How long in seconds; of a file in its own time. None listens to the end.

        Raises:
            StreamError: the stream gives nothing for ten seconds, or breaks before it gave anything.
        """
        began_s = last_s = self._monotonic()
        anything = False
        for packet in self._packets():
            now_s = self._monotonic()
            if packet is None:
                if now_s - last_s > SILENT_S:
                    raise StreamError(Trouble.STALLED)
                continue
            last_s, anything = now_s, True
            heard = self._hear(packet, now_s - began_s)
            yield heard
            if for_s is not None and heard.arrived_s >= for_s:
                return
        if not anything:
            raise SourceError(f"{self._address}: holds no video") if self._is_file else StreamError(Trouble.ENDED)

    @property
    def _opened(self) -> tuple[InputContainer, VideoStream]:
        if self._container is None or self._video is None:
            raise RuntimeError("a trial must be entered before it listens")
        return self._container, self._video

    def _packets(self) -> "Iterator[Packet[VideoStream] | None]":
        """Yield packets; None when none came for a while."""
        container, video = self._opened
        packets = container.demux(video)
        while True:
            try:
                packet = next(packets, None)
            except av.ExitError:
                packets = container.demux(video)
                yield None
                continue
            except av.FFmpegError:
                return
            if packet is None or packet.size == 0:
                if self._is_file and packet is not None:
                    yield packet  # the decoder's last pictures
                return
            yield packet

    def _hear(self, packet: "Packet[VideoStream]", since_s: float) -> Heard:
        began_s = time.thread_time()
        pictures: list[VideoFrame] = []
        damaged = packet.is_corrupt
        try:
            for picture in packet.decode():
                if picture.is_corrupt:
                    damaged = True
                else:
                    pictures.append(picture)
        except av.FFmpegError:
            damaged = True
        spent_s = time.thread_time() - began_s
        media_s = _media_s(packet)
        if self._is_file:  # as fast as it is read, a file has only its own time
            since_s = self._file_s = self._file_s if media_s is None else media_s
        return Heard(
            arrived_s=since_s,
            media_s=media_s,
            size_bytes=packet.size,
            keyframe=packet.is_keyframe,
            damaged=damaged,
            pictures=tuple(pictures),
            decode_ms=1_000 * spent_s,
        )

    def _open_file(self) -> InputContainer:
        try:
            return av.open(self._address, mode="r", options=OPENING_FILE, metadata_errors="replace")
        except (av.FFmpegError, OSError) as error:
            why = "no such file" if not Path(self._address).exists() else "not a video that can be read"
            raise SourceError(f"{self._address}: {why}") from error

    def _open_stream(self) -> InputContainer:
        began_s = self._monotonic()
        try:
            return av.open(
                self._address, mode="r", options=OPENING, metadata_errors="replace", timeout=(OPEN_S, READ_S)
            )
        except av.FFmpegError as error:
            trouble = trouble_of(error, late=self._monotonic() - began_s >= OPEN_S)
        # Raised out here, without its cause: PyAV's message holds the URL with the password.
        raise StreamError(trouble)


def _media_s(packet: "Packet[VideoStream]") -> float | None:
    # The decoding time runs evenly even where pictures are shown in another order.
    stamp = packet.dts if packet.dts is not None else packet.pts
    return None if stamp is None or packet.time_base is None else float(stamp * packet.time_base)
