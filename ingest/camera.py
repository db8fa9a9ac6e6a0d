"""One camera over RTSP: connects, decodes, hands over what is due, and comes back by itself for ever."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import av
import structlog
from av.container import InputContainer
from av.video.stream import VideoStream
from prometheus_client import Counter, Gauge

from configs.cameras import Camera
from events.frame import Frame
from events.ids import SourceId
from ingest.cadence import Cadence
from ingest.decoding import decoded, to_frame, video_of
from ingest.trouble import StreamError, Trouble, trouble_of
from runtime.backoff import full_jitter
from runtime.channel import LatestChannel
from runtime.clock import Clock

if TYPE_CHECKING:
    from av.packet import Packet

log = structlog.get_logger(__name__)

OPENING = {
    "rtsp_transport": "tcp",
    # The stream's description already names codec and rate. Without these, FFmpeg collects many pictures first to
    # guess the rate: 1.2 s instead of 0.3 s on a 25 fps stream.
    "fpsprobesize": "0",
    "analyzeduration": "500000",
}
OPEN_S = 5.0
READ_S = 2.0
"""Longest wait for a packet before looking whether to stop. The read is then resumed; only a packet of which half had
come is lost, so this must be longer than the pauses of an ordinary network."""
STALL_S = 10.0
WRONG_PASSWORD_S = 60.0
"""Cameras lock an account after a few wrong passwords, so these attempts come slowly."""

PICTURES = Counter("pantau_camera_pictures_total", "Pictures decoded", ["camera"])
BROKEN = Counter("pantau_camera_broken_pictures_total", "Pictures that could not be decoded whole", ["camera"])
DROPPED = Counter("pantau_camera_dropped_pictures_total", "Pictures due for analysis that came too fast", ["camera"])
ATTEMPTS = Counter("pantau_camera_attempts_total", "Times the stream was opened", ["camera"])
CONNECTED = Gauge(
    "pantau_camera_connected", "1 while pictures come, else 0", ["camera"], multiprocess_mode="livemostrecent"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """How a camera's stream is doing.

    Attributes:
        connected: Whether pictures come.
        trouble: Why not, None while they come and before the first attempt.
        attempts: How often the stream was opened.
        pictures: How many pictures were decoded.
        broken: How many could not be decoded whole.
        dropped: How many were due for analysis but dropped because newer ones came.
        last_picture_at: Arrival of the latest, aware UTC.
    """

    connected: bool = False
    trouble: Trouble | None = None
    attempts: int = 0
    pictures: int = 0
    broken: int = 0
    dropped: int = 0
    last_picture_at: datetime | None = None


class CameraStream:
    """Reads one camera in one thread, the caller's.

    Every picture is decoded (or every keyframe, as the camera's `decode` says; `auto` decodes all), and those due at
    `analyse_fps` go into `frames`, which drops its oldest when nobody takes them.
    """

    def __init__(
        self,
        camera: Camera,
        frames: LatestChannel[Frame],
        clock: Clock,
        *,
        stall_s: float = STALL_S,
        open_s: float = OPEN_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._id = SourceId(camera.id)
        self._url = camera.url
        self._only_keyframes = camera.decode == "keyframes"
        self._cadence = Cadence(camera.analyse_fps)
        self._frames = frames
        self._clock = clock
        self._monotonic = monotonic
        self._stall_s = stall_s
        self._open_s = open_s
        # Written by the reading thread alone; others see whole values.
        self._connected = False
        self._trouble: Trouble | None = None
        self._attempts = 0
        self._pictures = 0
        self._broken = 0
        self._last_picture_at: datetime | None = None

    @property
    def state(self) -> StreamState:
        """How the stream is doing just now; may be asked from any thread."""
        return StreamState(
            connected=self._connected,
            trouble=self._trouble,
            attempts=self._attempts,
            pictures=self._pictures,
            broken=self._broken,
            dropped=self._frames.dropped,
            last_picture_at=self._last_picture_at,
        )

    @property
    def pictures(self) -> int:
        """How many pictures were decoded since the start."""
        return self._pictures

    @property
    def broken(self) -> int:
        """How many pictures could not be decoded whole since the start."""
        return self._broken

    @property
    def trouble(self) -> str | None:
        """Why no pictures come, None while they do."""
        return self._trouble

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set, connecting again after every failure.

        Returns with the next packet after `stop`; from a camera that sends nothing within 2 s, from one that is being
        opened within 5 s. So give it a daemon thread, which need not be waited for.
        """
        CONNECTED.labels(self._id).set(0)
        pauses = full_jitter()
        while not stop.is_set():
            before = self._pictures
            try:
                self._attend(stop)
            except StreamError as error:
                self._tell(error)
            if self._pictures > before:
                pauses = full_jitter()
            pause_s = next(pauses)
            if self._trouble is Trouble.UNAUTHORIZED:
                pause_s = max(pause_s, WRONG_PASSWORD_S)
            stop.wait(pause_s)
        self._connected = False
        CONNECTED.labels(self._id).set(0)

    def _attend(self, stop: threading.Event) -> None:
        """Open the stream and read it until it fails or `stop` is set."""
        self._attempts += 1
        ATTEMPTS.labels(self._id).inc()
        with self._open() as container:
            video = video_of(container)
            if video is None:
                raise StreamError(Trouble.NOT_VIDEO)
            if self._only_keyframes:
                video.codec_context.skip_frame = "NONKEY"
            for packet in self._packets(container, video, stop):
                self._take(packet)

    def _open(self) -> InputContainer:
        began_s = self._monotonic()
        try:
            return av.open(
                self._url.get_secret_value(),
                mode="r",
                options=OPENING,
                metadata_errors="replace",
                timeout=(self._open_s, READ_S),
            )
        except av.FFmpegError as error:
            late = self._monotonic() - began_s >= self._open_s
            trouble = trouble_of(error, late=late)
        # Raised out here, without its cause: PyAV's message holds the URL with the password.
        raise StreamError(trouble)

    def _packets(
        self, container: InputContainer, video: VideoStream, stop: threading.Event
    ) -> "Iterator[Packet[VideoStream]]":
        """Yield packets until `stop` is set.

        Raises:
            StreamError: the stream ended, broke, or gave no picture for too long.
        """
        last_s, pictures = self._monotonic(), self._pictures
        packets = container.demux(video)
        while not stop.is_set():
            try:
                packet = next(packets, None)
            except av.ExitError:  # nothing came within READ_S
                packets = container.demux(video)
            except av.FFmpegError:
                break
            else:
                if packet is None or packet.size == 0:  # an empty packet is PyAV's way to say the stream has ended
                    break
                yield packet
            now_s = self._monotonic()
            if self._pictures > pictures:
                last_s, pictures = now_s, self._pictures
            elif now_s - last_s >= self._stall_s:
                raise StreamError(Trouble.STALLED)
        if not stop.is_set():
            raise StreamError(Trouble.ENDED)

    def _take(self, packet: "Packet[VideoStream]") -> None:
        arrived_at = self._clock()
        for picture in decoded(packet):
            if picture is None:
                self._broken += 1
                BROKEN.labels(self._id).inc()
                continue
            self._pictures += 1
            PICTURES.labels(self._id).inc()
            self._last_picture_at = arrived_at
            if not self._connected:
                self._welcome(picture.width, picture.height)
            if self._cadence.is_due(arrived_at.timestamp()):
                self._hand_over(to_frame(picture, self._id, arrived_at))

    def _hand_over(self, frame: Frame) -> None:
        dropped = self._frames.dropped
        self._frames.put(frame)
        DROPPED.labels(self._id).inc(self._frames.dropped - dropped)

    def _welcome(self, width_px: int, height_px: int) -> None:
        self._connected = True
        self._trouble = None
        CONNECTED.labels(self._id).set(1)
        log.info("camera delivers pictures", camera=self._id, width_px=width_px, height_px=height_px)

    def _tell(self, error: StreamError) -> None:
        """Log a trouble once, not at every attempt."""
        self._connected = False
        CONNECTED.labels(self._id).set(0)
        if error.trouble is not self._trouble:
            self._trouble = error.trouble
            log.warning("camera gives no pictures", camera=self._id, trouble=error.trouble.value, remedy=str(error))
