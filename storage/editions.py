"""Which PostgreSQL this is: with TimescaleDB or without, and in which edition."""

from enum import StrEnum

import structlog

from storage.database import Connection

log = structlog.get_logger(__name__)


class Edition(StrEnum):
    """What the database can do.

    Attributes:
        PLAIN: PostgreSQL without TimescaleDB.
        TIMESCALE_APACHE: TimescaleDB's Apache edition: hypertables, but neither policies, compression nor
            continuous aggregates.
        TIMESCALE_COMMUNITY: TimescaleDB's Community edition: everything.
    """

    PLAIN = "plain"
    TIMESCALE_APACHE = "timescale_apache"
    TIMESCALE_COMMUNITY = "timescale_community"

    @property
    def has_hypertables(self) -> bool:
        """Whether tables can be cut into chunks of time."""
        return self is not Edition.PLAIN

    @property
    def has_continuous_aggregates(self) -> bool:
        """Whether rollups can be kept by the database, and chunks be compressed."""
        return self is Edition.TIMESCALE_COMMUNITY


def detect_edition(connection: Connection) -> Edition:
    """Return the edition of a database, judged by the extension it has now."""
    row = connection.execute(
        "SELECT current_setting('timescaledb.license', true) FROM pg_extension WHERE extname = 'timescaledb'"
    ).fetchone()
    if row is None:
        return Edition.PLAIN
    # The setting is missing where the extension is installed but its library was not loaded at the server's start.
    return Edition.TIMESCALE_COMMUNITY if row[0] == "timescale" else Edition.TIMESCALE_APACHE


def add_timescale(connection: Connection) -> None:
    """Create the TimescaleDB extension where the server has it loaded and lets us; say so where it does not.

    Args:
        connection: A new one: the extension wants to be the first thing a session speaks of.
    """
    row = connection.execute(
        """
        SELECT has_database_privilege(current_database(), 'CREATE'),
            current_setting('shared_preload_libraries') LIKE '%timescaledb%'
        FROM pg_available_extensions
        WHERE name = 'timescaledb' AND installed_version IS NULL
        """
    ).fetchone()
    if row is None:
        return
    may_create, is_loaded = row
    if may_create and is_loaded:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    else:
        log.warning(
            "TimescaleDB is installed but not used; readings stay in an ordinary table",
            remedy="let an administrator add timescaledb to shared_preload_libraries, restart the server, "
            "and run CREATE EXTENSION timescaledb in this database; then start Pantau again",
        )
