"""`pantau why`: the one timeline of an alarm, on the terminal."""

import asyncio
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from alerts.timeline import timeline
from configs.rules import MetricRule
from configs.site import SiteFile
from events.errors import ConfigError
from events.trace import Trace
from storage.traces import TraceStore


def explain(site: SiteFile, url: str, alarm: str, out: Console) -> None:
    """Print an alarm's timeline; times stand in the city's zone.

    Raises:
        ConfigError: There is no such alarm.
        StorageError: The database is away.
    """
    try:
        alarm_id = UUID(alarm)
    except ValueError as error:
        raise ConfigError(f"{alarm!r} names no alarm: want its id, as the address of the wall shows it") from error
    trace = asyncio.run(_read(site, url, alarm_id))
    if trace is None:
        raise ConfigError(f"there is no alarm {alarm_id} in this city's database")
    last, zone = trace.records[-1].change.alarm, ZoneInfo(site.city.timezone)
    out.print(f"[bold]{escape(last.title)}[/], {last.state}, rule {last.key.rule}, {last.occurrences} times")
    table = Table("time", "clock", "after", "what happened")
    for one in timeline(trace):
        after = "" if one.after_s is None else _span(one.after_s)
        table.add_row(f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S.%f}"[:-3], one.clock, after, escape(one.text))
    out.print(table)


async def _read(site: SiteFile, url: str, alarm_id: UUID) -> Trace | None:
    metrics = {rule.id: rule.metric for rule in site.rules if isinstance(rule, MetricRule)}
    async with TraceStore(url) as traces:
        return await traces.trace(alarm_id, metrics)


def _span(seconds: float) -> str:
    if abs(seconds) < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if abs(seconds) < 120 else f"{seconds / 60:.1f} min"  # noqa: PLR2004 - where minutes read better
