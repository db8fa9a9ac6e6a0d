"""The `pantau device` commands for trying devices out."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from events.errors import ConfigError
from runtime.logs import set_up_logs

if TYPE_CHECKING:
    from app.device.simulating import Outcome
    from configs.sensors import Sensor
    from configs.site import SiteFile

OUT = Console()
ERR = Console(stderr=True)

MOST_ROWS = 20
"""Devices shown one by one; of more, only the sum."""

trial_app = typer.Typer(rich_markup_mode="rich")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]


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
