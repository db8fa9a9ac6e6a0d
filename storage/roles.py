"""Gives the database's roles their rights, as far as the login in use may."""

from collections.abc import Iterator, Sequence

import psycopg
import structlog
from psycopg import sql

from storage.database import Connection
from storage.rights import FUNCTIONS, INGEST, OPENED_TO, READ_BY, ROLES, SEQUENCES, TABLES, VERBS, WEB, Rights

log = structlog.get_logger(__name__)

_PRESENT = """
SELECT format('%s.%s', n.nspname, c.relname)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'governance', 'gareng_mesem') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
"""


def give_rights(connection: Connection) -> None:
    """Make the roles where they are missing, and give each what `storage.rights` says: no more, and no less.

    To be repeated after every migration and restore. Roles belong to the whole server, rights to this database. Where
    the login may not make roles, a warning says what an administrator has to run, and everything else works as before.

    Args:
        connection: In no transaction; rights are given all together.
    """
    there = _make_roles(connection)
    with connection.transaction():
        for statement in _statements(connection, there):
            connection.execute(statement)
    missing = [role for role in ROLES if role not in there]
    if missing:
        log.warning(
            "the database has no roles for limited logins; this login goes on working, and is the only one",
            missing=", ".join(missing),
            remedy=f"let an administrator of the database server run: {remedy(connection, missing)} "
            "Then run `pantau database logins`",
        )


def missing_roles(connection: Connection) -> Sequence[str]:
    """Return the roles that the server does not have."""
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])
    there = {name for (name,) in rows}
    return [role for role in ROLES if role not in there]


def remedy(connection: Connection, roles: Sequence[str]) -> str:
    """Return what an administrator has to run, as one line."""
    row = connection.execute("SELECT quote_ident(current_user)").fetchone()
    owner = row[0] if row else "CURRENT_USER"
    made = "".join(f"CREATE ROLE {role} NOLOGIN; " for role in roles)
    return f"{made}ALTER ROLE {owner} CREATEROLE; GRANT {', '.join(ROLES)} TO {owner} WITH ADMIN OPTION;"


def _make_roles(connection: Connection) -> frozenset[str]:
    missing = missing_roles(connection)
    made = set(ROLES) - set(missing)
    for role in missing:
        try:
            with connection.transaction():
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        except psycopg.errors.InsufficientPrivilege:
            continue
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            pass  # made for another database of the server in this very moment
        made.add(role)
    return frozenset(made)


def _statements(connection: Connection, there: frozenset[str]) -> Iterator[sql.Composed]:
    present = {name for (name,) in connection.execute(_PRESENT)}
    schemas = {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace")}
    for schema, role in READ_BY.items():
        if role in there and schema in schemas:
            known, by = sql.Identifier(schema), sql.Identifier(role)
            yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(known, by)
            yield sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(known, by)
            yield sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {} TO {}").format(known, by)
    for schema, roles in OPENED_TO.items():
        if schema in schemas:
            yield from _granted("USAGE ON SCHEMA", schema, [role for role in roles if role in there])
    for name, roles in SEQUENCES.items():
        if f"public.{name}" in present:
            yield from _granted("USAGE ON SEQUENCE", f"public.{name}", [role for role in roles if role in there])
    for (name,) in connection.execute("SELECT proname FROM pg_proc WHERE proname = ANY(%s)", [list(FUNCTIONS)]):
        yield from _granted("EXECUTE ON FUNCTION", f"public.{name}", [r for r in FUNCTIONS[name] if r in there])
    for name, rights in TABLES.items():
        full = name if "." in name else f"public.{name}"
        if full in present:
            yield from _table(full, rights, there)


def _table(name: str, rights: Rights, there: frozenset[str]) -> Iterator[sql.Composed]:
    for role, letters in ((INGEST, rights.ingest), (WEB, rights.web)):
        if role not in there:
            continue
        # What an earlier release gave and this one no longer needs.
        surplus = [verb for letter, verb in VERBS.items() if letter not in letters]
        if surplus:
            yield sql.SQL("REVOKE {} ON {} FROM {}").format(_verbs(surplus), _named(name), sql.Identifier(role))
        if letters:
            given = _verbs([VERBS[letter] for letter in letters])
            yield sql.SQL("GRANT {} ON {} TO {}").format(given, _named(name), sql.Identifier(role))


def _granted(what: str, name: str, roles: Sequence[str]) -> Iterator[sql.Composed]:
    for role in roles:
        yield sql.SQL("GRANT {} {} TO {}").format(sql.SQL(what), _named(name), sql.Identifier(role))


def _verbs(verbs: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.SQL, verbs))


def _named(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))
