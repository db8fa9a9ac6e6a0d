"""The `pantau camera` commands."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

camera_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Find, try, describe and commission cameras.",
)


@camera_app.command(name="clean-now")
def clean_now_command(
    camera: Annotated[str, typer.Argument(help="Id of the camera in the site file.")],
    config: Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")],
    zone: Annotated[
        str | None, typer.Option(help="Id of the zone; may be left out where only one is watched for waste.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long to wait for the answer.")] = 60.0,
) -> None:
    """Tell a running camera that a zone is clean now: what it sees becomes the reference for waste.

    The camera looks for five seconds. It refuses while something moves or stands in the zone, and while the camera
    is covered, moved or dark. A pile known there ends.

    Example: [bold]pantau camera clean-now cam-pasar --zone corner -c rembang.yaml[/]
    """
    from app.camera.clean_now import clean_now
    from configs.load import load_site

    taken = clean_now(load_site(config), camera, zone, timeout)
    Console().print(f"[green]Zone {escape(taken)} of camera {escape(camera)} is known to be clean as it is now.[/]")
