"""Sensors, their metrics and units."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from configs.dialects import Speech, metric_contradictions
from configs.model import Contradiction, Seconds, Section, Slug


class Metric(Section):
    """One quantity a sensor measures."""

    unit: Annotated[
        str, Field(min_length=1, description="UCUM unit: ug/m3, cm, mm, Cel, %, dB[A], 1.", examples=["ug/m3"])
    ]
    name: Annotated[str | None, Field(description="What people call it, in Bahasa Indonesia.")] = None
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
    name: Annotated[str, Field(min_length=1, description="What operators call it.", examples=["Udara Alun-alun"])]
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
