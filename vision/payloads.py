"""What a worker publishes, as contract v1 writes it (docs/architecture.md, topics)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from events.geometry import Box
from events.ids import SourceId
from events.observation import Observation

TOPIC_ROOT = "pantau/v1"
_DECIMALS = 4
"""Shares finer than a ten-thousandth of the picture mean nothing and cost bytes."""


def topic(source: SourceId, kind: str) -> str:
    """Return where a source publishes: `pantau/v1/{source}/{kind}`."""
    return f"{TOPIC_ROOT}/{source}/{kind}"


def telemetry(values: Mapping[str, float], at: datetime) -> bytes:
    """Return a telemetry payload; the publisher numbers it.

    Args:
        values: Metric, with its zone after a dot, to value.
        at: When they were measured, aware UTC.
    """
    return msgspec.json.encode({"ts": at, "values": values})


def event(observation: Observation) -> bytes:
    """Return an event payload; the publisher numbers it."""
    return msgspec.json.encode(
        {
            "id": observation.id,
            "kind": observation.kind,
            "phase": observation.phase.value,
            "ts": observation.at,
            "started_at": observation.started_at,
            "zone": observation.zone,
            "bbox": None if observation.box is None else _shares(observation.box),
            "count": observation.count,
            "score": round(min(max(observation.score, 0.0), 1.0), _DECIMALS),
            "evidence": observation.evidence,
            "attrs": dict(observation.attrs),
        }
    )


def _shares(box: Box) -> list[float] | None:
    """Return [x, y, width, height] cut at the picture's edge, None where nothing is left.

    Corners are rounded, not sizes, so that rounding never pushes the box over the edge.
    """
    left, top = (round(min(max(share, 0.0), 1.0), _DECIMALS) for share in box[:2])
    right, bottom = (round(min(max(share, 0.0), 1.0), _DECIMALS) for share in (box.x + box.width, box.y + box.height))
    if right <= left or bottom <= top:
        return None
    return [left, top, round(right - left, _DECIMALS), round(bottom - top, _DECIMALS)]
