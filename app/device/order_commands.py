"""The `pantau device` commands that want something of a device."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from app.device.opening import ConfigOption, DeviceArgument, opened_orders
from events.errors import ConfigError
from runtime.logs import set_up_logs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.orders import DeviceConfig, Order

OUT = Console()
ERR = Console(stderr=True)

POLL_S = 0.2

order_app = typer.Typer(rich_markup_mode="rich")
config_app = typer.Typer(no_args_is_help=True, help="Want settings of a device, and see which it follows.")
order_app.add_typer(config_app, name="config")


@config_app.command(name="set")
def config_set(
    device: DeviceArgument,
    config: ConfigOption,
    settings: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="VALUE is JSON; what is none is a text.")
    ] = None,
    unset: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Want nothing of this any more.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Want exactly these, then NAME=VALUE.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Change what is wanted of a device. It gets a new version, retained at the broker until the device takes it.

    Example: [bold]pantau device config set udara-07 interval_s=30 fan=true -c rembang.yaml[/]
    """
    from runtime.clock import utc_now

    set_up_logs(role="device")
    with opened_orders(config) as book:
        wanted = dict(book.config(device).settings) if file is None else _object(file.read_text("utf-8"), str(file))
        wanted |= dict(_setting(text) for text in settings or [])
        for name in unset or []:
            wanted.pop(name, None)
        _show(book.want(device, wanted, utc_now()))


@config_app.command(name="show")
def config_show(device: DeviceArgument, config: ConfigOption) -> None:
    """Show what is wanted of a device, what it reports, and where the two differ."""
    set_up_logs(role="device")
    with opened_orders(config) as book:
        _show(book.config(device))


@order_app.command()
def command(
    device: DeviceArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it shall do.")],
    config: ConfigOption,
    args: Annotated[str, typer.Option(metavar="JSON", help="With what: a JSON object.")] = "{}",
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=1, help="Seconds after which it must not be done.")
    ] = 30.0,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the result.")] = False,
) -> None:
    """Tell a device to do something once, and wait for its result. Exit status 1 where it is not done.

    Example: [bold]pantau device command pompa-2 open --args '{"percent": 40}' --timeout 20 -c rembang.yaml[/]
    """
    from runtime.clock import utc_now

    set_up_logs(role="device")
    with opened_orders(config) as book:
        given = book.order(device, name, _object(args, "--args"), timeout_s=timeout_s, now=utc_now())
        if no_wait:
            OUT.print(f"{given.id}  queued", highlight=False)
            return
        with ERR.status(f"{device}: {name}"):
            while not given.state.final:
                time.sleep(POLL_S)
                given = book.command(given.id)
                if utc_now() > given.expires_at:
                    book.expire(utc_now())
    OUT.print(_in_words(given), highlight=False)
    if given.state != "done":
        raise typer.Exit(1)


def print_orders(config: "DeviceConfig", commands: "Sequence[Order]") -> None:
    """Print what is wanted of a device and what it was told last."""
    if config.version or config.reported_version is not None:
        _show(config)
    for one in commands:
        OUT.print(f"{one.made_at.astimezone():%Y-%m-%d %H:%M:%S}  {_in_words(one)}", highlight=False)


def _show(config: "DeviceConfig") -> None:
    from events.orders import Agreement

    style = "green" if config.agreement in {Agreement.SAME, Agreement.NOTHING_WANTED} else "yellow"
    OUT.print(f"settings    version {config.version}: [{style}]{config.agreement}[/]", highlight=False)
    if config.version:
        OUT.print(f"wanted      {escape(json.dumps(dict(config.settings)))}", highlight=False, soft_wrap=True)
    if config.reported_version is not None:
        said = f"version {config.reported_version} {json.dumps(dict(config.reported))} {config.reported_error}"
        OUT.print(f"reported    {escape(said.rstrip())}", highlight=False, soft_wrap=True)
    if config.differing and config.agreement is Agreement.DIFFERENT:
        OUT.print(f"different   {escape(', '.join(config.differing))}", highlight=False)


def _in_words(command: "Order") -> str:
    result = "" if command.result is None else f"  {json.dumps(command.result)}"
    detail = f"  {command.detail}" if command.detail else ""
    return escape(f"{command.name}  {command.state.value}{result}{detail}")


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ConfigError(f"{text!r}: want NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{where}: no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ConfigError(f'{where}: want a JSON object, such as {{"percent": 40}}')
    return found
