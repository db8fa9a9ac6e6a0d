"""The `pantau rules` commands."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from events.errors import ConfigError
from runtime.logs import set_up_logs

OUT = Console()

rules_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Try rules before they are used.\n\n"
    "[bold]pantau rules test NEW.yaml -c SITE.yaml --from 2026-11-01 --to 2026-11-08[/] judges what was stored in "
    "that week by the rules in NEW.yaml and says what would have fired, how often, and for how long.\n\n"
    "[bold]pantau rules test NEW.yaml -c SITE.yaml --verdicts[/] says how many alarms that operators called true it "
    "would have kept, and how many false ones removed.",
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]
Day = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@rules_app.command(name="test")
def try_(
    config: ConfigOption,
    rules: Annotated[
        Path | None,
        typer.Argument(
            help="A file with `rules:`, such as a changed copy of the site file; left out = the rules of then, each "
            "version from when it was taken up."
        ),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=Day,
            help="When the trial begins, in the city's time; with --verdicts left out = the first verdict.",
        ),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=Day, help="When it ends; left out = now.", show_default=False)
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw when each would have fired.")
    ] = None,
    verdicts: Annotated[
        bool, typer.Option("--verdicts", help="Compare with the operators' verdicts: true kept, false removed.")
    ] = False,
) -> None:
    """Judge stored history by other rules; nothing is raised, nothing is written to the database.

    Thresholds are judged on the very readings, in the order in which they arrived: what comes out is what would have
    come out. Observations are judged by their begins and ends. Absence is judged by the readings that
    came, and only while Pantau itself was listening.
    """
    from zoneinfo import ZoneInfo

    from app.database import connect_url
    from app.progress import share_progress
    from app.rules.trial import draw, print_trial, try_rules, try_rules_of_then
    from app.rules.verdicts import print_verdicts, try_verdicts
    from configs.load import load_rules, load_site
    from runtime.clock import utc_now

    set_up_logs(role="rules")
    site = load_site(config)
    zone = ZoneInfo(site.city.timezone)
    begun = None if start is None else start.replace(tzinfo=zone)
    ended = utc_now() if end is None else end.replace(tzinfo=zone)
    if begun is None and not verdicts:
        raise ConfigError("when does the trial begin? write --from, or compare with --verdicts")
    if rules is None and verdicts:
        raise ConfigError("which rules are compared with the verdicts? name a file with rules:")
    url = connect_url(site)
    with share_progress(Console(stderr=True), "Judging history") as on_progress:
        if rules is None:
            trial = try_rules_of_then(site, url, begun or ended, ended, on_progress=on_progress)
        elif verdicts:
            compared = try_verdicts(load_rules(rules, site), url, begun, ended, on_progress=on_progress)
            trial = compared.trial
        else:
            trial = try_rules(load_rules(rules, site), url, begun or ended, ended, on_progress=on_progress)
    if verdicts:
        print_verdicts(compared, OUT)
    else:
        print_trial(trial, zone, OUT)
    if plot is not None:
        draw(trial, zone, plot)
        OUT.print(f"Written: {plot}", highlight=False)


@rules_app.command()
def shadows(
    config: ConfigOption,
    days: Annotated[float, typer.Option(min=0.01, max=400, help="How many days back from now.")] = 7.0,
) -> None:
    """Compare rules on trial with those in use: what both told of, what only one, and what operators say of it."""
    from app.database import connect_url
    from app.rules.shadows import compare_shadows, print_comparisons
    from configs.load import load_site
    from runtime.clock import utc_now

    set_up_logs(role="rules")
    site = load_site(config)
    end = utc_now()
    print_comparisons(compare_shadows(site, connect_url(site), end - timedelta(days=days), end), OUT)
