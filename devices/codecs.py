"""The explicit table: which decoder reads which kind of topic, who may use it, and how large a payload may be."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

import msgspec

from devices.arrival import Arrival, Time, decode_json, instant, require_unique_keys
from devices.numbering import MOST_BOOT_CHARACTERS
from devices.reasons import Reason
from devices.registry import SourceKind
from devices.sightings import decode_event, is_digest
from devices.telemetry import decode_telemetry
from events.errors import PayloadError
from events.evidence import Evidence
from events.intake import Decoded
from events.liveness import Canary, StatusReport

JPEG_START = b"\xff\xd8\xff"


class _Status(msgspec.Struct):
    state: Literal["online", "offline"]
    boot: str | None = None
    ts: Time = None


class _Canary(msgspec.Struct):
    ts: Time


_STATUS = msgspec.json.Decoder(_Status)
_CANARY = msgspec.json.Decoder(_Canary)


def decode_evidence(arrival: Arrival) -> Decoded:
    """Understand a picture: the topic names its digest, the payload is the JPEG.

    Raises:
        PayloadError: nothing of the message is accepted.
    """
    message = arrival.message
    if not message.payload.startswith(JPEG_START):
        raise PayloadError(Reason.NOT_A_JPEG, "the payload does not begin like a JPEG; send the bytes of the file")
    if not is_digest(arrival.rest) or hashlib.sha256(message.payload).hexdigest() != arrival.rest:
        raise PayloadError(Reason.BAD_DIGEST, "the topic must end in the payload's SHA-256 in lower-case hex")
    evidence = Evidence(
        sha256=arrival.rest, source=arrival.source.id, jpeg=message.payload, received_at=message.received_at
    )
    # The picture of a dead camera may still be on its way: like events, it is no sign of life.
    return Decoded(source=arrival.source.id, evidence=evidence, live=False)


def decode_status(arrival: Arrival) -> Decoded:
    """Understand a word about being online: JSON, or plain `online` or `offline`.

    It is never a sign of life: the broker may send it long after, or in the place of a source that is gone.

    Raises:
        PayloadError: nothing of the message is accepted.
    """
    message = arrival.message
    word = message.payload.strip()
    if word in {b"online", b"offline"}:
        status = _Status(state="online" if word == b"online" else "offline")
    else:
        status = decode_json(_STATUS, message.payload)
        require_unique_keys(message.payload)
    boot = status.boot
    if boot is not None and (len(boot) > MOST_BOOT_CHARACTERS or "\0" in boot):
        raise PayloadError(Reason.MALFORMED, f"boot is longer than {MOST_BOOT_CHARACTERS} characters or holds \\u0000")
    report = StatusReport(
        source=arrival.source.id,
        online=status.state == "online",
        boot=boot,
        # A word dated in the future would outlive every later one, the will above all, which bears no date.
        at=min(instant(status.ts, message.received_at), message.received_at),
        speaks_for=arrival.source.speaks_for,
    )
    return Decoded(source=arrival.source.id, status=report, live=False)


def decode_canary(arrival: Arrival) -> Decoded:
    """Understand Pantau's own message.

    Raises:
        PayloadError: nothing of the message is accepted.
    """
    canary = decode_json(_CANARY, arrival.message.payload)
    if canary.ts is None:
        raise PayloadError(Reason.BAD_TIME, "a canary without its time says nothing")
    sent_at = instant(canary.ts, arrival.message.received_at)
    return Decoded(source=arrival.source.id, canary=Canary(sender=arrival.source.id, sent_at=sent_at), live=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How one kind of topic is read.

    Attributes:
        decode: Understands a payload; raises `PayloadError`.
        used_by: Kinds of source that publish it.
        most_bytes: Largest payload looked at.
        names_content: Whether the topic goes on after the kind, naming the payload.
    """

    decode: Callable[[Arrival], Decoded]
    used_by: frozenset[SourceKind]
    most_bytes: int
    names_content: bool = False

    def refuse_size(self, size_bytes: int) -> NoReturn:
        """Refuse a payload that is too large to be looked at.

        Raises:
            PayloadError: `too_large`.
        """
        raise PayloadError(Reason.TOO_LARGE, f"{size_bytes} bytes; at most {self.most_bytes} on this topic")


_MEASURING = frozenset({SourceKind.SENSOR, SourceKind.CAMERA})

CODECS: Mapping[str, Codec] = {
    "telemetry": Codec(decode=decode_telemetry, used_by=_MEASURING, most_bytes=1_000_000),
    "event": Codec(decode=decode_event, used_by=_MEASURING, most_bytes=64 * 1024),
    "evidence": Codec(decode=decode_evidence, used_by=_MEASURING, most_bytes=256 * 1024, names_content=True),
    "status": Codec(decode=decode_status, used_by=_MEASURING | {SourceKind.GATEWAY}, most_bytes=4 * 1024),
    "canary": Codec(decode=decode_canary, used_by=frozenset({SourceKind.INGEST}), most_bytes=4 * 1024),
}
"""By the topic's kind: `pantau/v1/{source_id}/{kind}`."""
