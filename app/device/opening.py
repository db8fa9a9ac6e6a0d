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

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The site file.", metavar="FILE")]
DeviceArgument = Annotated[str, typer.Argument(metavar="ID", help="The device's id.")]


@contextmanager
def opened_registry(config: Path) -> "Iterator[tuple[SiteFile, DeviceRegistry]]":
    """Have the registry open for a while, over a database that runs meanwhile.

    Raises:
        ConfigError: the site file is wrong.
        StorageError: the database is away.
    """
    from app.database import running_database
    from configs.load import load_site
    from runtime.clock import utc_now
    from storage.devices import DeviceRegistry
    from storage.migrations import migrate
    from storage.seed import seed_devices

    city = load_site(config)
    with running_database(city) as url:
        migrate(url)
        seed_devices(url, city, utc_now())
        with DeviceRegistry(url, actor=getpass.getuser()) as registry:
            yield city, registry
