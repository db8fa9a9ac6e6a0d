"""Writes a database into one file and makes a new database of it, by PostgreSQL's own programs."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from events.errors import ConfigError, StorageError
from runtime.logs import without_credentials
from storage.database import connect, translated
from storage.editions import add_timescale, detect_edition
from storage.embedded import programs_folder
from storage.roles import give_rights

RESTORING = "a database cannot be restored into one that holds tables already: name an empty one in database.url"


def dump(url: str, file: Path) -> None:
    """Write everything in the database into a file, as of one moment; Pantau may go on meanwhile.

    The file appears whole or not at all. Pictures lie in their folder and are copied by other means.

    Raises:
        ConfigError: the file is there already, or its folder is not.
        StorageError: the database is away, or the dump failed; no file is left.
    """
    if file.exists():
        raise ConfigError(f"{file} is there already: remove it, or write into another file")
    if not file.parent.is_dir():
        raise ConfigError(f"there is no folder {file.parent}")
    part = file.with_name(f"{file.name}.part")
    try:
        _run("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={part}"])
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    except OSError as error:
        raise StorageError(f"the dump could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, file: Path) -> None:
    """Fill an empty database from a file of `dump`; the server must have the same edition as the one dumped.

    Raises:
        ConfigError: there is no such file, or the database is not empty.
        StorageError: the database is away, or the file does not fit it; drop the database before trying again.
    """
    if not file.is_file():
        raise ConfigError(f"there is no file {file}")
    with connect(url, name="edition", autocommit=True) as connection:
        add_timescale(connection)
    with connect(url, name="restore", autocommit=True) as connection, translated("the database could not be restored"):
        row = connection.execute("SELECT to_regclass('schema_migration') IS NULL").fetchone()
        if row != (True,):
            raise ConfigError(RESTORING)
        has_hypertables = detect_edition(connection).has_hypertables
    options = ["--no-owner", "--no-privileges", "--exit-on-error"]
    if has_hypertables:
        _restore_hypertables(url, file, options)
    else:
        _run("pg_restore", url, [*options, "--single-transaction", str(file)])
    # The file has no privileges: they name roles, which belong to the server.
    with connect(url, name="restore", autocommit=True) as connection, translated("rights could not be given"):
        give_rights(connection)


def _restore_hypertables(url: str, file: Path, options: Sequence[str]) -> None:
    # TimescaleDB's own rule: between the two calls its triggers sleep, and its catalogue is filled like any table.
    with connect(url, name="restore", autocommit=True) as connection, translated("the restore could not begin"):
        connection.execute("SELECT timescaledb_pre_restore()")
    try:
        _run("pg_restore", url, [*options, str(file)])
    finally:
        with connect(url, name="restore", autocommit=True) as connection, translated("the restore could not end"):
            connection.execute("SELECT timescaledb_post_restore()")


def _run(program: str, url: str, options: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs; the address, which may hold a password, does not show in the process list."""
    settings = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    names = {"dbname": "PGDATABASE", "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    names |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    unknown = settings.keys() - names
    if unknown:
        raise ConfigError(f"database.url: {', '.join(sorted(unknown))} cannot be handed to {program}; leave it out")
    environment = {names[name]: value for name, value in settings.items()}
    database = ["--dbname", settings["dbname"]] if program == "pg_restore" else []
    finished = subprocess.run(
        [_find(program), *options, *database],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.defpath, "LC_ALL": "C", **environment},
    )
    if finished.returncode != 0:
        said = [line for line in finished.stderr.splitlines() if "error:" in line] or finished.stderr.splitlines()
        raise StorageError(f"{program}: {without_credentials(said[0] if said else str(finished.returncode))}")


def _find(program: str) -> str:
    """Return the program that came with the embedded server, which speaks to older servers too; else the system's."""
    try:
        beside = programs_folder() / program
    except StorageError:
        beside = Path(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        raise StorageError(f"{program} is not installed: install PostgreSQL's client programs (postgresql-client)")
    return found
