"""Messages of a lost connection, held until the broker sends them again."""

from collections import deque

from events.message import Message


class Redelivery:
    """Unacknowledged messages set aside at a reconnection.

    A broker that kept the session sends every unacknowledged message again. Processing the old copies too would be
    wasted work, and while a connection flaps they would keep the new, acknowledgeable copies waiting behind them.
    But "session kept" does not say that the messages were kept: a broker restored from an older snapshot has the
    session and not its newest messages. So an old copy is given up only for its new copy, equal in topic and payload;
    what did not come again within a while is handed out after all, to be committed without an acknowledgement.

    Not safe for threads: the network thread alone uses it.

    Args:
        patience_s: How long to wait for the new copies. The broker sends them first thing.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._deadline_s = 0.0
        self._held: dict[tuple[str, bytes], deque[Message]] = {}
        self._count = 0

    def hold(self, messages: list[Message], now_s: float) -> None:
        """Set messages aside, oldest first, and start the wait anew."""
        self._deadline_s = now_s + self._patience_s
        for message in messages:
            self._held.setdefault((message.topic, message.payload), deque()).append(message)
        self._count += len(messages)

    def replace(self, message: Message) -> None:
        """Give up the old copy of a message, if there is one."""
        key = (message.topic, message.payload)
        copies = self._held.get(key)
        if copies is None:
            return
        copies.popleft()
        self._count -= 1
        if not copies:
            del self._held[key]

    def overdue(self, now_s: float) -> list[Message]:
        """Hand out what did not come again in time, oldest first; nothing before."""
        return self.release() if self._held and now_s >= self._deadline_s else []

    def release(self) -> list[Message]:
        """Hand out everything held, oldest first."""
        held = sorted((m for copies in self._held.values() for m in copies), key=lambda m: m.received_at)
        self._held.clear()
        self._count = 0
        return held

    def __len__(self) -> int:
        return self._count
