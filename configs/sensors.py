"""Sensors, their metrics and units."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from configs.dialects import Speech, metric_contradictions
from configs.model import Contradiction, Name, Seconds, Section, Slug

LandUse = Literal[
    "perumahan",
    "perdagangan",
    "perkantoran",
    "ruang_terbuka_hijau",
    "industri",
    "pemerintahan",
    "rekreasi",
    "pelabuhan",
    "cagar_budaya",
    "rumah_sakit",
    "sekolah",
    "ibadah",
]
"""Uses of land that have a limit of noise (KepMenLH 48/1996)."""


class Tide(Section):
    """When the level of a tide gauge is harmful, in the metric's unit above the gauge's own zero."""

    datum: Annotated[
        Name,
        Field(description="What zero is, in words: heights of two gauges compare only where it is one."),
    ]
    waspada: Annotated[float, Field(description="Level from which it is Waspada.")]
    siaga: Annotated[float, Field(description="Level from which it is Siaga.")]
    awas: Annotated[float, Field(description="Level from which it is Awas.")]
    hysteresis: Annotated[float, Field(ge=0, description="How far below its threshold a rank ends.")] = 0.0
    hold_s: Annotated[Seconds, Field(ge=0, description="How long the water must stay beyond a threshold.")] = 600.0

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: ranks rise with the water."""
        levels = [values.get(name) for name in ("waspada", "siaga", "awas")]
        known = [level for level in levels if isinstance(level, int | float)]
        if len(known) == len(levels) and not known[0] < known[1] < known[2]:
            yield Contradiction(
                path=("siaga",),
                problem="waspada, siaga and awas do not rise",
                remedy="write the lowest level as waspada and the highest as awas",
            )


class Metric(Section):
    """One quantity a sensor measures."""

    unit: Annotated[Name, Field(description="UCUM unit: ug/m3, cm, mm, Cel, %, dB[A], 1.", examples=["ug/m3"])]
    name: Annotated[Name | None, Field(description="What people call it, in Bahasa Indonesia.")] = None
    minimum: Annotated[float | None, Field(description="Lowest possible value; below it is out_of_range.")] = None
    maximum: Annotated[float | None, Field(description="Highest possible value; above it is out_of_range.")] = None

    stuck_after: Annotated[
        int | None,
        Field(
            ge=0,
            description="Equal values in a row, zeros apart, after which it is stuck; 0 is never; left out: six hours "
            "of Cel, hPa and ug/m3 (at least 60 values), never of other units.",
        ),
    ] = None
    land_use: Annotated[
        LandUse | None, Field(description="Of sound levels: the use of the land, whose limit on Lsm holds.")
    ] = None
    tide: Annotated[Tide | None, Field(description="Of a tide gauge: when its level is harmful.")] = None
    max_step: Annotated[
        float | None,
        Field(
            gt=0,
            description="How far it can move from one message to the next; a lone value beyond is a spike. Left out: "
            "any.",
        ),
    ] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: a range runs upwards."""
        minimum, maximum = values.get("minimum"), values.get("maximum")
        if isinstance(minimum, int | float) and isinstance(maximum, int | float) and minimum >= maximum:
            yield Contradiction(
                path=("maximum",),
                problem="maximum is not above minimum, so no value could ever be possible",
                remedy="write the lowest possible value as minimum and the highest as maximum",
            )


class Sensor(Section):
    """One device that publishes telemetry."""

    id: Annotated[
        Slug,
        Field(description="Identifier, unique among cameras and sensors; part of its topics.", examples=["udara-01"]),
    ]
    name: Annotated[Name, Field(description="What operators call it.", examples=["Udara Alun-alun"])]
    site: Annotated[Slug, Field(description="Id of the site where it stands.", examples=["alun-alun"])]
    opd: Annotated[Slug | None, Field(description="Id of the office that owns the device.")] = None
    public: Annotated[
        bool, Field(description="Whether every office may read its data in the database, not only its own.")
    ] = False
    interval_s: Annotated[Seconds, Field(gt=0, description="Expected seconds between messages.")] = 60.0
    metrics: Annotated[
        dict[Slug, Metric],
        Field(
            min_length=1,
            description="What it measures: the name in its messages, then unit and range.",
            examples=[{"pm25": {"unit": "ug/m3"}}],
        ),
    ]
    speaks: Annotated[
        tuple[Speech, ...],
        Field(description="For devices not made for Pantau: topics, their dialect, and the fields on them."),
    ] = ()

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: fields become metrics that are there, each one metric."""
        return metric_contradictions(values)
