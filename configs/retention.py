"""How long each class of data is kept."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from configs.model import Contradiction, Section

Days = Annotated[int, Field(ge=7, le=36_500)]

_LADDER = ("readings_days", "minutes_days", "hours_days", "days_days")
"""Each is made of the one before it, and must not be dropped earlier: late data could not be rolled up again."""


class Retention(Section):
    """How long each class of data is kept, in days; null keeps it for ever.

    No law or regulation known to us sets a length for any of these; the defaults are a demonstration's, and a city
    writes its own.
    """

    readings_days: Annotated[Days | None, Field(description="Raw readings. Older ones that come late are refused.")] = (
        400
    )
    minutes_days: Annotated[Days | None, Field(description="Rollups by the minute; not less than readings_days.")] = 400
    hours_days: Annotated[Days | None, Field(description="Rollups by the hour; not less than minutes_days.")] = None
    days_days: Annotated[Days | None, Field(description="Rollups by the day; not less than hours_days.")] = None
    observations_days: Annotated[Days | None, Field(description="Things cameras and devices saw, once ended.")] = 400
    pictures_days: Annotated[Days | None, Field(description="Evidence pictures, but for those of open alarms.")] = 30
    alarms_days: Annotated[
        Days | None, Field(description="Alarms back to normal, with their history and messages to people.")
    ] = 1825
    quarantine_days: Annotated[Days | None, Field(description="Messages that could not be accepted.")] = 90
    audit_days: Annotated[Days | None, Field(description="Who changed what.")] = 1825
    orders_days: Annotated[Days | None, Field(description="What devices were told to do, once it is over.")] = 1825
    shadow_alarms_days: Annotated[
        Days | None, Field(description="What rules on trial would have raised, once it is over.")
    ] = 400
    compress_after_days: Annotated[
        Days,
        Field(
            description="Chunks of readings older than this are compressed, where TimescaleDB's Community edition is."
        ),
    ] = 7

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield rollups that would be dropped before what they are made of."""
        lengths = [values.get(name, cls.model_fields[name].default) for name in _LADDER]
        for (shorter, one), (longer, other) in zip(
            zip(_LADDER, lengths, strict=True), list(zip(_LADDER, lengths, strict=True))[1:], strict=False
        ):
            kept = one if isinstance(one, int) else None
            if isinstance(other, int) and (kept is None or other < kept):
                yield Contradiction(
                    path=(longer,),
                    problem=f"rollups would be dropped before the {shorter.removesuffix('_days')} they are made of",
                    remedy=f"write at least {shorter} ({'null' if kept is None else kept}), or shorten that",
                )
