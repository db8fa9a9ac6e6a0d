"""Keeps what could not be accepted, within bounds."""

import hashlib
from collections.abc import Sequence

from events.intake import Rejection
from events.message import Message
from storage.database import Cursor
from storage.queries import query

KEPT_PER_SOURCE = 1000
"""Newest messages kept of each source, and of all unknown sources together."""

LONGEST_PAYLOAD_BYTES = 64 * 1024
LONGEST_TOPIC = 1024
LONGEST_DETAIL = 4096

Refused = tuple[Message, Rejection]


def quarantine(cursor: Cursor, refused: Sequence[Refused], kept: int = KEPT_PER_SOURCE) -> None:
    """Keep refused messages; drop the oldest of their sources beyond the bound.

    Never refused for its data: every text is cleaned, every payload goes in as bytes.
    """
    if not refused:
        return
    cursor.executemany(query("quarantine_message"), [_columns(*one) for one in refused])
    sources = {rejection.source for _, rejection in refused}
    if None in sources:
        cursor.execute(query("trim_unknown_quarantine"), {"kept": kept})
    named = sorted(source for source in sources if source is not None)
    if named:
        cursor.execute(query("trim_quarantine"), {"source_ids": named, "kept": kept})


def _columns(message: Message, rejection: Rejection) -> dict[str, object]:
    topic = _clean(message.topic, LONGEST_TOPIC)
    digest = hashlib.sha256(message.payload)
    # Not the payload alone: a device may send the same nonsense twice, and that is twice.
    digest.update(f"\n{message.received_at.isoformat()}\n{topic}\n{rejection.reason}".encode())
    return {
        "digest": digest.digest(),
        "source_id": rejection.source,
        "topic": topic,
        "payload": message.payload[:LONGEST_PAYLOAD_BYTES],
        "size_bytes": len(message.payload),
        "reason": _clean(rejection.reason, LONGEST_TOPIC),
        "detail": _clean(rejection.detail, LONGEST_DETAIL),
        "received_at": message.received_at,
    }


def _clean(text: str, longest: int) -> str:
    """Return text that PostgreSQL takes: without NUL, valid Unicode, not too long."""
    return text[:longest].replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
