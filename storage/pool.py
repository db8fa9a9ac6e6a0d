"""A few shared connections for those who read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from events.errors import StorageError
from storage.database import PATIENCE, in_one_line, require_address, session_statements

AsyncConnection = psycopg.AsyncConnection[DictRow]

WAIT_S = 5.0
"""How long a request waits for a connection before it is told that the database is away."""

MOST_CONNECTIONS = 4


class Pooled:
    """A store with a connection pool; an async context manager, opened at the latest by its first use.

    Args:
        url: Database address.

    Raises:
        ConfigError: the address cannot be read.
    """

    def __init__(self, url: str) -> None:
        require_address(url)
        self._url = url
        self._pool = AsyncConnectionPool[AsyncConnection](
            url,
            kwargs={"row_factory": dict_row, "autocommit": True, "application_name": f"pantau {type(self).__name__}"}
            | {**PATIENCE},
            configure=_configure,
            check=AsyncConnectionPool.check_connection,
            min_size=1,
            max_size=MOST_CONNECTIONS,
            timeout=WAIT_S,
            open=False,
        )

    async def open(self) -> None:
        """Begin to connect; does not wait for the database."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close every connection; the store cannot be opened again."""
        await self._pool.close(timeout=1.0)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection.

        Raises:
            StorageError: the database is away, or something failed on the connection.
        """
        try:
            await self.open()
            async with self._pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise StorageError("the database cannot be reached") from error
        except psycopg.Error as error:
            raise StorageError(f"the database did not answer: {in_one_line(error)}") from error

    async def _rows(self, query: bytes, parameters: dict[str, Any] | None = None) -> list[DictRow]:
        async with self._connection() as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall()


async def _configure(connection: AsyncConnection) -> None:
    for statement in session_statements():
        await connection.execute(statement)
    # What is asked reaches from minutes to years: a plan for no period in particular takes neither the chunks that a
    # question leaves out nor the index that fits it, and PostgreSQL turns to such a plan after a few executions.
    await connection.execute("SET plan_cache_mode = force_custom_plan")
    # Compiling takes 30 ms before the first row of a long span, of which a page then reads the beginning.
    await connection.execute("SET jit = off")
