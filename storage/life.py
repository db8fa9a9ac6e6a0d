"""Who was heard when, for those who look."""

from events.ids import SourceId
from events.liveness import Hearing, SourceLife
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

    async def sources(self) -> list[SourceLife]:
        """Return every source ever heard or named in the site file.

        Raises:
            StorageError: the database is away.
        """
        return [
            SourceLife(source=SourceId(row["source_id"]), last_at=row["last_at"], online=row["online"])
            for row in await self._rows(query("sources"))
        ]
