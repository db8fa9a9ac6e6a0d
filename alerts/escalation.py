"""Whom to tell of an alarm that nobody accepts, and when: laid down with the alarm, in its own transaction."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from uuid import UUID, uuid5

from alerts.lifecycle import PLATFORM
from configs.notifications import Notifications, Step
from events.alarm import AlarmChange, AlarmState, Priority
from events.notice import Notice

NAMES = UUID("6f3f8f0e-3f52-4a4f-9a57-5a0c1b5f6d11")
"""Namespace of notices' ids (RFC 9562, version 5)."""


class Escalation:
    """The steps of a site file.

    Args:
        notifications: The section, None where nobody is to be told.
    """

    def __init__(self, notifications: Notifications | None) -> None:
        self._steps: Mapping[Priority, tuple[Step, ...]] = {}
        if notifications is not None:
            self._steps = {Priority[name.upper()]: steps for name, steps in notifications.escalation.items()}

    def notices(self, changes: Iterable[AlarmChange]) -> Iterator[Notice]:
        """Yield what follows from alarm changes: each entry into UNACK that no person brought about starts the steps.

        An alarm that sounds again because its priority rose starts the steps of the new priority.
        """
        for change in changes:
            alarm = change.alarm
            entered = change.before is not AlarmState.UNACK and alarm.state is AlarmState.UNACK
            if not entered or change.actor != PLATFORM:
                continue
            for number, step in enumerate(self._steps.get(alarm.priority, ())):
                for channel in dict.fromkeys(step.to):
                    yield Notice(
                        id=uuid5(NAMES, f"{alarm.id} {alarm.version} {number} {channel}"),
                        alarm=alarm.id,
                        raised_at=change.at,
                        step=number,
                        channel=channel,
                        due_at=change.at + timedelta(seconds=step.after_s),
                    )
