"""Who was heard when, for those who look."""

from collections import defaultdict
from datetime import datetime

from events.availability import LifeHistory
from events.clock import ClockOffset
from events.ids import SourceId
from events.liveness import Hearing, LifeChange, LifeState, SourceLife, Takers
from storage.pool import Pooled
from storage.queries import query


class LifeStore(Pooled):
    """Reads signs of life."""

    async def hearing(self) -> Hearing | None:
        """Return how far Pantau has certainly heard, None before the first canary.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("hearing"))
        if not rows:
            return None
        return Hearing(listened_until=rows[0]["sent_at"], listening_since=rows[0]["listening_since"])

    async def takers(self, identity: str) -> Takers:
        """Return who takes messages in under an identity, which is the broker's client id.

        Raises:
            StorageError: the database is away.
        """
        (row,) = await self._rows(query("takers"), {"identity": identity})
        return Takers(works=row["works"], silent_s=row["silent_s"], waiting=row["waiting"])

    async def sources(self) -> list[SourceLife]:
        """Return every source ever heard or named in the site file.

        Raises:
            StorageError: the database is away.
        """
        return [
            SourceLife(
                source=SourceId(row["source_id"]),
                last_at=row["last_at"],
                online=row["online"],
                state=None if row["state"] is None else LifeState(row["state"]),
            )
            for row in await self._rows(query("sources"))
        ]

    async def history(self, begin: datetime, end: datetime, source: SourceId | None = None) -> LifeHistory:
        """Return every change of state within a span of time, with what each source was at its beginning.

        Args:
            begin: Beginning, aware.
            end: End, aware.
            source: Whose; None for everybody's.

        Raises:
            StorageError: the database is away.
        """
        span = {"begin": begin, "end": end}
        changes: dict[SourceId, list[LifeChange]] = defaultdict(list)
        for row in await self._rows(query("liveness_changes"), {**span, "source_id": source}):
            change = LifeChange(SourceId(row["source_id"]), row["at"], LifeState(row["state"]))
            changes[change.source].append(change)
        runs = await self._rows(query("listening_runs"), span)
        return LifeHistory(changes=changes, listening=[(row["since"], row["until"]) for row in runs])

    async def clocks(self) -> list[ClockOffset]:
        """Return the newest estimate of each device's clock.

        Raises:
            StorageError: the database is away.
        """
        return [
            ClockOffset(SourceId(row["source_id"]), row["since"], row["offset_s"], row["spread_s"], row["samples"])
            for row in await self._rows(query("clocks"))
        ]
