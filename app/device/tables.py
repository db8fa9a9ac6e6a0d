"""Devices from a table, and their passwords into a file."""

import csv
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from app.device.registering import draft
from events.device import Device
from events.errors import ConfigError

REQUIRED = ("id", "name", "site", "metrics")
OPTIONAL = ("opd", "interval_s", "gateway", "position", "installed_on", "calibrated_on")


def read_table(path: Path) -> list[Device]:
    """Return the devices of a CSV file (UTF-8, first line names the columns).

    Raises:
        ConfigError: the file cannot be read, or lines of it are wrong: each is named.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            _require_columns(path, rows.fieldnames or ())
            devices, mistakes = [], []
            for row in rows:
                try:
                    devices.append(_device({key: (value or "").strip() for key, value in row.items() if key}))
                except ConfigError as error:
                    mistakes.append(f"line {rows.line_num}: {error}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read as CSV in UTF-8: {error}") from error
    if mistakes:
        raise ConfigError("\n".join([f"{path}: nothing was registered", *(f"  {mistake}" for mistake in mistakes)]))
    return devices


def write_secrets(path: Path, secrets: Mapping[str, str]) -> None:
    """Write `id,password` lines into a new file that only its owner may read.

    Raises:
        ConfigError: it exists already, or cannot be written: then the passwords are lost, and `rotate` makes new ones.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "password"), *secrets.items()])
    except OSError as error:
        raise ConfigError(
            f"{path}: the passwords could not be written ({error.strerror}); the devices are registered: "
            "give each a new one with `pantau device rotate`"
        ) from error


def _require_columns(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in REQUIRED + OPTIONAL]
    if missing or unknown:
        raise ConfigError(
            f"{path}: columns missing: {', '.join(missing) or 'none'}; columns nobody knows: "
            f"{', '.join(unknown) or 'none'}. Want {', '.join(REQUIRED)} and any of {', '.join(OPTIONAL)}"
        )


def _device(row: Mapping[str, str]) -> Device:
    if not row.get("id"):
        raise ConfigError("no id")
    settings: dict[str, object] = {
        "name": row["name"],
        "site": row["site"],
        "opd": row.get("opd") or None,
        "interval_s": row.get("interval_s") or None,
        "metrics": row["metrics"].split(),
    }
    return draft(
        row["id"],
        settings,
        gateway=row.get("gateway") or None,
        position=row.get("position") or None,
        installed_on=_day(row.get("installed_on", "")),
        calibrated_on=_day(row.get("calibrated_on", "")),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no day; want YYYY-MM-DD") from None
