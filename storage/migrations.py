"""Brings a database to the present schema: numbered files, forward only, each in one transaction."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import structlog

from events.errors import StorageError
from storage.database import Connection, connect, translated
from storage.editions import add_timescale, detect_edition
from storage.queries import SQL
from storage.roles import give_rights

log = structlog.get_logger(__name__)

EVERYWHERE = "migrations"
"""Folder of what every edition gets."""

WITH_HYPERTABLES = "timescale"
"""Folder of what editions with hypertables get besides, always after the others."""

WITH_CONTINUOUS_AGGREGATES = "community"
"""Folder of what TimescaleDB's Community edition gets besides, last of all."""

MIGRATING = 0x70_61_6E_74_61_75_6D
"""Key of the advisory lock under which one process migrates: `pantaum` in ASCII."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file.

    Attributes:
        name: Folder and file name without ending, such as `migrations/0001_places`.
        text: The statements.
    """

    name: str
    text: bytes

    @property
    def checksum(self) -> str:
        """SHA-256 (hex) of the text."""
        return hashlib.sha256(self.text).hexdigest()


def migrate(url: str, folder: Path = SQL) -> list[str]:
    """Apply what is missing and return its names; several processes may do so at once.

    Raises:
        StorageError: the database cannot be reached, a statement failed (its migration left nothing behind),
            an applied migration's file was changed since,
            or the database is newer than this program.
    """
    failed = "the schema could not be brought up to date"
    # The lock has a connection of its own, since each migration ends a transaction of the other.
    with connect(url, name="migrating", autocommit=True) as holder, translated(failed):
        holder.execute("SET lock_timeout = 0")
        holder.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        with connect(url, name="edition", autocommit=True) as connection:
            add_timescale(connection)
        with connect(url, name="migrate") as connection:
            return apply_missing(connection, folder)


def apply_missing(connection: Connection, folder: Path = SQL) -> list[str]:
    """Apply what is missing on a connection that nobody else migrates beside, and return its names.

    Raises:
        StorageError: as `migrate`.
    """
    missing = _missing(connection, folder)
    if not missing:
        return []
    _require_owner(connection, missing)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migration "
        "(name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    connection.commit()
    for migration in missing:
        with translated(f"migration {migration.name} failed and left nothing behind"):
            connection.execute(migration.text)
            connection.execute(
                "INSERT INTO schema_migration (name, checksum) VALUES (%s, %s)",
                [migration.name, migration.checksum],
            )
            connection.commit()
        log.info("migration applied", name=migration.name)
    with translated("the schema is up to date, but the roles' rights could not be given"):
        give_rights(connection)
        connection.commit()
    return [migration.name for migration in missing]


def _require_owner(connection: Connection, missing: list[Migration]) -> None:
    """Check that the login may change the schema.

    Raises:
        StorageError: it is a limited one.
    """
    row = connection.execute(
        "SELECT has_schema_privilege('public', 'CREATE'), "
        "coalesce(has_table_privilege(to_regclass('public.schema_migration'), 'INSERT'), true)"
    ).fetchone()
    if row != (True, True):
        raise StorageError(
            f"this login may not change the schema, and {len(missing)} migrations are missing, "
            f"the first {missing[0].name}: run `pantau migrate` with the login that owns the tables"
        )


def plan(url: str, folder: Path = SQL) -> list[str]:
    """Return the names of what `migrate` would apply now; leaves nothing behind.

    Which edition a new database will have is not known before its extension is there: it is made, and taken back.

    Raises:
        StorageError: as `migrate`.
    """
    with connect(url, name="plan") as connection, translated("the schema could not be read"):
        try:
            add_timescale(connection)
            return [migration.name for migration in _missing(connection, folder)]
        finally:
            connection.rollback()


def _missing(connection: Connection, folder: Path) -> list[Migration]:
    applied = _applied(connection)
    folders = [EVERYWHERE]
    edition = detect_edition(connection)
    if edition.has_hypertables:
        folders.append(WITH_HYPERTABLES)
    if edition.has_continuous_aggregates:
        folders.append(WITH_CONTINUOUS_AGGREGATES)
    every = [EVERYWHERE, WITH_HYPERTABLES, WITH_CONTINUOUS_AGGREGATES]
    unknown = applied.keys() - {migration.name for migration in _files(folder, every)}
    if unknown:
        raise StorageError(
            f"the database is newer than this program: it has {', '.join(sorted(unknown))}; "
            "start the release that made it, or a later one"
        )
    missing = []
    for migration in _files(folder, folders):
        checksum = applied.get(migration.name)
        if checksum is None:
            missing.append(migration)
        elif checksum != migration.checksum:
            raise StorageError(
                f"migration {migration.name} was changed after it had been applied to this database: "
                "restore the file as it was released and put the change into a new, higher-numbered file"
            )
    return missing


def _applied(connection: Connection) -> dict[str, str]:
    row = connection.execute("SELECT to_regclass('schema_migration') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return {}
    rows = connection.execute("SELECT name, checksum FROM schema_migration").fetchall()
    return {str(name): str(checksum) for name, checksum in rows}


def _files(folder: Path, names: list[str]) -> list[Migration]:
    return [
        Migration(name=f"{name}/{path.stem}", text=path.read_bytes())
        for name in names
        for path in sorted((folder / name).glob("[0-9]*.sql"))
    ]
