"""What the routes of rules need from others: protocols that `app` fulfils."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from events.alarm import AlarmKey
from events.comparison import Comparison
from events.rule_version import RuleVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFault:
    """One mistake in a rule.

    Attributes:
        path: The rule and the keys down to it, such as `rob-siaga.above`.
        problem: What is wrong, one clause.
        remedy: What to write instead, one clause.
        warning: Whether the rule can be used in spite of it.
    """

    path: str
    problem: str
    remedy: str
    warning: bool


class RuleRefusedError(Exception):
    """A rule cannot be used; `faults` are all its mistakes."""

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.problem}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """The newest version of a rule.

    Attributes:
        version: The version.
        problem: Why this release passes it over, None where it does not.
        judged: Whether ingest has taken it up.
    """

    version: RuleVersion
    problem: str | None
    judged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFired:
    """What one rule would have raised at one source and zone.

    Attributes:
        key: Rule, source, zone.
        times: How often.
        active: How long in all.
        longest: How long at most.
        chattered: Times that came too fast after each other.
        fleeting: Times that were over too soon.
        starts: When, by the data's own time: the first of them.
    """

    key: AlarmKey
    times: int
    active: timedelta
    longest: timedelta
    chattered: int
    fleeting: int
    starts: Sequence[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialState:
    """How a trial of rules on stored history stands.

    Attributes:
        id: Its name.
        start: Start of the period, aware UTC.
        end: Its end.
        rules: Ids of the rules tried.
        state: Where it is.
        share: How much is done, 0..1.
        problem: Why it failed, None where it did not.
        readings: Readings judged, once it is done.
        fired: What would have fired, once it is done.
        not_judged: Rules that history cannot answer.
    """

    id: UUID
    start: datetime
    end: datetime
    rules: Sequence[str]
    state: Literal["waiting", "running", "done", "failed", "stopped"] = "waiting"
    share: float = 0.0
    problem: str | None = None
    readings: int = 0
    fired: Sequence[TrialFired] = ()
    not_judged: Sequence[str] = ()


class RuleDesk(Protocol):
    """Rules and their versions. Every method raises StorageError when the database is away."""

    async def all(self) -> Sequence[RuleFile]:
        """Return the newest version of every rule, by id."""

    async def history(self, rule: str, /) -> Sequence[RuleVersion]:
        """Return every version of a rule, oldest first; empty where there is none."""

    async def since(self, number: int, /) -> Sequence[RuleVersion]:
        """Return every version of every rule after the one with a number, in the order they were written."""

    async def shadows(self, start: datetime, end: datetime, /) -> Sequence[Comparison]:
        """Return every rule on trial beside the one it may replace, over a period."""

    async def check(self, definition: Mapping[str, Any], /) -> Sequence[RuleFault]:
        """Return every mistake in a rule among those in force, warnings among them."""

    async def activate(
        self, rule: str, definition: Mapping[str, Any] | None, reason: str, expected_version: int | None, /
    ) -> RuleVersion:
        """Put a version of a rule in force, or with None withdraw it.

        Raises:
            RuleRefusedError: it, or a rule that names it, would be wrong.
            ConflictError: the expected version is not the newest, or there is nothing to withdraw.
        """

    async def roll_back(self, rule: str, version: int, reason: str, expected_version: int | None, /) -> RuleVersion:
        """Put an earlier version's text in force again, as a new version; errors as `activate`."""

    async def begin_trial(self, rules: Sequence[Mapping[str, Any]], start: datetime, end: datetime, /) -> TrialState:
        """Begin to judge stored history by rules; of one id they take the place of that in force.

        Raises:
            RuleRefusedError: one of them is wrong.
            LimitError: the period is too long, or another trial is under way.
        """

    def trial(self, id_: UUID, /) -> TrialState | None:
        """Return how a trial stands, None where there is none (any more)."""

    def stop_trial(self, id_: UUID, /) -> None:
        """End a trial soon; one that is done stays."""
