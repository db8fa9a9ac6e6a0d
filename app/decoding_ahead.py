"""The next batch is understood while the present one is committed."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Self

from configs.services import Ingest
from devices.decoder import Decoder
from events.intake import Intake
from events.message import Message
from ingest.mqtt import MqttIntake

IDLE_S = 0.25
"""How often an idle loop looks whether it should stop."""


class Batch(NamedTuple):
    """Messages on their way into one transaction.

    Attributes:
        messages: As they came; none when none came for a while.
        intakes: What was understood of each.
        requests: What devices are to be asked just now, topic and payload.
    """

    messages: list[Message]
    intakes: list[Intake]
    requests: list[tuple[str, bytes]]


class DecodingAhead:
    """Takes batches from the broker and decodes them in a thread of its own, one ahead of the caller.

    While the database takes a batch in, the processor has nothing else to do: `begin` is to be called then, and not
    before, since the threads of one process only take turns. Batches are handed on in the order in which they came. The
    decoder, and what it remembers, is used by this thread alone.

    Args:
        intake: Where messages come from.
        decoder: Understands them.
        settings: How large a batch is.
        over: Tells that no batch is to be begun any more.
        requests: Gives what devices are to be asked, after each batch, and while there is a connection.
    """

    def __init__(
        self,
        intake: MqttIntake,
        decoder: Decoder,
        settings: Ingest,
        over: Callable[[], bool],
        requests: Callable[[], Iterable[tuple[str, bytes]]] = tuple,
    ) -> None:
        self._intake = intake
        self._decoder = decoder
        self._settings = settings
        self._over = over
        self._requests = requests
        self._thread = ThreadPoolExecutor(1, "decode")
        self._coming: Future[Batch] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def begin(self) -> None:
        """Begin with the next batch, unless that is done already, or all is over."""
        if self._coming is None and not self._over():
            self._coming = self._thread.submit(self._hear)

    def next(self) -> Batch | None:
        """Return the next batch, in which there may be nothing; None when all is over and none was begun."""
        self.begin()
        return self.left()

    def left(self) -> Batch | None:
        """Return the batch that was begun, None where none was."""
        coming, self._coming = self._coming, None
        return None if coming is None else coming.result()

    def _hear(self) -> Batch:
        settings = self._settings
        messages = self._intake.take(settings.batch_messages, first_timeout_s=IDLE_S, age_s=settings.batch_age_s)
        intakes = [self._decoder.decode(message) for message in messages]
        return Batch(messages, intakes, list(self._requests()) if self._intake.connected else [])
