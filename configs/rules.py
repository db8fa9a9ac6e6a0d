"""Rules: when data becomes an alarm."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from configs.model import Seconds, Section, Slug

PriorityName = Literal["darurat", "tinggi", "sedang", "rendah"]


class _Rule(Section):
    id: Slug
    priority: PriorityName = "sedang"
    title: Annotated[str | None, Field(description="Line on the wall; default made from kind and metric.")] = None
    sources: Annotated[
        tuple[Slug, ...] | None, Field(description="Sources judged; left out = every source that fits.")
    ] = None


class ThresholdRule(_Rule):
    """A value over (or under) a limit, held for a while, with hysteresis on the way back."""

    kind: Literal["threshold"]
    metric: Slug
    above: float | None = None
    below: float | None = None
    hysteresis: Annotated[float, Field(ge=0, description="How far back before it counts as over.")] = 0.0
    hold_s: Annotated[Seconds, Field(description="How long it must last (on-delay).")] = 0.0
    clear_hold_s: Annotated[Seconds, Field(description="How long it must be over (off-delay).")] = 0.0

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("give exactly one of above and below")
        return self


class ObservationRule(_Rule):
    """Something a camera saw: alarm while the observation lasts."""

    kind: Literal["observation"]
    observes: Annotated[str, Field(description="crowding, waste_pile, abandoned_object, tamper, water_level.")]
    classes: Annotated[
        tuple[str, ...] | None, Field(description="Only these attrs.class, such as covered or frozen.")
    ] = None
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.0


class AbsenceRule(_Rule):
    """A source has fallen silent, judged only up to what Pantau itself has certainly heard."""

    kind: Literal["absence"]
    of: Annotated[Literal["sensors", "cameras", "all"], Field(description="Which sources, unless named.")] = "all"
    after_s: Annotated[
        Seconds | None, Field(gt=0, description="Silence tolerated; default three expected intervals.")
    ] = None


Rule = Annotated[ThresholdRule | ObservationRule | AbsenceRule, Field(discriminator="kind")]
