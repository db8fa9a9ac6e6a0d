"""Keeps and reads what offices owe and deliver."""

import json
from datetime import date, datetime
from typing import Self

from psycopg.rows import DictRow, dict_row

from configs.governance import Dataset as DatasetSection
from configs.programs import dimensions
from configs.site import SiteFile
from events.errors import ConflictError
from events.governance import Dataset, DatasetDay, Freshness, OfficeDay, Report, Standing
from storage.database import Connection, connect, translated
from storage.pool import Pooled
from storage.queries import query

_UPSERT_PROGRAMME = """
INSERT INTO governance.programme (id, name, dimension, place) VALUES (%s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, dimension = excluded.dimension, place = excluded.place
"""

_METADATA = ("definition", "unit", "method", "classification", "region", "licence", "contact")


def seed_governance(connection: Connection, site: SiteFile) -> None:
    """Write the plan's programmes and the site file's datasets; offices must be there already."""
    programmes = [(dimension.name, one) for dimension in dimensions() for one in dimension.programmes]
    datasets = site.governance.datasets
    with connection.cursor() as cursor:
        cursor.executemany(
            _UPSERT_PROGRAMME,
            [(one.id, one.name, dimension, place) for place, (dimension, one) in enumerate(programmes)],
        )
        cursor.execute(
            "UPDATE governance.dataset SET listed = false WHERE listed AND id <> ALL(%s)", [[d.id for d in datasets]]
        )
        cursor.execute(
            query("seed_datasets"),
            {
                "ids": [d.id for d in datasets],
                "titles": [d.title for d in datasets],
                "opds": [d.opd for d in datasets],
                "programmes": [d.programme for d in datasets],
                "every_days": [d.every_days for d in datasets],
                "sources": [d.source for d in datasets],
                "metadata": [json.dumps(_metadata(d, site.governance.walidata)) for d in datasets],
            },
        )


class GovernanceStore(Pooled):
    """Reads the register and takes reports. Every method raises StorageError when the database is away."""

    async def register(self, first: date, last: date, dataset: str | None = None) -> list[Dataset]:
        """Return the register with each dataset's state on the last day and its streak since the first.

        Args:
            first: First day.
            last: Last day.
            dataset: Only this one; None for all.
        """
        rows = await self._rows(query("governance_register"), {"first": first, "last": last, "dataset": dataset})
        return [_dataset(row) for row in rows]

    async def days(self, first: date, last: date, dataset: str | None = None) -> list[DatasetDay]:
        """Return each dataset on each day, both inclusive, by dataset and day."""
        rows = await self._rows(query("governance_days"), {"first": first, "last": last, "dataset": dataset})
        return [_dataset_day(row["dataset_id"], row) for row in rows]

    async def office_days(self, first: date, last: date) -> list[OfficeDay]:
        """Return each office on each day, both inclusive, by office and day."""
        rows = await self._rows(query("governance_office_days"), {"first": first, "last": last})
        return [
            OfficeDay(
                office=row["opd_id"],
                day=row["day"],
                datasets=row["datasets"],
                fresh=row["fresh"],
                late=row["late"],
                silent=row["silent"],
                state=Freshness(row["state"]),
            )
            for row in rows
        ]

    async def league(self, first: date, last: date) -> list[Standing]:
        """Return the offices by the share of dataset days that were fresh, best first."""
        rows = await self._rows(query("governance_league"), {"first": first, "last": last})
        return [
            Standing(
                office=row["opd_id"],
                name=row["name"],
                owed=row["owed"],
                fresh=row["fresh"],
                share=row["share"],
                streak_days=row["streak_days"],
            )
            for row in rows
        ]

    async def reports(self, dataset: str, limit: int) -> list[Report]:
        """Return the newest reports on a dataset, newest first."""
        rows = await self._rows(query("governance_reports"), {"dataset": dataset, "limit": limit})
        return [_report(row) for row in rows]

    async def report(self, report: Report) -> tuple[Report, bool] | None:
        """Keep a report; one sent again under the same reference is kept once.

        Returns:
            The report as kept, and whether it was new; None where no such dataset is registered.

        Raises:
            ConflictError: another report was sent under that reference.
        """
        rows = await self._rows(
            query("add_report"),
            {
                "dataset": report.dataset,
                "updated_at": report.updated_at,
                "records": report.records,
                "reported_at": report.reported_at,
                "reporter": report.reporter,
                "reference": report.reference,
            },
        )
        if not rows:
            return None
        kept = _report(rows[0])
        if (kept.updated_at, kept.records) != (report.updated_at, report.records):
            raise ConflictError(
                f"a report called {report.reference!r} said something else of {report.dataset}: "
                "give each report a reference of its own"
            )
        return kept, rows[0]["added"]


class DigestBook:
    """Remembers which day's digest each channel has accepted. A context manager that holds one connection."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url, name="digest", autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def accepted(self, day: date) -> frozenset[str]:
        """Return the channels that have accepted the digest of a day.

        Raises:
            StorageError: the database is away.
        """
        with translated("the digests sent could not be read"):
            rows = self._connection.execute("SELECT channel FROM governance.digest WHERE day = %s", [day])
            return frozenset(str(channel) for (channel,) in rows)

    def accept(self, day: date, channel: str, at: datetime) -> None:
        """Keep that a channel accepted the digest of a day.

        Raises:
            StorageError: the database is away.
        """
        with translated("a digest sent could not be kept"):
            self._connection.execute(
                "INSERT INTO governance.digest (day, channel, sent_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [day, channel, at],
            )

    def owed(self, day: date) -> list[Dataset]:
        """Return the register as of a day.

        Raises:
            StorageError: the database is away.
        """
        with translated("the register could not be read"), self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(query("governance_register"), {"first": day, "last": day, "dataset": None})
            return [_dataset(row) for row in cursor]


def _metadata(dataset: DatasetSection, walidata: str | None) -> dict[str, str]:
    found = {name: getattr(dataset, name) for name in _METADATA} | {"walidata": dataset.walidata or walidata}
    return {name: value for name, value in found.items() if value is not None}


def _dataset(row: DictRow) -> Dataset:
    return Dataset(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        office=row["opd_id"],
        office_name=row["office_name"],
        contact=row["contact"],
        programme=row["programme_id"],
        every_days=row["every_days"],
        source=row["source_id"],
        kecamatan=row["kecamatan"],
        metadata=row["metadata"],
        today=None if row["state"] is None else _dataset_day(row["id"], row),
        streak_days=row["streak_days"],
    )


def _dataset_day(dataset: str, row: DictRow) -> DatasetDay:
    return DatasetDay(
        dataset=dataset,
        day=row["day"],
        state=Freshness(row["state"]),
        deliveries=row["deliveries"],
        latest=row["latest"],
    )


def _report(row: DictRow) -> Report:
    return Report(
        dataset=row["dataset_id"],
        updated_at=row["updated_at"],
        records=row["records"],
        reported_at=row["reported_at"],
        reporter=row["reporter"],
        reference=row["reference"],
    )
