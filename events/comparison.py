"""A rule on trial beside a rule in use."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A rule on trial, and the rule in use that it may replace.

    Attributes:
        rule: The rule on trial.
        of: The rule in use, None where it names none.
        times: How often the rule on trial was met.
        both: Of them, those that met one of the rule in use at the same source and zone.
        only_trial: Those that did not; all where it names none.
        only_use: Times of the rule in use that met none of the rule on trial.
        true_missed: Alarms judged true of the rule in use that the rule on trial would not have raised.
        false_avoided: Alarms judged false that it would not have raised.
    """

    rule: str
    of: str | None
    times: int
    both: int
    only_trial: int
    only_use: int
    true_missed: int
    false_avoided: int
