"""Tells the city's bus what a worker's cameras see."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

import structlog
from prometheus_client import Counter

from events.errors import StorageError
from events.ids import SourceId
from events.observation import Observation, Phase
from vision import payloads
from vision.episodes import Statement
from vision.evidence import EvidencePicture
from vision.ledger import Ledger

log = structlog.get_logger(__name__)

REFUSED = Counter("pantau_vision_refused_messages_total", "Messages the outbox could not take")


class Publisher(Protocol):
    """Takes messages and delivers them, keeping those of QoS 1 until they are acknowledged. Never blocks for long.

    Numbers telemetry and events with `boot` and `seq`.
    """

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        """Take over one message.

        Raises:
            StorageError: it could not be kept and will not be sent.
        """
        ...


class Reporter:
    """Publishes under the topics of a worker's cameras. Not for several threads at once."""

    def __init__(self, publisher: Publisher, ledger: Ledger) -> None:
        self._publisher = publisher
        self._ledger = ledger
        self._refused = False

    def end_left_over(self, at: datetime) -> int:
        """End as lost what the last run left open; return how much that was."""
        left_over = self._ledger.left_over(at)
        for observation in left_over:
            if self._event(observation):
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
            if self._event(observation) and observation.phase is Phase.END:
                self._ledger.ended(observation)

    def telemetry(self, camera: SourceId, values: Mapping[str, float], at: datetime) -> None:
        """Publish a camera's measurements."""
        self._publish(payloads.topic(camera, "telemetry"), payloads.telemetry(values, at), qos=1)

    def snapshot(self, camera: SourceId, jpeg: bytes) -> None:
        """Publish a camera's latest picture, which nobody stores."""
        self._publish(payloads.topic(camera, "snapshot"), jpeg, qos=0)

    def _evidence(self, camera: SourceId, picture: EvidencePicture) -> None:
        self._publish(payloads.topic(camera, f"evidence/{picture.sha256}"), picture.jpeg, qos=1)

    def _event(self, observation: Observation) -> bool:
        return self._publish(payloads.topic(observation.source, "event"), payloads.event(observation), qos=1)

    def _publish(self, topic: str, payload: bytes, *, qos: int) -> bool:
        """Hand over one message; False when the disk did not take it.

        A full disk must not stop the cameras: what is open is told again with its next update, and an end that was
        not taken stays in the ledger.
        """
        try:
            self._publisher.publish(topic, payload, qos=qos, retain=False)
        except StorageError as error:
            REFUSED.inc()
            if not self._refused:
                self._refused = True
                log.error("messages cannot be kept and are lost until there is room", reason=str(error))  # noqa: TRY400 - the sentence says all
            return False
        self._refused = False
        return True
