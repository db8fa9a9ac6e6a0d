"""What each detector can be told, one section each: the keys under `detect` of a zone."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from configs.model import Contradiction, Seconds, Section, Share, TextPathBeside


class CrowdLevels(Section):
    """People per square metre from which a crowd is of each level; the words are those of alarm priorities."""

    sedang: Annotated[float, Field(gt=0, description="Busy: people begin to touch.")] = 3.0
    tinggi: Annotated[float, Field(gt=0, description="Pressed: nobody walks freely.")] = 4.0
    darurat: Annotated[float, Field(gt=0, description="Dangerous: pushes travel through the crowd.")] = 5.0

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield levels that do not rise."""
        written = [values.get(name, field.default) for name, field in cls.model_fields.items()]
        rising = [float(value) for value in written if isinstance(value, int | float)]
        if any(low >= high for low, high in pairwise(rising)):
            yield Contradiction(
                path=(), problem="the levels do not rise", remedy="write sedang below tinggi, and tinggi below darurat"
            )


class Calibration(Section):
    """What `pantau camera calibrate` found for one zone of one camera."""

    scale: Annotated[
        float,
        Field(ge=0.05, le=1.8, description="How tall people look: height over distance of the feet from the horizon."),
    ]
    factor: Annotated[float, Field(ge=0.2, le=5.0, description="People for each body that the area of movement makes.")]


class Crowding(Section):
    """Too many people in a zone, by count or by density."""

    count: Annotated[int | None, Field(ge=1, description="People from which it is a crowd.", examples=[8])] = None
    area_m2: Annotated[
        float | None,
        Field(
            gt=0,
            description="Ground area of the zone in square metres; left out, it follows from the camera's homography.",
            examples=[120],
        ),
    ] = None
    density_per_m2: Annotated[
        float | None,
        Field(gt=0, description="People per square metre from which it is a crowd; left out = level sedang."),
    ] = None
    levels: Annotated[CrowdLevels, Field(description="Densities of the levels, where the area is known.")] = (
        CrowdLevels()
    )
    hold_s: Annotated[Seconds, Field(description="Seconds it must last before it begins, and be over.")] = 30.0
    calibration: Annotated[
        Calibration | None, Field(description="Counting by movement fitted to counts: see pantau camera calibrate.")
    ] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield a crowd that is defined both by count and by density."""
        if values.get("count") is not None and values.get("density_per_m2") is not None:
            yield Contradiction(
                path=("count",),
                problem="a crowd is defined twice",
                remedy="write either count or density_per_m2; a known area may stand beside both",
            )

    def threshold_people(self, area_m2: float | None) -> float:
        """Return the people from which the zone is crowded, whichever way it was written.

        Args:
            area_m2: Ground area of the zone, None where it is not known.

        Raises:
            ValueError: it is written as a density and the area is not known.
        """
        if self.count is not None:
            return float(self.count)
        if area_m2 is None:
            raise ValueError("a density without an area says nothing about people")
        return area_m2 * (self.density_per_m2 or self.levels.sedang)


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
