"""One picture of a camera, a video or a picture file, to draw upon. It stays in memory."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from app.camera.source import Source
from events.errors import SourceError
from events.frame import Picture
from events.ids import SourceId
from ingest.decoding import to_frame
from ingest.trial import Trial

LONGEST_PX = 1920
QUALITY = 88
STEP_S = 10.0
"""A video shows another picture each time it is asked, so far on."""
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A picture as JPEG.

    Attributes:
        jpeg: Its bytes.
        width_px: Width of the source's pictures.
        height_px: Height of them.
    """

    jpeg: bytes
    width_px: int
    height_px: int


class Stills(Protocol):
    """Gives pictures."""

    def take(self) -> Still:
        """Return a picture, another one each time where there is more than one.

        Raises:
            SourceError: there is none.
        """
        ...


class PictureFile:
    """A picture file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def take(self) -> Still:
        """Return the picture.

        Raises:
            SourceError: it cannot be read.
        """
        picture = cv2.imread(str(self._file), cv2.IMREAD_COLOR)
        if picture is None:
            raise SourceError(f"{self._file}: not a picture that can be read")
        return _still(np.asarray(picture, np.uint8))


class StreamPictures:
    """A camera, or a video that goes on by some seconds each time."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at_s = 0.0

    def take(self) -> Still:
        """Return the next whole picture.

        Raises:
            SourceError: the stream cannot be read.
        """
        try:
            return self._first_after(self._at_s)
        except _OverError:
            self._at_s = 0.0
            return self._first_after(0.0)

    def _first_after(self, t_s: float) -> Still:
        with Trial(self._source.address, is_file=self._source.is_file) as trial:
            for heard in trial.listen(None):
                for picture in heard.pictures:
                    if self._source.is_file and heard.arrived_s < t_s:
                        continue
                    self._at_s = t_s + STEP_S
                    return _still(to_frame(picture, SourceId("camera"), datetime.now(UTC)).to_bgr())
        if t_s > 0:
            raise _OverError
        raise SourceError(f"{self._source.shown}: no whole picture came")


class _OverError(Exception):
    """The video is shorter."""


def _still(picture: Picture) -> Still:
    height_px, width_px = picture.shape[:2]
    scale = LONGEST_PX / max(height_px, width_px)
    if scale < 1:
        size = round(width_px * scale), round(height_px * scale)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return Still(jpeg=data.tobytes(), width_px=width_px, height_px=height_px)
