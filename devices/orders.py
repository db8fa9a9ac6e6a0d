"""Settings and commands as contract v1 writes them (docs/devices.md); both ends use this."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from devices.arrival import decode_json, require_unique_keys
from devices.reasons import Reason
from events.errors import PayloadError
from events.orders import DeviceConfig, Order

ROOT = "pantau/v1"
ANSWERS = (f"{ROOT}/+/config/reported", f"{ROOT}/+/command/+/result")
"""Topics on which devices answer."""

MOST_BYTES = 64 * 1024
"""Of settings, arguments and results alike."""

MOST_CHARACTERS = 1_000
"""Of an error or detail."""


class Wanted(msgspec.Struct):
    """Retained on `config`: what the device shall be."""

    version: int
    settings: dict[str, Any]


class Reported(msgspec.Struct, omit_defaults=True):
    """Retained on `config/reported`: what the device is, and which version of the wish it follows."""

    version: int
    settings: dict[str, Any] = {}
    error: str = ""


class Ordered(msgspec.Struct):
    """On `command/ID`: what the device shall do once, before it expires."""

    name: str
    args: dict[str, Any]
    expires_at: datetime


class Answered(msgspec.Struct, omit_defaults=True):
    """On `command/ID/result`: how it went."""

    state: Literal["done", "failed"]
    result: Any = None
    detail: str = ""


_REPORTED = msgspec.json.Decoder(Reported)
_ANSWERED = msgspec.json.Decoder(Answered)
_ONE_MISTAKE = "want like pantau/v1/ID/command/COMMAND/result"


def config_topic(device: str) -> str:
    """Return where a device's wanted settings are retained."""
    return f"{ROOT}/{device}/config"


def config_payload(config: DeviceConfig) -> bytes:
    """Return the wish."""
    return msgspec.json.encode(Wanted(version=config.version, settings=dict(config.settings)))


def command_topic(command: Order) -> str:
    """Return where a command is published, once and not retained."""
    return f"{ROOT}/{command.device}/command/{command.id}"


def command_payload(command: Order) -> bytes:
    """Return the command."""
    return msgspec.json.encode(Ordered(name=command.name, args=dict(command.args), expires_at=command.expires_at))


def reported_of(payload: bytes) -> Reported:
    """Understand what a device reports of its settings.

    Raises:
        PayloadError: it is no report.
    """
    _require_size(payload)
    report = decode_json(_REPORTED, payload)
    require_unique_keys(payload)
    if not 0 <= report.version < 2**31:
        raise PayloadError(Reason.MALFORMED, f"version {report.version}: want that of the config you follow")
    report.error = report.error[:MOST_CHARACTERS]
    return report


def answered_of(topic: str, payload: bytes) -> tuple[UUID, Answered]:
    """Understand a command's result and return it with the command's id.

    Raises:
        PayloadError: it is none.
    """
    _require_size(payload)
    try:
        command = UUID(topic.split("/")[4])
    except (IndexError, ValueError) as error:
        raise PayloadError(Reason.UNKNOWN_TOPIC, f"the topic names no command; {_ONE_MISTAKE}") from error
    answer = decode_json(_ANSWERED, payload)
    require_unique_keys(payload)
    answer.detail = answer.detail[:MOST_CHARACTERS]
    return command, answer


def _require_size(payload: bytes) -> None:
    if len(payload) > MOST_BYTES:
        raise PayloadError(Reason.TOO_LARGE, f"{len(payload)} bytes; at most {MOST_BYTES}")
    if b"\\u0000" in payload:
        raise PayloadError(Reason.MALFORMED, "the character \\u0000 cannot be stored; leave it out")
