"""What pages must know of rules whoever wrote them, the site file or a person: their metrics, and whom they warn."""

import asyncio
from collections.abc import Iterable

import structlog

from configs.rules import MetricRule
from configs.site import SiteFile
from events.errors import StorageError
from events.rule_version import RuleVersion
from web.rule_ports import RuleDesk

log = structlog.get_logger(__name__)

LOOK_S = 2.0
"""How soon a new version is noticed; ingest takes it up as fast (decision 0008)."""


class RuleFacts:
    """Begins with the rules of the site file; learns from versions.

    Args:
        site: The site file.
    """

    def __init__(self, site: SiteFile) -> None:
        self.measured: dict[str, str] = {rule.id: rule.metric for rule in site.rules if isinstance(rule, MetricRule)}
        """Metric that each rule judges, by the rule's id; kept up to date in place."""
        self._of_file: dict[str, str] = {rule.id: rule.warns for rule in site.rules if rule.warns is not None}
        self._of_version: dict[tuple[str, int], str | None] = {}
        self._number = 0

    @property
    def warning(self) -> frozenset[str]:
        """Rules of which some version warns the public."""
        return frozenset(self._of_file) | {rule for (rule, _), warned in self._of_version.items() if warned is not None}

    def warned(self, rule: str, version: int | None) -> str | None:
        """Return what a version of a rule warns the public of, None where of nothing.

        A version that was not recorded is taken for the one in the site file.
        """
        if version is None or (rule, version) not in self._of_version:
            return self._of_file.get(rule)
        return self._of_version[rule, version]

    def learn(self, versions: Iterable[RuleVersion]) -> None:
        """Take in versions in the order in which they were written."""
        for one in versions:
            self._number = max(self._number, one.number)
            said = one.definition or {}
            self._of_version[one.rule, one.version] = said.get("warns")
            if "metric" in said:  # of a rule that was withdrawn, old alarms still belong to its metric
                self.measured[one.rule] = said["metric"]

    async def follow(self, desk: RuleDesk) -> None:
        """Learn every new version soon after it was written; runs until cancelled."""
        away = False
        while True:
            try:
                self.learn(await desk.since(self._number))
                away = False
            except StorageError as error:
                if not away:
                    log.warning("new versions of rules are not seen", problem=str(error))
                away = True
            await asyncio.sleep(LOOK_S)
