"""Keeps the births of Sparkplug's edge nodes over a restart."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from events.birth import Birth, Births
from storage.database import connect, translated
from storage.queries import query


def read_births(url: str) -> list[Births]:
    """Return what is kept, each node once.

    Raises:
        StorageError: the database is away.
    """
    with connect(url, name="births") as connection, translated("the births of edge nodes could not be read"):
        rows = connection.execute(query("edge_births")).fetchall()
    return [
        Births(group, node, tuple(Birth(device or None, payload) for _, _, device, payload in births))
        for (group, node), births in groupby(rows, itemgetter(0, 1))
    ]


def write_births(url: str, changed: Sequence[Births]) -> None:
    """Put the births of these nodes in the place of what is kept of them.

    Raises:
        StorageError: the database is away, and nothing was changed.
    """
    with connect(url, name="births") as connection, translated("the births of edge nodes could not be kept"):
        for group, node, births in changed:
            of_node = {"group": group, "node": node}
            connection.execute(query("end_births"), of_node)
            for device, payload in births:
                connection.execute(query("add_birth"), {**of_node, "device": device or "", "payload": payload})
