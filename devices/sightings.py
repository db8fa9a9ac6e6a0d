"""Events: what a camera or device saw."""

import re
from collections.abc import Mapping
from typing import NoReturn
from uuid import UUID

import msgspec

from devices.arrival import Arrival, Time, decode_json, instant, require_unique_keys, shown
from devices.numbering import number_of
from devices.reasons import Reason
from devices.registry import SourceKind
from events.errors import LimitError, PayloadError
from events.geometry import Box
from events.ids import ZoneId, is_slug
from events.intake import Decoded
from events.observation import Attr, Observation, Phase
from events.weighing import WEIGHBRIDGE_LOAD, parse_load

MOST_ATTRS = 32
MOST_TEXT_CHARACTERS = 500
UUID_VERSION = 7
_ROUNDING = 1e-6  # a box may reach past the edge by what its numbers were rounded by
_LARGEST_INTEGER = 2**63 - 1  # what a database and a browser's bigint take
_DIGEST = re.compile(r"[0-9a-f]{64}")


class _Event(msgspec.Struct):
    id: UUID
    kind: str
    phase: Phase
    ts: Time = None
    started_at: Time = None
    boot: str | None = None
    seq: int | None = None
    oldest: int | None = None
    zone: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    count: float | None = None
    score: float = 1.0
    evidence: str | None = None
    attrs: dict[str, str | int | float | bool | None] = {}


_EVENT = msgspec.json.Decoder(_Event)


def decode_event(arrival: Arrival) -> Decoded:
    """Understand an event payload.

    Raises:
        PayloadError: nothing of the message is accepted.
    """
    message = arrival.message
    event = decode_json(_EVENT, message.payload, Reason.BAD_EVENT)
    require_unique_keys(message.payload)
    _check(event, arrival)
    at = instant(event.ts, message.received_at)
    started_at = instant(event.started_at, at)
    if started_at > at:
        _refuse("started_at lies after ts")
    observation = Observation(
        id=event.id,
        source=arrival.source.id,
        kind=event.kind,
        phase=event.phase,
        at=at,
        started_at=started_at,
        received_at=message.received_at,
        zone=None if event.zone is None else ZoneId(event.zone),
        box=None if event.bbox is None else _box(event.bbox),
        count=event.count,
        score=event.score,
        evidence=event.evidence,
        attrs=_flat(event.attrs),
    )
    if observation.kind == WEIGHBRIDGE_LOAD:
        _check_load(observation)
    # A worker also tells that a camera is dead: only its telemetry, sent while pictures come, shows that it lives.
    live = not message.retained and arrival.source.kind is not SourceKind.CAMERA
    number = number_of(event.boot, event.seq, event.oldest)
    numbers = () if number is None else (number,)
    return Decoded(source=arrival.source.id, observation=observation, numbers=numbers, live=live)


def is_digest(text: str) -> bool:
    """Tell whether text is a SHA-256 in lower-case hex."""
    return _DIGEST.fullmatch(text) is not None


def _check(event: _Event, arrival: Arrival) -> None:
    if event.id.version != UUID_VERSION:
        _refuse(f"id is a UUID of version {event.id.version}; want version {UUID_VERSION}, made when the thing begins")
    if not is_slug(event.kind):
        _refuse(f"kind {shown(event.kind)}; want lower-case letters, digits, hyphen, underscore")
    zones = arrival.source.zones
    if event.zone is not None and (not is_slug(event.zone) or (zones and event.zone not in zones)):
        _refuse(f"{arrival.source.id} has no zone {shown(event.zone)}")
    if event.count is not None and event.count < 0:
        _refuse("count is negative")
    if not 0 <= event.score <= 1:
        _refuse("score lies outside 0 to 1")
    if event.evidence is not None and not is_digest(event.evidence):
        _refuse("evidence is not a SHA-256 in lower-case hex")


def _box(bbox: tuple[float, float, float, float]) -> Box:
    box = Box(*bbox)
    if min(box) < 0 or max(box.x + box.width, box.y + box.height) > 1 + _ROUNDING or box.area <= 0:
        _refuse("bbox is not [x, y, width, height] in shares of the picture, 0 to 1")
    return box


def _flat(attrs: Mapping[str, Attr]) -> Mapping[str, Attr]:
    if len(attrs) > MOST_ATTRS:
        _refuse(f"{len(attrs)} attrs; at most {MOST_ATTRS}")
    for key, attr in attrs.items():
        for text in (key, attr):
            # PostgreSQL has no room for the character NUL in a text.
            if isinstance(text, str) and (len(text) > MOST_TEXT_CHARACTERS or "\0" in text):
                _refuse(f"attrs: {shown(text)} is longer than {MOST_TEXT_CHARACTERS} characters or holds \\u0000")
        if isinstance(attr, int) and abs(attr) > _LARGEST_INTEGER:
            _refuse(f"attrs: the number of {shown(key)} needs more than 64 bits")
    return attrs


def _check_load(observation: Observation) -> None:
    try:
        parse_load(observation.attrs, observation.at)
    except LimitError as error:
        _refuse(f"attrs: {error}")


def _refuse(detail: str) -> NoReturn:
    raise PayloadError(Reason.BAD_EVENT, detail)
