"""Messages that the broker has and Pantau has not yet receipted: when to forget them, when to send them again."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from devices.outbox import Item, ItemNumber

PATIENCE_S = 15.0
"""Without any receipt for so long, what waits is sent again; each further time after twice as long, since a Pantau that
is away is not helped by repetition: the broker has the messages."""
LONGEST_PATIENCE_S = 960.0
GAP_PATIENCE_S = 5.0
"""A message that a receipt names as missing may still be on its way through the broker for so long."""
AGAIN_MOST = 64
"""So many are sent again at first, to find out whether anybody is there."""

SOON_S = 2.0
AGAIN_IN_ALL = 1024
"""Where that was receipted and nothing else is: somebody is there, and the broker has forgotten the rest. It follows
after so long without a further receipt, twice as many each time up to this."""


class ReceiptPayload(msgspec.Struct):
    """A receipt as it comes; without `seq` it promises nothing, with `error` the run's counter was lost."""

    boot: str
    seq: int = 0
    missing: list[tuple[int, int]] = []
    error: str | None = None


class _Waiting(NamedTuple):
    number: ItemNumber
    since_s: float


class Awaiting:
    """The account of one client. For one thread; in memory only, since the messages themselves lie in the outbox."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}
        self._patience_s = PATIENCE_S
        self._portion = AGAIN_MOST
        self._resent: set[int] = set()
        """What was sent again because nothing was receipted for long, and is not receipted yet."""
        self._progress_s = 0.0
        self._connected_s = 0.0
        self._unanswered: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, item_id: int, number: ItemNumber, now_s: float) -> None:
        """Note that the broker has a message."""
        if not self._waiting:
            self._progress_s = now_s
        self._waiting[item_id] = _Waiting(number, now_s)

    def receipted(self, item_ids: Sequence[int], now_s: float) -> None:
        """Note that messages were receipted."""
        came = [item_id for item_id in item_ids if self._waiting.pop(item_id, None) is not None]
        if not came:
            return
        self._progress_s = now_s
        sent_again = not self._resent.isdisjoint(came)
        self._resent.difference_update(came)
        if not sent_again or not (self._waiting or self._resent):
            self._patience_s, self._portion = PATIENCE_S, AGAIN_MOST
        else:
            self._patience_s, self._portion = SOON_S, min(2 * self._portion, AGAIN_IN_ALL)

    def withdraw(self, item_ids: Sequence[int]) -> None:
        """Note that messages are on their way again."""
        for item_id in item_ids:
            self._waiting.pop(item_id, None)

    def connected(self, now_s: float) -> None:
        """Note that a connection began: what the broker took before, it may have forgotten."""
        self._connected_s = now_s
        self._unanswered = {(number.source, number.boot) for number, _ in self._waiting.values()}

    def missed(self, source: str, receipt: ReceiptPayload, now_s: float, *, live: bool) -> list[int]:
        """Return what a receipt misses although the broker took it some time ago, in order.

        The first live receipt of a connection answers this client's `online`, which the broker has passed on after
        everything else it had. So whatever an earlier connection delivered and that receipt does not cover is gone.
        """
        run = source, receipt.boot
        first = live and run in self._unanswered
        if first:
            self._unanswered.discard(run)
        return [
            item_id
            for item_id, (number, since_s) in sorted(self._waiting.items())
            if (number.source, number.boot) == run
            and ((first and since_s < self._connected_s) or _is_missing(number.seq, receipt, now_s - since_s))
        ]

    def overdue(self, now_s: float) -> list[int]:
        """Return what is to be sent again because nothing was receipted for long, oldest first."""
        if not self._waiting or now_s - self._progress_s < self._patience_s:
            return []
        self._progress_s = now_s
        self._patience_s = min(2 * self._patience_s, LONGEST_PATIENCE_S)
        overdue = sorted(self._waiting)[: self._portion]
        self._resent = set(overdue)
        return overdue


def _is_missing(seq: int, receipt: ReceiptPayload, age_s: float) -> bool:
    return age_s >= GAP_PATIENCE_S and any(first <= seq <= last for first, last in receipt.missing)


def with_oldest(item: Item, oldest: int | None) -> bytes:
    """Return a numbered message's payload with the lowest number its device holds at the time of sending."""
    if item.number is None or oldest is None or not item.payload.endswith(b"}") or b'"oldest"' in item.payload:
        return item.payload
    return item.payload[:-1] + b',"oldest":%d}' % oldest
