"""Whether an alarm told the truth, as people see it, and what that says of rules and cameras."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from events.alarm import AlarmKey

CONFIDENT = 1.959964
"""Standard deviations on both sides that hold 95 % of a normal distribution."""


class Truth(StrEnum):
    """There was what the alarm said; there was not; or somebody tried it out, which counts for neither."""

    TRUE = "true"
    FALSE = "false"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A person's verdict on an alarm.

    Attributes:
        alarm: Which.
        truth: The verdict.
        actor: Who.
        at: When, aware UTC.
        note: Why, in their words; empty where they said nothing.
    """

    alarm: UUID
    truth: Truth
    actor: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAlarm:
    """An alarm on which there is a verdict.

    Attributes:
        opinion: The verdict.
        key: Rule, source, zone.
        rule_version: Version of the rule that last judged it, None where that was not recorded.
        met_at: When its rule was first met, by the data's own time, aware UTC.
        raised_at: When Pantau first raised it, aware UTC.
        cleared_at: When its condition was last gone, None while it is present.
    """

    opinion: Opinion
    key: AlarmKey
    rule_version: int | None
    met_at: datetime
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How often alarms of one sort told the truth.

    Attributes:
        name: Whose: a rule, a source, an hour of the day.
        true: Verdicts *true*.
        false: Verdicts *false*.
        test: Verdicts *test*, which count for neither.
    """

    name: str
    true: int = 0
    false: int = 0
    test: int = 0

    @property
    def share(self) -> float | None:
        """Share of true ones, 0..1; None without a verdict."""
        judged = self.true + self.false
        return self.true / judged if judged else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Between which shares the real one lies with 95 % confidence (Wilson's score); None without a verdict."""
        n = self.true + self.false
        if not n:
            return None
        share, z2 = self.true / n, CONFIDENT**2
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = CONFIDENT * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(middle - half, 0.0), min(middle + half, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precisions:
    """How often alarms told the truth, by rule, by source and by hour of the day in the city's time.

    Attributes:
        whole: Of all alarms.
        rules: By rule.
        sources: By camera or sensor.
        hours: By the hour in which they were raised, `00` to `23`.
    """

    whole: Precision
    rules: Sequence[Precision]
    sources: Sequence[Precision]
    hours: Sequence[Precision]
