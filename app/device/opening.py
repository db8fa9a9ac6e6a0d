"""What the `pantau device` commands share: the site file, the running database, the registry."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from configs.site import SiteFile
    from storage.devices import DeviceRegistry
    from storage.orders import OrderBook

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]
DeviceArgument = Annotated[str, typer.Argument(metavar="ID", help="The device's id.")]


@contextmanager
def opened_registry(config: Path) -> "Iterator[tuple[SiteFile, DeviceRegistry]]":
    """Have the registry open for a while, over a database that runs meanwhile.

    Raises:
        ConfigError: the site file is wrong.
        StorageError: the database is away.
    """
    from storage.devices import DeviceRegistry

    with _ready(config) as (city, url), DeviceRegistry(url, actor=getpass.getuser()) as registry:
        yield city, registry


@contextmanager
def opened_orders(config: Path) -> "Iterator[OrderBook]":
    """Have settings and commands open for a while, over a database that runs meanwhile.

    Raises:
        ConfigError: the site file is wrong.
        StorageError: the database is away.
    """
    from storage.orders import OrderBook

    with _ready(config) as (_, url), OrderBook(url, actor=getpass.getuser()) as book:
        yield book


@contextmanager
def _ready(config: Path) -> "Iterator[tuple[SiteFile, str]]":
    from app.database import running_database
    from configs.load import load_site
    from runtime.clock import utc_now
    from storage.migrations import migrate
    from storage.seed import seed_devices

    city = load_site(config)
    with running_database(city) as url:
        migrate(url)
        seed_devices(url, city, utc_now())
        yield city, url
