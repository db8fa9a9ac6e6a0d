"""A publisher that remembers, and a stream that says what it is told to: the worker's two neighbours."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from events.errors import StorageError


@dataclass
class Bus:
    """Remembers every message in order."""

    messages: list[tuple[str, bytes, int]] = field(default_factory=list)
    full: bool = False

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        assert not retain, "a retained picture or event would speak of the past"
        if self.full:
            raise StorageError("no room")
        self.messages.append((topic, payload, qos))

    def of(self, kind: str, camera: str = "cam-1") -> list[Any]:
        """Return the decoded payloads of one kind of topic."""
        wanted = f"pantau/v1/{camera}/{kind}"
        return [json.loads(payload) for topic, payload, _ in list(self.messages) if topic == wanted]

    def events(self, what: str, camera: str = "cam-1") -> list[str]:
        """Return the phases told of one kind of event."""
        return [event["phase"] for event in self.of("event", camera) if event["kind"] == what]


@dataclass
class Stream:
    """A camera's stream as a worker sees it."""

    pictures: int = 0
    broken: int = 0
    trouble: str | None = None

    def run(self, stop: threading.Event) -> None:
        stop.wait()
