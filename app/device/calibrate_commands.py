"""The `pantau device calibrate` commands."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.device.opening import ConfigOption, DeviceArgument, opened_registry
from runtime.logs import set_up_logs

if TYPE_CHECKING:
    from configs.site import SiteFile
    from storage.calibrations import CalibrationBook
    from storage.devices import DeviceRegistry

OUT = Console()

calibrate_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Say how true values follow from raw ones, and since when.\n\n"
    "Raw values are never changed. A calibration of the past has the values since then computed again, in steps: "
    "broken off, [bold]resume[/] goes on. Alarms of the past stay as they were.",
)

MetricArgument = Annotated[str, typer.Argument(metavar="METRIC", help="One of its metrics.")]
FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Since when, such as 2026-11-01T08:30 in the city's time; now."),
]


@calibrate_app.command(name="set")
def set_(
    device: DeviceArgument,
    metric: MetricArgument,
    config: ConfigOption,
    gain: Annotated[float | None, typer.Option(help="What the raw value is multiplied by.")] = None,
    offset: Annotated[float | None, typer.Option(help="What is added then, in the metric's unit.")] = None,
    points: Annotated[
        str | None, typer.Option(metavar="RAW:VALUE,...", help="Straight lines through these, and beyond.")
    ] = None,
    since: FromOption = None,
    note: Annotated[str | None, typer.Option(help="Why, for those who come after.")] = None,
) -> None:
    """Set the calibration of a metric from a time on, until that of a later time.

    Example: [bold]pantau device calibrate set pasut water_level -c rembang.yaml --offset -12.5
    --from 2026-11-01 --note "gauge zero measured by BPBD"[/]
    """
    from app.device.calibrating import curve_of, moment_of, series_of
    from events.calibration import Calibration
    from runtime.clock import utc_now

    set_up_logs(role="device")
    curve = curve_of(gain, offset, points)
    with _opened(config) as (city, registry, book):
        now = utc_now()
        key = series_of(registry, device, metric)
        book.set(key, Calibration(valid_from=moment_of(since, city, now), curve=curve), now, note)
        _finish(city, registry, book)


@calibrate_app.command()
def remove(device: DeviceArgument, metric: MetricArgument, config: ConfigOption, since: FromOption = None) -> None:
    """Forget the calibration of a metric that holds from this time on; the one before it takes its place."""
    from app.device.calibrating import moment_of, series_of
    from events.errors import ConfigError
    from runtime.clock import utc_now

    set_up_logs(role="device")
    with _opened(config) as (city, registry, book):
        now = utc_now()
        begin = moment_of(since, city, now)
        if book.remove(series_of(registry, device, metric), begin, now) is None:
            raise ConfigError(
                f"{device} has no calibration of {metric} from this very time on; `pantau device calibrate list "
                f"{device}` shows those there are"
            )
        _finish(city, registry, book)


@calibrate_app.command(name="list")
def list_(device: DeviceArgument, config: ConfigOption) -> None:
    """Show a device's calibrations, oldest first."""
    from zoneinfo import ZoneInfo

    from app.device.calibrating import source_of

    set_up_logs(role="device")
    with _opened(config) as (city, registry, book):
        made = book.of(source_of(registry, device))
        unfinished = book.unfinished()
    zone = ZoneInfo(city.city.timezone)
    table = Table("metric", "from", "calibration", "note", "by", "made")
    for one in made:
        table.add_row(
            one.metric,
            one.calibration.valid_from.astimezone(zone).isoformat(),
            in_words(one.calibration.curve),
            escape(one.note or ""),
            escape(one.actor),
            f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}",
        )
    OUT.print(table if made else f"{device} has no calibration: its values are its raw values.", highlight=False)
    if unfinished:
        OUT.print("A recalculation was broken off: pantau device calibrate resume", style="yellow")


@calibrate_app.command()
def resume(config: ConfigOption) -> None:
    """Go on with recalculations that were broken off."""
    set_up_logs(role="device")
    with _opened(config) as (city, registry, book):
        _finish(city, registry, book)


def in_words(curve: object) -> str:
    """Return a curve for people to read."""
    from events.calibration import Linear, Piecewise

    match curve:
        case Linear(gain, offset):
            return f"{gain:g} x raw {'-' if offset < 0 else '+'} {abs(offset):g}"
        case Piecewise(points):
            return ", ".join(f"{raw:g} -> {value:g}" for raw, value in points)
    raise TypeError(curve)


def _finish(city: "SiteFile", registry: "DeviceRegistry", book: "CalibrationBook") -> None:
    from app.device.calibrating import finish

    with OUT.status("Computing values again...") as status:
        done = 0

        def told(readings: int) -> None:
            nonlocal done
            done += readings
            status.update(f"{done} readings computed again...")

        readings = finish(city, registry, book, on_step=told)
    OUT.print(f"{readings} readings computed again.", highlight=False)


@contextmanager
def _opened(config: Path) -> "Iterator[tuple[SiteFile, DeviceRegistry, CalibrationBook]]":
    from app.database import connect_url
    from storage.calibrations import CalibrationBook

    with (
        opened_registry(config) as (city, registry),
        CalibrationBook(connect_url(city), actor=getpass.getuser()) as book,
    ):
        yield city, registry, book
