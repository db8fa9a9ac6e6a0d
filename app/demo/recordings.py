"""Real footage as further demo cameras, where it happens to lie on this machine."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import structlog

from app.demo.clips import encode
from app.demo.planes import I420
from app.demo.scenes import FRAMES_PER_S
from events.errors import PlatformError
from events.frame import Picture

log = structlog.get_logger(__name__)

CLIPS_FOLDER_VARIABLE = "PANTAU_CLIPS"
"""Names a folder with test clips; without it, the folder `shared/data/dev` beside the checkout is looked at."""

DEBIAN_VTEST = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")
"""Where Debian's package opencv-doc puts OpenCV's pedestrian sample."""

RECORDINGS_FOLDER = "rekaman"
"""Folder below the clips where transcoded recordings lie; where it is missing none are wanted."""

_BESIDE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared" / "data" / "dev"


_PILE_CORNER = ((0.11, 0.56), (0.40, 0.56), (0.40, 0.72), (0.11, 0.72))
"""Around where the rubbish lies in the waste recording."""

_CLEAN_S = 5.0
_CLEAN_EVERY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One real clip that can play a camera.

    Attributes:
        name: File name of the transcoded clip, without ending; fit for an identifier.
        title: What the camera is called, in Bahasa Indonesia.
        source: The file as found.
        crowd: People from which its scene counts as crowded; None where crowding is not looked for.
        corner: Where rubbish is looked for, corners in shares of width and height; empty for nowhere.
    """

    name: str
    title: str
    source: Path
    crowd: int | None = None
    corner: tuple[tuple[float, float], ...] = ()


def real_clips(*, folder: Path | None = None, vtest: Path = DEBIAN_VTEST) -> tuple[Recording, ...]:
    """Return the recordings that are there; none is fine.

    Args:
        folder: Folder of test clips; default by `PANTAU_CLIPS`, else beside the checkout.
        vtest: OpenCV's sample.
    """
    clips = folder or Path(os.environ.get(CLIPS_FOLDER_VARIABLE) or _BESIDE_CHECKOUT)
    known = (
        Recording(
            name="rekaman-kerumunan", title="Kerumunan (rekaman uji)", source=clips / "crowd_surge.mp4", crowd=14
        ),
        Recording(
            name="rekaman-sampah",
            title="Sampah (rekaman uji)",
            source=clips / "cmp_waste_grow.mp4",
            corner=_PILE_CORNER,
        ),
        Recording(name="rekaman-beku", title="Kamera beku (rekaman uji)", source=clips / "tam_frozen.mp4"),
        Recording(name="rekaman-pejalan", title="Pejalan kaki (rekaman uji)", source=vtest, crowd=6),
    )
    return tuple(recording for recording in known if recording.source.is_file())


def transcode_all(folder: Path, recordings: tuple[Recording, ...]) -> tuple[Path, ...]:
    """Write what is missing as H.264 that the RTSP server can send; return the clips that could be written.

    A file that cannot be read is logged and left out: a demo must not fail for an extra.

    Args:
        folder: Where to; made if missing.
        recordings: Which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for recording in recordings:
        path = folder / f"{recording.name}.mp4"
        try:
            if not path.is_file() or path.stat().st_mtime < recording.source.stat().st_mtime:
                _transcode(recording.source, path)
        except (av.FFmpegError, OSError, PlatformError) as error:
            log.warning("a recording was left out", recording=recording.name, error=str(error))
            continue
        written.append(path)
    return tuple(written)


def write_clean_picture(recording: Recording, path: Path) -> bool:
    """Write what a recording's first seconds show without those who walk about; tell whether that worked.

    Args:
        recording: The recording.
        path: PNG to write: the reference of the waste detector.
    """
    try:
        with av.open(str(recording.source)) as container:
            shown: list[Picture] = []
            for index, frame in enumerate(container.decode(video=0)):
                if float(frame.time or 0.0) > _CLEAN_S:
                    break
                if index % _CLEAN_EVERY == 0:
                    shown.append(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
    except (av.FFmpegError, OSError) as error:
        log.warning("a recording gives no clean picture", recording=recording.name, error=str(error))
        return False
    return bool(shown) and cv2.imwrite(str(path), np.median(shown, axis=0).astype(np.uint8))


def _transcode(source: Path, path: Path) -> None:
    with av.open(str(source)) as container:
        if not container.streams.video:
            raise PlatformError(f"{source.name} holds no video")
        stream = container.streams.video[0]
        stream.thread_count = 1
        width_px, height_px = stream.width // 2 * 2, stream.height // 2 * 2
        encode(path, _at_demo_rate(container, width_px, height_px), width_px=width_px, height_px=height_px)


def _at_demo_rate(container: "av.container.InputContainer", width_px: int, height_px: int) -> Iterator[I420]:
    """Yield planes 25 times a second of the film's own time, repeating pictures of slower films.

    The RTSP server offers a packet anew every 50 ms until it is taken; below 20 pictures a second that can race
    with the taking, and a packet then goes out twice.
    """
    shown = 0
    started_s: float | None = None
    held: I420 | None = None
    for frame in container.decode(video=0):
        at_s = float(frame.time or 0.0)
        started_s = at_s if started_s is None else started_s
        while held is not None and shown / FRAMES_PER_S < at_s - started_s:
            yield held
            shown += 1
        held = np.asarray(frame.reformat(width=width_px, height=height_px, format="yuv420p").to_ndarray(), np.uint8)
    if held is not None:
        yield held
