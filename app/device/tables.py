"""Devices from a table, and their passwords into a file."""

import csv
import io
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
    """Return the devices of a CSV file.

    Raises:
        ConfigError: the file cannot be read, or lines of it are wrong: each is named.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_table(content, str(path))


def parse_table(content: bytes, name: str) -> list[Device]:
    """Return the devices of a table, one a line.

    Args:
        content: CSV in UTF-8, commas or semicolons between the columns, which the first line names.
        name: What to call it in messages.

    Raises:
        ConfigError: it is no such table, or lines of it are wrong: each is named.
    """
    devices, mistakes = [], []
    try:
        text = content.decode("utf-8-sig")
        head = text.partition("\n")[0]
        delimiter = ";" if head.count(";") > head.count(",") else ","
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
        _require_columns(name, rows.fieldnames or ())
        for row in rows:
            if None not in row and not any((value or "").strip() for value in row.values()):
                continue  # separators alone, as spreadsheets leave them at the end
            try:
                devices.append(_device(row))
            except ConfigError as error:
                mistakes.append(f"line {rows.line_num}: {error}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{name}: cannot be read as CSV in UTF-8: {error}") from error
    if mistakes:
        raise ConfigError("\n".join([f"{name}: nothing was registered", *(f"  {mistake}" for mistake in mistakes)]))
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


def _require_columns(name: str, names: Sequence[str]) -> None:
    missing = [column for column in REQUIRED if column not in names]
    unknown = [column for column in names if column not in REQUIRED + OPTIONAL]
    twice = sorted({column for column in names if names.count(column) > 1})
    if missing or unknown or twice:
        raise ConfigError(
            f"{name}: columns missing: {', '.join(missing) or 'none'}; columns nobody knows: "
            f"{', '.join(map(repr, unknown)) or 'none'}; columns that stand twice: {', '.join(twice) or 'none'}. "
            f"Want {', '.join(REQUIRED)} and any of {', '.join(OPTIONAL)}"
        )


def _device(line: Mapping[str | None, str | None]) -> Device:
    if None in line:
        raise ConfigError("more values than columns")
    row = {key: (value or "").strip() for key, value in line.items() if key is not None}
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
