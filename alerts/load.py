"""Follows the alarm stream and says how much it asks of the operators: new alarms, floods, what stands too long."""

from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from alerts.activations import FLOOD_FROM, FLOOD_UNTIL, STALE_AFTER, WINDOW, is_activation
from events.alarm import Alarm, AlarmRecord, AlarmState
from events.load import Load


class LoadWatch:
    """Keeps what the load of a moment needs: the last ten minutes' activations and the open alarms.

    Args:
        operators: Among how many the alarms are shared.
    """

    def __init__(self, operators: int) -> None:
        if operators < 1:
            raise ValueError("want at least one operator")
        self._operators = operators
        self._times: deque[datetime] = deque()
        self._open: dict[UUID, Alarm] = {}
        self._active_since: dict[UUID, datetime] = {}
        self._flood_since: datetime | None = None
        self._seq = 0

    def take(self, records: Sequence[AlarmRecord]) -> None:
        """Follow the stream; a record that came before is passed over."""
        for record in records:
            if record.seq > self._seq:
                self._seq = record.seq
                self._follow(record)

    def load(self, at: datetime) -> Load:
        """Return the load of a moment, no earlier than the last one asked for."""
        self._forget(at)
        stale = [(since, id_) for id_, since in self._active_since.items() if at - since > STALE_AFTER]
        return Load(
            at=at,
            new=len(self._times) / self._operators,
            flood_since=self._flood_since,
            open=Counter((alarm.state, alarm.priority) for alarm in self._open.values()),
            stale=[id_ for _, id_ in sorted(stale)],
        )

    def _follow(self, record: AlarmRecord) -> None:
        change, alarm = record.change, record.change.alarm
        if alarm.state is AlarmState.NORM:
            self._open.pop(alarm.id, None)
        else:
            self._open[alarm.id] = alarm
        if not alarm.active:
            self._active_since.pop(alarm.id, None)
        else:
            self._active_since.setdefault(alarm.id, alarm.raised_at)
        self._forget(change.at)
        if is_activation(change):
            self._times.append(change.at)
            if self._flood_since is None and len(self._times) >= FLOOD_FROM * self._operators:
                self._flood_since = change.at

    def _forget(self, at: datetime) -> None:
        while self._times and at - self._times[0] >= WINDOW:
            self._times.popleft()
        if len(self._times) < FLOOD_UNTIL * self._operators:
            self._flood_since = None
