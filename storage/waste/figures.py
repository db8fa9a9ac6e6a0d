"""Reads the figures of the waste programme, and keeps what is weighed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from events.errors import ConflictError, LimitError
from events.waste_figures import (
    Clearing,
    Emptying,
    Fill,
    KeptLoad,
    OpenPiles,
    RepeatSpot,
    SipsnFacility,
    SipsnYear,
    Tonnage,
    WasteSite,
)
from events.weighing import Channel, Handling, Load
from storage.pool import Pooled
from storage.queries import query
from storage.waste.loads import contradiction, to_parameters

T = TypeVar("T")


class WasteFigures(Pooled):
    """Reads the views of schema `gareng_mesem`. Every method raises StorageError when the database is away."""

    async def sites(self, now: datetime) -> list[WasteSite]:
        """Return the listed sites with whether they report."""
        return await self._read(WasteSite, "waste_sites", now=now)

    async def fills(self, now: datetime) -> list[Fill]:
        """Return every bin with its fill and forecast."""
        return await self._read(Fill, "waste_fills", now=now)

    async def emptyings(self, since: datetime, until: datetime) -> list[Emptying]:
        """Return when bins were emptied, oldest first."""
        return await self._read(Emptying, "waste_emptyings", since=since, until=until)

    async def open_piles(self, now: datetime) -> list[OpenPiles]:
        """Return open incidents by kecamatan and age, most first."""
        return await self._read(OpenPiles, "waste_open", now=now)

    async def clearing(self, first: date, last: date) -> list[Clearing]:
        """Return how long clearing took of what was closed in some days: all together, then by kecamatan."""
        return await self._read(Clearing, "waste_clearing", first=first, last=last)

    async def tonnage(self, first: date, last: date) -> list[Tonnage]:
        """Return what came in by site and day."""
        return await self._read(Tonnage, "waste_tonnage", first=first, last=last)

    async def repeat_spots(self, now: datetime) -> list[RepeatSpot]:
        """Return spots with more than one pile lately, most first."""
        return await self._read(RepeatSpot, "waste_repeat_spots", now=now)

    async def sipsn(self, year: int) -> list[SipsnYear]:
        """Return a year in SIPSN's columns."""
        return await self._read(SipsnYear, "waste_sipsn", year=year)

    async def facilities(self, year: int) -> list[SipsnFacility]:
        """Return the facilities of a year in SIPSN's columns."""
        return await self._read(SipsnFacility, "waste_sipsn_tpa", year=year)

    async def loads(self, first: date, last: date, waste_site: str | None) -> list[KeptLoad]:
        """Return the loads of some days, both inclusive, oldest first."""
        rows = await self._rows(query("waste_loads"), {"first": first, "last": last, "waste_site": waste_site})
        return [_load(row) for row in rows]

    async def weigh(
        self, loads: Sequence[tuple[str, Load]], *, received_at: datetime, channel: Channel, actor: str
    ) -> list[tuple[KeptLoad, bool] | ConflictError | LimitError]:
        """Keep loads in one transaction; those that cannot be kept do not keep the others out.

        Args:
            loads: Id of the waste site and the load.
            received_at: Now.
            channel: The way they came.
            actor: Who tells of them.

        Returns:
            For each, in order: the load as kept and whether it was new; or why it was not kept: LimitError where
            there is no such site, ConflictError where another load has its reference.
        """
        outcomes: dict[int, tuple[KeptLoad, bool] | ConflictError | LimitError] = {}
        # In the order of their keys, as every writer takes them.
        order = sorted(range(len(loads)), key=lambda place: (loads[place][0], loads[place][1].reference, place))
        async with self._connection() as connection, connection.transaction():
            for place in order:
                site, load = loads[place]
                parameters = to_parameters(load, waste_site=site, received_at=received_at, channel=channel, actor=actor)
                row = await (await connection.execute(query("add_load"), parameters)).fetchone()
                if row is None:
                    outcomes[place] = LimitError(f"waste_site: {site} is none that the site file names")
                elif not row["same"]:
                    outcomes[place] = ConflictError(contradiction(load))
                else:
                    outcomes[place] = (_load(row), row["added"])
        return [outcomes[place] for place in range(len(loads))]

    async def _read(self, shape: type[T], name: str, **parameters: object) -> list[T]:
        return [shape(**row) for row in await self._rows(query(name), parameters)]


def _load(row: Mapping[str, Any]) -> KeptLoad:
    return KeptLoad(
        waste_site=row["waste_site_id"],
        load=Load(
            reference=row["reference"],
            weighed_at=row["weighed_at"],
            vehicle=row["vehicle"],
            gross_kg=row["gross_kg"],
            tare_kg=row["tare_kg"],
            volume_m3=row["volume_m3"],
            handling=Handling(row["handling"]),
            kecamatan=row["kecamatan"],
        ),
        received_at=row["received_at"],
        channel=Channel(row["channel"]),
        actor=row["actor"],
    )
