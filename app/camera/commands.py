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
    from app.camera.probe_text import print_probe
    from app.camera.source import find_source
    from app.camera.writing import write_bytes
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
        write_bytes(picture, found.picture)
        about = (
            "people in it are pixelated as far as the network finds them"
            if found.hidden
            else "[yellow]people in it can be recognised[/]: no people network is installed (pantau models install)"
        )
        ERR.print(f"Picture: {escape(str(picture))}; {about}.", soft_wrap=True, highlight=False)


@camera_app.command(name="import")
def import_(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.csv", help="The recorder's channels.", exists=True, dir_okay=False)
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="SITE.yaml", help="Add the cameras to this site file.", exists=True, dir_okay=False),
    ] = None,
    site: Annotated[str | None, typer.Option(metavar="ID", help="Site of rows that name none.")] = None,
    substream: Annotated[
        bool, typer.Option("--substream", help="Analyse the small stream where the maker's pattern is known.")
    ] = False,
    secrets: Annotated[
        Path | None,
        typer.Option(metavar="FILE.env", help="Write passwords that stand in the CSV here, readable by you alone."),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Print a CSV to start from, and stop.")] = False,
) -> None:
    """Turn a recorder's channel list into cameras of the site file.

    Columns: [bold]name[/] (wanted), [bold]id site vendor host port channel path url user password user_env
    password_env purpose[/]. With vendor hikvision or dahua the path follows from the channel. Commas, semicolons and
    tabs will do, and the usual Indonesian headings. Credentials are never written into the site file: it gets
    references such as ${CAM_192_0_2_20_PASSWORD}, whose names are printed.

    Examples: [bold]pantau camera import --sample > channels.csv[/] ·
    [bold]pantau camera import channels.csv --site alun-alun[/] prints the YAML ·
    [bold]pantau camera import channels.csv --into rembang.yaml --secrets cameras.env[/]
    """
    from app.camera.importing import SAMPLE, as_text, merge_into, write_secrets
    from app.camera.nvr import read_channels

    if sample:
        sys.stdout.write(SAMPLE)
        return
    if file is None:
        raise typer.BadParameter("name a CSV file, or use --sample to see one", param_hint="FILE.csv")
    imported = read_channels(file, site=site, substream=substream)
    if into is None:
        sys.stdout.write(as_text(imported))
    else:
        merge_into(into, imported)
        ERR.print(f"{len(imported.sections)} cameras were added to {escape(str(into))}.", soft_wrap=True)
    if secrets is not None and imported.secrets:
        write_secrets(secrets, imported.secrets)
        ERR.print(f"Credentials of the CSV are in {escape(str(secrets))}; delete the CSV.", soft_wrap=True)
    if imported.names:
        ERR.print("Set these in the environment where Pantau runs:", " ".join(imported.names), soft_wrap=True)


@camera_app.command()
def discover(
    timeout: Annotated[
        float, typer.Option(min=1, max=60, metavar="SECONDS", help="How long to wait for answers.")
    ] = 4.0,
    interface: Annotated[
        str | None, typer.Option(metavar="NAME|ADDRESS", help="Ask on this interface alone, such as eth0.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead of a table.")] = False,
) -> None:
    """Ask the network for ONVIF cameras and list those that answer, with address, name and model.

    Only cameras in the same network segment hear the question: run this where they are plugged in. Nothing is asked
    but who is there, and no password is sent.

    Examples: [bold]pantau camera discover[/] · [bold]pantau camera discover --interface eth1 --timeout 10[/]
    """
    from dataclasses import asdict

    from rich.table import Table

    from app.camera.discover import discover as ask
    from app.camera.discover import interfaces

    set_up_logs(role="discover", level=logging.ERROR)
    with ERR.status(f"Listening for answers, {timeout:g} s"):
        found = ask(timeout_s=timeout, interface=interface)
    if as_json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=2) + "\n")
    elif found:
        table = Table("address", "name", "hardware", "location", box=None, pad_edge=False)
        for one in found:
            table.add_row(*(escape(text) or "-" for text in (one.host, one.name, one.hardware, one.location)))
        OUT.print(table)
        OUT.print(
            f"Next: [bold]pantau camera probe 'rtsp://USER:${{CAMERA_PASSWORD}}@{escape(found[0].host)}/...'[/]; the"
            " path stands in the camera's manual or its own pages.",
            soft_wrap=True,
            highlight=False,
        )
    if not found:
        asked = interface or ", ".join(interfaces()) or "no interface: this machine is not connected"
        ERR.print(
            f"No camera answered within {timeout:g} s. Asked on: {escape(asked)}.", soft_wrap=True, highlight=False
        )
        ERR.print(
            "Is ONVIF switched on in the camera (it often is not from the factory)? Is it in this segment, not behind"
            " a router or an NVR's own switch? Does a firewall drop UDP port 3702? Cameras behind a recorder come by:"
            " pantau camera import --sample",
            soft_wrap=True,
            highlight=False,
        )
        raise typer.Exit(1)


@camera_app.command()
def zones(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="SITE.yaml|FILE",
            help="The site file, or a picture or video to draw on.",
            exists=True,
            dir_okay=False,
        ),
    ],
    camera: Annotated[str | None, typer.Argument(metavar="CAMERA", help="Id of the camera in the site file.")] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw on this picture or video instead of the live one.", exists=True),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.yaml", help="Without a site file: save here.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes any free one.")] = 0,
) -> None:
    """Draw zones, masks, the ground and a gauge on a camera's picture, in the browser.

    Opens a page that only this machine can reach, on a fresh picture of the camera. Draw, choose detectors, see the
    YAML, save it into the site file (comments stay) or copy it. Press Ctrl-C or the page's button to stop. The
    picture is not pixelated, so that heads and feet can be marked; it stays in memory.

    On a server without a screen: [bold]--no-browser --port 8765[/], and on your own machine
    [bold]ssh -L 8765:127.0.0.1:8765 SERVER[/].

    Examples: [bold]pantau camera zones rembang.yaml cam-pasar[/] ·
    [bold]pantau camera zones rembang.yaml cam-pasar --picture monday.mp4[/] ·
    [bold]pantau camera zones monday.mp4 -o pasar.yaml[/], then
    [bold]pantau analyze monday.mp4 --camera pasar.yaml -o seen.jsonl[/]
    """
    from app.camera.zones import draw

    set_up_logs(role="zones", level=logging.WARNING)
    page = draw(file, camera, picture=picture, output=output, browser=not no_browser, port=port, console=ERR)
    if page.text:
        sys.stdout.write(page.text + "\n")
    ERR.print("Saved." if page.saved else "Not saved; the YAML above is all there is.", soft_wrap=True)


@camera_app.command()
def commission(
    source: SourceArgument,
    minutes: Annotated[float, typer.Option(min=0.1, max=1440, help="How long to try it; a day is 1440.")] = 10.0,
    config: SiteOption = None,
    camera: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Camera section (YAML) for a file or address without a site file.", exists=True
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="REPORT.html", help="The report.")] = Path(
        "report.html"
    ),
    json_output: Annotated[
        Path | None, typer.Option("--json", metavar="REPORT.json", help="The same figures for programs.")
    ] = None,
) -> None:
    """Try a camera for minutes or a day and report, on one page, what it can and cannot detect.

    Measures the stream (rate, keyframes, regularity, outages), light and noise over the time, shake, and how large
    people look near and far; then says for each zone and detector what to expect: the smallest thing, whether people
    are large enough for the network, what a pixel of the gauge is, how late keyframes make it. Over a night it is
    worth more. Ctrl-C ends it early with a report. The page prints on A4.

    Examples: [bold]pantau camera commission cam-pasar -c rembang.yaml --minutes 1440 -o pasar.html[/] ·
    [bold]pantau camera commission recording.mp4 --camera pasar.yaml -o pasar.html --json pasar.json[/]
    """
    from dataclasses import replace

    from app.camera.commission import commission as try_out
    from app.camera.report import html
    from app.camera.source import find_source
    from app.camera.writing import write_text
    from app.progress import share_progress
    from configs.load import load_camera
    from configs.services import Vision
    from vision.worker import open_network

    set_up_logs(role="commission", level=logging.WARNING)
    chosen = find_source(source, config)
    if camera is not None:
        chosen = replace(chosen, camera=load_camera(camera))
    finder = open_network(Vision())
    with share_progress(ERR, f"Trying {chosen.shown}") as on_progress:
        found = try_out(chosen, minutes=minutes, finder=finder, on_progress=on_progress)
    write_text(output, html(found, finder))
    if json_output is not None:
        write_text(json_output, json.dumps(found.as_json(), indent=2) + "\n")
    colours = {"good": "green", "limited": "yellow", "cannot": "red"}
    for ability in found.abilities:
        place = ability.zone or "camera"
        OUT.print(
            f"[{colours[ability.verdict]}]{ability.verdict:8}[/] {escape(place)}: {ability.detector}", highlight=False
        )
    for trouble in found.troubles:
        OUT.print(f"[yellow]![/] {escape(trouble)}", soft_wrap=True, highlight=False)
    ERR.print(f"Report: {escape(str(output))}", soft_wrap=True, highlight=False)


@camera_app.command()
def calibrate(
    source: SourceArgument,
    counts: Annotated[
        Path | None,
        typer.Argument(
            metavar="COUNTS.csv", help="Of a recording: when, and how many people.", exists=True, dir_okay=False
        ),
    ] = None,
    config: SiteOption = None,
    camera: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Camera section (YAML) for a file without a site file.", exists=True),
    ] = None,
    zone: Annotated[str | None, typer.Option(metavar="ID", help="The zone that was counted.")] = None,
    seconds: Annotated[float, typer.Option(min=30, max=7200, help="How long to watch a live camera.")] = 300.0,
) -> None:
    """Fit the counting of one zone to a few counts of yours; helps most where the people network is not used.

    Count the people in the zone at five to twenty moments with few and with many, not in the first ten seconds. Of a
    recording write a CSV, times in seconds or m:ss:

      t_s,count
      12,3
      1:05,7

    Of a live camera no CSV is needed: watch the picture, and whenever you have counted, type the number and Enter.
    Printed are how far off counting is before and after, and the YAML to paste into the zone.

    Examples: [bold]pantau camera calibrate market.mp4 counts.csv --camera pasar.yaml[/] ·
    [bold]pantau camera calibrate cam-pasar -c rembang.yaml --zone plaza --seconds 600[/]
    """
    from dataclasses import replace

    from app.camera.calibration import calibrate as fit_counts
    from app.camera.counts import TypedCounts, read_counts
    from app.camera.source import find_source
    from app.progress import share_progress
    from configs.load import load_camera

    set_up_logs(role="calibrate", level=logging.WARNING)
    chosen = find_source(source, config)
    if camera is not None:
        chosen = replace(chosen, camera=load_camera(camera))
    if chosen.is_file and counts is None:
        raise typer.BadParameter("of a recording, name a CSV of counts too (see --help)", param_hint="COUNTS.csv")
    made = [] if counts is None else read_counts(counts)
    asked = None if chosen.is_file else TypedCounts().take
    with share_progress(ERR, f"Watching {chosen.shown}") as on_progress:
        fit = fit_counts(
            chosen, made, zone=zone, seconds=None if chosen.is_file else seconds, asked=asked, on_progress=on_progress
        )
    left_out = f" ({fit.left_out} more fell into times at which movement was not known)" if fit.left_out else ""
    ERR.print(f"{fit.used} counts used{left_out}.", highlight=False)
    ERR.print(f"Off by {fit.error_before:.2f} people on average as it is, by {fit.error_after:.2f} calibrated.")
    if not fit.helps:
        ERR.print("[yellow]Calibrating does not help here[/]: leave it, or count at more different moments.")
    place = f"zone {fit.zone}" if fit.zone else "the zone"
    OUT.print(f"# under detect.crowding of {escape(place)}", highlight=False)
    OUT.print(f"calibration: {{scale: {fit.scale}, factor: {fit.factor}}}", highlight=False, markup=False)


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
    OUT.print(f"[green]Zone {escape(taken)} of camera {escape(camera)} is known to be clean as it is now.[/]")
