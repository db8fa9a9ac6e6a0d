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
    """Rising water: against the camera's gauge where it has one, else as the flooded share of the zone."""

    hold_s: Annotated[Seconds, Field(description="Seconds it must last before it begins, and be over.")] = 10.0


class GreenCover(Section):
    """Share of vegetation around midday; a series only."""


class Detect(Section):
    """Which detectors look at a zone; `waste_pile: {}` takes all defaults."""

    crowding: Annotated[Crowding | None, Field(description="Too many people.")] = None
    waste_pile: Annotated[WastePile | None, Field(description="A pile of waste.")] = None
    abandoned_object: Annotated[AbandonedObject | None, Field(description="Something left behind.")] = None
    water_level: Annotated[WaterLevel | None, Field(description="Rising water.")] = None
    green_cover: Annotated[GreenCover | None, Field(description="Vegetation.")] = None
