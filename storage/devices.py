"""The registry of devices, and the account of who changed it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from events.device import Device, Origin
from events.errors import ConfigError
from events.ids import SourceId
from storage.book import Book
from storage.database import connect, translated
from storage.queries import query

_ALL = "SELECT * FROM device ORDER BY id"
_ONE = "SELECT * FROM device WHERE id = %s FOR UPDATE"
_VERSION = "SELECT count(*), sum(xmin::text::bigint) FROM device"
"""By the transactions that wrote the rows, not by times: two machines' clocks differ, and clocks are set back."""

_ALONE = "LOCK TABLE device IN SHARE ROW EXCLUSIVE MODE"


class DeviceRegistry(Book):
    """The registry: who there is, and how devices are described and let in."""

    name = "registry"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from writing while something is looked up, judged and changed; all of it or nothing holds.

        Raises:
            StorageError: the database is away.
        """
        with translated("the registry was not changed"), self._connection.transaction():
            self._connection.execute(_ALONE)
            yield

    def all(self) -> list[Device]:
        """Return every device, by id.

        Raises:
            StorageError: the database is away.
        """
        with translated("the registry could not be read"), self._connection.cursor(row_factory=dict_row) as cursor:
            return [_device(row) for row in cursor.execute(_ALL)]

    def get(self, device_id: str) -> Device:
        """Return one device.

        Raises:
            ConfigError: there is no such device.
            StorageError: the database is away.
        """
        with translated("the registry could not be read"), self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(_ONE, [device_id]).fetchone()
        if row is None:
            raise _unknown(device_id)
        return _device(row)

    def history(self, device_id: str) -> list[tuple[datetime, str, str]]:
        """Return when, by whom and how a device was changed, oldest first.

        Raises:
            StorageError: the database is away.
        """
        with translated("the audit log could not be read"):
            return self._connection.execute(
                "SELECT at, actor, action FROM audit_log WHERE subject = %s ORDER BY id", [device_id]
            ).fetchall()

    def add(self, devices: Iterable[Device], now: datetime) -> None:
        """Register devices, all or none.

        Raises:
            ConfigError: one of them is registered already.
            StorageError: the database is away.
        """
        with translated("the devices were not registered"), self._connection.transaction():
            for device in devices:
                try:
                    self._connection.execute(query("add_device"), {**_columns(device), "now": now})
                except psycopg.errors.UniqueViolation:
                    raise ConfigError(
                        f"{device.id} is registered already; `pantau device show {device.id}` tells what is known of it"
                    ) from None
                self._audit("device.add", device.id, now, {"settings": dict(device.settings)})

    def change(self, device_id: str, action: str, changes: Mapping[str, Any], now: datetime) -> Device:
        """Change fields of a device and return it as it is then.

        Args:
            device_id: Which.
            action: What this is called in the audit log.
            changes: New values by field of `Device`.
            now: The present time, aware UTC.

        Raises:
            ConfigError: there is no such device.
            StorageError: the database is away.
        """
        with translated("the device was not changed"), self._connection.transaction():
            with self._connection.cursor(row_factory=dict_row) as cursor:
                row = cursor.execute(_ONE, [device_id]).fetchone()
            if row is None:
                raise _unknown(device_id)
            device = replace(_device(row), **changes, updated_at=now)
            self._connection.execute(query("write_device"), {**_columns(device), "now": now})
            told = {key: str(value) for key, value in changes.items() if key != "secret_hash"}
            self._audit(action, device_id, now, told)
        return device


def read_devices(url: str) -> tuple[list[Device], str]:
    """Return every device, and what changes when the registry does.

    Raises:
        StorageError: the database is away.
    """
    with connect(url, name="registry") as connection, translated("the registry could not be read"):
        version = str(connection.execute(_VERSION).fetchone())
        with connection.cursor(row_factory=dict_row) as cursor:
            return [_device(row) for row in cursor.execute(_ALL)], version


def registry_version(url: str) -> str:
    """Return what changes when the registry does.

    Raises:
        StorageError: the database is away.
    """
    with connect(url, name="registry") as connection, translated("the registry could not be read"):
        return str(connection.execute(_VERSION).fetchone())


def _unknown(device_id: str) -> ConfigError:
    return ConfigError(f"there is no device {device_id}; `pantau device list` shows those there are")


def _device(row: Mapping[str, Any]) -> Device:
    return Device(
        id=SourceId(row["id"]),
        origin=Origin(row["origin"]),
        settings=row["settings"],
        gateway=None if row["gateway"] is None else SourceId(row["gateway"]),
        position=None if row["lat"] is None else (row["lat"], row["lon"]),
        installed_on=row["installed_on"],
        calibrated_on=row["calibrated_on"],
        enabled=row["enabled"],
        secret_hash=row["secret_hash"],
        updated_at=row["updated_at"],
    )


def _columns(device: Device) -> dict[str, object]:
    lat, lon = device.position or (None, None)
    return {
        "id": device.id,
        "origin": device.origin.value,
        "settings": json.dumps(dict(device.settings)),
        "gateway": device.gateway,
        "lat": lat,
        "lon": lon,
        "installed_on": device.installed_on,
        "calibrated_on": device.calibrated_on,
        "enabled": device.enabled,
        "secret_hash": device.secret_hash,
    }
