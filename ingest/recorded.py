"""Recorded video as frames, with the file's own time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import av
import structlog
from av.container import InputContainer
from av.video.stream import VideoStream

from events.errors import SourceError
from events.frame import Frame
from events.ids import SourceId
from ingest.decoding import Decoder, media_s, packet_s, to_frame, video_of

log = structlog.get_logger(__name__)

OPENING = {
    # Without this FFmpeg shows a text file as a video of its letters, and a playlist could name any other file.
    "format_whitelist": "mp4,matroska,webm,avi,mpegts,mpeg,h264,hevc,m4v,mjpeg,flv,asf,dhav",
    "protocol_whitelist": "file",
}

_USUAL_RATE_HZ = 25.0
"""Assumed only where a file states neither times nor a rate."""


def read_frames(path: Path, camera: SourceId, started_at: datetime) -> Iterator[Frame]:
    """Yield every picture of a file that can be decoded, as fast as it can be.

    Args:
        path: The file.
        camera: Who is said to have taken it.
        started_at: When the first picture was taken, aware UTC; the others follow by the file's own time.

    Raises:
        SourceError: the file cannot be opened or holds no video.
    """
    with _opened(path) as container:
        video = video_of(container)
        if video is None:
            raise SourceError(f"{path}: holds no video")
        yield from _pictures(container, video, path.name, camera, started_at)


def duration_s(path: Path) -> float | None:
    """Return how long the file says it is in seconds, None where it does not say.

    Raises:
        SourceError: the file cannot be opened.
    """
    with _opened(path) as container:
        return None if container.duration is None else container.duration / av.time_base


def _opened(path: Path) -> InputContainer:
    try:
        return av.open(str(path), mode="r", options=OPENING, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        why = "no such file" if isinstance(error, FileNotFoundError) else "not a video that can be read"
        raise SourceError(f"{path}: {why}") from error


def _pictures(
    container: InputContainer, video: VideoStream, name: str, camera: SourceId, started_at: datetime
) -> Iterator[Frame]:
    period_s = 1.0 / float(video.guessed_rate or _USUAL_RATE_HZ)
    first_s: float | None = None
    t_s = -period_s
    broken = 0
    decoder = Decoder(video)
    packet_at_s = 0.0
    try:
        for packet in container.demux(video):
            packet_at_s = max(packet_s(packet) or 0.0, packet_at_s)
            for picture in decoder.decode(packet, packet_at_s):
                if picture is None:
                    broken += 1
                    continue
                at_s = media_s(picture)
                if at_s is None:
                    t_s += period_s
                else:
                    first_s = at_s if first_s is None else first_s
                    t_s = at_s - first_s
                yield to_frame(picture, camera, started_at + timedelta(seconds=t_s))
    except av.FFmpegError:
        log.warning("the file breaks off; what came before was used", file=name)
    if broken:
        log.warning("broken pictures were left out", file=name, pictures=broken)
