"""What a worker publishes, as contract v1 writes it (docs/architecture.md, topics)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from events.ids import SourceId
from events.observation import Observation

TOPIC_ROOT = "pantau/v1"
_DECIMALS = 4
"""Shares finer than a ten-thousandth of the picture mean nothing and cost bytes."""


def topic(source: SourceId, kind: str) -> str:
    """Return where a source publishes: `pantau/v1/{source}/{kind}`."""
    return f"{TOPIC_ROOT}/{source}/{kind}"


def telemetry(values: Mapping[str, float], *, at: datetime, boot: str, seq: int) -> bytes:
    """Return a telemetry payload.

    Args:
        values: Metric, with its zone after a dot, to value.
        at: When they were measured, aware UTC.
        boot: The worker's current run.
        seq: Number of the message within the run.
    """
    return msgspec.json.encode({"ts": at, "boot": boot, "seq": seq, "values": values})


def event(observation: Observation, *, boot: str, seq: int) -> bytes:
    """Return an event payload.

    Args:
        observation: What is told.
        boot: The worker's current run.
        seq: Number of the message within the run.
    """
    box = observation.box
    return msgspec.json.encode(
        {
            "id": observation.id,
            "kind": observation.kind,
            "phase": observation.phase.value,
            "ts": observation.at,
            "started_at": observation.started_at,
            "boot": boot,
            "seq": seq,
            "zone": observation.zone,
            "bbox": None if box is None else [round(share, _DECIMALS) for share in box],
            "count": observation.count,
            "score": round(observation.score, _DECIMALS),
            "evidence": observation.evidence,
            "attrs": dict(observation.attrs),
        }
    )
