"""Sensors, their metrics and units."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from configs.model import Seconds, Section, Slug


class Metric(Section):
    """One quantity a sensor measures."""

    unit: Annotated[str, Field(min_length=1, description="UCUM unit: ug/m3, cm, mm, Cel, %, dB[A], 1.")]
    name: Annotated[str | None, Field(description="What people call it, in Bahasa Indonesia.")] = None
    minimum: Annotated[float | None, Field(description="Lowest possible value; below it is out_of_range.")] = None
    maximum: Annotated[float | None, Field(description="Highest possible value; above it is out_of_range.")] = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise ValueError("minimum must be below maximum")
        return self


class Sensor(Section):
    """One device that publishes telemetry."""

    id: Slug
    name: Annotated[str, Field(min_length=1)]
    site: Slug
    opd: Annotated[Slug | None, Field(description="Office that owns the device.")] = None
    interval_s: Annotated[Seconds, Field(gt=0, description="Expected seconds between messages.")] = 60.0
    metrics: Annotated[dict[Slug, Metric], Field(min_length=1)]
