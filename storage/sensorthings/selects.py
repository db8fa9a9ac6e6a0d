"""The statements that find entities: all of a set, or those that belong to some parents, each parent with its own page.

Every statement joins the parents (one row without columns for a whole set) with the children by LATERAL, so that each
parent's children are ordered and cut by themselves. Readings are looked for series by series through their primary key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events.sensorthings import MODELS, Ask, Expression, Kind, Path, QuestionError, Type
from storage.sensorthings.conditions import Scope, Translator, parted
from storage.sensorthings.relations import JOIN_TYPES, READINGS, Relation, joined, relations

_KEY_TYPES: Final[Mapping[Type, str]] = {
    Type.NUMBER: "double precision",
    Type.TEXT: "text",
    Type.TRUTH: "boolean",
    Type.TIME: "timestamptz",
    Type.PERIOD: "timestamptz",
    Type.DURATION: "interval",
    Type.DATE: "date",
    Type.CLOCK: "time",
    Type.JSON: "text",
}


@dataclass(frozen=True, slots=True)
class Parents:
    """Entities whose children are wanted.

    Attributes:
        kind: Of which.
        link: The link to the children.
        joins: What each is joined by.
    """

    kind: Kind
    link: str
    joins: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class _Key:
    """One key of the order: SQL, its type, its direction, whether it may be null."""

    sql: str
    type: str
    descending: bool
    nullable: bool


def columns_of(ask: Ask) -> list[str]:
    """Return the columns of properties that are read."""
    wanted = [name for name in MODELS[ask.kind].properties if ask.properties is None or name in ask.properties]
    properties = MODELS[ask.kind].properties
    ends = [f"{name}_end" for name in wanted if properties[name] is Type.PERIOD]
    return list(dict.fromkeys(["id", *wanted, *ends]))


def select(ask: Ask, parents: Parents | None, only: str | None, limit: int) -> tuple[str, dict[str, object]]:
    """Return the statement that finds a page, and its parameters.

    Its rows: `parent` (its number from 1), properties, `stream`, what they are joined by (`j_...`), and keys (`k_...`).

    Args:
        ask: What is wanted.
        parents: Whose children; None for the whole set.
        only: Id of the only one wanted.
        limit: Most rows for each parent.
    """
    translator = Translator()
    found = [_branch(translator, ask, relation, parents, only, limit) for relation in relations(ask.kind)]
    branches = [branch for branch, _ in found]
    order = ", ".join(_direction(f"k_{number}", key) for number, key in enumerate(found[0][1]))
    if len(branches) > 1:
        union = " UNION ALL ".join(f"(SELECT * FROM ({branch}) AS {translator.alias()})" for branch in branches)
        rows = f"SELECT * FROM ({union}) AS both_kinds ORDER BY {order} LIMIT {int(limit)}"
    else:
        rows = branches[0]
    text = f"SELECT p.parent, found.* FROM {_parents(translator, parents)} CROSS JOIN LATERAL ({rows}) AS found"
    return f"{text} ORDER BY p.parent, {order}", translator.parameters


def count(ask: Ask, parents: Parents | None) -> tuple[str, dict[str, object]]:
    """Return the statement that counts: rows of `parent` and `count`."""
    translator = Translator()
    counts = []
    for relation in relations(ask.kind):
        alias = translator.alias()
        where = _where(translator, ask, relation, alias, parents)
        counts.append(f"(SELECT count(*) FROM {relation.rows.format(a=alias)} WHERE {where})")
    total = " + ".join(counts)
    return f"SELECT p.parent, {total} AS count FROM {_parents(translator, parents)}", translator.parameters


def _branch(
    translator: Translator, ask: Ask, relation: Relation, parents: Parents | None, only: str | None, limit: int
) -> tuple[str, list[_Key]]:
    alias = translator.alias()
    scope: Scope = {(): (relation, alias)}
    keys = _keys(translator, ask, relation, alias, scope)
    streams, others = parted(ask.condition) if relation is READINGS else ([], _listed(ask.condition))
    conditions = [translator.condition(one, scope) for one in others]
    if only is not None:
        conditions.append(_only(translator, relation, alias, only))
    if ask.after is not None:
        conditions.append(_following(translator, keys, ask.after))
    columns = [f'{relation.columns[name].format(a=alias)} AS "{name}"' for name in columns_of(ask)]
    columns.append(f"{relation.stream.format(a=alias)} AS stream")
    columns += [f"{sql.format(a=alias)} AS j_{name}" for name, sql in relation.joins.items()]
    columns += [f"{key.sql} AS k_{number}" for number, key in enumerate(keys)]
    listed = ", ".join(columns)
    by = ", ".join(_direction(key.sql, key) for key in keys)
    where = " AND ".join(conditions) or "true"
    link = "true" if parents is None else joined(parents.link, parents.kind, "p", relation, alias)
    if relation is not READINGS:
        rows = relation.rows.format(a=alias)
        return f"SELECT {listed} FROM {rows} WHERE {link} AND {where} ORDER BY {by} LIMIT {int(limit)}", keys
    inner, outer = translator.alias(), ", ".join(_direction(f"k_{number}", key) for number, key in enumerate(keys))
    # The series that belong to the parent first, then a few readings of each.
    link = link.replace(f"{alias}.series_id", f"{alias}s.id")
    if not ask.order:
        # In the order of the primary key the first series suffice: the server sees it only by the series' own column.
        outer = outer.replace("k_0", f"{alias}s.id", 1)
        link += "" if ask.after is None else f" AND {alias}s.id >= {translator.value(ask.after[0], 'integer')}"
    link = " AND ".join([link, *(translator.of_streams(one, f"{alias}s") for one in streams)])
    text = (
        f"SELECT {inner}.* FROM series AS {alias}s CROSS JOIN LATERAL (SELECT {listed} FROM reading AS {alias} "
        f"WHERE {alias}.series_id = {alias}s.id AND {where} ORDER BY {by} LIMIT {int(limit)}) AS {inner} "
        f"WHERE {link} ORDER BY {outer} LIMIT {int(limit)}"
    )
    return text, keys


def _listed(condition: Expression | None) -> list[Expression]:
    return [] if condition is None else [condition]


def _where(translator: Translator, ask: Ask, relation: Relation, alias: str, parents: Parents | None) -> str:
    conditions = [] if parents is None else [joined(parents.link, parents.kind, "p", relation, alias)]
    if ask.condition is not None:
        conditions.append(translator.condition(ask.condition, {(): (relation, alias)}))
    return " AND ".join(conditions) or "true"


def _only(translator: Translator, relation: Relation, alias: str, only: str) -> str:
    if relation is not READINGS:
        return f"{relation.columns['id'].format(a=alias)} = {translator.value(only, 'text')}"
    series, _, micros = only.partition(".")
    if not (series.isdecimal() and series.isascii() and micros.removeprefix("-").isdecimal() and micros.isascii()):
        return "false"
    if int(series) > 2**31 - 1 or abs(int(micros)) > 10**17:
        return "false"
    number, us = translator.value(int(series), "integer"), translator.value(int(micros), "bigint")
    moment = f"(timestamptz '1970-01-01 00:00:00+00' + {us} * interval '1 microsecond')"
    return f"{alias}.series_id = {number} AND {alias}.ts = {moment}"


def _keys(translator: Translator, ask: Ask, relation: Relation, alias: str, scope: Scope) -> list[_Key]:
    keys = []
    for order in ask.order:
        sql = translator.ordered(order.by, scope)
        if order.by.type is Type.JSON:
            sql = f"({sql} #>> '{{}}')"
        if order.by.type in {Type.JSON, Type.TEXT}:
            sql = f'({sql} COLLATE "C")'
        by = order.by
        nullable = not (isinstance(by, Path) and not by.links and not by.inside and by.name in relation.certain)
        keys.append(_Key(sql, _KEY_TYPES[by.type], order.descending, nullable))
    last = keys[-1].descending if keys else False
    keys += [_Key(sql.format(a=alias), type_, last, nullable=False) for sql, type_ in relation.key]
    if ask.kind is Kind.OBSERVATION:
        # Several things may have begun at one moment.
        keys.append(_Key("''::text" if relation is READINGS else f"{alias}.id::text", "text", last, nullable=False))
    return keys


def _direction(sql: str, key: _Key) -> str:
    """Null is less than everything (OData 4.0 part 2, 5.1.1.1)."""
    # A constant cannot stand in ORDER BY by itself: it would be a column's number.
    text = f"{sql}::{key.type}" if sql.isdecimal() else sql
    if not key.nullable:
        return f"{text} DESC" if key.descending else text
    return f"{text} DESC NULLS LAST" if key.descending else f"{text} NULLS FIRST"


def _following(translator: Translator, keys: Sequence[_Key], after: Sequence[object]) -> str:
    """Return the condition that a row comes after the one with these keys."""
    if len(after) != len(keys):
        raise QuestionError("$skiptoken: this is not the one of a page of this very question")
    values = [translator.value(value, key.type) for key, value in zip(keys, after, strict=True)]
    ways, equal = [], ""
    for key, value, raw in zip(keys, values, after, strict=True):
        ways.append(f"({equal}{_beyond(key, value, is_null=raw is None)})")
        equal += f"{key.sql} IS NOT DISTINCT FROM {value} AND " if key.nullable else f"{key.sql} = {value} AND "
    text = "(" + " OR ".join(ways) + ")"
    if not keys[0].nullable:
        # Says the same once more in a way that an index serves.
        text += f" AND {keys[0].sql} {'<=' if keys[0].descending else '>='} {values[0]}"
    return text


def _beyond(key: _Key, value: str, *, is_null: bool) -> str:
    if key.descending:
        return "false" if is_null else f"({key.sql} < {value}" + (f" OR {key.sql} IS NULL)" if key.nullable else ")")
    return f"{key.sql} IS NOT NULL" if is_null else f"{key.sql} > {value}"


def _parents(translator: Translator, parents: Parents | None) -> str:
    if parents is None:
        return "(SELECT 1 AS parent) AS p"
    names = list(parents.joins[0])
    arrays = [translator.value([one[name] for one in parents.joins], f"{JOIN_TYPES[name]}[]") for name in names]
    return f"unnest({', '.join(arrays)}) WITH ORDINALITY AS p({', '.join(names)}, parent)"


def key_of(value: object) -> object:
    """Return a key as it can stand in an address: times as text, the rest as it is."""
    return value if isinstance(value, str | int | float | bool | None) else _text(value)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
