"""The entities of SensorThings 1.1 (OGC 18-088, section 8) and questions about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from events.errors import PlatformError


class QuestionError(PlatformError):
    """A question that makes no sense for the data, such as a number too large; the message says why."""


class TooLongError(PlatformError):
    """A question whose answer takes longer than anyone may be kept busy with."""


class Kind(StrEnum):
    """Kinds of entities, by the names of their sets."""

    THING = "Things"
    LOCATION = "Locations"
    HISTORICAL_LOCATION = "HistoricalLocations"
    DATASTREAM = "Datastreams"
    SENSOR = "Sensors"
    OBSERVED_PROPERTY = "ObservedProperties"
    OBSERVATION = "Observations"
    FEATURE = "FeaturesOfInterest"


class Type(StrEnum):
    """Types of values in questions; the words are those of refusals."""

    NUMBER = "a number"
    TEXT = "text"
    TRUTH = "true or false"
    TIME = "a time"
    PERIOD = "a period"
    DURATION = "a duration"
    DATE = "a date"
    CLOCK = "a time of day"
    JSON = "JSON"
    NOTHING = "null"


@dataclass(frozen=True, slots=True)
class Link:
    """How one entity leads to others.

    Attributes:
        target: What they are.
        many: Whether there may be several.
    """

    target: Kind
    many: bool


@dataclass(frozen=True, slots=True)
class Model:
    """What one kind of entity has.

    Attributes:
        properties: Types by name, in the order in which they are told.
        links: Where it leads.
    """

    properties: Mapping[str, Type]
    links: Mapping[str, Link]


_NAMED: Mapping[str, Type] = {"id": Type.TEXT, "name": Type.TEXT, "description": Type.TEXT}
_MANY = {kind.value: Link(kind, many=True) for kind in Kind}
_ONE = {
    "Thing": Link(Kind.THING, many=False),
    "Datastream": Link(Kind.DATASTREAM, many=False),
    "Sensor": Link(Kind.SENSOR, many=False),
    "ObservedProperty": Link(Kind.OBSERVED_PROPERTY, many=False),
    "FeatureOfInterest": Link(Kind.FEATURE, many=False),
}
_LINKS = _MANY | _ONE


def _model(properties: Mapping[str, Type], *links: str) -> Model:
    return Model(properties, {name: _LINKS[name] for name in links})


MODELS: Mapping[Kind, Model] = {
    Kind.THING: _model({**_NAMED, "properties": Type.JSON}, "Locations", "HistoricalLocations", "Datastreams"),
    Kind.LOCATION: _model(
        {**_NAMED, "encodingType": Type.TEXT, "location": Type.JSON, "properties": Type.JSON},
        *("Things", "HistoricalLocations"),
    ),
    Kind.HISTORICAL_LOCATION: _model({"id": Type.TEXT, "time": Type.TIME}, "Thing", "Locations"),
    Kind.DATASTREAM: _model(
        {
            **_NAMED,
            "unitOfMeasurement": Type.JSON,
            "observationType": Type.TEXT,
            "observedArea": Type.JSON,
            "phenomenonTime": Type.PERIOD,
            "resultTime": Type.PERIOD,
            "properties": Type.JSON,
        },
        *("Thing", "Sensor", "ObservedProperty", "Observations"),
    ),
    Kind.SENSOR: _model(
        {**_NAMED, "encodingType": Type.TEXT, "metadata": Type.TEXT, "properties": Type.JSON}, "Datastreams"
    ),
    Kind.OBSERVED_PROPERTY: _model(
        {
            "id": Type.TEXT,
            "name": Type.TEXT,
            "definition": Type.TEXT,
            "description": Type.TEXT,
            "properties": Type.JSON,
        },
        "Datastreams",
    ),
    Kind.OBSERVATION: _model(
        {
            "id": Type.TEXT,
            "phenomenonTime": Type.PERIOD,
            "result": Type.NUMBER,
            "resultTime": Type.TIME,
            "resultQuality": Type.TEXT,
            "parameters": Type.JSON,
        },
        *("Datastream", "FeatureOfInterest"),
    ),
    Kind.FEATURE: _model(
        {**_NAMED, "encodingType": Type.TEXT, "feature": Type.JSON, "properties": Type.JSON}, "Observations"
    ),
}
"""Tables 4 to 19 of the standard; optional properties for which Pantau has nothing are left out."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value; two times for a period."""

    value: str | float | bool | datetime | date | time | timedelta | tuple[datetime, datetime] | None
    type: Type


@dataclass(frozen=True, slots=True)
class Path:
    """A property of the entity in question, or of one that it leads to.

    Attributes:
        links: The way there.
        name: The property.
        inside: Names of members within it, where it is JSON.
        type: Of what is found there.
    """

    links: tuple[str, ...]
    name: str
    inside: tuple[str, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values, arithmetic included."""

    name: str
    arguments: "tuple[Expression, ...]"
    type: Type


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison: eq, ne, lt, le, gt or ge."""

    operator: str
    left: "Expression"
    right: "Expression"
    type: Type = Type.TRUTH


@dataclass(frozen=True, slots=True)
class Both:
    """Conditions of which all (`and`) or one (`or`) must hold."""

    operator: str
    left: "Expression"
    right: "Expression"
    type: Type = Type.TRUTH


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that must not hold."""

    condition: "Expression"
    type: Type = Type.TRUTH


Expression = Literal | Path | Call | Compare | Both | Not

ARITHMETIC = ("add", "sub", "mul", "div", "mod")

SIGNATURES: Mapping[str, tuple[tuple[Type, ...], Type]] = {
    **dict.fromkeys(ARITHMETIC, ((Type.NUMBER, Type.NUMBER), Type.NUMBER)),
    "later": ((Type.TIME, Type.DURATION), Type.TIME),
    "earlier": ((Type.TIME, Type.DURATION), Type.TIME),
    "elapsed": ((Type.TIME, Type.TIME), Type.DURATION),
    "substringof": ((Type.TEXT, Type.TEXT), Type.TRUTH),
    "startswith": ((Type.TEXT, Type.TEXT), Type.TRUTH),
    "endswith": ((Type.TEXT, Type.TEXT), Type.TRUTH),
    "length": ((Type.TEXT,), Type.NUMBER),
    "indexof": ((Type.TEXT, Type.TEXT), Type.NUMBER),
    "substring": ((Type.TEXT, Type.NUMBER, Type.NUMBER), Type.TEXT),
    "tolower": ((Type.TEXT,), Type.TEXT),
    "toupper": ((Type.TEXT,), Type.TEXT),
    "trim": ((Type.TEXT,), Type.TEXT),
    "concat": ((Type.TEXT, Type.TEXT), Type.TEXT),
    **dict.fromkeys(
        ("year", "month", "day", "hour", "minute", "second", "fractionalseconds", "totaloffsetminutes"),
        ((Type.TIME,), Type.NUMBER),
    ),
    "date": ((Type.TIME,), Type.DATE),
    "time": ((Type.TIME,), Type.CLOCK),
    "now": ((), Type.TIME),
    "mindatetime": ((), Type.TIME),
    "maxdatetime": ((), Type.TIME),
    **dict.fromkeys(("round", "floor", "ceiling"), ((Type.NUMBER,), Type.NUMBER)),
}
"""What each function takes and gives (table 26 of the standard); the third argument of `substring` may be left out.

`later`, `earlier` and `elapsed` are `add` and `sub` of times.
"""


@dataclass(frozen=True, slots=True)
class Order:
    """One key of the order."""

    by: Expression
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is wanted of a set, or of one entity.

    Attributes:
        kind: Of what.
        condition: Which; None for all.
        order: In what order; ties are told in that of their keys.
        top: Most entities, at least 0.
        skip: How many are passed over.
        after: Keys of the entity to begin after, as an earlier page gave them; None from the beginning.
        count: Whether all that meet the condition are counted.
        properties: Which properties are told; None for all.
        expand: What stands inside each entity, by the name of the link.
    """

    kind: Kind
    condition: Expression | None = None
    order: tuple[Order, ...] = ()
    top: int = 100
    skip: int = 0
    after: tuple[object, ...] | None = None
    count: bool = False
    properties: frozenset[str] | None = None
    expand: Mapping[str, "Ask"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way: by a set or a link, to one entity where it has an id, else to all or the only one.

    Attributes:
        name: Name of the set for the first step, of the link for others.
        id: Which one.
    """

    name: str
    id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Words that stand in answers and that no table has.

    Attributes:
        root: Address of the service.
        metrics: What people call metrics.
    """

    root: str
    metrics: Mapping[str, str]


@dataclass(slots=True)
class Entity:
    """One entity.

    Attributes:
        id: Its id.
        values: Properties by name; periods are pairs of times.
        stream: Id of its Datastream, where it is an observation.
        inside: What was expanded, by the name of the link: a page, one entity, or None where there is none.
    """

    id: str
    values: Mapping[str, object]
    stream: str | None
    inside: "dict[str, Page | Entity | None]"


@dataclass(slots=True)
class Page:
    """Some entities of a set.

    Attributes:
        items: Themselves.
        count: How many there are in all, None where nobody asked.
        after: Keys after which the next page begins, None at the end.
    """

    items: Sequence[Entity]
    count: int | None
    after: tuple[object, ...] | None
