"""Cameras of a recorder put into the site file, and their credentials where only the operator reads them."""

import os
from collections.abc import Mapping
from pathlib import Path

from app.camera.nvr import Imported
from app.camera.site_text import SiteText, entry_lines
from events.errors import ConfigError

SAMPLE = """\
name,site,vendor,host,channel,user,password_env,path
Alun-alun barat,contoh-alun-alun,hikvision,192.0.2.20,1,viewer,NVR_PASSWORD,
Alun-alun timur,contoh-alun-alun,hikvision,192.0.2.20,2,viewer,NVR_PASSWORD,
TPS pasar,contoh-tps,dahua,192.0.2.21,3,viewer,NVR2_PASSWORD,
Dermaga,contoh-pelabuhan,,192.0.2.30:8554,,,,live/main
"""
"""A CSV to start from."""


def as_text(imported: Imported) -> str:
    """Return the cameras as YAML, ready to stand in a site file."""
    return "\n".join(["cameras:", *entry_lines(imported.sections)]) + "\n"


def merge_into(file: Path, imported: Imported) -> None:
    """Add the cameras to a site file; nothing is changed unless all of them fit.

    Raises:
        ConfigError: an id is taken, or the file would have mistakes.
    """
    site = SiteText(file)
    taken = set(site.camera_ids)
    twice = [str(section["id"]) for section in imported.sections if section["id"] in taken]
    if twice:
        raise ConfigError(
            f"{file} has cameras of these ids already: {', '.join(twice)}; take their lines out of the CSV, or give"
            " them other ids in a column id"
        )
    site.add_cameras(imported.sections)
    site.save()


def write_secrets(file: Path, secrets: Mapping[str, str]) -> None:
    """Write the credentials that stood in the CSV as `NAME=value`, readable by nobody else; an old file is kept.

    Raises:
        ConfigError: the file is there already, or cannot be written.
    """
    text = "".join(f"{name}='{_quoted(value)}'\n" for name, value in secrets.items())
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigError(f"{file} is there already; name another file, so that no password is lost") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error
    with os.fdopen(number, "w", encoding="utf-8") as stream:
        stream.write(text)


def _quoted(value: str) -> str:
    return value.replace("'", "'\\''")
