"""The outbox of messages to people: what is due, and what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from psycopg.rows import dict_row

from events.alarm import AlarmState
from events.notice import DueNotice
from storage import alarm_rows, notice_rows
from storage.database import Connection, connect, translated
from storage.queries import query

LEASE = timedelta(seconds=90)
"""How long a notice is left to whoever claimed it; a sender needs a fraction of it, one that died never comes back."""


class NoticeBox:
    """A connection to the outbox; a context manager, for one thread."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            StorageError: the database is away.
        """
        self._connection: Connection = connect(url, name="notices", autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def claim(self, now: datetime, limit: int) -> Sequence[DueNotice]:
        """Take notices that are due, so that nobody else sends them for a while.

        Raises:
            StorageError: the database is away.
        """
        wanted = {"now": now, "limit": limit, "leased_until": now + LEASE}
        with translated("notices could not be read"), self._connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(query("claim_notices"), wanted).fetchall()
            ids = list({row["alarm_id"] for row in rows})
            alarms = {
                row["id"]: alarm_rows.from_row(row)
                for row in cursor.execute(query("alarms_of"), {"ids": ids}).fetchall()
            }
        due = []
        for row in sorted(rows, key=lambda row: (row["due_at"], row["step"], row["channel"])):
            notice, alarm = notice_rows.from_row(row), alarms[row["alarm_id"]]
            current = alarm.state is AlarmState.UNACK and alarm.raised_at <= notice.raised_at
            due.append(DueNotice(notice=notice, alarm=alarm, tries=row["tries"], current=current))
        return due

    def sent(self, notice: UUID, now: datetime) -> None:
        """Write down that it was accepted by its channel."""
        self._settle(notice, "sent", now, tried=1, detail=None)

    def dropped(self, notice: UUID, now: datetime, why: str) -> None:
        """Write down that nobody needs it any more."""
        self._settle(notice, "dropped", now, tried=0, detail=why)

    def failed(self, notice: UUID, now: datetime, why: str) -> None:
        """Write down that it is given up."""
        self._settle(notice, "failed", now, tried=1, detail=why)

    def put_off(self, notice: UUID, until: datetime, why: str, *, tried: bool) -> None:
        """Have it tried again later.

        Args:
            notice: Which.
            until: Not before, aware UTC.
            why: Why.
            tried: Whether this was a try.

        Raises:
            StorageError: the database is away.
        """
        values = {"id": notice, "next_at": until, "tried": int(tried), "detail": why}
        with translated("a notice could not be put off"):
            self._connection.execute(query("put_off_notice"), values)

    def _settle(self, notice: UUID, state: str, now: datetime, *, tried: int, detail: str | None) -> None:
        values = {"id": notice, "state": state, "now": now, "tried": tried, "detail": detail}
        with translated("a notice could not be settled"):
            self._connection.execute(query("settle_notice"), values)
