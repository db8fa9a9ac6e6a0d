"""The `pantau governance` commands."""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from events.errors import ConfigError
from runtime.logs import set_up_logs

OUT = Console()

governance_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Who owes which data, and who has not delivered.\n\n"
    "[bold]pantau governance today -c SITE.yaml[/] lists what is late or silent; "
    "[bold]pantau governance report DATASET 132 -c SITE.yaml[/] reports for an office that has no program for it.",
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]
_STYLES = {"fresh": "green", "late": "yellow", "silent": "red"}


@governance_app.command()
def today(
    config: ConfigOption,
    everything: Annotated[bool, typer.Option("--all", help="List what was delivered too.")] = False,
) -> None:
    """List what has not been delivered today: datasets, cameras and sensors, by office."""
    from app.database import connect_url
    from configs.load import load_site
    from storage.governance import DigestBook

    set_up_logs(role="governance")
    site = load_site(config)
    day = datetime.now(ZoneInfo(site.city.timezone)).date()
    with DigestBook(connect_url(site)) as book:
        owed = [one for one in book.owed(day) if one.today is not None]
    table = Table(title=f"{site.city.name}, {day}", show_lines=False)
    for heading in ("office", "dataset", "kind", "state", "last delivered", "contact"):
        table.add_column(heading)
    shown = 0
    for one in sorted(owed, key=lambda one: (one.office_name or "", one.id)):
        if one.today is not None and (everything or one.today.state != "fresh"):
            shown += 1
            state = f"[{_STYLES[one.today.state]}]{one.today.state}[/]"
            latest = "never" if one.today.latest is None else str(one.today.latest)
            table.add_row(one.office_name or "", one.title, one.kind, state, latest, one.contact or "")
    if shown:
        OUT.print(table)
    fresh = sum(one.today is not None and one.today.state == "fresh" for one in owed)
    OUT.print(f"{fresh} of {len(owed)} delivered today.", highlight=False)


@governance_app.command()
def report(
    dataset: Annotated[str, typer.Argument(help="Id of a dataset of the site file.")],
    records: Annotated[int, typer.Argument(min=0, help="How many records it has.")],
    config: ConfigOption,
    updated: Annotated[
        datetime | None,
        typer.Option(metavar="TIME", help="When it was last updated, in the city's time; left out = now."),
    ] = None,
) -> None:
    """Report that a dataset was updated."""
    from getpass import getuser

    from app.database import connect_url
    from configs.load import load_site
    from events.governance import Report
    from runtime.clock import utc_now
    from storage.governance import GovernanceStore

    set_up_logs(role="governance")
    site = load_site(config)
    now = utc_now()
    at = now if updated is None else updated.replace(tzinfo=ZoneInfo(site.city.timezone))
    if at > now + timedelta(minutes=5):
        raise ConfigError(f"{at.isoformat()} lies in the future")
    told = Report(
        dataset=dataset,
        updated_at=at,
        records=records,
        reported_at=now,
        reporter=getuser(),
        reference=f"{at.isoformat()} {records}",
    )

    async def keep() -> bool:
        async with GovernanceStore(connect_url(site)) as store:
            return await store.report(told) is not None

    if not asyncio.run(keep()):
        known = ", ".join(one.id for one in site.governance.datasets) or "none: add them under governance.datasets"
        raise ConfigError(f"no dataset is called {dataset!r}; there are {known}")
    OUT.print(f"{dataset}: {records} records, updated {at.isoformat(timespec='minutes')}.", highlight=False)


@governance_app.command()
def digest(
    config: ConfigOption,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Of which day; left out = yesterday.")
    ] = None,
) -> None:
    """Print the daily message about a day; the notify role sends it at its time."""
    from app.database import connect_url
    from app.notify.digest import compose
    from configs.load import load_site
    from storage.governance import DigestBook

    set_up_logs(role="governance")
    site = load_site(config)
    of: date = datetime.now(ZoneInfo(site.city.timezone)).date() - timedelta(days=1) if day is None else day.date()
    with DigestBook(connect_url(site)) as book:
        message = compose(site, of, book.owed(of))
    OUT.print(message.title, style="bold", highlight=False, markup=False)
    OUT.print(message.body, highlight=False, markup=False)
