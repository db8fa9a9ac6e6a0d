"""Which SQL stands behind each kind of entity, and how the kinds are joined.

All but observations are small relations of their own (`storage/sql/sensorthings/`). Observations are two: readings,
which are many and are read by their primary key only, and things seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from events.sensorthings import MODELS, Kind, Type
from storage.queries import SQL

Template = str
"""SQL in which {a} is the alias."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One source of entities.

    Attributes:
        kind: Of which.
        rows: What stands in FROM.
        columns: Property by name; a period's end is `{name}_end`.
        joins: What it can be joined by.
        key: What tells its rows apart, with SQL types: the last resort of every order.
        stream: Id of the Datastream, of observations.
        certain: Properties that are never null.
    """

    kind: Kind
    rows: Template
    columns: Mapping[str, Template]
    joins: Mapping[str, Template]
    key: tuple[tuple[Template, str], ...]
    stream: Template = "NULL::text"
    certain: frozenset[str] = field(default_factory=lambda: frozenset({"id", "name", "description"}))


JOIN_TYPES: Mapping[str, str] = {
    "thing": "text",
    "site": "text",
    "prop": "text",
    "series": "integer",
    "seen": "text",
    "zone": "text",
}

_JOINS: Mapping[Kind, tuple[str, ...]] = {
    Kind.THING: ("thing", "site"),
    Kind.LOCATION: ("site",),
    Kind.HISTORICAL_LOCATION: ("thing", "site"),
    Kind.DATASTREAM: ("thing", "prop", "series", "seen", "zone"),
    Kind.SENSOR: ("thing",),
    Kind.OBSERVED_PROPERTY: ("prop",),
    Kind.FEATURE: ("site",),
}

_FILES: Mapping[Kind, str] = {
    Kind.THING: "thing",
    Kind.LOCATION: "location",
    Kind.HISTORICAL_LOCATION: "historical_location",
    Kind.DATASTREAM: "datastream",
    Kind.SENSOR: "sensor",
    Kind.OBSERVED_PROPERTY: "observed_property",
    Kind.FEATURE: "feature",
}


@cache
def _text(name: str) -> str:
    text = (SQL / "sensorthings" / f"{name}.sql").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    text = "\n".join(lines)
    for part in ("sources", "seen"):
        if f"({{{part}}})" in text:
            text = text.replace(f"({{{part}}})", f"({_text(part)})")
    return text


def _small(kind: Kind) -> Relation:
    columns = {name: f'{{a}}."{name}"' for name in MODELS[kind].properties}
    columns |= {
        f"{name}_end": f'{{a}}."{name}_end"' for name, type_ in MODELS[kind].properties.items() if type_ is Type.PERIOD
    }
    columns["id"] = '{a}.id COLLATE "C"'
    return Relation(
        kind=kind,
        # Braces of templates are doubled: what stands in the files has no alias.
        rows="(" + _text(_FILES[kind]).replace("{", "{{").replace("}", "}}") + ") AS {a}",
        columns=columns,
        joins={name: f"{{a}}.{name}" for name in _JOINS[kind]},
        key=(('{a}.id COLLATE "C"', "text"),),
    )


READINGS = Relation(
    kind=Kind.OBSERVATION,
    rows="reading AS {a} JOIN series AS {a}s ON {a}s.id = {a}.series_id",
    columns={
        "id": "({a}.series_id || '.' || (extract(epoch FROM {a}.ts) * 1000000)::bigint)",
        "phenomenonTime": "{a}.ts",
        "phenomenonTime_end": "{a}.ts",
        "result": "{a}.value",
        "resultTime": "{a}.ts",
        "resultQuality": "(SELECT quality.name FROM quality WHERE quality.code = {a}.quality)",
        "parameters": "jsonb_build_object('received_at', {a}.received_at, 'raw', "
        "CASE WHEN abs({a}.raw) <= 1.7976931348623157e308 THEN {a}.raw END)",
    },
    joins={
        "series": "{a}.series_id",
        "thing": "{a}s.source_id",
        "seen": "NULL::text",
        "zone": "{a}s.zone",
        "site": "(SELECT source.site_id FROM source WHERE source.id = {a}s.source_id)",
    },
    key=(("{a}.series_id", "integer"), ("{a}.ts", "timestamptz")),
    stream="({a}s.source_id || '.' || {a}s.metric || coalesce('.' || nullif({a}s.zone, ''), ''))",
    certain=frozenset({"id", "phenomenonTime", "result", "resultTime", "resultQuality", "parameters"}),
)

SEEN = Relation(
    kind=Kind.OBSERVATION,
    rows="observation AS {a}",
    columns={
        "id": "{a}.id::text",
        "phenomenonTime": "{a}.started_at",
        "phenomenonTime_end": "coalesce({a}.ended_at, {a}.updated_at)",
        "result": "{a}.score",
        "resultTime": "{a}.updated_at",
        "resultQuality": "'ok'::text",
        "parameters": "jsonb_build_object('received_at', {a}.received_at, 'phase', {a}.phase, 'count', {a}.count, "
        "'box', {a}.box, 'attrs', {a}.attrs, 'evidence', '/api/v1/evidence/' || {a}.evidence || '.jpg')",
    },
    joins={
        "series": "NULL::integer",
        "thing": "{a}.source_id",
        "seen": "{a}.kind",
        "zone": "coalesce({a}.zone, '')",
        "site": "(SELECT source.site_id FROM source WHERE source.id = {a}.source_id)",
    },
    # Things seen follow all readings where nobody asks for another order.
    key=(("2147483647", "integer"), ("{a}.started_at", "timestamptz")),
    stream="({a}.source_id || ':' || {a}.kind || coalesce('.' || nullif({a}.zone, ''), ''))",
    certain=READINGS.certain,
)


@cache
def relations(kind: Kind) -> tuple[Relation, ...]:
    """Return the relations that make up a kind."""
    return (READINGS, SEEN) if kind is Kind.OBSERVATION else (_small(kind),)


def joined(link: str, parent: Relation | Kind, up: str, child: Relation, down: str) -> str:
    """Return the condition under which a child belongs to a parent.

    Args:
        link: Name of the link.
        parent: What leads there; a kind where its joins stand in columns of that name.
        up: Alias of the parent.
        child: What it leads to.
        down: Alias of the child.
    """

    def of(name: str) -> str:
        return f"{up}.{name}" if isinstance(parent, Kind) else parent.joins[name].format(a=up)

    def same(*names: str) -> str:
        return "(" + " AND ".join(f"{child.joins[name].format(a=down)} = {of(name)}" for name in names) + ")"

    kind = parent if isinstance(parent, Kind) else parent.kind
    if Kind.OBSERVATION in (kind, child.kind) and Kind.DATASTREAM in (kind, child.kind):
        if READINGS in (parent, child):
            return same("series")
        if SEEN in (parent, child):
            return same("thing", "seen", "zone")
        return f"({same('series')} OR {of('series')} IS NULL AND {same('thing', 'seen', 'zone')})"
    if link in {"Locations", "FeatureOfInterest"} or kind is Kind.LOCATION or kind is Kind.FEATURE:
        return same("site")
    if kind is Kind.OBSERVED_PROPERTY or child.kind is Kind.OBSERVED_PROPERTY:
        return same("prop")
    return same("thing")
