"""What rules are given and what they answer: the contract between storage, which holds locks, and alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from events.alarm import Alarm, AlarmChange, AlarmKey
from events.liveness import SignOfLife
from events.maintenance import Maintenance
from events.notice import Notice
from events.observation import Observation
from events.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one transaction newly knows, each list in arrival order.

    Redelivered readings and observations are not facts: they were judged when they first came.

    Attributes:
        readings: Newly stored readings.
        observations: Newly stored statements.
        signs: Latest sign of life of each source heard in this transaction.
        silences: Last sign of life of every source ever heard, for absence rules; one never heard is missing.
            Empty outside the absence timer.
        listened_until: Up to when Pantau is known to have heard everything (the last committed canary);
            None outside the absence timer.
        listening_since: Start of the uninterrupted run of canaries that ends there; None outside the absence timer.
        open_keys: Keys of all open alarms (any state but NORM), given with `listened_until`, so that time alone
            can clear them. Empty outside the absence timer.
        maintenance: Windows of now and soon, in which alarms of what is worked on are hidden.
    """

    readings: Sequence[Reading] = ()
    observations: Sequence[Observation] = ()
    signs: Sequence[SignOfLife] = ()
    silences: Sequence[SignOfLife] = ()
    listened_until: datetime | None = None
    listening_since: datetime | None = None
    open_keys: Sequence[AlarmKey] = ()
    maintenance: Sequence[Maintenance] = ()


class RuleState(NamedTuple):
    """What a rule remembers of one key between transactions.

    A NamedTuple because two are made for every key that a batch concerns.

    Attributes:
        watermark: Time of the newest fact judged; older facts go to history, never to live alarms.
        pending_since: Since when the condition holds without the alarm being raised yet (on-delay).
        clear_since: Since when the condition is gone while the alarm is still active (off-delay).
        observations: Things seen that have begun and not ended, oldest first: two of them may hold one alarm active.
        kept: What a kind of rule remembers besides, as JSON in its own words; empty where nothing.
    """

    watermark: datetime | None = None
    pending_since: datetime | None = None
    clear_since: datetime | None = None
    observations: tuple[UUID, ...] = ()
    kept: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows from the facts.

    Attributes:
        states: The new memory of every key whose memory changed.
        changes: Alarm changes in the order they happened; one alarm may change twice in one batch.
        faults: Rules that raised an error, with its text; they hurt nobody else.
        notices: Whom to tell of the changes.
        shadows: Changes of alarms of shadow rules, which nobody is told of and which are kept apart.
    """

    states: Mapping[AlarmKey, RuleState] = field(default_factory=dict)
    changes: Sequence[AlarmChange] = ()
    faults: Mapping[AlarmKey, str] = field(default_factory=dict)
    notices: Sequence[Notice] = ()
    shadows: Sequence[AlarmChange] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What storage holds under lock while facts are judged.

    Attributes:
        states: Memory of each key of every rule; a key never judged is missing. Not to be changed.
        alarms: The open alarm (any state but NORM) of each key that the facts concern and that has one.
        shadows: The active alarm of each key of a shadow rule that they concern and that has one.
    """

    states: Mapping[AlarmKey, RuleState]
    alarms: Mapping[AlarmKey, Alarm]
    shadows: Mapping[AlarmKey, Alarm] = field(default_factory=dict)
