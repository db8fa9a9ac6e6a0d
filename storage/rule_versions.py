"""Versions of rules: the site file seeds them, people change them, ingest takes them up."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from psycopg.rows import dict_row

from events.errors import ConflictError
from events.ids import RuleId
from events.rule_version import Adoption, RuleOrigin, RuleVersion
from storage.audit import record
from storage.database import Connection, connect, translated
from storage.queries import query

_LOCK = "LOCK TABLE rule_version IN SHARE ROW EXCLUSIVE MODE"
"""Whoever adds versions waits for whoever does, so numbers become visible in their order; readers wait for nobody."""

_NEWEST = "SELECT DISTINCT ON (rule_id) * FROM rule_version ORDER BY rule_id, version DESC"
_NEWEST_OF_FILE = (
    "SELECT DISTINCT ON (rule_id) * FROM rule_version WHERE origin = 'file' ORDER BY rule_id, version DESC"
)
_HISTORY = "SELECT * FROM rule_version WHERE rule_id = %s ORDER BY version"
_UP_TO = "SELECT DISTINCT ON (rule_id) * FROM rule_version WHERE number <= %s ORDER BY rule_id, version DESC"
_SINCE = "SELECT * FROM rule_version WHERE number > %s ORDER BY number"
_NUMBER = "SELECT coalesce(max(number), 0) FROM rule_version"

FILE_ACTOR = "site file"


class RuleBook:
    """A connection to the versions of rules; a context manager.

    Args:
        url: Database address.

    Raises:
        StorageError: the database is away.
    """

    def __init__(self, url: str) -> None:
        self._connection: Connection = connect(url, name="rules", autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def newest(self) -> list[RuleVersion]:
        """Return the newest version of every rule, by id, withdrawn ones among them.

        Raises:
            StorageError: the database is away.
        """
        return self._read(_NEWEST)

    def as_of(self, number: int) -> list[RuleVersion]:
        """Return the newest version of every rule among those up to a number.

        Raises:
            StorageError: the database is away.
        """
        return self._read(_UP_TO, number)

    def history(self, rule: str) -> list[RuleVersion]:
        """Return every version of a rule, oldest first; empty where there is no such rule.

        Raises:
            StorageError: the database is away.
        """
        return self._read(_HISTORY, rule)

    def since(self, number: int) -> list[RuleVersion]:
        """Return every version after the one with a number, in the order they were written.

        Raises:
            StorageError: the database is away.
        """
        return self._read(_SINCE, number)

    def number(self) -> int:
        """Return the number of the newest version, 0 where there is none.

        Raises:
            StorageError: the database is away.
        """
        with translated("the versions of rules could not be read"):
            row = self._connection.execute(_NUMBER).fetchone()
        return 0 if row is None else int(row[0])

    def add(
        self,
        rule: str,
        definition: Mapping[str, Any] | None,
        *,
        actor: str,
        reason: str,
        now: datetime,
        expected_version: int | None = None,
    ) -> RuleVersion:
        """Add a version in a person's name, with its line in the audit log.

        Args:
            rule: Which rule.
            definition: The rule; None withdraws it.
            actor: Who.
            reason: Why.
            now: The present, aware UTC.
            expected_version: The version the person saw, 0 for none; unless it is the newest, nothing is added.

        Raises:
            ConflictError: it is not the newest, or there is nothing to withdraw.
            StorageError: the database is away.
        """
        with translated("the rule was not changed"), self._connection.transaction():
            self._connection.execute(_LOCK)
            known = self.history(rule)
            newest = known[-1].version if known else 0
            if expected_version not in {None, newest}:
                raise ConflictError(
                    f"rule {rule} is at version {newest}, not {expected_version}; look again before you decide"
                )
            if definition is None and (not known or known[-1].definition is None):
                raise ConflictError(f"rule {rule} is not in force, so there is nothing to withdraw")
            added = self._insert(rule, newest + 1, definition, RuleOrigin.PERSON, actor, reason, now)
            record(
                self._connection,
                actor=actor,
                action="rule.withdraw" if definition is None else "rule.activate",
                subject=f"rule:{rule}",
                now=now,
                detail={"version": added.version, "reason": reason, "definition": definition},
            )
        return added

    def seed(self, definitions: Mapping[str, Mapping[str, Any]], now: datetime) -> list[RuleVersion]:
        """Add a version for each rule whose text in the site file has changed since it was last read from there.

        What has not changed there adds nothing, so a person's version stays in force until the file says something new.

        Raises:
            StorageError: the database is away.
        """
        added: list[RuleVersion] = []
        with translated("the rules of the site file were not recorded"), self._connection.transaction():
            self._connection.execute(_LOCK)
            read = {str(one.rule): one.definition for one in self._read(_NEWEST_OF_FILE)}
            newest = {str(one.rule): one.version for one in self.newest()}
            wanted: dict[str, Mapping[str, Any] | None] = dict.fromkeys(read)
            wanted.update(definitions)
            for rule, definition in wanted.items():
                if read.get(rule) == definition:
                    continue
                version = newest.get(rule, 0) + 1
                reason = "left the site file" if definition is None else "read from the site file"
                added.append(self._insert(rule, version, definition, RuleOrigin.FILE, FILE_ACTOR, reason, now))
        return added

    def adopt(self, number: int, now: datetime) -> None:
        """Write down that readings are judged by the versions up to a number from here on, unless they were before.

        Only the process that commits batches may do so, between two of them: its place in the order of arrival is
        then after everything committed and before everything to come.

        Raises:
            StorageError: the database is away.
        """
        with translated("the versions of rules were not taken up"), self._connection.transaction():
            last = self._connection.execute("SELECT number FROM rule_adoption ORDER BY arrival DESC LIMIT 1").fetchone()
            if last is not None and last[0] == number:
                return
            block = self._connection.execute(query("arrival_block")).fetchone()
            self._connection.execute(
                "INSERT INTO rule_adoption (arrival, number, at) VALUES (%s, %s, %s)",
                [0 if block is None else block[0], number, now],
            )

    def adoptions(self) -> list[Adoption]:
        """Return when versions were taken up, oldest first.

        Raises:
            StorageError: the database is away.
        """
        with translated("the versions of rules could not be read"):
            rows = self._connection.execute("SELECT arrival, number, at FROM rule_adoption ORDER BY arrival")
            return [Adoption(arrival=arrival, number=number, at=at.astimezone(UTC)) for arrival, number, at in rows]

    def _insert(
        self,
        rule: str,
        version: int,
        definition: Mapping[str, Any] | None,
        origin: RuleOrigin,
        actor: str,
        reason: str,
        now: datetime,
    ) -> RuleVersion:
        row = self._connection.execute(
            query("add_rule_version"),
            {
                "rule_id": rule,
                "version": version,
                "definition": None if definition is None else json.dumps(definition),
                "origin": origin.value,
                "actor": actor,
                "reason": reason,
                "at": now,
            },
        ).fetchone()
        return RuleVersion(
            number=0 if row is None else row[0],
            rule=RuleId(rule),
            version=version,
            definition=definition,
            origin=origin,
            actor=actor,
            reason=reason,
            at=now,
        )

    def _read(self, statement: str, *values: object) -> list[RuleVersion]:
        with (
            translated("the versions of rules could not be read"),
            self._connection.cursor(row_factory=dict_row) as cursor,
        ):
            return [_version(row) for row in cursor.execute(statement.encode(), values)]


def rule_number(url: str) -> int:
    """Return the number of the newest version of any rule, 0 where there is none.

    Raises:
        StorageError: the database is away.
    """
    with RuleBook(url) as book:
        return book.number()


def read_rules(url: str) -> Sequence[RuleVersion]:
    """Return the newest version of every rule, by id.

    Raises:
        StorageError: the database is away.
    """
    with RuleBook(url) as book:
        return book.newest()


def _version(row: Mapping[str, Any]) -> RuleVersion:
    return RuleVersion(
        number=row["number"],
        rule=RuleId(row["rule_id"]),
        version=row["version"],
        definition=row["definition"],
        origin=RuleOrigin(row["origin"]),
        actor=row["actor"],
        reason=row["reason"],
        at=row["at"].astimezone(UTC),
    )
