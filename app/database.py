"""Which database a site file means, and making it ready."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configs.site import SiteFile
from events.errors import StorageError
from runtime.clock import utc_now
from storage.embedded import EmbeddedPostgres
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.seed import seed, seed_devices


def embedded_postgres(site: SiteFile) -> EmbeddedPostgres:
    """Return the embedded server of a site; it may or may not be running."""
    return EmbeddedPostgres(site.data_dir / "postgres")


def connect_url(site: SiteFile) -> str:
    """Return the address of the database; it may hold a password, so it is never shown.

    Raises:
        StorageError: The database is the embedded one and does not run; its supervisor may be starting it again.
    """
    if site.database.url is not None:
        return site.database.url.get_secret_value()
    server = embedded_postgres(site)
    if server.pid is None:
        raise StorageError(
            "the embedded database is not running: start it with `pantau run --role all`, "
            "or name a real server in database.url"
        )
    return server.url


def owner_url(site: SiteFile) -> str:
    """Return the address of the database by the login that owns its tables, for migrations and upkeep.

    Raises:
        StorageError: As `connect_url`.
    """
    return connect_url(site) if site.database.owner_url is None else site.database.owner_url.get_secret_value()


@contextmanager
def running_database(site: SiteFile) -> Iterator[str]:
    """Have the database running for a while: an embedded one that nobody runs is started, and stopped again.

    The address is that of the login that owns the tables.
    """
    server = embedded_postgres(site)
    if site.database.url is not None or server.pid is not None:
        yield owner_url(site)
        return
    try:
        yield server.start()
    finally:
        server.stop()


def prepare(site: SiteFile) -> list[str]:
    """Bring the schema up to date and write the site file's places and sources into it.

    Returns:
        Names of the migrations that were applied.
    """
    url = connect_url(site)
    applied = migrate(owner_url(site))
    seed(url, site)
    seed_devices(url, site, utc_now())
    return applied


def pictures(site: SiteFile) -> PictureStore:
    """Return where evidence pictures lie."""
    folder: Path = site.data_dir / "pictures"
    return PictureStore(folder)


def papers(site: SiteFile) -> PictureStore:
    """Return where the attachments of alarms lie, apart from the pictures, which are kept for less long."""
    return PictureStore(site.data_dir / "papers")


def waste_pictures(site: SiteFile) -> PictureStore:
    """Return where people's pictures of waste lie, which are kept as long as the incidents are."""
    return PictureStore(site.data_dir / "waste")
