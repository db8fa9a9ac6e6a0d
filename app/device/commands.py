"""The `pantau device` commands."""

import logging
import sys
from collections.abc import Iterator
from datetime import date, datetime
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.device.calibrate_commands import calibrate_app
from app.device.opening import ConfigOption, DeviceArgument, opened_orders, opened_registry
from app.device.order_commands import order_app, print_orders
from app.device.trial_commands import trial_app
from runtime.logs import set_up_logs

if TYPE_CHECKING:
    from app.device.looking import Look
    from events.ids import SourceId
    from events.liveness import LifeChange

OUT = Console()
ERR = Console(stderr=True)

device_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Register devices while the city runs, and give each its password.\n\n"
    "A device is registered by [bold]add[/] or [bold]import[/], which print its password once; "
    "[bold]broker-files[/] writes who may say what into Mosquitto's files. Devices of the site file are in the "
    "registry too: [bold]rotate[/] gives them a password.",
)

device_app.add_typer(calibrate_app, name="calibrate")
device_app.add_typer(order_app)
device_app.add_typer(trial_app)


@device_app.command()
def add(
    device: DeviceArgument,
    config: ConfigOption,
    name: Annotated[str, typer.Option(help="What people call it.")],
    site: Annotated[str, typer.Option(metavar="SITE", help="Id of the site where it stands.")],
    metric: Annotated[
        list[str],
        typer.Option(metavar="NAME=UNIT[:MIN:MAX]", help="What it measures, UCUM unit and limits; may be repeated."),
    ],
    opd: Annotated[str | None, typer.Option(metavar="OPD", help="Id of the office that owns it.")] = None,
    interval_s: Annotated[float, typer.Option(min=0.001, help="Expected seconds between messages.")] = 60.0,
    gateway: Annotated[str | None, typer.Option(metavar="ID", help="Device that publishes for it.")] = None,
    position: Annotated[str | None, typer.Option(metavar="LAT,LON", help="Where it is not its site's.")] = None,
    installed: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it was put up.")] = None,
    calibrated: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it was calibrated.")] = None,
) -> None:
    """Register a device and print its password, once.

    Example: [bold]pantau device add udara-07 -c rembang.yaml --name "Udara Lasem" --site lasem
    --metric pm25=ug/m3:0:1000 --metric temperature=Cel:-20:60 --interval-s 60[/]
    """
    from app.device.registering import draft, register

    set_up_logs(role="device")
    settings = {"name": name, "site": site, "opd": opd, "interval_s": interval_s, "metrics": list(metric)}
    wanted = draft(
        device,
        settings,
        gateway=gateway,
        position=position,
        installed_on=_day(installed),
        calibrated_on=_day(calibrated),
    )
    with opened_registry(config) as (city, registry):
        _show_secrets(register(city, registry, [wanted]))


@device_app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False, help="One device a line.")],
    config: ConfigOption,
    secrets: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the passwords there (mode 600) instead of printing.")
    ] = None,
) -> None:
    """Register many devices from a table; all of them or, if anything is wrong, none.

    Columns: id, name, site, metrics (NAME=UNIT[:MIN:MAX] separated by blanks); optional: opd, interval_s, gateway,
    position (LAT LON), installed_on, calibrated_on. Every mistake is told with its line.
    """
    from app.device.registering import register
    from app.device.tables import read_table, write_secrets

    set_up_logs(role="device")
    wanted = read_table(file)
    with opened_registry(config) as (city, registry):
        made = register(city, registry, wanted)
    if secrets is None:
        _show_secrets(made)
    else:
        write_secrets(secrets, made)
        OUT.print(f"{len(made)} devices registered; passwords in {escape(str(secrets))}", soft_wrap=True)


@device_app.command()
def discover(
    config: ConfigOption,
    site: Annotated[
        str | None, typer.Option(metavar="SITE", help="Id of the site where they stand; the first of the site file.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="Home Assistant's discovery prefix.")] = "homeassistant",
    seconds: Annotated[float, typer.Option(min=0.5, max=600, help="How long to listen.")] = 3.0,
) -> None:
    """List devices that announce themselves on the broker, and print the YAML to add for them.

    Home Assistant's discovery (ESPHome, Zigbee2MQTT, many makers) and Tasmota's own. What the site file already reads
    is passed over; nothing is registered. Paste what is printed under [bold]sensors:[/], and correct names and
    intervals.
    """
    from app.device.discovering import announced, listen, proposals
    from configs.load import load_site
    from events.errors import ConfigError

    set_up_logs(role="device", level=logging.ERROR)
    city = load_site(config)
    places = [place.id for place in city.sites]
    place = site if site is not None else places[0] if places else ""
    if place not in places:
        raise ConfigError(f"the site file has no site {place!r}; it has {', '.join(places) or 'none'}")
    with ERR.status(f"Listening for announcements, {seconds:g} s"):
        devices = announced(listen(city, prefix, seconds), prefix)
    text = proposals(city, devices, place)
    sys.stdout.write(text)
    if not text:
        ERR.print(f"Nothing new below {escape(prefix)}/ and tasmota/discovery/.", style="dim")


@device_app.command(name="list")
def list_(config: ConfigOption) -> None:
    """Show every device: whether it is there, how much of today, whether it may speak and has a password."""
    from app.device.looking import look
    from runtime.clock import utc_now

    set_up_logs(role="device")
    with opened_registry(config) as (city, registry):
        devices = registry.all()
        seen = look(city, utc_now())
    table = Table()
    table.add_column("id", no_wrap=True)
    for heading in ("name", "state", "today", "battery", "signal", "described in", "speaks", "password", "gateway"):
        table.add_column(heading)
    for device in devices:
        table.add_row(
            device.id,
            escape(device.name),
            _state(seen.state(device.id)),
            _percent(seen.days(device.id)[0][1]),
            seen.battery(device.id) or "-",
            seen.signal(device.id) or "-",
            "site file" if device.origin == "file" else "registry",
            "yes" if device.enabled else "[yellow]no[/]",
            "yes" if device.secret_hash else "-",
            device.gateway or "-",
        )
    OUT.print(table if devices else "No device is registered; `pantau device add --help` says how.")


@device_app.command()
def show(device: DeviceArgument, config: ConfigOption) -> None:
    """Show what is known of one device: its life, its clock, what is wanted of it, and who changed it when."""
    import json

    from app.device.looking import look
    from runtime.clock import utc_now

    set_up_logs(role="device")
    with opened_registry(config) as (city, registry):
        known = registry.get(device)
        history = registry.history(device)
        seen = look(city, utc_now())
    with opened_orders(config) as book:
        wanted, told = book.config(device), book.commands(device)
    OUT.print(f"{known.id}  {escape(known.name)}", highlight=False)
    OUT.print_json(json.dumps(dict(known.settings)))
    for label, value in (
        ("may speak", "yes" if known.enabled else "no"),
        ("password", "yes" if known.secret_hash else "none yet: pantau device rotate"),
        ("gateway", known.gateway),
        ("position", known.position),
        ("installed", known.installed_on),
        ("calibrated", known.calibrated_on),
        *_life(seen, known.id),
    ):
        if value is not None:
            OUT.print(f"{label:<12}{value}", highlight=False)
    print_orders(wanted, told)
    for at, actor, action in history:
        OUT.print(f"{at.astimezone():%Y-%m-%d %H:%M:%S}  {escape(actor)}  {action}", highlight=False)


@device_app.command()
def rotate(device: DeviceArgument, config: ConfigOption) -> None:
    """Give a device a new password and print it, once; the old one ends once the broker's files are written."""
    from app.device.registering import rotate as give_new

    set_up_logs(role="device")
    with opened_registry(config) as (_, registry):
        _show_secrets({device: give_new(registry, device)})


@device_app.command()
def disable(device: DeviceArgument, config: ConfigOption) -> None:
    """Stop hearing a device: its messages go to quarantine, and it can no longer sign in."""
    _set_enabled(device, config, enabled=False)


@device_app.command()
def enable(device: DeviceArgument, config: ConfigOption) -> None:
    """Hear a disabled device again; what it sent meanwhile can be taken in by `pantau quarantine replay`."""
    _set_enabled(device, config, enabled=True)


@device_app.command(name="broker-files")
def broker_files(
    config: ConfigOption,
    passwords: Annotated[Path, typer.Option(metavar="FILE", help="Mosquitto's password_file.")],
    acl: Annotated[Path, typer.Option(metavar="FILE", help="Mosquitto's acl_file.")],
    pid_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Mosquitto's pid_file: it is told to read both at once.")
    ] = None,
) -> None:
    """Write who may sign in and say what into Mosquitto's files, and let it read them without a restart.

    Each device may write only below its own topics (a gateway also below those of its devices) and read only what is
    meant for it. Pantau's own account is broker.username and broker.password of the site file.
    """
    from app.device.broker_files import write_broker_files

    set_up_logs(role="device")
    with opened_registry(config) as (city, registry):
        number = write_broker_files(city, registry.all(), passwords=passwords, acl=acl, pid_file=pid_file)
    told = "" if pid_file is None else "; the broker was told"
    OUT.print(f"{number} devices may sign in{told}.", highlight=False)


def _set_enabled(device: str, config: Path, *, enabled: bool) -> None:
    from runtime.clock import utc_now

    set_up_logs(role="device")
    action = "device.enable" if enabled else "device.disable"
    with opened_registry(config) as (site, registry):
        registry.change(device, action, {"enabled": enabled}, utc_now())
    OUT.print(f"{device} {'may speak again' if enabled else 'is heard no more'}.", highlight=False)
    if site.broker.files is None:
        OUT.print("Write the broker's files anew: pantau device broker-files --help", style="dim")


def _life(seen: "Look", device: "SourceId") -> "Iterator[tuple[str, object]]":
    """Yield what there is to say of a device's life, by label."""
    state = seen.state(device)
    since = "" if state is None else f" since {state.at.astimezone(seen.zone):%Y-%m-%d %H:%M:%S}"
    yield "state", _state(state) + since
    yield "online", ", ".join(f"{day:%d %b} {_percent(share)}" for day, share in seen.days(device))
    yield "battery", seen.battery(device)
    yield "signal", seen.signal(device)
    clock = seen.clocks.get(device)
    if clock is not None:
        sense = "slow" if clock.offset_s > 0 else "fast"
        yield "clock", f"{abs(clock.offset_s):.1f} s {sense}, give or take {clock.spread_s:.1f} s"


def _state(change: "LifeChange | None") -> str:
    return "never heard" if change is None else change.state.value


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{floor(share * 1000) / 10:g} %"


def _show_secrets(made: dict[str, str]) -> None:
    for device, secret in made.items():
        OUT.print(f"{device}  {secret}", highlight=False, markup=False)
    OUT.print("Shown once and kept nowhere: put it into the device now.", style="dim")


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
