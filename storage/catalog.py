"""Which sources and series there are."""

from collections.abc import Sequence
from typing import Any

from events.series import Series, Source, Wanted
from storage.pool import Pooled
from storage.queries import query


class CatalogStore(Pooled):
    """Reads the catalogue of series."""

    async def sources(self, wanted: Wanted, *, after: str | None, limit: int) -> list[Source]:
        """Return sources by id.

        Args:
            wanted: Which.
            after: Id to begin after, None for the first.
            limit: Most returned.

        Raises:
            StorageError: the database is away.
        """
        rows = await self._rows(query("source_page"), {**_conditions(wanted), "after": after, "limit": limit})
        return [
            Source(
                id=row["id"],
                kind=row["kind"],
                name=row["name"],
                site=row["site_id"],
                site_name=row["site_name"],
                kecamatan=row["kecamatan"],
                opd=row["opd_id"],
                interval_s=row["interval_s"],
                listed=row["listed"],
                series=row["series"],
            )
            for row in rows
        ]

    async def series(self, wanted: Wanted, *, after: int | None, limit: int) -> list[Series]:
        """Return series by number.

        Args:
            wanted: Which.
            after: Number to begin after, None for the first.
            limit: Most returned.

        Raises:
            StorageError: the database is away.
        """
        return await self._series({**_conditions(wanted), "ids": None, "after": after, "limit": limit})

    async def numbered(self, ids: Sequence[int]) -> list[Series]:
        """Return the series of some numbers, ascending; numbers without a series are left out.

        Raises:
            StorageError: the database is away.
        """
        return await self._series({**_conditions(Wanted()), "ids": list(ids), "after": None, "limit": None})

    async def _series(self, parameters: dict[str, Any]) -> list[Series]:
        return [
            Series(
                id=row["id"],
                source=row["source_id"],
                source_kind=row["kind"],
                source_name=row["name"],
                metric=row["metric"],
                zone=row["zone"],
                unit=row["unit"],
                site=row["site_id"],
                kecamatan=row["kecamatan"],
                opd=row["opd_id"],
                interval_s=row["interval_s"],
            )
            for row in await self._rows(query("series_page"), parameters)
        ]


def _conditions(wanted: Wanted) -> dict[str, Any]:
    named = {
        "sources": wanted.sources,
        "metrics": wanted.metrics,
        "kinds": wanted.kinds,
        "sites": wanted.sites,
        "kecamatan": wanted.kecamatan,
        "opds": wanted.opds,
    }
    return {name: None if values is None else list(values) for name, values in named.items()}
