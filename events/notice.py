"""A notice: that somebody is to be told of an alarm, unless it has been accepted by then."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.alarm import Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one channel.

    Attributes:
        id: Made of the alarm, its occurrence, the step and the channel, so that making it again gives the same.
        alarm: Which alarm.
        raised_at: Which occurrence of it: when it last entered UNACK, aware UTC.
        step: Number of the escalation step, from 0.
        channel: Id of the channel.
        due_at: When, if nobody has accepted the alarm by then, aware UTC.
    """

    id: UUID
    alarm: UUID
    raised_at: datetime
    step: int
    channel: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """A notice whose time has come, with the alarm as it is now.

    Attributes:
        notice: The notice.
        alarm: The alarm.
        tries: How often it was tried before.
        current: Whether the alarm still is what the notice was made for: unaccepted, in sight, the same occurrence.
    """

    notice: Notice
    alarm: Alarm
    tries: int
    current: bool
