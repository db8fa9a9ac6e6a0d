"""Bounded hand-over from one thread to another."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestChannel(Generic[T]):
    """Keeps the newest items: a full channel drops its oldest and counts it.

    For pictures, where the newest is worth most. Never blocks the putting side.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._dropped = 0
        self._changed = threading.Condition()

    def put(self, item: T) -> None:
        """Add an item, dropping the oldest if there is no room."""
        with self._changed:
            if len(self._items) >= self._capacity:
                self._items.popleft()
                self._dropped += 1
            self._items.append(item)
            self._changed.notify()

    def get(self, timeout_s: float) -> T | None:
        """Return the oldest item, or None when none came in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._items), timeout_s):
                return None
            return self._items.popleft()

    @property
    def dropped(self) -> int:
        """How many items were dropped since the start."""
        with self._changed:
            return self._dropped

    def __len__(self) -> int:
        with self._changed:
            return len(self._items)


class LosslessChannel(Generic[T]):
    """Drops nothing: a full channel refuses, so that the putting side pushes back on its own source.

    For messages that must be acknowledged. The taking side takes batches bounded in size and age.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._changed = threading.Condition()

    def put(self, item: T, timeout_s: float) -> bool:
        """Add an item, waiting for room; False when there was none in time and the item was not taken."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._items) < self._capacity, timeout_s):
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def put_many(self, items: Sequence[T]) -> int:
        """Add items in order as far as there is room, without waiting; return how many were taken."""
        with self._changed:
            room = max(self._capacity - len(self._items), 0)
            self._items.extend(items[:room])
            self._changed.notify_all()
            return min(room, len(items))

    def take(self, most: int, *, first_timeout_s: float, age_s: float) -> list[T]:
        """Return up to `most` items: at once when full, else `age_s` after the first was found.

        Returns an empty list when nothing came within `first_timeout_s`.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._items), first_timeout_s):
                return []
            deadline = time.monotonic() + age_s
            wanted = min(most, self._capacity)
            while len(self._items) < wanted:
                rest_s = deadline - time.monotonic()
                if rest_s <= 0:
                    break
                self._changed.wait(rest_s)
            batch = [self._items.popleft() for _ in range(min(wanted, len(self._items)))]
            self._changed.notify_all()
            return batch

    def clear(self) -> int:
        """Forget everything held (the connection it came on is gone); return how much that was."""
        with self._changed:
            count = len(self._items)
            self._items.clear()
            self._changed.notify_all()
            return count

    def __len__(self) -> int:
        with self._changed:
            return len(self._items)
