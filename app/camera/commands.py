"""The `pantau camera` commands."""

import typer

camera_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Find, try, describe and commission cameras.",
)
