"""What a simulated city's ingest hands to the writer: readings and its own canaries, decoded."""

from datetime import datetime

from events.ids import SourceId
from events.intake import Decoded, Intake
from events.liveness import Canary
from events.message import Delivery, Message
from events.reading import Quality, Reading


def reading(source: str, metric: str, value: float, at: datetime) -> Intake:
    """Return one value that was measured and received at a time, aware."""
    message = Message(f"pantau/v1/{source}/telemetry", b"{}", at, retained=False, delivery=Delivery(1, 1))
    measured = Reading(SourceId(source), metric, at, at, value, value, Quality.OK)
    return Intake(message, Decoded(source=SourceId(source), readings=(measured,), live=True), None)


def canary(at: datetime) -> Intake:
    """Return ingest's own sign of life at a time, aware."""
    message = Message("pantau/v1/pantau-ingest/canary", b"{}", at, retained=False, delivery=Delivery(1, 1))
    sent = Canary(sender="pantau-ingest", sent_at=at)
    return Intake(message, Decoded(source=SourceId("pantau-ingest"), canary=sent, live=False), None)
