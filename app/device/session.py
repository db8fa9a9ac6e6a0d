"""What a `pantau device` command works with: the city, and a database that is ready."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.database import running_database
from configs.load import load_site
from configs.site import SiteFile
from runtime.clock import utc_now
from storage.devices import DeviceRegistry
from storage.migrations import migrate
from storage.orders import OrderBook
from storage.seed import seed_devices


@contextmanager
def device_registry(config: Path, *, actor: str) -> Iterator[tuple[SiteFile, DeviceRegistry]]:
    """Open the registry of a site file, its own devices included.

    Raises:
        ConfigError: the site file is wrong.
        StorageError: the database is away.
    """
    with _ready(config) as (city, url), DeviceRegistry(url, actor=actor) as registry:
        yield city, registry


@contextmanager
def order_book(config: Path, *, actor: str) -> Iterator[OrderBook]:
    """Open settings and commands of a site file's devices.

    Raises:
        ConfigError: the site file is wrong.
        StorageError: the database is away.
    """
    with _ready(config) as (_, url), OrderBook(url, actor=actor) as book:
        yield book


@contextmanager
def _ready(config: Path) -> Iterator[tuple[SiteFile, str]]:
    city = load_site(config)
    with running_database(city) as url:
        migrate(url)
        seed_devices(url, city, utc_now())
        yield city, url
