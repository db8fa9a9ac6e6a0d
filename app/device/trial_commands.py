"""The `pantau device` commands for trying devices out."""

import csv
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from app.device.opening import ConfigOption
from events.errors import ConfigError
from runtime.logs import set_up_logs

if TYPE_CHECKING:
    from app.device.certify.sheet import Sheet
    from app.device.simulating import Outcome
    from configs.sensors import Sensor
    from configs.site import SiteFile

OUT = Console()
ERR = Console(stderr=True)

MOST_ROWS = 20
"""Devices shown one by one; of more, only the sum."""

trial_app = typer.Typer(rich_markup_mode="rich")


@trial_app.command()
def simulate(
    config: ConfigOption,
    devices: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Which devices; all sensors by default.")
    ] = None,
    for_s: Annotated[float | None, typer.Option("--for", min=1, metavar="SECONDS", help="Publish for so long.")] = None,
    messages: Annotated[int | None, typer.Option(min=1, help="Messages of each device.")] = None,
    every_s: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds between its messages; its own interval by default.")
    ] = None,
    outage: Annotated[
        str | None,
        typer.Option(metavar="BEGIN:LENGTH", help="Lose the network so many seconds after the start, for so long."),
    ] = None,
    kill_safe: Annotated[
        bool,
        typer.Option(
            "--kill-safe", help="Keep messages in data_dir/simulated: the same command sends them after a kill -9."
        ),
    ] = False,
    secrets: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Passwords (id,password), as `import --secrets` writes them.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    settle_s: Annotated[float, typer.Option(min=0, help="Seconds to wait for the last receipts.")] = 20.0,
) -> None:
    """Run reference devices that measure plausible values against the site file's broker, and count what became of it.

    A message is on disk before it is sent and until Pantau's receipt comes. Ends by itself with --for or --messages,
    else with Ctrl-C. Exit status 1 where something is not receipted in the end.

    Examples: [bold]pantau device simulate -c rembang.yaml --for 60[/] ·
    [bold]pantau device simulate udara-07 -c rembang.yaml --every-s 0.1 --messages 1000 --outage 10:30 --kill-safe[/]
    """
    from app.device.simulating import Plan
    from app.device.simulating import simulate as run_devices
    from configs.load import load_site
    from runtime.shutdown import stop_event

    set_up_logs(role="devices")
    site = load_site(config)
    with _outboxes(site.data_dir / "simulated" if kill_safe else None) as folder:
        plan = Plan(
            broker=site.broker,
            sensors=_chosen(site, devices or []),
            folder=folder,
            secrets={} if secrets is None else _passwords(secrets),
            every_s=every_s,
            for_s=for_s,
            messages=messages,
            outage=None if outage is None else _outage(outage),
            settle_s=settle_s,
        )
        with Live(console=ERR, transient=True, auto_refresh=False) as live:
            outcomes = run_devices(plan, stop_event(), lambda now: live.update(_outcome_table(now), refresh=True))
    OUT.print(_outcome_table(outcomes))
    if any(outcome.held for outcome in outcomes):
        raise typer.Exit(1)


@trial_app.command()
def certify(
    device: Annotated[str, typer.Argument(metavar="ID", help="The device's id.")],
    metric: Annotated[
        list[str],
        typer.Option(metavar="NAME=UNIT[:MIN:MAX]", help="What it measures, UCUM unit and limits; may be repeated."),
    ],
    run: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            help="Starts the device's program, to be killed and started again; {host}, {port}, {id} are filled in."
            " Without it, you run the device and are asked to restart it.",
        ),
    ] = None,
    listen: Annotated[
        str, typer.Option(metavar="ADDRESS:PORT", help="Where the device comes in: an address of this machine.")
    ] = "127.0.0.1:18830",
    patience_s: Annotated[float, typer.Option(min=1, help="Seconds to wait for anything it should do.")] = 90.0,
    no_restart: Annotated[bool, typer.Option("--no-restart", help="Leave the restart out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sheet as JSON.")] = False,
) -> None:
    """Try a device as the field would, and print a sheet of what it does right and what to fix.

    A broker of its own is started, without sign-in, for the time of the trial. The device's receipts are dropped,
    delayed, repeated and falsified, its connection is cut, its power taken away. Let it publish every 1 to 5 seconds.
    Exit status 0 when every line passed, 1 when not.

    Examples: [bold]pantau device certify udara-01 --metric pm25=ug/m3 --run "python3 examples/device.py --host {host}
    --port {port} --device {id} --every 1"[/] ·
    [bold]pantau device certify udara-01 --metric pm25=ug/m3 --listen 192.0.2.10:18830[/]
    """
    import json

    from app.device.certify.running import Candidate
    from app.device.certify.running import certify as try_out
    from app.device.certify.sheet import LINES
    from app.device.registering import metric_of
    from configs.sensors import Metric
    from events.quantities import Quantity

    set_up_logs(role="certify", level=logging.ERROR)
    host, port = _address(listen)
    metrics = {name: Metric.model_validate(settings) for name, settings in map(metric_of, metric)}
    candidate = Candidate(
        device=device,
        quantities={name: Quantity(unit=metric.unit) for name, metric in metrics.items()},
        run=run,
        restarts=not no_restart,
    )
    with ERR.status("Starting a broker") as status:

        def ready(host: str, port: int) -> None:
            ERR.print(f"The device is awaited at {host}:{port}, MQTT 3.1.1, without TLS.", highlight=False)

        def ask(request: str) -> bool:
            status.stop()
            done = sys.stdin.isatty() and typer.confirm(f"{request} Done?", default=True, err=True)
            status.start()
            return done

        sheet = try_out(
            candidate,
            host=host,
            port=port,
            patience_s=patience_s,
            on_ready=ready,
            on_step=lambda line: status.update(LINES[line].meaning),
            ask=ask,
        )
    if as_json:
        sys.stdout.write(json.dumps(sheet.as_json(), indent=2, ensure_ascii=False) + "\n")
    else:
        _print_sheet(sheet)
    raise typer.Exit(0 if sheet.passed else 1)


def _print_sheet(sheet: "Sheet") -> None:
    from app.device.certify.sheet import Verdict

    styles = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.NOT_TRIED: "yellow"}
    for name, line, result in sheet.rows():
        seen = f" ({escape(result.seen)})" if result.seen else ""
        OUT.print(
            f"[{styles[result.verdict]}]{result.verdict:<9}[/]  [bold]{name}[/]  {line.meaning}{seen}", highlight=False
        )
        if result.verdict is Verdict.FAILED:
            OUT.print(f"           {escape(line.remedy)}", highlight=False)
    OUT.print(
        f"{escape(sheet.device)} {'[green]passes[/]' if sheet.passed else '[red]does not pass[/]'}.", highlight=False
    )


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigError(f"--listen {text}: want ADDRESS:PORT, such as 127.0.0.1:18830")
    return host, int(port)


def _chosen(site: "SiteFile", names: Sequence[str]) -> "list[Sensor]":
    """Return the sensors meant: of the site file, and of the registry where the database is there."""
    from app.database import connect_url
    from app.device.registered import merged
    from events.errors import StorageError
    from storage.devices import read_devices

    try:
        site = merged(site, read_devices(connect_url(site))[0])
    except StorageError:
        ERR.print("The database is away: only the site file's sensors are known.", style="dim")
    sensors = {sensor.id: sensor for sensor in site.sensors}
    unknown = [name for name in names if name not in sensors]
    if unknown or not sensors:
        raise ConfigError(
            f"no such device: {', '.join(unknown) or 'none at all'}; there are {', '.join(sensors) or 'none'}"
        )
    return [sensors[name] for name in dict.fromkeys(names)] or list(sensors.values())


def _passwords(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["id"]: row["password"] for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise ConfigError(f"{path}: want a table with the columns id and password") from error


def _outage(text: str) -> tuple[float, float]:
    begin, _, length = text.partition(":")
    try:
        begin_s, length_s = float(begin), float(length)
    except ValueError:
        raise ConfigError(f"--outage {text}: want BEGIN:LENGTH in seconds, such as 10:30") from None
    if begin_s < 0 or length_s <= 0:
        raise ConfigError(f"--outage {text}: want a beginning from 0 and a length above 0")
    return begin_s, begin_s + length_s


@contextmanager
def _outboxes(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with TemporaryDirectory(prefix="pantau-devices-") as folder:
        yield Path(folder)


def _outcome_table(outcomes: "Sequence[Outcome]") -> Table:
    table = Table("device", "found", "published", "acknowledged", "receipted", "sent again", "held")
    rows = [
        (o.device, o.found, o.counts.published, o.counts.acknowledged, o.counts.receipted, o.counts.resent, o.held)
        for o in outcomes
    ]
    total = (f"{len(rows)} devices", *(sum(int(row[n]) for row in rows) for n in range(1, 7)))
    for row in [*(rows if len(rows) <= MOST_ROWS else []), *([total] if len(rows) != 1 else [])]:
        table.add_row(*(str(cell) for cell in row))
    return table
