"""Reads entities: the way to them step by step, a page of them, and what stands inside each, all of one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import psycopg
from psycopg.types.json import Jsonb

from events.sensorthings import (
    MODELS,
    Ask,
    Entity,
    Kind,
    Names,
    Page,
    QuestionError,
    Step,
    TooLongError,
    Type,
)
from storage.database import in_one_line
from storage.pool import AsyncConnection, Pooled
from storage.sensorthings.selects import Parents, count, key_of, select

PATIENCE_S: Final = 10
"""How long one statement may take."""

MOST_ENTITIES: Final = 20_000
"""Most entities inside one answer: what is expanded is cut shorter where there are many parents."""

Row = Mapping[str, Any]


class SensorThingsStore(Pooled):
    """Answers questions about entities; one question holds one connection, for a transaction that only reads."""

    async def find(self, way: Sequence[Step], ask: Ask, names: Names) -> Page | None:
        """Return a page of what a way leads to, or the only one; None where the way leads nowhere.

        Args:
            way: From a set on.
            ask: What is wanted there.
            names: Words for the answer.

        Raises:
            QuestionError: the question makes no sense for the data.
            TooLongError: it takes too long.
            StorageError: the database is away.
        """
        async with self._connection() as connection:
            try:
                async with connection.transaction():
                    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    await connection.execute(f"SET LOCAL statement_timeout = {PATIENCE_S * 1000}".encode())
                    return await _Reading(connection, names).walk(way, ask)
            except psycopg.errors.QueryCanceled as error:
                raise TooLongError(f"this takes longer than {PATIENCE_S} s; ask for less") from error
            except (psycopg.DataError, psycopg.errors.StatementTooComplex) as error:
                raise QuestionError(in_one_line(error)) from error


class _Reading:
    """One question being answered."""

    def __init__(self, connection: AsyncConnection, names: Names) -> None:
        self._connection = connection
        self._settings: dict[str, object] = {"root": names.root, "metrics": Jsonb(dict(names.metrics))}
        self._left = MOST_ENTITIES

    async def walk(self, way: Sequence[Step], ask: Ask) -> Page | None:
        kind, single = Kind(way[0].name), way[0].id is not None
        parents: Parents | None = None
        for number, step in enumerate(way):
            if parents is not None:
                single = step.id is not None or not MODELS[parents.kind].links[step.name].many
            if number == len(way) - 1:
                (page,) = await self._pages(replace(ask, top=1) if single else ask, parents, step.id)
                return page if page.items or not single else None
            # Between steps only what they are joined by matters.
            rows = await self._rows(Ask(kind=kind, top=1, properties=frozenset()), parents, step.id, 1)
            if not rows:
                return None
            link = way[number + 1].name
            parents = Parents(kind, link, [_joins(rows[0])])
            kind = MODELS[kind].links[link].target
        return None

    async def _pages(self, ask: Ask, parents: Parents | None, only: str | None = None) -> list[Page]:
        """Return one page for each parent, or the one of the whole set."""
        wanted = 1 if parents is None else len(parents.joins)
        top = min(ask.top, max(1, self._left // wanted)) if ask.top else 0
        rows = await self._rows(ask, parents, only, ask.skip + top + 1)
        self._left = max(0, self._left - len(rows))
        by_parent: list[list[Row]] = [[] for _ in range(wanted)]
        for row in rows:
            by_parent[row["parent"] - 1].append(row)
        counts = await self._counts(ask, parents, wanted) if ask.count and only is None else [None] * wanted
        shown = [found[ask.skip : ask.skip + top] for found in by_parent]
        flat = [row for found in shown for row in found]
        entities = iter([_entity(row, ask) for row in flat])
        pages = []
        for found, all_found, number in zip(shown, by_parent, counts, strict=True):
            more = len(all_found) > ask.skip + top and found
            pages.append(Page([next(entities) for _ in found], number, _keys(found[-1]) if more else None))
        await self._expand(ask, flat, [entity for page in pages for entity in page.items])
        return pages

    async def _expand(self, ask: Ask, rows: Sequence[Row], entities: Sequence[Entity]) -> None:
        if not rows:
            return
        for link, inner in ask.expand.items():
            many = MODELS[ask.kind].links[link].many
            parents = Parents(ask.kind, link, [_joins(row) for row in rows])
            for entity, page in zip(
                entities, await self._pages(inner if many else replace(inner, top=1), parents), strict=True
            ):
                entity.inside[link] = page if many else next(iter(page.items), None)

    async def _rows(self, ask: Ask, parents: Parents | None, only: str | None, limit: int) -> list[dict[str, Any]]:
        statement, parameters = select(ask, parents, only, limit)
        return await self._execute(statement, parameters)

    async def _counts(self, ask: Ask, parents: Parents | None, wanted: int) -> list[int | None]:
        statement, parameters = count(ask, parents)
        found = {row["parent"]: row["count"] for row in await self._execute(statement, parameters)}
        return [found.get(number + 1, 0) for number in range(wanted)]

    async def _execute(self, statement: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        cursor = await self._connection.execute(statement.encode(), {**self._settings, **parameters})
        return await cursor.fetchall()


def _joins(row: Row) -> dict[str, object]:
    return {name.removeprefix("j_"): value for name, value in row.items() if name.startswith("j_")}


def _keys(row: Row) -> tuple[object, ...]:
    return tuple(key_of(value) for name, value in row.items() if name.startswith("k_"))


def _entity(row: Row, ask: Ask) -> Entity:
    values = {
        name: (row[name], row[f"{name}_end"]) if type_ is Type.PERIOD else row[name]
        for name, type_ in MODELS[ask.kind].properties.items()
        if name in row
    }
    return Entity(row["id"], values, row["stream"], {})
