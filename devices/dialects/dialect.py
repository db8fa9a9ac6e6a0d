"""What a dialect is: how its payloads become records of fields."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from configs.dialects import EACH
from devices.arrival import decode_json, require_unique_keys, shown
from devices.reasons import Reason
from devices.telemetry import MOST_READINGS
from events.errors import PayloadError
from events.message import Message

Tree = object
"""A decoded payload: dicts, lists, texts, numbers, truth values, None."""


class _Missing:
    """The type of `MISSING`."""


MISSING = _Missing()
"""What `look_up` returns where nothing stands; None is a value that the device has sent."""


def _no_unit(_path: str) -> None:
    """Say that the message names no unit."""


class Record(NamedTuple):
    """Fields of one moment.

    Attributes:
        tree: The fields.
        time: The message's own word for when: text, a number, a finished time, None where it has none.
        unit: Gives the UCUM unit that the message names for the field at a path, None where it names none.
    """

    tree: Tree
    time: object = None
    unit: Callable[[str], str | None] = _no_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One dialect.

    Attributes:
        read: Understands a payload; raises `PayloadError`. None where more must be known than one message says.
        words: Texts that stand for numbers.
        stored_and_forwarded: Whether the time is that of a network which may deliver late, so that an old time does
            not mean a wrong clock.
    """

    read: Callable[[Message], Iterable[Record]] | None
    words: Mapping[str, float] = field(default_factory=dict)
    stored_and_forwarded: bool = False


_ANY = msgspec.json.Decoder(object)


def read_json(payload: bytes) -> Tree:
    """Decode JSON of any shape, refusing what is no strict JSON.

    Raises:
        PayloadError: `malformed` or `impossible_value`.
    """
    tree = decode_json(_ANY, payload)
    require_unique_keys(payload)
    return tree


def read_object(payload: bytes) -> dict[str, Tree]:
    """Decode JSON that is an object.

    Raises:
        PayloadError: `malformed` or `impossible_value`.
    """
    tree = read_json(payload)
    if not isinstance(tree, dict):
        raise PayloadError(Reason.MALFORMED, "a JSON object belongs on this topic")
    return tree


def moments(record: Record, path: str | None) -> Iterable[Record]:
    """Return the records of a list that a record holds; the record itself where no list is named.

    Args:
        record: As the dialect read it.
        path: Way to the list, `configs.dialects.EACH` for the record's own tree.

    Raises:
        PayloadError: `malformed`, no list stands there; `too_large`.
    """
    if path is None:
        return (record,)
    found = record.tree if path == EACH else look_up(record.tree, path)
    if found is MISSING or found is None:
        return ()
    if not isinstance(found, list):
        raise PayloadError(
            Reason.MALFORMED, f"no list stands at {shown(path)}, which the site file names as `records`: correct it"
        )
    if len(found) > MOST_READINGS:
        raise PayloadError(Reason.TOO_LARGE, f"{len(found)} moments in one message; at most {MOST_READINGS}")
    return [record._replace(tree=tree if isinstance(tree, dict | list) else {"value": tree}) for tree in found]


def look_up(tree: Tree, path: str) -> Tree:
    """Return what stands at a path, `MISSING` where nothing does.

    Args:
        tree: Decoded payload.
        path: As in `configs.dialects.FieldPath`. Keys may hold dots (`PMS5003.PM2.5`): where a path can be read in
            two ways, the one with the shorter first key is tried first.
    """
    return _find(tree, path.split("."))


def _find(tree: Tree, parts: list[str]) -> Tree:
    if not parts:
        return tree
    if isinstance(tree, list):
        position = int(parts[0]) if parts[0].isascii() and parts[0].isdecimal() else len(tree)
        return _find(tree[position], parts[1:]) if position < len(tree) else MISSING
    if isinstance(tree, dict):
        for end in range(1, len(parts) + 1):
            inside = tree.get(".".join(parts[:end]), MISSING)
            if inside is not MISSING and (found := _find(inside, parts[end:])) is not MISSING:
                return found
    return MISSING
