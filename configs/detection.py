"""What each detector can be told, one section each: the keys under `detect` of a zone."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from configs.model import Contradiction, Seconds, Section, Share, TextPathBeside


class Crowding(Section):
    """Too many people in a zone, by count or by density."""

    count: Annotated[int | None, Field(ge=1, description="People from which it is a crowd.", examples=[8])] = None
    area_m2: Annotated[
        float | None, Field(gt=0, description="Ground area of the zone in square metres.", examples=[120])
    ] = None
    density_per_m2: Annotated[float | None, Field(gt=0, description="People per square metre.", examples=[3])] = None
    hold_s: Annotated[Seconds, Field(description="Seconds it must last before it begins, and be over.")] = 30.0

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: a crowd is defined by count or by density, not by both or neither."""
        remedy = "write either count, or area_m2 together with density_per_m2"
        parts = [key for key in ("area_m2", "density_per_m2") if values.get(key) is not None]
        counted = values.get("count") is not None
        if len(parts) == 1:
            yield Contradiction(path=(parts[0],), problem=f"{parts[0]} stands alone", remedy=remedy)
        elif counted and parts:
            yield Contradiction(path=("count",), problem="a crowd is defined twice", remedy=remedy)
        elif not counted and not parts:
            yield Contradiction(path=(), problem="it does not say how many people are a crowd", remedy=remedy)

    @property
    def threshold_people(self) -> float:
        """People from which the zone is crowded, whichever way it was written."""
        if self.count is not None:
            return float(self.count)
        if self.area_m2 is None or self.density_per_m2 is None:
            raise ValueError("neither count nor density")
        return self.area_m2 * self.density_per_m2


class WastePile(Section):
    """Coverage of a zone against its clean reference."""

    coverage: Annotated[Share, Field(gt=0, description="Share of the zone covered from which it is a pile, 0..1.")] = (
        0.15
    )
    hold_s: Annotated[Seconds, Field(description="Seconds the coverage must last.")] = 600.0
    reference: Annotated[
        TextPathBeside | None,
        Field(description="Picture of the clean zone, path beside the site file; without one nothing is ever clean."),
    ] = None


class AbandonedObject(Section):
    """Something new that stays."""

    after_s: Annotated[Seconds, Field(description="Seconds it must have stayed.")] = 20.0


class WaterLevel(Section):
    """Rising water: over a level on the camera's gauge, or by a share of the zone."""

    rise: Annotated[
        Share,
        Field(
            gt=0, description="Share of the zone the water must have taken to begin, 0..1, where level_cm is not given."
        ),
    ] = 0.1
    level_cm: Annotated[
        float | None,
        Field(
            description="Level on the camera's gauge, in its own centimetres, from which it begins; needs `gauge`.",
            examples=[100],
        ),
    ] = None
    hysteresis_cm: Annotated[
        float, Field(ge=0, description="Centimetres it must fall below level_cm before it counts as over.")
    ] = 5.0
    datum: Annotated[
        str | None,
        Field(min_length=1, description="What the gauge's zero is; told with every event.", examples=["nol palem"]),
    ] = None
    hold_s: Annotated[
        Seconds,
        Field(description="Seconds it must last before it begins, and be over; for rob by level_cm better 600."),
    ] = 10.0


class GreenCover(Section):
    """Share of vegetation around midday; a series only."""

    from_hour: Annotated[
        float, Field(ge=0, lt=24, description="Hour of the day, in the city's time, from which it is measured.")
    ] = 11.0
    to_hour: Annotated[float, Field(gt=0, le=24, description="Hour up to which it is measured.")] = 13.0

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield hours in the wrong order."""
        start, end = values.get("from_hour", 11.0), values.get("to_hour", 13.0)
        if isinstance(start, int | float) and isinstance(end, int | float) and start >= end:
            yield Contradiction(
                path=("to_hour",),
                problem=f"the hours end at {end:g} before they begin at {start:g}",
                remedy="write a to_hour after from_hour; green is measured by day, so both lie on one day",
            )


class Detect(Section):
    """Which detectors look at a zone; `waste_pile: {}` takes all defaults."""

    crowding: Annotated[Crowding | None, Field(description="Too many people.")] = None
    waste_pile: Annotated[WastePile | None, Field(description="A pile of waste.")] = None
    abandoned_object: Annotated[AbandonedObject | None, Field(description="Something left behind.")] = None
    water_level: Annotated[WaterLevel | None, Field(description="Rising water.")] = None
    green_cover: Annotated[GreenCover | None, Field(description="Vegetation.")] = None
