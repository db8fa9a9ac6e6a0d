"""The rules in force: the newest version of each, whoever wrote it; and who notices that there is a newer one."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from app.database import connect_url
from configs.rules import AnyRule, Rule
from configs.site import SiteFile
from events.errors import StorageError
from events.rule_version import RuleVersion
from runtime.clock import Clock, utc_now
from storage.rule_versions import RuleBook, rule_number

log = structlog.get_logger(__name__)

LOOK_S = 2.0
"""A rule activated now is judged within this time."""

_RULE: TypeAdapter[AnyRule] = TypeAdapter(Rule)


class RuleWatch:
    """Notices that rules were changed, and takes them up; for the thread that commits.

    Args:
        site: The site file, which seeds the rules once.
        clock: The present.
        monotonic: Seconds that only run forward.
    """

    def __init__(self, site: SiteFile, clock: Clock = utc_now, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._site = site
        self._clock = clock
        self._monotonic = monotonic
        self._seeded = False
        self._number = 0
        self._looked_s = -math.inf

    def settle(self, city: SiteFile) -> SiteFile:
        """Return the city with the rules in force, and write down that they are judged by from here on.

        Raises:
            StorageError: the database is away.
        """
        with RuleBook(connect_url(self._site)) as book:
            if not self._seeded:
                for added in book.seed(definitions(self._site.rules), self._clock()):
                    log.info("a rule of the site file is new", rule=added.rule, version=added.version)
                self._seeded = True
            newest = book.newest()
            self._number = max((one.number for one in newest), default=0)
            book.adopt(self._number, self._clock())
        self._looked_s = self._monotonic()
        return with_rules(city, newest)

    def changed(self) -> bool:
        """Tell whether there is a newer version than `settle` took up, looking every few seconds."""
        if self._monotonic() - self._looked_s < LOOK_S:
            return False
        self._looked_s = self._monotonic()
        try:
            return rule_number(connect_url(self._site)) != self._number
        except StorageError:
            return False  # the database is away: whoever writes to it says so


def definitions(rules: Iterable[AnyRule]) -> dict[str, dict[str, Any]]:
    """Return rules as they are kept: without what is left at its default, so that a new key changes none of them."""
    return {rule.id: definition(rule) for rule in rules}


def definition(rule: AnyRule) -> dict[str, Any]:
    """Return one rule as it is kept."""
    return {"id": rule.id, "kind": rule.kind, **rule.model_dump(mode="json", exclude_defaults=True)}


def with_rules(city: SiteFile, versions: Sequence[RuleVersion]) -> SiteFile:
    """Return the city with the rules of these versions, in the order of the site file, then by id.

    One that this release or this city can no longer use is passed over, with a word in the log.
    """
    place = {rule.id: position for position, rule in enumerate(city.rules)}
    rules: list[AnyRule] = []
    for version in sorted(versions, key=lambda one: (place.get(one.rule, len(place)), one.rule)):
        if version.definition is None:
            continue
        try:
            rules.append(_RULE.validate_python(version.definition).numbered(version.version))
        except ValidationError as error:
            log.warning("a rule cannot be used", rule=version.rule, version=version.version, problem=in_words(error))
    return city.model_copy(update={"rules": tuple(rules)})


def problem_of(definition: Mapping[str, Any]) -> str | None:
    """Return why a kept definition cannot be used by this release, None where it can."""
    try:
        _RULE.validate_python(definition)
    except ValidationError as error:
        return in_words(error)
    return None


def in_words(error: ValidationError) -> str:
    """Return what is wrong, one mistake after the other."""
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
