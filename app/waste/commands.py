"""The `pantau waste` commands."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from events.errors import ConfigError
from runtime.logs import set_up_logs

OUT = Console()
T = TypeVar("T")

waste_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Piles of waste and what is weighed (Gareng Mesem).\n\n"
    "[bold]pantau waste list -c SITE.yaml[/] shows open piles, [bold]pantau waste show ID -c SITE.yaml[/] the life of "
    "one; "
    "[bold]pantau waste weigh loads.csv -c SITE.yaml[/] takes in a weighbridge's file.",
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]


@waste_app.command(name="list")
def list_piles(
    config: ConfigOption, everything: Annotated[bool, typer.Option("--all", help="List what is over too.")] = False
) -> None:
    """List open piles, newest first."""
    from app.database import connect_url
    from configs.load import load_site
    from events.waste import OVER, IncidentState
    from runtime.clock import utc_now
    from storage.waste.incidents import IncidentStore

    set_up_logs(role="waste")
    site = load_site(config)
    zone = ZoneInfo(site.city.timezone)
    states = [state for state in IncidentState if everything or state not in OVER]

    async def read() -> list[Any]:
        async with IncidentStore(connect_url(site)) as store:
            return await store.page(now=utc_now(), states=states, kecamatan=None, after=None, limit=500)

    table = Table(title=escape(site.city.name), show_lines=False)
    for heading in ("id", "place", "kecamatan", "state", "since", "due", "piles"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "id")
    for record in _run(read()):
        known = record.incident
        due = "" if record.due_at is None else f"{record.due_at.astimezone(zone):%d/%m %H.%M}"
        table.add_row(
            str(known.id),
            escape(known.title),
            known.kecamatan or "",
            known.state,
            f"{known.detected_at.astimezone(zone):%d/%m %H.%M}",
            f"[red]{due}[/]" if record.late else due,
            str(record.piles),
        )
    OUT.print(table)


@waste_app.command()
def show(incident: Annotated[UUID, typer.Argument(help="Id of the incident.")], config: ConfigOption) -> None:
    """Show the life of a pile: who did what, when, and with which picture."""
    from app.database import connect_url
    from configs.load import load_site
    from runtime.clock import utc_now
    from storage.waste.incidents import IncidentStore

    set_up_logs(role="waste")
    site = load_site(config)
    zone = ZoneInfo(site.city.timezone)

    async def read() -> Any:
        async with IncidentStore(connect_url(site)) as store:
            return await store.file(incident, utc_now())

    file = _run(read())
    if file is None:
        raise ConfigError(f"there is no incident {incident}; `pantau waste list --all` lists them")
    table = Table(title=f"{escape(file.record.incident.title)}: {file.record.incident.state}", show_lines=False)
    for heading in ("at", "what", "state", "who", "why", "picture"):
        table.add_column(heading, overflow="fold")
    for _, change in file.changes:
        table.add_row(
            f"{change.at.astimezone(zone):%d/%m %H.%M.%S}",
            change.action,
            change.incident.state,
            escape(change.actor),
            escape(" ".join(part for part in (change.incident.crew, change.reason) if part)),
            "" if change.evidence is None else change.evidence[:12],
        )
    OUT.print(table)
    for report in file.reports:
        OUT.print(f"{report.channel} {report.reference}: {report.text}", markup=False, highlight=False)


@waste_app.command()
def report(
    reference: Annotated[str, typer.Argument(help="The number it has elsewhere, such as LAPOR's; counts once.")],
    text: Annotated[str, typer.Argument(help="What was seen.")],
    config: ConfigOption,
    at: Annotated[str, typer.Option(help="Id of the waste site.", metavar="SITE")],
    channel: Annotated[str, typer.Option(help="Where it was told.")] = "lapor",
) -> None:
    """Tell of a pile at a waste site, in the name of web.operator."""
    from app.database import connect_url
    from configs.load import load_site
    from events.waste import PileReport
    from runtime.clock import utc_now
    from storage.waste.incidents import IncidentStore

    set_up_logs(role="waste")
    site = load_site(config)
    now = utc_now()
    told = PileReport(
        reference=reference,
        channel=channel,
        reporter=site.web.operator,
        text=text,
        # To the day: the same report written again on the same day is the same report.
        reported_at=now.astimezone(ZoneInfo(site.city.timezone)).replace(hour=0, minute=0, second=0, microsecond=0),
        received_at=now,
        waste_site=at,
    )

    async def keep() -> Any:
        async with IncidentStore(connect_url(site)) as store:
            return await store.report(told, origin="command line", actor=site.web.operator)

    file, added, opened = _run(keep())
    known = file.record.incident
    outcome = "opened" if opened else "told of" if added else "was told before of"
    OUT.print(f"{outcome} {known.id}: {known.title}, {known.state}", markup=False, highlight=False)


@waste_app.command()
def weigh(
    file: Annotated[Path, typer.Argument(help="CSV: waste_site, reference, weighed_at, gross_kg, tare_kg, ...")],
    config: ConfigOption,
) -> None:
    """Take in the loads of a weighbridge's file; read again, every load counts once."""
    from app.database import connect_url
    from configs.load import load_site
    from events.errors import ConflictError, LimitError
    from events.weighing import Channel
    from runtime.clock import utc_now
    from storage.waste.figures import WasteFigures
    from web.problems import ProblemError
    from web.waste.loads import read_loads

    set_up_logs(role="waste")
    site = load_site(config)
    try:
        content = file.read_bytes()
        loads, problems = read_loads(content, ZoneInfo(site.city.timezone), utc_now() + timedelta(minutes=5))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except ProblemError as error:
        raise ConfigError(f"{file}: {error.detail}") from error

    async def keep() -> Any:
        async with WasteFigures(connect_url(site)) as store:
            return await store.weigh(
                [(place, load) for _, place, load in loads],
                received_at=utc_now(),
                channel=Channel.CSV,
                actor=site.web.operator,
            )

    refused = [(one.line, one.problem) for one in problems]
    added = known = 0
    for (line, _, _), outcome in zip(loads, _run(keep()), strict=True):
        if isinstance(outcome, ConflictError | LimitError):
            refused.append((line, str(outcome)))
        else:
            added, known = added + outcome[1], known + (not outcome[1])
    OUT.print(f"{added} loads added, {known} known, {len(refused)} refused", highlight=False)
    for line, problem in sorted(refused):
        OUT.print(f"  line {line}: {problem}", markup=False, highlight=False, soft_wrap=True)
    if refused:
        raise typer.Exit(1)


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
