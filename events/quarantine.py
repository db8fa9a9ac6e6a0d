"""A message that could not be accepted, as it is kept."""

from dataclasses import dataclass
from datetime import datetime

from events.ids import SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One message in quarantine.

    Attributes:
        id: Its number there.
        source: Whom its topic names, None where it names nobody known.
        topic: Full topic.
        payload: Bytes as they came, cut where they were very long.
        size_bytes: Length before it was cut.
        reason: Why, one word.
        detail: Why, one sentence.
        received_at: When it came, aware UTC.
    """

    id: int
    source: SourceId | None
    topic: str
    payload: bytes
    size_bytes: int
    reason: str
    detail: str
    received_at: datetime

    @property
    def whole(self) -> bool:
        """Whether all of it is here, so that it can be replayed."""
        return len(self.payload) == self.size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """How many messages are kept for one reason.

    Attributes:
        reason: The reason.
        messages: How many.
        sources: From how many sources.
        first_at: When the oldest of them came, aware UTC.
        last_at: When the newest came.
    """

    reason: str
    messages: int
    sources: int
    first_at: datetime
    last_at: datetime
