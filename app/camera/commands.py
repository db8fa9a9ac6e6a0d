"""The `pantau camera` commands."""

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from runtime.logs import set_up_logs

OUT = Console()
ERR = Console(stderr=True)

camera_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Find, try, describe and commission cameras.\n\n"
    "A new camera, from its address to the wall: [bold]discover[/] or [bold]import[/] finds it, [bold]probe[/] tries"
    " it, [bold]zones[/] draws what it should watch, [bold]commission[/] says what it can and cannot detect.",
)

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="URL|FILE|CAMERA",
        help="rtsp://... with credentials as ${NAME} (in single quotes), a video file, or with --config a camera's id.",
    ),
]
SiteOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The site file that describes CAMERA.", exists=True),
]


@camera_app.command()
def probe(
    source: SourceArgument,
    config: SiteOption = None,
    seconds: Annotated[float, typer.Option(min=2, max=600, help="How long to listen.")] = 12.0,
    picture: Annotated[
        Path | None, typer.Option(metavar="OUT.jpg", help="Write the latest picture, people pixelated by the network.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Look at one camera for some seconds: codec, size, rate, keyframes, regularity, clock, cost, a picture.

    Credentials in the address are never printed. Give them by the environment so that they are not in your shell's
    history either.

    Examples: [bold]read -s CAMERA_PASSWORD; export CAMERA_PASSWORD[/] and then
    [bold]pantau camera probe 'rtsp://admin:${CAMERA_PASSWORD}@192.0.2.10/stream1' --picture first.jpg[/] ·
    [bold]pantau camera probe cam-pasar -c rembang.yaml --seconds 60[/] · [bold]pantau camera probe recording.mp4[/]
    """
    from app.camera.probe import probe as probe_source
    from app.camera.probe import write_picture
    from app.camera.probe_text import print_probe
    from app.camera.source import find_source
    from app.progress import share_progress
    from configs.services import Vision
    from vision.worker import open_network

    set_up_logs(role="probe", level=logging.WARNING)
    chosen = find_source(source, config)
    with share_progress(ERR, "Listening") as on_progress:
        found = probe_source(chosen, seconds=seconds, finder=open_network(Vision()), on_progress=on_progress)
    if as_json:
        sys.stdout.write(json.dumps(found.as_json(), indent=2) + "\n")
    else:
        print_probe(OUT, found)
    if picture is not None:
        write_picture(picture, found.picture)
        about = (
            "people in it are pixelated as far as the network finds them"
            if found.hidden
            else "[yellow]people in it can be recognised[/]: no people network is installed (pantau models install)"
        )
        ERR.print(f"Picture: {escape(str(picture))}; {about}.", soft_wrap=True, highlight=False)
