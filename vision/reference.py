"""Clean references of a camera's zones: what a zone looks like with nothing lying in it."""

from pathlib import Path

import cv2
import numpy as np
import structlog

from events.errors import StorageError
from events.ids import ZoneId
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small

log = structlog.get_logger(__name__)

WHOLE_PICTURE = "_whole"
"""File name for a reference without a zone; no zone can have this name, since ids begin with a letter or digit."""


class StoredReferences:
    """Keeps a camera's references as PNG files, one a zone, so that they survive restarts."""

    def __init__(self, folder: Path) -> None:
        """Use a folder of this camera's own; it is made when first needed."""
        self._folder = folder

    @property
    def adopts_first(self) -> bool:
        """False: a live camera may start in front of a pile."""
        return False

    def load(self, zone: ZoneId | None) -> Small | None:
        """Return the zone's clean picture, uint8, (180, 320); None where none was kept or the file is unusable."""
        path = self._path(zone)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("a clean reference cannot be read and is not used", file=str(path), why=error.strerror)
            return None
        # An empty buffer makes OpenCV raise instead of returning nothing.
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
        if picture is None or picture.shape != (SMALL_HEIGHT_PX, SMALL_WIDTH_PX):
            log.warning("a clean reference is damaged and is not used", file=str(path))
            return None
        return np.asarray(picture, np.uint8)

    def save(self, zone: ZoneId | None, small: Small) -> None:
        """Keep a zone's clean picture: uint8, (180, 320).

        Raises:
            StorageError: it could not be written; the reference kept before still stands.
        """
        path = self._path(zone)
        part = path.with_suffix(".part")
        _, data = cv2.imencode(".png", small)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data.tobytes())
            part.replace(path)
        except OSError as error:
            raise StorageError(f"{path}: the clean reference cannot be written: {error.strerror}") from error

    def _path(self, zone: ZoneId | None) -> Path:
        return self._folder / f"{WHOLE_PICTURE if zone is None else zone}.png"


class FirstSettledReferences:
    """Remembers references for one run only, and lets each zone's first settled seconds be its reference.

    For the analysis of files, where nobody can say beforehand what is clean.
    """

    def __init__(self) -> None:
        self._kept: dict[ZoneId | None, Small] = {}

    @property
    def adopts_first(self) -> bool:
        """True: a file's beginning is taken as clean."""
        return True

    def load(self, zone: ZoneId | None) -> Small | None:
        """Return the zone's clean picture, None before any."""
        return self._kept.get(zone)

    def save(self, zone: ZoneId | None, small: Small) -> None:
        """Remember a zone's clean picture."""
        self._kept[zone] = small.copy()
