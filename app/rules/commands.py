"""The `pantau rules` commands."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from runtime.logs import set_up_logs

OUT = Console()

rules_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Try rules before they are used.\n\n"
    "[bold]pantau rules test NEW.yaml -c SITE.yaml --from 2026-11-01 --to 2026-11-08[/] judges what was stored in "
    "that week by the rules in NEW.yaml and says what would have fired, how often, and for how long.",
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]
Day = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@rules_app.callback()
def _group() -> None:
    """Keep `test` a word of its own while it is the only one."""


@rules_app.command(name="test")
def try_(
    rules: Annotated[Path, typer.Argument(help="A file with `rules:`, such as a changed copy of the site file.")],
    config: ConfigOption,
    start: Annotated[datetime, typer.Option("--from", formats=Day, help="When the trial begins, in the city's time.")],
    end: Annotated[
        datetime | None, typer.Option("--to", formats=Day, help="When it ends; left out = now.", show_default=False)
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw when each would have fired.")
    ] = None,
) -> None:
    """Judge stored history by other rules; nothing is raised, nothing is written to the database.

    Thresholds are judged on the very readings, in the order in which they arrived: what comes out is what would have
    come out. Observations are judged by their begins and ends. Absence cannot be judged: silences are not kept.
    """
    from zoneinfo import ZoneInfo

    from app.database import connect_url
    from app.progress import share_progress
    from app.rules.trial import draw, print_trial, try_rules
    from configs.load import load_rules, load_site
    from runtime.clock import utc_now

    set_up_logs(role="rules")
    site = load_site(config)
    changed = load_rules(rules, site)
    zone = ZoneInfo(site.city.timezone)
    begun = start.replace(tzinfo=zone)
    ended = utc_now() if end is None else end.replace(tzinfo=zone)
    with share_progress(Console(stderr=True), "Judging history") as on_progress:
        trial = try_rules(changed, connect_url(site), begun, ended, on_progress=on_progress)
    print_trial(trial, zone, OUT)
    if plot is not None:
        draw(trial, zone, plot)
        OUT.print(f"Written: {plot}", highlight=False)
