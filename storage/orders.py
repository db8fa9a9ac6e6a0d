"""Settings and commands of devices: wanted, published, answered; each step with its line in the audit log."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from uuid6 import uuid7

from events.errors import ConfigError, PayloadError
from events.ids import SourceId
from events.intake import Rejection
from events.message import Message
from events.orders import CommandState, DeviceConfig, Order
from storage.book import Book
from storage.database import in_one_line, is_refusal, translated
from storage.quarantine import quarantine
from storage.queries import query

_CONFIG = "SELECT * FROM device_config WHERE device_id = %s"
_CONFIGS = "SELECT * FROM device_config ORDER BY device_id"
_UNPUBLISHED = "SELECT * FROM device_config WHERE published_version < version ORDER BY device_id LIMIT %s"
_PUBLISHED = """
UPDATE device_config SET published_version = greatest(published_version, %s) WHERE device_id = %s
"""
_PUBLISH_AGAIN = "UPDATE device_config SET published_version = 0 WHERE version > 0"
_COMMAND = "SELECT * FROM device_command WHERE id = %s"
_COMMANDS = "SELECT * FROM device_command WHERE device_id = %s ORDER BY made_at DESC LIMIT %s"
_QUEUED = "SELECT * FROM device_command WHERE state = 'queued' AND expires_at > %s ORDER BY made_at LIMIT %s"
_SENT = "UPDATE device_command SET state = 'sent', sent_at = %s WHERE id = %s AND state = 'queued'"
_KNOWN_RESULT = """
SELECT 1 FROM device_command WHERE id = %(id)s AND device_id = %(device)s AND state = %(state)s
"""
_KNOWN = "SELECT enabled FROM device WHERE id = %s"

MOST_AT_ONCE = 100
MOST_BYTES = 64 * 1024
REFUSED = "refused_by_database"


class OrderBook(Book):
    """Settings and commands of devices."""

    name = "orders"

    # For whoever gives orders.

    def want(self, device: str, settings: Mapping[str, object], now: datetime) -> DeviceConfig:
        """Want other settings of a device, disabled or not; the same again change nothing.

        Raises:
            ConfigError: there is no such device, or the settings cannot be stored.
            StorageError: the database is away.
        """
        with translated("the settings were not stored"), self._connection.transaction():
            self._require(device, enabled=False)
            parameters = {"device": device, "settings": storable(settings), "now": now}
            row = self._connection.execute(query("want_config"), parameters).fetchone()
            if row is not None:
                self._audit("device.config", device, now, {"version": row[0], "settings": dict(settings)})
        return self.config(device)

    def config(self, device: str) -> DeviceConfig:
        """Return what is wanted of a device and what it reports.

        Raises:
            StorageError: the database is away.
        """
        rows = self._rows(_CONFIG, [device])
        return _config(rows[0]) if rows else DeviceConfig(device=SourceId(device))

    def configs(self) -> list[DeviceConfig]:
        """Return the settings of every device that has any, by id.

        Raises:
            StorageError: the database is away.
        """
        return [_config(row) for row in self._rows(_CONFIGS, [])]

    def order(self, device: str, name: str, args: Mapping[str, object], *, timeout_s: float, now: datetime) -> Order:
        """Tell a device to do something within a time.

        Raises:
            ConfigError: there is no such device, it is disabled, or the arguments cannot be stored.
            StorageError: the database is away.
        """
        command = Order(
            id=UUID(int=uuid7().int),
            device=SourceId(device),
            name=name,
            args=args,
            actor=self._actor,
            made_at=now,
            expires_at=now + timedelta(seconds=timeout_s),
        )
        with translated("the command was not stored"), self._connection.transaction():
            self._require(device, enabled=True)
            self._connection.execute(
                query("add_command"),
                {
                    "id": command.id,
                    "device": device,
                    "name": name,
                    "args": storable(args),
                    "actor": self._actor,
                    "made_at": now,
                    "expires_at": command.expires_at,
                },
            )
            self._audit("device.command", device, now, {"id": str(command.id), "name": name, "args": dict(args)})
        return command

    def command(self, command_id: UUID) -> Order:
        """Return a command as it is now.

        Raises:
            ConfigError: there is none of that id.
            StorageError: the database is away.
        """
        rows = self._rows(_COMMAND, [command_id])
        if not rows:
            raise ConfigError(f"there is no command {command_id}")
        return _command(rows[0])

    def commands(self, device: str, most: int = 10) -> list[Order]:
        """Return a device's newest commands.

        Raises:
            StorageError: the database is away.
        """
        return [_command(row) for row in self._rows(_COMMANDS, [device, most])]

    # For whoever carries orders between the database and the broker. All raise StorageError.

    def unpublished(self) -> list[DeviceConfig]:
        """Return settings that the broker does not have yet."""
        return [_config(row) for row in self._rows(_UNPUBLISHED, [MOST_AT_ONCE])]

    def published(self, device: str, version: int) -> None:
        """Note that the broker has a version."""
        with translated("a published version was not noted"):
            self._connection.execute(_PUBLISHED, [version, device])

    def publish_again(self) -> None:
        """Note that the broker has lost everything."""
        with translated("settings were not marked for publishing"):
            self._connection.execute(_PUBLISH_AGAIN)

    def queued(self, now: datetime) -> list[Order]:
        """Return commands to be sent, oldest first."""
        return [_command(row) for row in self._rows(_QUEUED, [now, MOST_AT_ONCE])]

    def sent(self, command_id: UUID, now: datetime) -> None:
        """Note that the broker has a command."""
        with translated("a sent command was not noted"):
            self._connection.execute(_SENT, [now, command_id])

    def report(self, device: str, version: int, settings: Mapping[str, object], error: str, now: datetime) -> None:
        """Note what a device says of its settings.

        Raises:
            PayloadError: the database cannot hold it, or there is no such device.
        """
        parameters = {
            "device": device,
            "version": version,
            "settings": json.dumps(settings),
            "error": error,
            "now": now,
        }
        with _refused_as_payload("a report was not stored"), self._connection.transaction():
            if self._connection.execute(query("report_config"), parameters).rowcount:
                self._audit("device.config.reported", device, now, {"version": version, "error": error})

    def finish(
        self, command_id: UUID, device: str, *, state: CommandState, result: object, detail: str, now: datetime
    ) -> None:
        """Note how a command went; an answer to one that is over, or not this device's, only leaves its audit line.

        Raises:
            PayloadError: the database cannot hold it.
        """
        parameters = {
            "id": command_id,
            "device": device,
            "state": state.value,
            "result": json.dumps(result),
            "detail": detail,
            "now": now,
        }
        with _refused_as_payload("a result was not stored"), self._connection.transaction():
            if self._connection.execute(_KNOWN_RESULT, parameters).fetchone():
                return  # delivered twice
            action = f"device.command.{state.value}"
            if not self._connection.execute(query("finish_command"), parameters).rowcount:
                action = "device.command.late"
            self._audit(action, device, now, {"id": str(command_id), "detail": detail})

    def expire(self, now: datetime) -> None:
        """End commands whose time is over."""
        with translated("commands could not be ended"), self._connection.transaction():
            for command_id, device in self._connection.execute(query("expire_commands"), {"now": now}).fetchall():
                self._audit("device.command.timed_out", device, now, {"id": str(command_id)})

    def knows(self, device: str) -> bool:
        """Tell whether there is such a device, disabled or not."""
        with translated("a device was not looked up"):
            return self._connection.execute(_KNOWN, [device]).fetchone() is not None

    def refuse(self, message: Message, rejection: Rejection) -> None:
        """Keep an answer that cannot be accepted in quarantine."""
        with translated("an answer was not quarantined"), self._connection.transaction():
            quarantine(self._connection.cursor(), [(message, rejection)])

    def _require(self, device: str, *, enabled: bool) -> None:
        row = self._connection.execute(_KNOWN, [device]).fetchone()
        if row is None:
            raise ConfigError(f"there is no device {device}; `pantau device list` shows those there are")
        if enabled and not row[0]:
            raise ConfigError(f"{device} is disabled: `pantau device enable {device}` lets it speak and hear again")

    def _rows(self, statement: LiteralString, parameters: Sequence[object]) -> list[dict[str, Any]]:
        with translated("orders could not be read"), self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement, parameters).fetchall()


@contextmanager
def _refused_as_payload(what: str) -> Iterator[None]:
    """Tell what the database refuses for its content from a database that is away."""
    with translated(what):
        try:
            yield
        except (psycopg.Error, UnicodeEncodeError) as error:
            if is_refusal(error):
                raise PayloadError(REFUSED, f"the database cannot hold this: {in_one_line(error)}") from error
            raise


def storable(values: Mapping[str, object]) -> str:
    """Return settings or arguments as JSON that the database and a device's message can hold.

    Raises:
        ConfigError: they cannot.
    """
    try:
        text = json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"only JSON can be sent to devices: {error}") from error
    if "\\u0000" in text or len(text) > MOST_BYTES:
        raise ConfigError(f"settings and arguments hold no \\u0000 and at most {MOST_BYTES} bytes")
    return text


def _config(row: Mapping[str, Any]) -> DeviceConfig:
    return DeviceConfig(
        device=SourceId(row["device_id"]),
        version=row["version"],
        settings=row["settings"],
        set_at=row["set_at"],
        reported_version=row["reported_version"],
        reported=row["reported"] or {},
        reported_error=row["reported_error"] or "",
        reported_at=row["reported_at"],
    )


def _command(row: Mapping[str, Any]) -> Order:
    return Order(
        id=row["id"],
        device=SourceId(row["device_id"]),
        name=row["name"],
        args=row["args"],
        actor=row["actor"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        state=CommandState(row["state"]),
        sent_at=row["sent_at"],
        finished_at=row["finished_at"],
        result=row["result"],
        detail=row["detail"],
    )
