"""A command: what a person asks for at an alarm."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a person asks for at an alarm.

    Attributes:
        actor: Who, as it is written beside the step.
        at: Now, aware UTC.
        supervisor: Whether this person may do what supervisors may.
        reason: Why; empty where none was given.
        lasts: For how long, None for the usual time.
        oneshot: Whether it is to end with the condition.
    """

    actor: str
    at: datetime
    supervisor: bool = False
    reason: str = ""
    lasts: timedelta | None = None
    oneshot: bool = False
