"""Rules: when data becomes an alarm."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, PrivateAttr

from configs.hours import Hours
from configs.model import Contradiction, Seconds, Section, Slug, quoted
from configs.sensors import LandUse
from configs.warnings import Warned

PriorityName = Literal["darurat", "tinggi", "sedang", "rendah"]

ObservedKind = Literal["crowding", "waste_pile", "abandoned_object", "tamper", "water_level", "pipeline_fault"]
"""Kinds of observation that Pantau's own detectors make or will make; devices may send others."""

DAY_S = 86_400.0

LAND_USES = get_args(LandUse)
"""Uses of the land with a limit on noise; a test holds them to `indices.noise`, which this floor may not import."""

TAMPER_CLASSES = ("covered", "blurred", "moved", "frozen", "dark", "bright", "smeared", "no_signal")
"""`attrs.class` of a `tamper` observation."""


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
    shadow: Annotated[
        bool, Field(description="On trial: what it would raise is kept apart, and nobody is told of it.")
    ] = False
    shadow_of: Annotated[
        Slug | None, Field(description="Id of the rule in use with which a rule on trial is compared.")
    ] = None

    _version: int | None = PrivateAttr(default=None)

    @property
    def version(self) -> int | None:
        """Its number among the versions of this id; None where rules are not numbered."""
        return self._version

    def numbered(self, version: int) -> Self:
        """Return the rule as a version of its id; no file can write this number."""
        numbered = self.model_copy()
        numbered._version = version  # noqa: SLF001 - a copy of this very class
        return numbered

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: only a rule on trial is compared."""
        if values.get("shadow_of") is not None and values.get("shadow") is not True:
            yield Contradiction(
                path=("shadow_of",),
                problem="only a rule on trial is compared with another",
                remedy="write shadow: true, or leave shadow_of out",
            )


class _MetricRule(_Rule):
    metric: Annotated[Slug, Field(description="Metric of sensors, or people_count and the like.", examples=["pm25"])]
    settle_s: Annotated[
        Seconds,
        Field(
            description="Readings are judged in the order of their own times, once those that come up to so many "
            "seconds late are there; 0 judges at once, in order of arrival."
        ),
    ] = 0.0


class _HeldRule(_MetricRule):
    hysteresis: Annotated[float, Field(ge=0, description="How far back, in the unit, before it counts as over.")] = 0.0
    hold_s: Annotated[Seconds, Field(description="Seconds it must last (on-delay).")] = 0.0
    clear_hold_s: Annotated[Seconds, Field(description="Seconds it must be over (off-delay).")] = 0.0
    deadband: Annotated[
        float | None,
        Field(
            gt=0,
            description="How far the value must move before an active alarm shows it; left out = a tenth of the limit, "
            "or the hysteresis where that is more.",
        ),
    ] = None


class Level(Section):
    """The limit at one station: gauges have zeros of their own."""

    above: Annotated[float | None, Field(description="Alarm from above this value, in the metric's unit.")] = None
    below: Annotated[float | None, Field(description="Alarm from below this value, in the metric's unit.")] = None
    hysteresis: Annotated[
        float | None, Field(ge=0, description="How far back before it counts as over; left out = the rule's.")
    ] = None
    datum: Annotated[
        str | None, Field(min_length=1, description="What its zero is, for people.", examples=["nol alat, BIG 2024"])
    ] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: a level has one side."""
        yield from _one_side(values, "level", ("above", "below"))


class ThresholdRule(_HeldRule):
    """A value over (or under) a limit, held for a while, with hysteresis on the way back."""

    kind: Annotated[Literal["threshold"], Field(description="A value over or under a limit.")]
    above: Annotated[float | None, Field(description="Alarm from above this value, in the metric's unit.")] = None
    below: Annotated[float | None, Field(description="Alarm from below this value, in the metric's unit.")] = None
    levels: Annotated[
        dict[Slug, Level] | None,
        Field(
            min_length=1,
            description="Limits of single stations by id, each over its own zero; without above and below only these "
            "are judged.",
            examples=[{"pasang-01": {"above": 95, "datum": "nol alat"}}],
        ),
    ] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: a threshold has one side, and levels are of sources it judges."""
        yield from super().contradictions(values)
        levels, sources = values.get("levels"), values.get("sources")
        if not levels or any(values.get(side) is not None for side in ("above", "below")):
            yield from _one_side(values, "rule", ("above", "below"))
        if isinstance(levels, Mapping) and isinstance(sources, list | tuple):
            for name in levels:
                if name not in sources:
                    yield Contradiction(
                        path=("levels", name),
                        problem="the rule does not judge this station, since its sources do not name it",
                        remedy="add it to sources, or leave sources out",
                    )


class RateRule(_HeldRule):
    """A value that rises (or falls) by more than so much within a stretch of time."""

    kind: Annotated[Literal["rate"], Field(description="A value that moves too fast.")]
    window_s: Annotated[Seconds, Field(gt=0, description="Within how many seconds.", examples=[1800])]
    rises: Annotated[
        float | None, Field(gt=0, description="Alarm when it rose by more than this, in the metric's unit.")
    ] = None
    falls: Annotated[
        float | None, Field(gt=0, description="Alarm when it fell by more than this, in the metric's unit.")
    ] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: it looks one way."""
        yield from super().contradictions(values)
        yield from _one_side(values, "rule", ("rises", "falls"))


class StuckRule(_MetricRule):
    """A value that has not moved for longer than it ever should."""

    kind: Annotated[Literal["stuck"], Field(description="A value that does not move.")]
    for_s: Annotated[Seconds, Field(gt=0, description="Alarm when it is the same for longer.", examples=[21600])]
    tolerance: Annotated[
        float, Field(ge=0, description="How far it may move and still be the same, in the metric's unit.")
    ] = 0.0


class AggregateRule(_HeldRule):
    """A figure over the last stretch of time, such as the ISPU of 24 hours."""

    kind: Annotated[Literal["aggregate"], Field(description="A figure over a stretch of time.")]
    figure: Annotated[
        Literal["ispu", "rain", "lsm", "mean", "maximum", "minimum"],
        Field(
            description="ispu: index of a pollutant; rain: millimetres; lsm: noise of day and night, dB(A); or the "
            "mean, greatest or least value."
        ),
    ]
    window_s: Annotated[
        Seconds, Field(gt=0, description="Over how many seconds; ispu and lsm are defined over 86400.")
    ] = DAY_S
    above: Annotated[float | None, Field(description="Alarm from above this value of the figure.")] = None
    below: Annotated[float | None, Field(description="Alarm from below this value of the figure.")] = None
    category: Annotated[
        Literal["sedang", "tidak_sehat", "sangat_tidak_sehat", "berbahaya"] | None,
        Field(description="Of ispu, in place of above: alarm from this category on."),
    ] = None
    rain_class: Annotated[
        Literal["sedang", "lebat", "sangat_lebat", "ekstrem"] | None,
        Field(description="Of rain, in place of above: alarm from this class of a day's rain on (BMKG)."),
    ] = None
    land_use: Annotated[
        str | None,
        Field(
            description="Of lsm, in place of above: alarm above the limit of KepMenLH 48/1996 for this use of the land "
            "plus 3 dB(A).",
            examples=["perumahan"],
        ),
    ] = None
    provisional: Annotated[
        bool, Field(description="Of ispu: alarm also while less was measured than an index needs (ISPU Sementara).")
    ] = False

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: one limit, of the figure's kind."""
        yield from super().contradictions(values)
        yield from _one_side(values, "rule", ("above", "below", "category", "rain_class", "land_use"))
        figure = values.get("figure")
        for key, of in (("category", "ispu"), ("rain_class", "rain"), ("land_use", "lsm")):
            if values.get(key) is not None and figure != of:
                yield Contradiction(
                    path=(key,), problem=f"{key} is a limit of {of} only", remedy=f"write figure: {of}, or above"
                )
        if figure == "rain" and values.get("rain_class") is not None and values.get("window_s", DAY_S) != DAY_S:
            yield Contradiction(
                path=("window_s",), problem="classes of rain are of a day", remedy="leave window_s out, or write above"
            )
        if figure in {"ispu", "lsm"} and values.get("window_s", DAY_S) != DAY_S:
            yield Contradiction(
                path=("window_s",), problem=f"{figure} is defined over 24 hours", remedy="leave window_s out"
            )
        land_use = values.get("land_use")
        if isinstance(land_use, str) and land_use not in LAND_USES:
            yield Contradiction(
                path=("land_use",),
                problem=f"{quoted(land_use)} has no limit",
                remedy=f"write one of {', '.join(LAND_USES)}",
            )


class CombinationRule(_Rule):
    """Several rules met at once, near each other: alarm where and while all of them are."""

    kind: Annotated[Literal["combination"], Field(description="Several rules met at once, near each other.")]
    all_of: Annotated[
        tuple[Slug, ...],
        Field(
            min_length=2,
            description="Ids of other rules; the alarm stands where the first of them does.",
            examples=[["rob-siaga", "jalan-tergenang"]],
        ),
    ]
    within_s: Annotated[Seconds, Field(description="For how many seconds after its end each still counts.")] = 0.0
    within_m: Annotated[
        float | None,
        Field(ge=0, description="How many metres the others' sites may be from that of the first; left out: any."),
    ] = None

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: different rules, none of them itself."""
        yield from super().contradictions(values)
        all_of = values.get("all_of")
        members = list(all_of) if isinstance(all_of, list | tuple) else []
        for position, member in enumerate(members):
            if member in members[:position]:
                yield Contradiction(
                    path=("all_of", position), problem="the rule is named twice", remedy="name each rule once"
                )
            if member == values.get("id"):
                yield Contradiction(
                    path=("all_of", position), problem="a rule cannot wait for itself", remedy="name another rule"
                )


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


MetricRule = ThresholdRule | RateRule | StuckRule | AggregateRule
"""Rules on what is measured."""

AnyRule = ThresholdRule | RateRule | StuckRule | AggregateRule | ObservationRule | AbsenceRule | CombinationRule

Rule = Annotated[AnyRule, Field(discriminator="kind")]


def _one_side(values: Mapping[str, object], what: str, sides: tuple[str, ...]) -> Iterator[Contradiction]:
    """Yield a contradiction unless exactly one of some keys is given."""
    given = [side for side in sides if values.get(side) is not None]
    listed = f"{', '.join(sides[:-1])} and {sides[-1]}"
    remedy = f"write exactly one of {listed}; two limits are two rules"
    if not given:
        problem = f"the {what} has neither {sides[0]} nor {sides[1]}" if len(sides) == 2 else f"the {what} has no limit"  # noqa: PLR2004 - a pair
        yield Contradiction(path=(), problem=problem, remedy=remedy)
    elif len(given) > 1:
        both = "both " if len(given) == 2 else ""  # noqa: PLR2004 - a pair
        yield Contradiction(path=(given[1],), problem=f"the {what} has {both}{' and '.join(given)}", remedy=remedy)
