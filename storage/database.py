"""Connections: opened alike everywhere, and their errors in Pantau's own words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from events.errors import ConfigError, StorageError
from runtime.logs import without_credentials

CONNECT_TIMEOUT_S = 5

SESSION_SETTINGS = {
    "TimeZone": "UTC",
    # A lock held by a program that hangs must not hold everybody up: the batch is committed again later.
    "lock_timeout": "15s",
    # The server gives up a transaction whose client has vanished without a word.
    "idle_in_transaction_session_timeout": "60s",
}

PATIENCE: Mapping[str, Any] = {
    # A server whose machine is gone sends nothing at all, not even a refusal: given up after 25 s, whether this side
    # waits for an answer or (`tcp_user_timeout`, in milliseconds) for a receipt. Linux alone would try for 15 minutes.
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""Connection parameters of every connection."""

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

TAKEN_AS_REFUSAL = ("22", "23", "54")
"""SQLSTATE classes by which the server says that the data, not the server, is at fault: data exception, integrity
constraint violation, program limit exceeded (an index entry too long). PostgreSQL documentation, appendix A."""

CONFIGURATION_LIMIT = "53400"
"""A configured limit that a value is too large for: the same again would be refused again."""


def connect(url: str, *, name: str, autocommit: bool = False) -> Connection:
    """Open a connection.

    Args:
        url: postgresql:// address.
        name: What the connection is for; shown by `pg_stat_activity`.
        autocommit: Whether each statement commits by itself.

    Raises:
        StorageError: nobody answers there, or the server does not let us in.
        ConfigError: the address cannot be read.
    """
    require_address(url)
    with translated("the database cannot be reached"):
        connection: Connection = psycopg.connect(
            url,
            autocommit=True,
            application_name=f"pantau {name}",
            **PATIENCE,
        )
        for statement in session_statements():
            connection.execute(statement)
        connection.autocommit = autocommit
        return connection


def require_address(url: str) -> None:
    """Check that the driver can read an address.

    Raises:
        ConfigError: it cannot. The driver's own words would quote what it stumbled over, often the password.
    """
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ConfigError(
            "database.url: the address cannot be read; write it as postgresql://user:password@host:5432/database, with "
            "special characters in user and password percent-encoded (@ as %40, / as %2F, % as %25, space as %20)"
        ) from None


def session_statements() -> list[sql.Composed]:
    """Return what every new connection is told.

    Statements instead of connection options, which connection poolers refuse and a URL may carry already.
    """
    return [
        sql.SQL("SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in SESSION_SETTINGS.items()
    ]


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the driver's errors into StorageError.

    Args:
        what: What failed, in a few words; the driver's own sentence follows.
    """
    try:
        yield
    except psycopg.Error as error:
        raise StorageError(f"{what}: {in_one_line(error)}") from error


def in_one_line(error: BaseException) -> str:
    """Return an error's own sentence on one line, without credentials."""
    return without_credentials(" ".join(str(error).split())) or type(error).__name__


def is_refusal(error: Exception) -> bool:
    """Tell whether the data was refused, so that the same data would be refused again.

    The driver itself refuses text with NUL characters (DataError without SQLSTATE) and text that is no Unicode.
    """
    if isinstance(error, psycopg.Error):
        state = error.sqlstate
        if state is None:
            return isinstance(error, psycopg.DataError)
        return state[:2] in TAKEN_AS_REFUSAL or state == CONFIGURATION_LIMIT
    return isinstance(error, UnicodeEncodeError)
