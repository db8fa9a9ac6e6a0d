"""Rules: when data becomes an alarm."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from configs.control_room import ClockTime
from configs.model import Contradiction, Seconds, Section, Slug
from configs.warnings import Warned

PriorityName = Literal["darurat", "tinggi", "sedang", "rendah"]

ObservedKind = Literal["crowding", "waste_pile", "abandoned_object", "tamper", "water_level", "pipeline_fault"]
"""Kinds of observation that Pantau's own detectors make or will make; devices may send others."""

TAMPER_CLASSES = ("covered", "blurred", "moved", "frozen", "dark", "bright", "smeared", "no_signal")
"""`attrs.class` of a `tamper` observation."""


Day = Literal["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"]


class Hours(Section):
    """A stretch of the day, on some days or on all, in the city's time."""

    days: Annotated[
        tuple[Day, ...] | None,
        Field(
            min_length=1, description="Days on which it begins; left out = every day.", examples=[["sabtu", "minggu"]]
        ),
    ] = None
    start: Annotated[ClockTime, Field(description="When it begins.", examples=["18:00"])] = "00:00"
    end: Annotated[
        ClockTime, Field(description="When it ends; not later than the beginning means on the next day.")
    ] = "00:00"


class _Rule(Section):
    id: Annotated[Slug, Field(description="Identifier, unique among rules.", examples=["pm25-tinggi"])]
    priority: Annotated[PriorityName, Field(description="How urgent its alarms are; darurat is worst.")] = "sedang"
    title: Annotated[
        str | None, Field(min_length=1, description="Line on the wall; default made from kind and metric.")
    ] = None
    latching: Annotated[bool, Field(description="Its alarms stay after the condition until somebody resets them.")] = (
        False
    )
    hours: Annotated[
        tuple[Hours, ...] | None,
        Field(min_length=1, description="When it is judged, such as at night or on market days; left out = always."),
    ] = None
    warns: Annotated[
        Warned | None, Field(description="Of what its alarms warn the public, by CAP; left out = of nothing.")
    ] = None
    sources: Annotated[
        tuple[Slug, ...] | None,
        Field(min_length=1, description="Ids of cameras and sensors judged; left out = every source that fits."),
    ] = None


class ThresholdRule(_Rule):
    """A value over (or under) a limit, held for a while, with hysteresis on the way back."""

    kind: Annotated[Literal["threshold"], Field(description="A value over or under a limit.")]
    metric: Annotated[Slug, Field(description="Metric of sensors, or people_count and the like.", examples=["pm25"])]
    above: Annotated[float | None, Field(description="Alarm from above this value, in the metric's unit.")] = None
    below: Annotated[float | None, Field(description="Alarm from below this value, in the metric's unit.")] = None
    hysteresis: Annotated[float, Field(ge=0, description="How far back, in the unit, before it counts as over.")] = 0.0
    hold_s: Annotated[Seconds, Field(description="Seconds it must last (on-delay).")] = 0.0
    clear_hold_s: Annotated[Seconds, Field(description="Seconds it must be over (off-delay).")] = 0.0

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: a threshold has one side."""
        above, below = values.get("above") is not None, values.get("below") is not None
        remedy = "write exactly one of above and below; two limits are two rules"
        if above and below:
            yield Contradiction(path=("below",), problem="the rule has both above and below", remedy=remedy)
        elif not above and not below:
            yield Contradiction(path=(), problem="the rule has neither above nor below", remedy=remedy)


class ObservationRule(_Rule):
    """Something a camera saw: alarm while the observation lasts."""

    kind: Annotated[Literal["observation"], Field(description="Something a camera saw.")]
    observes: Annotated[
        str,
        Field(
            min_length=1,
            description="crowding, waste_pile, abandoned_object, tamper, water_level.",
            examples=["crowding"],
        ),
    ]
    classes: Annotated[
        tuple[str, ...] | None, Field(min_length=1, description="Only these attrs.class, such as covered or frozen.")
    ] = None
    min_score: Annotated[float, Field(ge=0, le=1, description="Lowest score that counts, 0..1.")] = 0.0


class AbsenceRule(_Rule):
    """A source has fallen silent, judged only up to what Pantau itself has certainly heard."""

    kind: Annotated[Literal["absence"], Field(description="A source has fallen silent.")]
    of: Annotated[Literal["sensors", "cameras", "all"], Field(description="Which sources, unless named.")] = "all"
    after_s: Annotated[
        Seconds | None, Field(gt=0, description="Silence tolerated, in seconds; default three expected intervals.")
    ] = None


Rule = Annotated[ThresholdRule | ObservationRule | AbsenceRule, Field(discriminator="kind")]
