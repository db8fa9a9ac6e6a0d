"""Logins of the database for Pantau's processes, for readers, and for one office each."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import psycopg
from psycopg import sql

from events.errors import ConfigError, StorageError
from storage.database import Connection, in_one_line, translated
from storage.rights import INGEST, OFFICE, READER, WEB
from storage.roles import give_rights, missing_roles, remedy

LONGEST_NAME_BYTES = 63
"""PostgreSQL cuts longer names (NAMEDATALEN)."""

PASSWORD_BYTES = 24

CONNECTIONS = 10
"""Most connections of a login that reads: one report must not take them all."""


class Kind(StrEnum):
    """What a login is for."""

    INGEST = "ingest"
    WEB = "web"
    READER = "reader"
    OFFICE = "opd"


ROLE = {Kind.INGEST: INGEST, Kind.WEB: WEB, Kind.READER: READER, Kind.OFFICE: OFFICE}

READING = {
    "default_transaction_read_only": "on",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    # Queries that begin in a view need no schema's name, and no temporary table stands before one.
    "search_path": "{schema}, pg_catalog, pg_temp",
}
"""Settings of logins that read. A role's settings hold for itself only, never for members: hence on each login."""

_SCHEMA = {Kind.READER: "api", Kind.OFFICE: "opd"}

_KNOWN = """
SELECT d.login, d.role, d.opd_id, d.made_at, r.oid IS NOT NULL,
    (SELECT count(*) FROM pg_stat_activity AS a WHERE a.usesysid = r.oid AND a.datname = current_database())
FROM database_login AS d
LEFT JOIN pg_roles AS r ON r.rolname = d.login
ORDER BY d.role, d.login
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login that Pantau made.

    Attributes:
        name: The database user.
        kind: What it is for.
        office: Whose data it sees, where it is an office's.
        made_at: When its password was made.
        exists: Whether this server has it; a restored database remembers logins of another server.
        connections: How many it has open now.
    """

    name: str
    kind: Kind
    office: str | None
    made_at: datetime
    exists: bool
    connections: int


class Logins:
    """Makes, renews, lists and removes logins.

    Args:
        connection: In autocommit mode, of the login that owns the tables and may make roles.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[Login]:
        """Return every login that was made for this database.

        Raises:
            StorageError: the database is away, or this login may not see them.
        """
        with translated("the logins could not be read"):
            rows = self._connection.execute(_KNOWN).fetchall()
        return [
            Login(name=name, kind=Kind(kind), office=office, made_at=made_at, exists=exists, connections=connections)
            for name, kind, office, made_at, exists, connections in rows
        ]

    def grant(
        self, kind: Kind, now: datetime, *, name: str | None = None, office: str | None = None
    ) -> tuple[str, str]:
        """Make a login, or give a known one a new password; return its name and password.

        The password is nowhere but here: the server gets a verifier (SCRAM-SHA-256), so no log can hold it.

        Args:
            kind: What it is for.
            now: The present time, aware UTC.
            name: Left out, it is made of the database's name, since logins belong to the whole server.
            office: Whose data it shall see; for offices only.

        Raises:
            ConfigError: there is no such office, or the name is taken by somebody else.
            StorageError: this login may not make others; the message says what an administrator has to run.
        """
        with translated("the login could not be made"), self._as_administrator():
            give_rights(self._connection)
            self._require_office(office)
            login = name or self._name(kind, office)
            if len(login.encode()) > LONGEST_NAME_BYTES:
                raise ConfigError(
                    f"a login's name has at most {LONGEST_NAME_BYTES} bytes: give a shorter one by --login"
                )
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            with self._connection.transaction():
                self._require_ours(login, kind, office)
                self._make(login, kind, password)
                self._connection.execute(
                    "INSERT INTO database_login (login, role, opd_id, made_at) VALUES (%s, %s, %s, %s) "
                    "ON CONFLICT (login) DO UPDATE SET made_at = excluded.made_at",
                    [login, kind, office, now],
                )
        return login, password

    def revoke(self, name: str) -> int:
        """Remove a login and end its connections; return how many it had.

        Raises:
            ConfigError: Pantau made no such login for this database.
            StorageError: the login could not be removed.
        """
        known = {login.name: login for login in self.all()}
        if name not in known:
            raise ConfigError(f"Pantau made no login {name} for this database; `pantau database logins` lists them")
        login = sql.Identifier(name)
        with translated(f"the login {name} could not be removed"), self._as_administrator():
            ended = 0
            with self._connection.transaction():
                self._connection.execute("DELETE FROM database_login WHERE login = %s", [name])
                if known[name].exists:
                    self._connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(login))
            if known[name].exists:
                # Whoever made a role may give it, and only whoever has it may end its connections.
                self._connection.execute(sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT TRUE").format(login))
                row = self._connection.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = %s", [name]
                ).fetchone()
                ended = int(row[0]) if row else 0
                # It owns nothing that stays: it may create nothing. Rights somebody gave it by hand go with it.
                self._connection.execute(sql.SQL("DROP OWNED BY {}").format(login))
                self._connection.execute(sql.SQL("DROP ROLE {}").format(login))
        return ended

    @contextmanager
    def _as_administrator(self) -> Iterator[None]:
        """Say what is wanted where the server says only what is not allowed."""
        try:
            yield
        except psycopg.errors.InsufficientPrivilege as error:
            raise StorageError(
                f"this login may not do that ({in_one_line(error)}): let an administrator of the database server run: "
                + remedy(self._connection, missing_roles(self._connection))
            ) from error

    def _make(self, name: str, kind: Kind, password: str) -> None:
        login, role = sql.Identifier(name), sql.Identifier(ROLE[kind])
        verifier = self._connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        found = self._connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        verb = sql.SQL("CREATE" if found is None else "ALTER")
        reads = kind in _SCHEMA
        self._connection.execute(
            sql.SQL("{} ROLE {} LOGIN INHERIT CONNECTION LIMIT {} PASSWORD {}").format(
                verb, login, sql.Literal(CONNECTIONS if reads else -1), sql.Literal(verifier)
            )
        )
        self._connection.execute(sql.SQL("GRANT {} TO {}").format(role, login))
        for setting, value in READING.items() if reads else ():
            self._connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    login,
                    sql.Identifier(setting),
                    sql.SQL(value.format(schema=_SCHEMA[kind])) if setting == "search_path" else sql.Literal(value),
                )
            )

    def _name(self, kind: Kind, office: str | None) -> str:
        row = self._connection.execute("SELECT current_database()::text").fetchone()
        return "_".join([row[0] if row else "pantau", kind, *([office] if office else [])])

    def _require_office(self, office: str | None) -> None:
        if office is None:
            return
        known = [one for (one,) in self._connection.execute("SELECT id FROM opd ORDER BY id")]
        if office not in known:
            raise ConfigError(
                f"the database knows no office {office}: it has {', '.join(known) or 'none yet'}. "
                "Offices come from the site file when ingest starts"
            )

    def _require_ours(self, name: str, kind: Kind, office: str | None) -> None:
        """Check that a name is free, or of a login that was made for the same.

        Raises:
            ConfigError: it belongs to somebody else, whose password or rights would be changed.
        """
        row = self._connection.execute("SELECT role, opd_id FROM database_login WHERE login = %s", [name]).fetchone()
        if row is None:
            taken = self._connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone()
            if taken is not None:
                raise ConfigError(
                    f"the server has a user {name} that Pantau did not make here: choose another by --login"
                )
        elif row != (kind, office):
            raise ConfigError(f"the login {name} is for {' '.join(filter(None, row))}: choose another by --login")
