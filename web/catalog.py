"""Routes of the catalogue: which sources and series there are."""

from typing import Annotated, Final

import msgspec
from aiohttp import web

from events.series import Wanted
from web.directory import Directory
from web.operations import get
from web.ports import Catalog
from web.selection import Names
from web.series_items import SeriesListing, SourceListing, series_item, source_item

GROUP: Final = "Time series"
MOST: Final = 1_000

Cursor = Annotated[str, msgspec.Meta(max_length=500)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=MOST)]


class _Which(msgspec.Struct, frozen=True, kw_only=True):
    source: Annotated[Names | None, msgspec.Meta(description="Ids of sources.")] = None
    metric: Annotated[Names | None, msgspec.Meta(description="Names of metrics, such as pm25.")] = None
    kind: Annotated[Names | None, msgspec.Meta(description="camera, sensor or gateway.")] = None
    site: Annotated[Names | None, msgspec.Meta(description="Ids of sites.")] = None
    kecamatan: Annotated[Names | None, msgspec.Meta(description="Dotted Kemendagri codes, such as 33.17.10.")] = None
    opd: Annotated[Names | None, msgspec.Meta(description="Ids of offices; of the source, else of its site.")] = None
    limit: Annotated[Limit, msgspec.Meta(description="Most items in a page.")] = 200

    def wanted(self) -> Wanted:
        """Return the conditions."""
        return Wanted(
            sources=self.source,
            metrics=self.metric,
            kinds=self.kind,
            sites=self.site,
            kecamatan=self.kecamatan,
            opds=self.opd,
        )


class SourcesQuery(_Which, frozen=True, kw_only=True):
    """Which sources are wanted; all conditions must hold."""

    after: Annotated[Cursor | None, msgspec.Meta(description="Id to begin after.")] = None


class SeriesQuery(_Which, frozen=True, kw_only=True):
    """Which series are wanted; all conditions must hold."""

    after: Annotated[int, msgspec.Meta(description="Number to begin after.", ge=0, le=2**31 - 1)] = 0


class CatalogRoutes:
    """Serves `/api/v1/sources` and `/api/v1/series`."""

    def __init__(self, *, catalog: Catalog, directory: Directory) -> None:
        self._catalog = catalog
        self._directory = directory

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get("/api/v1/sources", self.sources, group=GROUP),
            get("/api/v1/series", self.series, group=GROUP),
        ]

    async def sources(self, request: web.Request, query: SourcesQuery) -> SourceListing:
        """Return one page of sources by id."""
        # One more than wanted tells whether there is another page.
        found = await self._catalog.sources(query.wanted(), after=query.after, limit=query.limit + 1)
        items = [source_item(source) for source in found[: query.limit]]
        more = len(found) > query.limit
        return SourceListing(items=items, next=_next(request, items[-1].id) if more else None)

    async def series(self, request: web.Request, query: SeriesQuery) -> SeriesListing:
        """Return one page of series by number."""
        found = await self._catalog.series(query.wanted(), after=query.after, limit=query.limit + 1)
        items = [series_item(series, self._directory) for series in found[: query.limit]]
        more = len(found) > query.limit
        return SeriesListing(items=items, next=_next(request, str(items[-1].id)) if more else None)


def _next(request: web.Request, after: str) -> str:
    return str(request.rel_url.update_query(after=after))
