"""Keeps what was weighed; a load that comes again under its reference counts once, whichever way it comes."""

from collections.abc import Sequence
from datetime import datetime

from events.errors import LimitError
from events.intake import Rejection
from events.observation import Observation
from events.weighing import WEIGHBRIDGE_LOAD, Channel, Load, parse_load
from storage.database import Cursor
from storage.waste.following import Rows

CONFLICT = "conflict"
"""Reason of a message whose load is stored already and weighed something else."""

NO_WEIGHBRIDGE = "no_weighbridge"
"""Reason of a message by a source that is the weighbridge of no waste site."""

BAD_LOAD = "bad_load"
"""Reason of a message whose load cannot be."""


def to_parameters(
    load: Load, *, waste_site: str, received_at: datetime, channel: Channel, actor: str
) -> dict[str, object]:
    """Return the columns of a load."""
    return {
        "waste_site": waste_site,
        "reference": load.reference,
        "weighed_at": load.weighed_at,
        "received_at": received_at,
        "vehicle": load.vehicle,
        "gross_kg": load.gross_kg,
        "tare_kg": load.tare_kg,
        "volume_m3": load.volume_m3,
        "handling": load.handling.value,
        "kecamatan": load.kecamatan,
        "channel": channel.value,
        "actor": actor,
    }


def take_loads(
    cursor: Cursor, observations: Sequence[Observation], are_new: Sequence[bool]
) -> list[tuple[int, Rejection]]:
    """Store the loads that weighbridges told of for the first time.

    Returns:
        Position of each statement that could not be taken, with what its sender is told.
    """
    told = [
        (position, one)
        for position, (one, is_new) in enumerate(zip(observations, are_new, strict=True))
        if is_new and one.kind == WEIGHBRIDGE_LOAD
    ]
    if not told:
        return []
    rows = Rows(cursor)
    sources = sorted({one.source for _, one in told})
    sites = {row["weighbridge_id"]: row["id"] for row in rows.all("sites_of_weighbridges", {"sources": sources})}
    refused: list[tuple[int, Rejection]] = []
    understood: list[tuple[str, Load, int, Observation]] = []
    for position, one in told:
        site = sites.get(one.source)
        if site is None:
            detail = f"{one.source} is the weighbridge of no waste site: write it as `weighbridge` of one."
            refused.append((position, Rejection(source=one.source, reason=NO_WEIGHBRIDGE, detail=detail)))
            continue
        try:
            understood.append((site, parse_load(one.attrs, one.at), position, one))
        except LimitError as error:
            refused.append((position, Rejection(source=one.source, reason=BAD_LOAD, detail=str(error))))
    # In the order of their keys, as every writer takes them.
    for site, load, position, one in sorted(understood, key=lambda found: (found[0], found[1].reference, found[2])):
        parameters = to_parameters(
            load, waste_site=site, received_at=one.received_at or one.at, channel=Channel.MQTT, actor=one.source
        )
        kept = rows.one("add_load", parameters)
        if kept is not None and not kept["same"]:
            refused.append((position, Rejection(source=one.source, reason=CONFLICT, detail=contradiction(load))))
    return refused


def contradiction(load: Load) -> str:
    """Say that another load was told under the same reference."""
    return f"another load is stored under the reference {load.reference!r}; the first one stays"
