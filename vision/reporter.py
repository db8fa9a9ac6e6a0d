"""Tells the city's bus what a worker's cameras see."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from events.ids import SourceId
from events.observation import Observation, Phase
from vision import payloads
from vision.episodes import Statement
from vision.evidence import EvidencePicture
from vision.ledger import Ledger


class Publisher(Protocol):
    """Takes messages and delivers them, keeping those of QoS 1 until they are acknowledged. Never blocks for long."""

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        """Take over one message."""
        ...


class Reporter:
    """Publishes under the topics of a worker's cameras. Not for several threads at once."""

    def __init__(self, publisher: Publisher, ledger: Ledger, boot: str) -> None:
        self._publisher = publisher
        self._ledger = ledger
        self._boot = boot
        self._seq = 0

    def end_left_over(self, at: datetime) -> int:
        """End as lost what the last run left open; return how much that was."""
        left_over = self._ledger.left_over(at)
        for observation in left_over:
            self._event(observation)
            self._ledger.ended(observation)
        return len(left_over)

    def tell(self, statements: Iterable[Statement]) -> None:
        """Publish each statement, its picture first."""
        for statement in statements:
            observation = statement.observation
            if statement.picture is not None:
                self._evidence(observation.source, statement.picture)
            if observation.phase is Phase.BEGIN:
                self._ledger.begun(observation)
            self._event(observation)
            if observation.phase is Phase.END:
                self._ledger.ended(observation)

    def telemetry(self, camera: SourceId, values: Mapping[str, float], at: datetime) -> None:
        """Publish a camera's measurements."""
        payload = payloads.telemetry(values, at=at, boot=self._boot, seq=self._next())
        self._publisher.publish(payloads.topic(camera, "telemetry"), payload, qos=1, retain=False)

    def snapshot(self, camera: SourceId, jpeg: bytes) -> None:
        """Publish a camera's latest picture, which nobody stores."""
        self._publisher.publish(payloads.topic(camera, "snapshot"), jpeg, qos=0, retain=False)

    def _evidence(self, camera: SourceId, picture: EvidencePicture) -> None:
        where = payloads.topic(camera, f"evidence/{picture.sha256}")
        self._publisher.publish(where, picture.jpeg, qos=1, retain=False)

    def _event(self, observation: Observation) -> None:
        payload = payloads.event(observation, boot=self._boot, seq=self._next())
        self._publisher.publish(payloads.topic(observation.source, "event"), payload, qos=1, retain=False)

    def _next(self) -> int:
        self._seq += 1
        return self._seq
