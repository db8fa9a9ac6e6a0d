"""Rules on trial beside the rules in use, from what was recorded live."""

import asyncio
from datetime import datetime

from rich.console import Console
from rich.table import Table

from alerts.comparison import compare, spans_of_alarms, spans_of_records
from app.rules.in_force import with_rules
from configs.site import SiteFile
from events.comparison import Comparison
from storage.alarms import AlarmStore
from storage.rule_versions import read_rules
from storage.shadows import ShadowStore
from storage.verdicts import VerdictStore


def compare_shadows(site: SiteFile, url: str, start: datetime, end: datetime) -> list[Comparison]:
    """Compare every rule on trial with the one it may replace, over a period.

    Args:
        site: The site file; its rules count where ingest has not recorded any yet.
        url: Database address.
        start: Start of the period, aware.
        end: Its end.

    Raises:
        StorageError: the database is away.
    """
    versions = read_rules(url)
    rules = (with_rules(site, versions) if versions else site).rules
    pairs = {rule.id: rule.shadow_of for rule in rules if rule.shadow}

    async def read() -> list[Comparison]:
        async with ShadowStore(url) as shadows, AlarmStore(url) as alarms, VerdictStore(url) as verdicts:
            tried = spans_of_alarms(await shadows.between(start, end))
            used = spans_of_records(await alarms.between(start, end))
            return compare(pairs, tried, used, await verdicts.between(start, end))

    return asyncio.run(read())


def print_comparisons(found: list[Comparison], out: Console) -> None:
    """Print what rules on trial would have told, and what not."""
    if not found:
        out.print("No rule is on trial; write shadow: true into one.")
        return
    table = Table("on trial", "in use", "times", "both", "only on trial", "only in use", "true missed", "false avoided")
    for one in found:
        counts = (one.times, one.both, one.only_trial, one.only_use, one.true_missed, one.false_avoided)
        table.add_row(one.rule, one.of or "", *map(str, counts))
    out.print(table)
