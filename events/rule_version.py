"""One version of a rule, and when versions were taken up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from events.ids import RuleId


class RuleOrigin(StrEnum):
    """Who wrote a version: the site file, or a person over the API."""

    FILE = "file"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """One version of a rule; the newest of each rule is in force.

    Attributes:
        number: Its place among the versions of all rules.
        rule: Which rule.
        version: Its place among the versions of this rule, from 1.
        definition: The rule as it would stand in the site file; None: from here on it is not judged.
        origin: Who wrote it.
        actor: In whose name.
        reason: Why.
        at: When, aware UTC.
    """

    number: int
    rule: RuleId
    version: int
    definition: Mapping[str, Any] | None
    origin: RuleOrigin
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """That ingest took up every version up to a number.

    Attributes:
        arrival: Place in the order of arrival from which readings were judged by them.
        number: The number.
        at: When, by Pantau's clock, aware UTC.
    """

    arrival: int
    number: int
    at: datetime
