"""The right to take messages in under one name: one process has it, the others wait."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg
import structlog

from events.errors import LeaseHeldError, StorageError
from storage.database import Connection, connect, in_one_line
from storage.queries import query

log = structlog.get_logger(__name__)

FRESH_S = 2.0
"""A lease whose connection answered within this time is sure; who takes over waits for as long before it begins."""

ASK_S = 0.5
"""An idle holder asks its server this often whether the connection still stands."""

SILENT_S = 20.0
"""A holder that has not spoken for so long is frozen, or its machine is gone; its session is ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lease.

    Attributes:
        pid: Its session on the server.
        address: Where it connects from, None for a local socket.
        since: When it connected, aware UTC.
        silent_s: Seconds the server has waited for its next word, None while it is served.
    """

    pid: int
    address: str | None
    since: datetime
    silent_s: float | None

    def __str__(self) -> str:
        return f"{self.address or 'this machine'}, connected since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Lease:
    """An advisory lock of PostgreSQL on the very connection that commits.

    Hence no commit without the lease: where the connection ends, by a restart of the server or the death of either
    side, lock and uncommitted work end together, and whoever connects next must ask anew. A holder that is frozen keeps
    its connection; after `SILENT_S` the next in line has the server end it, and finds the lock free. Who waits keeps a
    connection too, with a lock by which others see that somebody waits. For one thread, but for `sure`.

    Args:
        url: Database address.
        identity: The name, one for each MQTT client id.
        monotonic: Seconds that only run forward, and run on while this process is stopped.
    """

    def __init__(self, url: str, identity: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._identity = identity
        self._monotonic = monotonic
        self._connection: Connection | None = None
        self._waiting: Connection | None = None
        self._answered_s = -FRESH_S

    @property
    def sure(self) -> bool:
        """Whether the lease was certainly held a moment ago; a broker must not be connected to without."""
        return self._monotonic() - self._answered_s < FRESH_S

    def connection(self) -> Connection:
        """Return the connection that holds the lease, a new one where the last was lost.

        Raises:
            LeaseHeldError: another process has it.
            StorageError: the database is away.
        """
        if self._connection is None or self._connection.closed:
            self._connection = self._take()
            self.renew()
        return self._connection

    def renew(self) -> None:
        """Note that the server answered on the connection just now."""
        self._answered_s = self._monotonic()

    def confirm(self) -> None:
        """Ask the server, if it was not heard for a while, whether the lease still stands; take it anew if not.

        Call between transactions.

        Raises:
            LeaseHeldError: it was lost, and another process has it.
            StorageError: it was lost, and the database is away.
        """
        if self._monotonic() - self._answered_s < ASK_S:
            return
        connection = self.connection()
        try:
            connection.execute("SELECT")
            connection.commit()
        except psycopg.Error as error:
            self.give_back()
            raise StorageError(f"the lease on {self._identity} is lost: {in_one_line(error)}") from error
        self.renew()

    def give_back(self) -> None:
        """Close the connection, so that another may have the lease."""
        self._answered_s = -FRESH_S
        for connection in (self._connection, self._waiting):
            if connection is not None:
                connection.close()
        self._connection = self._waiting = None

    def _take(self) -> Connection:
        identity = {"identity": self._identity}
        waiting, self._waiting = self._waiting, None
        connection = connect(self._url, name="ingest") if waiting is None or waiting.closed else waiting
        try:
            row = connection.execute(query("take_lease"), identity).fetchone()
            if row == (True,):
                if connection is waiting:
                    connection.execute(query("end_waiting"), identity)
                connection.commit()
                return connection
            if connection is not waiting:
                connection.execute(query("wait_for_lease"), identity)
            holder = self._holder(connection)
            if holder is not None and holder.silent_s is not None and holder.silent_s > SILENT_S:
                log.warning("a frozen ingest process is put out", identity=self._identity, holder=str(holder))
                connection.execute(query("end_session"), {"pid": holder.pid})
            connection.commit()
        except psycopg.Error as error:
            connection.close()
            raise StorageError(f"the lease on {self._identity} cannot be had: {in_one_line(error)}") from error
        self._waiting = connection
        raise LeaseHeldError(
            f"another ingest process works as {self._identity} (from {holder or 'a session that just ended'}). "
            "This one waits; if both are meant to work, give each its own broker.client_id"
        )

    def _holder(self, connection: Connection) -> Holder | None:
        row = connection.execute(query("lease_holder"), {"identity": self._identity}).fetchone()
        if row is None or row[2] is None:  # gone, or of another database user, about whom the server says nothing
            return None
        pid, address, since, silent_s = row
        return Holder(pid=pid, address=address, since=since, silent_s=silent_s)
