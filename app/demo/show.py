"""The demo on the terminal: start the city, say where to look, tell what happens, and report."""

import json
import shutil
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from app.city import LOCK, City, take_over
from app.demo.city import assemble
from app.demo.clerks import report_past
from app.demo.drawing import Drawing
from app.demo.sweepers import sweep
from app.demo.watching import Watch
from app.progress import step_progress
from app.roles import pantau
from configs.load import load_site
from configs.site import SiteFile
from events.errors import ConfigError
from runtime.processes import Program
from runtime.shutdown import stop_event

MARKER = "pantau-demo"
"""A file of this name marks a folder as ours: --fresh deletes no other."""

CHECK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What was asked for on the command line.

    Attributes:
        data_dir: Where everything is kept.
        port: Port of the pages; the broker has the next, the cameras the one after.
        calm: The quiet twin.
        fresh: Forget earlier data.
        for_s: Stop after this long, None for until Ctrl-C.
        report: Where to write the report, None for nowhere.
        out: The terminal.
    """

    data_dir: Path
    port: int
    calm: bool
    fresh: bool
    for_s: float | None
    report: Path | None
    out: Console


def show(options: DemoOptions) -> int:
    """Run the demo.

    Returns:
        Exit status: 0 when everything worked, 1 when a part failed.

    Raises:
        ConfigError: A port is taken, or the data folder is not ours.
        PlatformError: A service did not start.
    """
    stop = stop_event()
    out = options.out
    _require_own_folder(options.data_dir)
    out.print(
        "[bold]Pantau[/] demo: a city with invented places, cameras and sensors, on this machine alone.", soft_wrap=True
    )
    with take_over(options.data_dir):  # another demo that runs on this folder keeps its data and its site file
        _prepare_folder(options)
        file = assemble(options.data_dir, web_port=options.port, calm=options.calm)
    site = load_site(file)
    city = City(site, file, log_folder=options.data_dir / "logs")
    watch = Watch(site, out, calm=options.calm)
    try:
        if not _start(options, site, file, city, watch, stop):
            return 0
        _run_until(stop, options.for_s, city)
        report = watch.report(restarts=city.restarts)
    finally:
        ended_at = time.monotonic()
        watch.stop()
        city.stop()
    took_s = time.monotonic() - ended_at
    out.print(
        f"Stopped in {took_s:.1f} s. Data stays in {escape(str(options.data_dir))}", highlight=False, soft_wrap=True
    )
    if options.report is not None:
        options.report.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    if options.for_s is None:
        return 0
    for problem in report["problems"]:
        out.print(f"[red]failed:[/] {escape(problem)}", soft_wrap=True)
    return 1 if report["problems"] else 0


def _start(options: DemoOptions, site: SiteFile, file: Path, city: City, watch: Watch, stop: threading.Event) -> bool:
    """Start everything, drawing camera scenes meanwhile; False when asked to stop before it was done."""
    with step_progress(options.out, "Drawing camera scenes") as (on_step, on_share):
        drawing = Drawing(site, options.data_dir / "clips", calm=options.calm, on_progress=on_share)
        try:
            city.start(on_progress=on_step)
            city.add(_sensors(options, file))
            while not (drawing.may_be_watched or stop.wait(CHECK_S)):
                city.check()
            city.add(_cameras(options))
            city.start_vision(on_progress=on_step)
            on_step("waiting for first data")
            watch.wait_until_ready(stop, city.check)
            if not stop.is_set():
                today = datetime.now(ZoneInfo(site.city.timezone)).date()
                threading.Thread(target=report_past, args=(site, today, stop), name="clerks", daemon=True).start()
                threading.Thread(target=sweep, args=(site, today, stop), name="sweepers", daemon=True).start()
                _say_where(options.out, site, options)
                watch.start()
            while not (drawing.done or stop.wait(CHECK_S)):
                city.check()
        finally:
            drawing.give_up()
    return not stop.is_set()


def _require_own_folder(folder: Path) -> None:
    try:
        foreign = folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists()
    except OSError as error:
        raise ConfigError(f"--data: {folder} cannot be used ({error.strerror}): choose another") from error
    if foreign:
        raise ConfigError(f"{folder} is not empty and not a demo's folder: choose another with --data")


def _prepare_folder(options: DemoOptions) -> None:
    folder = options.data_dir
    marker = folder / MARKER
    if options.fresh and marker.exists():
        # The clips are the same every time: they are not data.
        for entry in folder.iterdir():
            if entry.name in {"clips", LOCK, MARKER}:
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    marker.write_text("Data of `pantau demo`; may be deleted.\n")


def _cameras(options: DemoOptions) -> Program:
    clips = options.data_dir / "clips"
    return Program(
        name="cameras", argv=pantau("service", "cameras", "--folder", str(clips), "--port", str(options.port + 2))
    )


def _sensors(options: DemoOptions, file: Path) -> Program:
    mood = "--calm" if options.calm else "--busy"
    return Program(name="sensors", argv=pantau("service", "sensors", "--config", str(file), mood))


def _run_until(stop: threading.Event, for_s: float | None, city: City) -> None:
    deadline = time.monotonic() + for_s if for_s is not None else None
    while not stop.wait(CHECK_S):
        if deadline is not None and time.monotonic() >= deadline:
            return
        city.check()


def _say_where(out: Console, site: SiteFile, options: DemoOptions) -> None:
    url = f"http://{site.web.host}:{site.web.port}/"
    out.print(f"\n  Dinding alarm / alarm wall   [bold link={url}]{url}[/]")
    out.print(f"  Gareng Mesem / waste         [bold link={url}gareng-mesem]{url}gareng-mesem[/]")
    out.print(f"  Tata kelola / governance     [bold link={url}tata-kelola]{url}tata-kelola[/]")
    out.print(f"  Data and logs                [dim]{escape(str(options.data_dir))}[/]", soft_wrap=True)
    how_long = f"for {options.for_s:.0f} s" if options.for_s is not None else "until Ctrl-C"
    out.print(f"  Running {how_long}. Alarms appear below as they are raised.\n", highlight=False)
