"""What SensorThings needs from others."""

from collections.abc import Sequence
from typing import Protocol

from events.sensorthings import Ask, Names, Page, Step


class SensorThings(Protocol):
    """Reads entities."""

    async def find(self, way: Sequence[Step], ask: Ask, names: Names, /) -> Page | None:
        """Return a page of what a way leads to, or the only one; None where it leads nowhere.

        Raises:
            QuestionError: the question makes no sense for the data.
            TooLongError: it takes too long.
            StorageError: the database is away.
        """
