"""Evidence pictures: a folder in which each lies under its own digest."""

import asyncio
import os
import re
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from events.errors import StorageError

_DIGEST = re.compile(r"[0-9a-f]{64}")


class PictureStore:
    """Keeps pictures under their SHA-256, so that writing one twice is harmless.

    Args:
        folder: Where they lie; made if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(folder)
        except (OSError, BaseError) as error:
            raise StorageError(f"pictures cannot be kept in {folder}: {error}") from error
        self._folder = folder

    def put(self, sha256: str, jpeg: bytes) -> None:
        """Keep a picture, whole or not at all; it is on the disk when this returns.

        Raises:
            StorageError: it is not known to be kept (disk full, folder gone).
            ValueError: the name is no digest.
        """
        name = _name(sha256)
        try:
            obstore.put(self._store, name, jpeg)
            # The store renames a finished file into place, but leaves it to the system when it reaches the disk;
            # the message that brought the picture is acknowledged after this.
            for path in (self._folder / name, (self._folder / name).parent):
                _flush(path)
        except (OSError, BaseError) as error:
            raise StorageError(f"picture {sha256} could not be kept: {error}") from error

    def remove(self, sha256: str) -> None:
        """Remove a picture; one that is gone already is no error.

        Raises:
            StorageError: it could not be removed.
        """
        try:
            (self._folder / _name(sha256)).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"picture {sha256} could not be removed: {error}") from error

    async def keep(self, sha256: str, content: bytes) -> None:
        """Keep a picture from a task that must not wait for the disk; otherwise as `put`."""
        await asyncio.to_thread(self.put, sha256, content)

    async def get(self, sha256: str) -> bytes | None:
        """Return a picture, None where there is none (yet) under this name.

        Raises:
            StorageError: the folder cannot be read.
        """
        if _DIGEST.fullmatch(sha256) is None:
            return None
        try:
            answer = await obstore.get_async(self._store, _name(sha256))
            return bytes(await answer.bytes_async())
        except FileNotFoundError:
            return None
        except (OSError, BaseError) as error:
            raise StorageError(f"picture {sha256} could not be read: {error}") from error


def _name(sha256: str) -> str:
    """Return the path within the store: 256 folders, so that none grows too long to list."""
    if _DIGEST.fullmatch(sha256) is None:
        raise ValueError("want 64 lower-case hexadecimal digits")
    return f"{sha256[:2]}/{sha256}.jpg"


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
