"""Assembles the demo city's site file."""

import socket
from collections.abc import MutableMapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from app.demo.cameras import HOST
from app.demo.clips import variant
from app.demo.recordings import RECORDINGS_FOLDER, Recording, real_clips, write_clean_picture
from events.errors import ConfigError

CLIPS_FOLDER = "clips"
"""Folder of the clips, beside the site file."""

LOOP = "play_count=0"
"""Query that makes the RTSP server play a clip for ever."""

RECORDING_SILENT_S = 60.0
"""Recordings may still be in the making when the city starts, so their silence counts later."""

_PLACE_OF_RECORDINGS = "ruang-uji"

Section = MutableMapping[str, Any]
"""A part of the YAML document before it is validated: the one edge where its shape is not known."""


def assemble(data_dir: Path, *, web_port: int, calm: bool, recordings: Sequence[Recording] | None = None) -> Path:
    """Write the demo's site file into its data folder.

    The pages get `web_port`, the broker the next port, the cameras the one after.

    Args:
        data_dir: Where everything of the demo is kept; made if missing.
        web_port: Port of the pages.
        calm: The twin with empty scenes and calm sensors; recordings, which are not calm, are left out.
        recordings: Real clips that play further cameras; default those found on this machine.

    Returns:
        The file.

    Raises:
        ConfigError: one of the three ports is taken or no port.
    """
    broker_port, rtsp_port = web_port + 1, web_port + 2
    for port, purpose in ((web_port, "the pages"), (broker_port, "the broker"), (rtsp_port, "the cameras")):
        _require_free(port, purpose, web_port)
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 200
    document: Section = yaml.load(resources.files("configs").joinpath("demo.yaml").read_text(encoding="utf-8"))
    document["data_dir"] = str(data_dir.resolve())
    document["web"]["port"] = web_port
    document["broker"]["port"] = broker_port
    for camera in document["cameras"]:
        _place(camera, calm=calm, rtsp_port=rtsp_port)
    clips = data_dir / CLIPS_FOLDER
    clips.mkdir(parents=True, exist_ok=True)
    wanted = () if calm else (real_clips() if recordings is None else tuple(recordings))
    if wanted:
        _add_recordings(document, wanted, clips / RECORDINGS_FOLDER, rtsp_port)
    file = data_dir / "site.yaml"
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(document, out)
    return file


def _require_free(port: int, purpose: str, web_port: int) -> None:
    advice = f"the demo needs {web_port} to {web_port + 2}; choose three free ports by --port"
    try:
        with socket.socket() as probe:
            # As servers do: a port whose last connections are only fading away is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    except OverflowError as error:
        raise ConfigError(f"{port} is no port for {purpose}: {advice}") from error
    except OSError as error:
        raise ConfigError(f"port {port} for {purpose} cannot be used ({error.strerror}): {advice}") from error


def _place(camera: Section, *, calm: bool, rtsp_port: int) -> None:
    """Point a camera and its clean pictures to this demo's server and variant."""
    clip = Path(urlsplit(camera["url"]).path).name
    camera["url"] = _address(f"{variant(calm=calm)}/{clip}", rtsp_port)
    for zone in camera["zones"]:
        pile = zone["detect"].get("waste_pile")
        if pile is not None:
            pile["reference"] = f"{CLIPS_FOLDER}/{variant(calm=calm)}/{Path(pile['reference']).name}"


def _address(path: str, rtsp_port: int) -> str:
    return f"rtsp://{HOST}:{rtsp_port}/{path}?{LOOP}"


def _add_recordings(document: Section, recordings: Sequence[Recording], folder: Path, rtsp_port: int) -> None:
    """Add a place of its own for recordings, so that nobody looks for them in a village."""
    document["sites"].append(
        {
            "id": _PLACE_OF_RECORDINGS,
            "name": "Rekaman uji (bukan lokasi nyata)",
            "kecamatan": "33.17.10",
            # The regency's own middle: a place is needed, and none would be true.
            "position": {"lat": -6.7206, "lon": 111.3729},
            "opd": "dinkominfo",
        }
    )
    folder.mkdir(exist_ok=True)
    drawn = [camera["id"] for camera in document["cameras"]]
    document["cameras"].extend(_camera(recording, folder, rtsp_port) for recording in recordings)
    for rule in document["rules"]:
        if rule["id"] == "kamera-diam":
            rule["sources"] = drawn
    document["rules"].append(
        {
            "id": "rekaman-diam",
            "kind": "absence",
            "title": "Kamera rekaman uji diam",
            "priority": "rendah",
            "sources": [recording.name for recording in recordings],
            "after_s": RECORDING_SILENT_S,
        }
    )


def _camera(recording: Recording, folder: Path, rtsp_port: int) -> Section:
    zone: Section = {"id": "gambar", "detect": {}}
    if recording.crowd is not None:
        zone["detect"]["crowding"] = {"count": recording.crowd, "hold_s": 3}
    clean = folder / f"{recording.name}-clean.png"
    if recording.corner and (clean.is_file() or write_clean_picture(recording, clean)):
        zone["polygon"] = [list(corner) for corner in recording.corner]
        reference = f"{CLIPS_FOLDER}/{folder.name}/{clean.name}"
        zone["detect"]["waste_pile"] = {"coverage": 0.15, "hold_s": 8, "reference": reference}
    return {
        "id": recording.name,
        "name": recording.title,
        "site": _PLACE_OF_RECORDINGS,
        "url": _address(f"{folder.name}/{recording.name}.mp4", rtsp_port),
        "purpose": "Demo",
        "zones": [zone] if zone["detect"] else [],
    }
