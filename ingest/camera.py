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
from ingest.choosing import Choice, Chooser
from ingest.decoding import Decoder, packet_s, to_frame, video_of
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
CADENCES = 3
"""A camera that sends few pictures is stalled only after missing so many."""
WRONG_PASSWORD_S = 60.0
"""Cameras lock an account after a few wrong passwords, so these attempts come slowly."""

PICTURES = Counter("pantau_camera_pictures_total", "Pictures decoded", ["camera"])
BROKEN = Counter(
    "pantau_camera_broken_pictures_total",
    "Pictures not decoded whole, and those after them up to a keyframe",
    ["camera"],
)
DROPPED = Counter("pantau_camera_dropped_pictures_total", "Pictures due for analysis that came too fast", ["camera"])
ATTEMPTS = Counter("pantau_camera_attempts_total", "Times the stream was opened", ["camera"])
CONNECTED = Gauge(
    "pantau_camera_connected", "1 while pictures come, else 0", ["camera"], multiprocess_mode="livemostrecent"
)
DECODE_MODE = Gauge(
    "pantau_camera_decode_mode",
    "1 for what is decoded just now: all pictures or keyframes, and why",
    ["camera", "mode", "reason"],
    multiprocess_mode="livemostrecent",
)
GOP = Gauge(
    "pantau_camera_gop_seconds",
    "Usual time between keyframes (group of pictures)",
    ["camera"],
    multiprocess_mode="livemostrecent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """How a camera's stream is doing.

    Attributes:
        connected: Whether pictures come.
        trouble: Why not, None while they come and before the first attempt.
        attempts: How often the stream was opened.
        pictures: How many pictures were decoded.
        broken: How many could not be decoded whole, or were built upon such.
        dropped: How many were due for analysis but dropped because newer ones came.
        last_picture_at: Arrival of the latest, aware UTC.
        decode: Which pictures are decoded, and why.
        gop_s: Usual time between keyframes in seconds, None before two came.
    """

    connected: bool = False
    trouble: Trouble | None = None
    attempts: int = 0
    pictures: int = 0
    broken: int = 0
    dropped: int = 0
    last_picture_at: datetime | None = None
    decode: Choice
    gop_s: float | None = None


class CameraStream:
    """Reads one camera in one thread, the caller's.

    Every picture is decoded, or every keyframe, as the camera's `decode` says; `auto` decodes keyframes where they come
    as often as its detectors need, and changes over by itself when the camera changes. What is due at `analyse_fps`
    goes into `frames`, which drops its oldest when nobody takes them. Of a camera with a smaller stream for analysis
    (`detect_url`), that one is read.
    """

    def __init__(
        self,
        camera: Camera,
        frames: LatestChannel[Frame],
        clock: Clock,
        *,
        longest_gap_s: float,
        stall_s: float = STALL_S,
        open_s: float = OPEN_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to read a camera.

        Args:
            camera: Its settings.
            frames: Takes what is due.
            clock: Source of the current time.
            longest_gap_s: Longest time between pictures with which all its detectors are content.
            stall_s: Time without a picture after which the stream is opened anew; more for a camera that sends few.
            open_s: Longest wait for the stream to open.
            monotonic: Source of seconds that only run forward.
        """
        self._id = SourceId(camera.id)
        self._url = camera.analysed_url
        self._longest_gap_s = longest_gap_s
        self._chooser = Chooser(camera.decode, longest_gap_s)
        self._told: Choice | None = None
        self._strict = True
        self._cadence = Cadence(camera.analyse_fps)
        self._frames = frames
        self._clock = clock
        self._monotonic = monotonic
        self._stall_s = max(stall_s, CADENCES * (camera.cadence or 0.0))
        self._open_s = open_s
        # Kept, because finding a camera's counters again at each picture costs more than counting.
        self._came, self._missed = PICTURES.labels(self._id), DROPPED.labels(self._id)
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
            decode=self._chooser.choice,
            gop_s=self._chooser.gop_s,
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
            video = video_of(container, strict=self._strict)
            if video is None:
                raise StreamError(Trouble.NOT_VIDEO)
            self._chooser.restart()
            decoder = Decoder(video, keyframes_only=self._chooser.choice.keyframes_only)
            for packet in self._packets(container, video, stop):
                self._take(packet, decoder)

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

    def _take(self, packet: "Packet[VideoStream]", decoder: Decoder) -> None:
        arrived_at, arrived_s = self._clock(), self._monotonic()
        if packet.is_keyframe:
            self._choose(packet, decoder, arrived_s)
        for picture in decoder.decode(packet, arrived_s):
            if picture is None:
                self._broken += 1
                BROKEN.labels(self._id).inc()
                continue
            self._pictures += 1
            self._came.inc()
            self._last_picture_at = arrived_at
            if not self._connected:
                self._welcome(picture.width, picture.height)
            if self._cadence.is_due(arrived_s):
                self._hand_over(to_frame(picture, self._id, arrived_at, arrived_s=arrived_s))

    def _choose(self, packet: "Packet[VideoStream]", decoder: Decoder, arrived_s: float) -> None:
        """Measure the distance between keyframes, decide by it what is decoded, and tell when that changes."""
        choice = self._chooser.keyframe(arrived_s, packet_s(packet))
        decoder.choose(keyframes_only=choice.keyframes_only)
        gop_s = self._chooser.gop_s
        if gop_s is not None:
            GOP.labels(self._id).set(gop_s)
        if choice == self._told:
            return
        if self._told is not None:
            DECODE_MODE.labels(self._id, self._told.mode, self._told.reason.value).set(0)
        DECODE_MODE.labels(self._id, choice.mode, choice.reason.value).set(1)
        self._told = choice
        log.info(
            "what is decoded of the camera",
            camera=self._id,
            mode=choice.mode,
            reason=choice.reason.value,
            gop_s=None if gop_s is None else round(gop_s, 2),
            detectors_accept_s=self._longest_gap_s,
        )

    def _hand_over(self, frame: Frame) -> None:
        dropped = self._frames.dropped
        self._frames.put(frame)
        self._missed.inc(self._frames.dropped - dropped)

    def _welcome(self, width_px: int, height_px: int) -> None:
        self._connected = True
        self._trouble = None
        CONNECTED.labels(self._id).set(1)
        log.info("camera delivers pictures", camera=self._id, width_px=width_px, height_px=height_px)

    def _tell(self, error: StreamError) -> None:
        """Log a trouble once, not at every attempt."""
        if error.trouble is Trouble.STALLED:
            # Its encoder may never code exactly as it should; then every picture counts as damaged.
            self._strict = False
        self._connected = False
        CONNECTED.labels(self._id).set(0)
        if error.trouble is not self._trouble:
            self._trouble = error.trouble
            log.warning("camera gives no pictures", camera=self._id, trouble=error.trouble.value, remedy=str(error))
