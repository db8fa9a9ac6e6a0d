"""How much the alarm stream asks of the operators just now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.alarm import AlarmState, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load of one moment.

    Attributes:
        at: When, aware UTC.
        new: Entries into UNACK within the last ten minutes, for one operator.
        flood_since: Since when there is an alarm flood, None while there is none.
        open: How many open alarms there are of each state and priority.
        stale: Alarms that have been active for more than a day without a break, oldest first.
    """

    at: datetime
    new: float
    flood_since: datetime | None
    open: Mapping[tuple[AlarmState, Priority], int]
    stale: Sequence[UUID]

    @property
    def standing(self) -> int:
        """Open alarms on the main list."""
        return sum(n for (state, _), n in self.open.items() if state in {AlarmState.UNACK, AlarmState.ACKED})
