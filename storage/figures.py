"""How much is stored: for reports and benchmarks, not for pages, since it counts every row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.database import connect, translated
from storage.queries import query


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is stored at one moment.

    Attributes:
        readings: Readings.
        observations: Things seen.
        quarantined: Messages in quarantine.
        alarms: Alarms by kind.
        first_raised: When the first alarm of each kind was raised, aware UTC.
    """

    readings: int
    observations: int
    quarantined: int
    alarms: Mapping[str, int]
    first_raised: Mapping[str, datetime]


def count_figures(url: str) -> Figures:
    """Count what is stored.

    Raises:
        StorageError: the database is away.
    """
    with connect(url, name="figures") as connection, translated("the figures could not be counted"):
        (readings, observations, quarantined) = connection.execute(query("figures")).fetchone() or (0, 0, 0)
        kinds = connection.execute(query("alarms_by_kind")).fetchall()
    return Figures(
        readings=readings,
        observations=observations,
        quarantined=quarantined,
        alarms={kind: count for kind, count, _ in kinds},
        first_raised={kind: first for kind, _, first in kinds},
    )
