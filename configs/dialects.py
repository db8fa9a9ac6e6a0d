"""What a sensor that is not made for Pantau says, and where: its dialect, its topics, and which fields are its own."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from configs.model import Contradiction, KeyPath, Section, Slug, entries, mistaken, nearest, quoted
from configs.sparkplug import EdgeNodeId, EdgeTopic
from configs.units import can_convert, convertible_to

DialectName = Literal[
    "tasmota",
    "zigbee2mqtt",
    "chirpstack",
    "the_things_stack",
    "esphome",
    "home_assistant",
    "senml",
    "sparkplug_b",
    "json",
]
"""The decoders behind these names stand in `devices/dialects/table.py`."""

WITHOUT_STATUS: Mapping[str, str] = {
    "chirpstack": "devices do not say online or offline in the dialect chirpstack",
    "the_things_stack": "devices do not say online or offline in the dialect the_things_stack",
    "senml": "devices do not say online or offline in the dialect senml",
    "sparkplug_b": "births and deaths of Sparkplug are heard anyway",
}
"""Dialects that have no topic of their own for whether a device is online, and why."""

EACH = "*"
"""As `records`: the message itself is the list."""

_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "tasmota": ("/SENSOR", "/STATE", "/STATUS8", "/STATUS10"),
    "chirpstack": ("/event/up", "/event/status"),
    "the_things_stack": ("/up",),
}
"""How the topics end on which a dialect reports values."""

_MOST_TOPIC_BYTES = 1_024  # MQTT allows 65535, but one request to subscribe carries every topic of the site file
_MOST_PARTS = 12  # keys may hold dots, so each further part doubles the ways in which a path may be read


def _one_topic(topic: str) -> str:
    if "+" in topic or "#" in topic:
        raise mistaken("a wildcard stands in the topic", "write the whole topic of this one device, without + and #")
    if topic.startswith("$"):
        raise mistaken("topics that begin with $ are the broker's own", "write a topic that the device publishes on")
    if topic.partition("/")[0] == "pantau":
        raise mistaken(
            "topics below pantau/ are Pantau's own contract, which every sensor may speak anyway",
            "write the topic of the foreign device, or take this entry out",
        )
    if not topic.isprintable() or topic != topic.strip() or len(topic.encode()) > _MOST_TOPIC_BYTES:
        raise mistaken(
            "the topic is too long, begins or ends with a space, or holds a character that cannot be shown",
            f"write it as the device publishes it, at most {_MOST_TOPIC_BYTES} bytes",
        )
    return topic


def _one_path(path: str) -> str:
    parts = path.split(".")
    if not all(parts) or len(parts) > _MOST_PARTS:
        raise mistaken(
            "this is no way to a field",
            f"write the keys down to it, joined by single dots, at most {_MOST_PARTS}, such as SI7021.Temperature",
        )
    return path


ForeignTopic = Annotated[str, Field(min_length=1), AfterValidator(_one_topic)]
FieldPath = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_path)]
"""Keys down to a value, joined by dots; a number is a position in a list (from 0). Keys may hold dots themselves."""


def _not_zero(factor: float) -> float:
    if factor == 0:
        raise mistaken("a scale of 0 makes every value 0", "write what the device's number is to be multiplied by")
    return factor


Factor = Annotated[float, AfterValidator(_not_zero)]


_ONLY_WITH = (
    ("time_field", "json", "only the dialect json needs to be told where the time stands"),
    ("records", "json", "only the dialect json needs to be told where a list of moments stands"),
    ("rebirth", "sparkplug_b", "only Sparkplug's edge nodes can be asked to introduce themselves anew"),
)
"""Keys of one dialect only: key, dialect, and why nobody else needs it."""


class Speech(Section):
    """One topic on which a device speaks a dialect that is not Pantau's own."""

    dialect: Annotated[DialectName, Field(description="What the device speaks.", examples=["tasmota"])]
    topic: Annotated[
        ForeignTopic,
        Field(description="Topic its values come on, whole.", examples=["tele/tasmota_A1B2C3/SENSOR"]),
    ]
    fields: Annotated[
        dict[FieldPath, Slug],
        Field(
            min_length=1,
            description="Which fields of the message are this sensor's: keys joined by dots, then the metric.",
            examples=[{"SI7021.Temperature": "temperature"}],
        ),
    ]
    units: Annotated[
        dict[FieldPath, str],
        Field(
            description="UCUM unit in which the device sends a field, where it is not the metric's; converted.",
            examples=[{"SI7021.Temperature": "[degF]"}],
        ),
    ] = Field(default_factory=dict)
    scale: Annotated[
        dict[FieldPath, Factor],
        Field(description="What a field's number is multiplied by, before its unit.", examples=[{"temp": 0.1}]),
    ] = Field(default_factory=dict)
    offset: Annotated[
        dict[FieldPath, float],
        Field(description="What is added to a field after scale, before its unit.", examples=[{"temp": -40}]),
    ] = Field(default_factory=dict)
    records: Annotated[
        FieldPath | None,
        Field(
            description="Only with dialect json: where a list of moments stands, * for the message itself; fields and"
            " time_field then begin at its entries.",
            examples=["data"],
        ),
    ] = None
    time: Annotated[
        Literal["device", "receive"],
        Field(description="Whose time values bear: the message's where it has one, or always that of receiving it."),
    ] = "device"
    time_field: Annotated[
        FieldPath | None,
        Field(
            description="Where the time stands, only with dialect json: RFC 3339, local time, or epoch s or ms.",
            examples=["timestamp"],
        ),
    ] = None
    status_topic: Annotated[
        ForeignTopic | None,
        Field(description="Topic on which it says online or offline.", examples=["tele/tasmota_A1B2C3/LWT"]),
    ] = None
    rebirth: Annotated[
        bool,
        Field(
            description="Only with sparkplug_b: whether the edge node is asked to introduce itself anew after a gap."
        ),
    ] = True

    @property
    def edge_node(self) -> EdgeNodeId | None:
        """The edge node that speaks, None in any dialect but Sparkplug."""
        edge = EdgeTopic.parse(self.topic) if self.dialect == "sparkplug_b" else None
        return None if edge is None else edge.node

    @property
    def filters(self) -> tuple[str, ...]:
        """Topic filters of everything that must be heard for this entry, its status included."""
        node = self.edge_node
        topics = (self.topic,) if node is None else node.filters
        return topics if self.status_topic is None else (*topics, self.status_topic)

    @classmethod
    def contradictions(cls, values: Mapping[str, object]) -> Iterator[Contradiction]:
        """Yield what does not fit together: keys that a dialect has no use for, units of fields that are not read."""
        dialect, topic = values.get("dialect"), values.get("topic")
        for key, only, problem in _ONLY_WITH:
            if values.get(key) not in {None, True} and dialect != only:
                yield Contradiction(path=(key,), problem=problem, remedy=f"take {key} out")
        if values.get("status_topic") is not None and dialect in WITHOUT_STATUS:
            yield Contradiction(
                path=("status_topic",),
                problem=WITHOUT_STATUS[str(dialect)],
                remedy="take status_topic out; an absence rule notices silence",
            )
        if dialect == "sparkplug_b" and isinstance(topic, str) and not _carries_metrics(topic):
            yield Contradiction(
                path=("topic",),
                problem="this is no topic on which a Sparkplug node or device sends values",
                remedy="write spBv1.0/GROUP/DDATA/NODE/DEVICE, or spBv1.0/GROUP/NDATA/NODE for the node's own values;"
                " its births and deaths are heard with it",
            )
        endings = _ENDINGS.get(dialect, ()) if isinstance(dialect, str) else ()
        if isinstance(topic, str) and endings and not topic.endswith(endings):
            yield Contradiction(
                path=("topic",),
                problem=f"topics with values end in {' or '.join(endings)} in the dialect {dialect}",
                remedy="see with mosquitto_sub on which topic the values come, and write that",
                warning=True,
            )
        for key, what in (("units", "unit"), ("scale", "scale"), ("offset", "offset")):
            for path in _mapping(values.get(key)):
                if path not in _mapping(values.get("fields")):
                    yield Contradiction(
                        path=(key, path),
                        problem=f"a {what} is given for {quoted(path)}, which is not among fields",
                        remedy=f"name it under fields, or take its {what} out",
                    )


def metric_contradictions(sensor: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield what does not fit between the metrics of a sensor and the fields that become them."""
    metrics = _mapping(sensor.get("metrics"))
    places: dict[str, str] = {}
    for position, speech in entries(sensor, "speaks"):
        for path, metric in _mapping(speech.get("fields")).items():
            at: KeyPath = ("speaks", position, "fields", path)
            if not isinstance(metric, str):
                continue
            if metric not in metrics:
                yield _no_such_metric(at, metric, metrics)
            elif metric in places:
                yield Contradiction(
                    path=at,
                    problem=f"two fields, {quoted(places[metric])} and {quoted(path)}, become the metric"
                    f" {quoted(metric)}",
                    remedy="give each a metric of its own",
                )
            else:
                yield from _unit_that_does_not_convert(position, path, speech, metrics[metric])
            places.setdefault(metric, path)


def _no_such_metric(at: KeyPath, metric: str, metrics: Mapping[str, object]) -> Contradiction:
    near = nearest(metric, metrics)
    choice = f"write {quoted(near)} if that is meant, or " if near is not None else ""
    return Contradiction(
        path=at,
        problem=f"the sensor has no metric {quoted(metric)}",
        remedy=f"{choice}add it under metrics with its unit (there are: {', '.join(map(quoted, metrics)) or 'none'})",
    )


def _unit_that_does_not_convert(
    position: int, path: str, speech: Mapping[str, object], metric: object
) -> Iterator[Contradiction]:
    sent, wanted = _mapping(speech.get("units")).get(path), _mapping(metric).get("unit")
    if isinstance(sent, str) and isinstance(wanted, str) and not can_convert(sent, wanted):
        yield Contradiction(
            path=("speaks", position, "units", path),
            problem=f"values in {quoted(sent)} cannot be converted into {quoted(wanted)}",
            remedy=f"write one of {', '.join(convertible_to(wanted))}, or correct the unit of the metric",
        )


def topic_contradictions(site: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield what does not fit between sensors that hear the same topics."""
    dialects: dict[str, str] = {}
    owners: dict[tuple[str, str], str] = {}
    with_status: defaultdict[str, list[KeyPath]] = defaultdict(list)
    for s, sensor in entries(site, "sensors"):
        for p, speech in entries(sensor, "speaks"):
            at: KeyPath = ("sensors", s, "speaks", p)
            topic, status_topic = speech.get("topic"), speech.get("status_topic")
            if isinstance(status_topic, str):
                with_status[status_topic].append((*at, "status_topic"))
            if not isinstance(topic, str):
                continue
            dialect = str(speech.get("dialect"))
            if dialects.setdefault(topic, dialect) != dialect:
                yield Contradiction(
                    path=(*at, "dialect"),
                    problem=f"the topic is said to speak two dialects, {quoted(dialects[topic])} and {quoted(dialect)}",
                    remedy="write the one that the device speaks",
                )
            for path in _mapping(speech.get("fields")):
                owner = owners.setdefault((topic, path), str(sensor.get("id")))
                if owner != str(sensor.get("id")):
                    yield Contradiction(
                        path=(*at, "fields", path),
                        problem=f"the field {quoted(path)} of this topic is already read for {quoted(owner)}",
                        remedy="give it to one of the two sensors",
                    )
    for topic in dialects.keys() & with_status.keys():
        for place in with_status[topic]:
            yield Contradiction(
                path=place,
                problem="values are read from the same topic",
                remedy="write the topic on which the device says online or offline, or take status_topic out",
            )


def _carries_metrics(topic: str) -> bool:
    edge = EdgeTopic.parse(topic)
    return edge is not None and edge.kind in {"NDATA", "DDATA"}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
