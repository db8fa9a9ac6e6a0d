"""Clean references of a camera's zones: what a zone looks like with nothing lying in it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import cv2
import msgspec
import numpy as np
import structlog

from events.errors import StorageError
from events.ids import ZoneId
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Look, Small

log = structlog.get_logger(__name__)

WHOLE_PICTURE = "_whole"
"""File name for a reference without a zone; no zone can have this name, since ids begin with a letter or digit."""


class StoredReferences:
    """Keeps a camera's references as PNG files, a few a zone, so that they survive restarts."""

    def __init__(self, folder: Path) -> None:
        """Use a folder of this camera's own; it is made when first needed."""
        self._folder = folder

    @property
    def adopts_first(self) -> bool:
        """False: a live camera may start in front of a pile."""
        return False

    def load(self, zone: ZoneId | None, look: Look = Look.CLEAN) -> Small | None:
        """Return the zone's clean picture, uint8, (180, 320); None where none was kept or the file is unusable."""
        path = self._picture(zone, look)
        data = _read(path)
        if data is None:
            return None
        # An empty buffer makes OpenCV raise instead of returning nothing.
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
        if picture is None or picture.shape != (SMALL_HEIGHT_PX, SMALL_WIDTH_PX):
            log.warning("a clean reference is damaged and is not used", file=str(path))
            return None
        return np.asarray(picture, np.uint8)

    def save(self, zone: ZoneId | None, small: Small, look: Look = Look.CLEAN) -> None:
        """Keep a zone's clean picture: uint8, (180, 320).

        Raises:
            StorageError: it could not be written; the reference kept before still stands.
        """
        _, data = cv2.imencode(".png", small)
        self._write(self._picture(zone, look), data.tobytes())

    def forget(self, zone: ZoneId | None, look: Look) -> None:
        """Remove a zone's picture, if there is one.

        Raises:
            StorageError: it could not be removed.
        """
        path = self._picture(zone, look)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{path}: the reference cannot be removed: {error.strerror}") from error

    def saved_at(self, zone: ZoneId | None) -> datetime | None:
        """Return when the zone's clean picture was written, None where none was."""
        try:
            return datetime.fromtimestamp(self._picture(zone, Look.CLEAN).stat().st_mtime, UTC)
        except OSError:
            return None

    def recall(self, zone: ZoneId | None) -> Mapping[str, float]:
        """Return what was remembered of a zone, nothing where nothing was or the file is unusable."""
        path = self._facts(zone)
        data = _read(path)
        if data is None:
            return {}
        try:
            return msgspec.json.decode(data, type=dict[str, float])
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("what was remembered of a zone is damaged and is not used", file=str(path))
            return {}

    def remember(self, zone: ZoneId | None, facts: Mapping[str, float]) -> None:
        """Keep what must be known of a zone after a restart.

        Raises:
            StorageError: it could not be written.
        """
        self._write(self._facts(zone), msgspec.json.encode(dict(facts)))

    def _write(self, path: Path, data: bytes) -> None:
        part = path.with_name(f"{path.name}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            raise StorageError(f"{path}: the clean reference cannot be written: {error.strerror}") from error

    def _picture(self, zone: ZoneId | None, look: Look) -> Path:
        # A zone's id has no dot, so no zone's name can be another's look.
        return self._folder / f"{_name(zone)}{'' if look is Look.CLEAN else f'.{look}'}.png"

    def _facts(self, zone: ZoneId | None) -> Path:
        return self._folder / f"{_name(zone)}.json"


class FirstSettledReferences:
    """Remembers references for one run only, and lets each zone's first settled seconds be its reference.

    For the analysis of files, where nobody can say beforehand what is clean.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[ZoneId | None, Look], Small] = {}
        self._facts: dict[ZoneId | None, dict[str, float]] = {}

    @property
    def adopts_first(self) -> bool:
        """True: a file's beginning is taken as clean."""
        return True

    def load(self, zone: ZoneId | None, look: Look = Look.CLEAN) -> Small | None:
        """Return the zone's clean picture, None before any."""
        return self._kept.get((zone, look))

    def save(self, zone: ZoneId | None, small: Small, look: Look = Look.CLEAN) -> None:
        """Remember a zone's clean picture."""
        self._kept[zone, look] = small.copy()

    def forget(self, zone: ZoneId | None, look: Look) -> None:
        """Drop a zone's picture, if there is one."""
        self._kept.pop((zone, look), None)

    def saved_at(self, zone: ZoneId | None) -> datetime | None:  # noqa: ARG002 - the protocol's shape
        """Return None: what is remembered for one run is never newer than a picture somebody named."""
        return None

    def recall(self, zone: ZoneId | None) -> Mapping[str, float]:
        """Return what was remembered of a zone."""
        return self._facts.get(zone, {})

    def remember(self, zone: ZoneId | None, facts: Mapping[str, float]) -> None:
        """Remember facts of a zone."""
        self._facts[zone] = dict(facts)


def _name(zone: ZoneId | None) -> str:
    return WHOLE_PICTURE if zone is None else zone


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("a clean reference cannot be read and is not used", file=str(path), why=error.strerror)
        return None
