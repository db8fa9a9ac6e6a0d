"""The `pantau notify` commands."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from events.errors import ConfigError
from runtime.logs import set_up_logs

OUT = Console()

notify_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Messages to people about alarms.\n\n"
    "[bold]pantau notify test CHANNEL -c SITE.yaml[/] sends one now, so that a wrong address is found before a flood.",
)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]


@notify_app.callback()
def _group() -> None:
    """Keep `test` a word of its own while it is the only one."""


@notify_app.command(name="test")
def try_(channel: Annotated[str, typer.Argument(help="Id of a channel.")], config: ConfigOption) -> None:
    """Send a test message to a channel, whatever the hour and however many were sent."""
    from app.notify.trying import channels_of, try_channel
    from configs.load import load_site

    set_up_logs(role="notify")
    site = load_site(config)
    known = {one.id: one for one in channels_of(site)}
    if channel not in known:
        there = f"there are {', '.join(known)}" if known else "the site file has no notifications"
        raise ConfigError(f"no channel is called {channel!r}: {there}")
    if not try_channel(site, known[channel]):
        raise ConfigError(
            f"{channel} did not accept the message: check its url in the site file, and whether this machine reaches it"
        )
    OUT.print(f"{channel} accepted the message.", highlight=False)
