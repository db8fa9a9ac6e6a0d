"""The `pantau alarms` commands."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from events.errors import ConfigError
from runtime.logs import set_up_logs

OUT = Console()

alarms_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Look at the alarm stream as a whole.\n\n"
    "[bold]pantau alarms report -c SITE.yaml[/] says how livable it was: figures of ISA-18.2 and EEMUA 191 beside "
    "their targets.",
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]


@alarms_app.callback()
def _group() -> None:
    """Keep `report` a word of its own while it is the only one."""


@alarms_app.command()
def report(
    config: ConfigOption,
    days: Annotated[float, typer.Option(min=0.01, max=400, help="How many days back from now.")] = 7.0,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE.html", help="Write the report as a page to print.")
    ] = None,
) -> None:
    """Say how livable the alarm stream was: load, floods, chatter, shelves, beside the standards' targets; by shift."""
    from app.alarms.report import as_html, print_report, review
    from app.database import connect_url
    from configs.load import load_site

    set_up_logs(role="alarms")
    site = load_site(config)
    found = review(site, connect_url(site), timedelta(days=days))
    print_report(found, site, OUT)
    if html is not None:
        try:
            html.write_text(as_html(found, site), encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"{html} cannot be written: {error.strerror}; name a file in a folder of yours"
            ) from error
        OUT.print(f"Written: {html}", highlight=False)
