"""What Pantau says back to a device, as contract v1 writes it (docs/devices.md)."""

from datetime import datetime

import msgspec

from events.intake import Rejection
from events.message import Message
from events.receipt import Receipt

MOST_GAPS = 16
"""Gaps named in a receipt; the device learns of the next when these are closed."""


class _Receipt(msgspec.Struct, omit_defaults=True):
    boot: str
    seq: int
    missing: list[tuple[int, int]] = []
    lost: int = 0


class _CounterLost(msgspec.Struct):
    boot: str
    error: str = "counter_lost"
    detail: str = "the same seq came with different contents: begin a new boot, count from 1; this one gets no receipts"


class _Refusal(msgspec.Struct):
    reason: str
    detail: str
    topic: str
    received_at: datetime


def receipt_topic(receipt: Receipt) -> str:
    """Return where a receipt is retained."""
    return f"pantau/v1/{receipt.source}/receipt"


def receipt_payload(receipt: Receipt) -> bytes:
    """Return a receipt: everything of `boot` up to `seq` was kept or given up, `missing` are the gaps beyond it.

    For a run whose numbers came twice nothing is promised: the payload has no `seq`.
    """
    if receipt.reused:
        return msgspec.json.encode(_CounterLost(receipt.boot))
    gaps = [(span.first, span.last) for span in receipt.tally.missing(MOST_GAPS)]
    return msgspec.json.encode(
        _Receipt(boot=receipt.boot, seq=receipt.tally.upto, missing=gaps, lost=receipt.tally.lost)
    )


def refusal_topic(rejection: Rejection) -> str | None:
    """Return where a device hears of a refusal, None where nobody known sent the message."""
    return None if rejection.source is None else f"pantau/v1/{rejection.source}/error"


def refusal_payload(message: Message, rejection: Rejection) -> bytes:
    """Return what was wrong with a message, and what to send instead."""
    return msgspec.json.encode(
        _Refusal(
            reason=rejection.reason,
            detail=rejection.detail,
            topic=message.topic,
            received_at=message.received_at,
        )
    )
