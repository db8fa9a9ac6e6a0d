"""What fits together across the sections of the site file: ids, references, and rules that something can meet."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from configs.dialects import topic_contradictions
from configs.model import Contradiction, KeyPath, entries, nearest, quoted, repeated
from configs.rule_references import rule_contradictions
from configs.rules import TAMPER_CLASSES, ObservedKind
from events.quantities import CAMERA_QUANTITIES

_Values = Mapping[str, object]

_WORKER_ID = re.compile(r"vision-\d+")
"""Ids under which vision workers speak on the bus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _City:
    """What can be referred to.

    Attributes:
        offices: Ids of offices.
        sites: Ids of sites.
        cameras: Cameras by id, as far as they have one.
        sensors: Sensors by id, likewise.
    """

    offices: Sequence[str]
    sites: Sequence[str]
    cameras: Mapping[str, _Values]
    sensors: Mapping[str, _Values]

    @property
    def sources(self) -> Sequence[str]:
        """Ids of everything that can be judged by a rule."""
        return [*self.cameras, *self.sensors]


def reference_contradictions(values: Mapping[str, object]) -> Iterator[Contradiction]:
    """Yield what does not fit together.

    Args:
        values: The site file's keys, perhaps with other mistakes in them; those are passed over.
    """
    city = _City(
        offices=[*_by_id(values, "offices")],
        sites=[*_by_id(values, "sites")],
        cameras=_by_id(values, "cameras"),
        sensors=_by_id(values, "sensors"),
    )
    yield from _ids_used_twice(values, city)
    yield from _reserved_ids(values)
    yield from _unknown_places_and_offices(values, city)
    yield from _one_port_for_two(values)
    yield from topic_contradictions(values)
    yield from rule_contradictions(values)
    for position, rule in entries(values, "rules"):
        at: KeyPath = ("rules", position)
        yield from _unknown_sources(at, rule, city)
        match rule.get("kind"):
            case "threshold" | "rate" | "stuck" | "aggregate":
                yield from _threshold_nothing_can_meet(at, rule, city)
            case "observation":
                yield from _observation_nothing_makes(at, rule, city)
            case "absence":
                yield from _absence_too_soon(at, rule, city)


def _by_id(values: _Values, key: str) -> dict[str, _Values]:
    return {identifier: entry for _, entry in entries(values, key) if isinstance(identifier := entry.get("id"), str)}


def _strings(value: object) -> list[tuple[int, str]]:
    listed = value if isinstance(value, list | tuple) else ()
    return [(position, item) for position, item in enumerate(listed) if isinstance(item, str)]


def _unknown(path: KeyPath, name: str, what: str, known: Sequence[str]) -> Contradiction:
    near = nearest(name, known)
    if near is not None:
        remedy = f"write {quoted(near)} if that is meant, or add it under {what}"
    else:
        remedy = f"add it under {what}, or write the id of one that is there"
    return Contradiction(path=path, problem=f"{quoted(name)} is not among {what}", remedy=remedy)


def _ids_used_twice(values: _Values, city: _City) -> Iterator[Contradiction]:
    for key in ("offices", "sites", "cameras", "sensors", "rules"):
        for position, first, identifier in repeated(values, key):
            yield Contradiction(
                path=(key, position, "id"),
                problem=f"entries {first + 1} and {position + 1} of {key} both have the id {quoted(identifier)}",
                remedy="give each an id of its own",
            )
    for position, sensor in entries(values, "sensors"):
        name = sensor.get("id")
        if isinstance(name, str) and name in city.cameras:
            yield Contradiction(
                path=("sensors", position, "id"),
                problem=f"a camera already has the id {quoted(name)}",
                remedy="give each camera and sensor an id of its own: it is the name in their topics",
            )


def _reserved_ids(values: _Values) -> Iterator[Contradiction]:
    broker = values.get("broker")
    own = broker.get("client_id", "pantau-ingest") if isinstance(broker, Mapping) else "pantau-ingest"
    user = broker.get("username") if isinstance(broker, Mapping) else None
    for key in ("cameras", "sensors"):
        for position, source in entries(values, key):
            identifier = source.get("id")
            if isinstance(identifier, str) and is_own_name(identifier, own, user):
                yield Contradiction(
                    path=(key, position, "id"),
                    problem=f"Pantau itself speaks on the bus as {quoted(identifier)}",
                    remedy="choose another id",
                )


def is_own_name(identifier: str, client_id: object, username: object) -> bool:
    """Tell whether Pantau itself goes by a name at the broker: a device of that name could sign in or speak as Pantau.

    Args:
        identifier: Of a camera or sensor.
        client_id: That of the broker section.
        username: That of the broker section, None where Pantau does not sign in.
    """
    return identifier in {client_id, f"{client_id}-desk", username} or _WORKER_ID.fullmatch(identifier) is not None


def _unknown_places_and_offices(values: _Values, city: _City) -> Iterator[Contradiction]:
    for key in ("cameras", "sensors"):
        for position, source in entries(values, key):
            site = source.get("site")
            # Without a single site the mistake is that one, not each reference to it.
            if isinstance(site, str) and city.sites and site not in city.sites:
                yield _unknown((key, position, "site"), site, "sites", city.sites)
    for key in ("sites", "sensors"):
        for position, owned in entries(values, key):
            office = owned.get("opd")
            if isinstance(office, str) and office not in city.offices:
                yield _unknown((key, position, "opd"), office, "offices", city.offices)


def _one_port_for_two(values: _Values) -> Iterator[Contradiction]:
    broker, web = values.get("broker"), values.get("web")
    if isinstance(broker, Mapping) and isinstance(web, Mapping) and broker.get("embedded", True) is True:
        port = web.get("port")
        if port is not None and str(port) == str(broker.get("port", 1883)):
            yield Contradiction(
                path=("web", "port"),
                problem="the pages and the embedded broker want the same port",
                remedy="give one of them another port",
            )


def _unknown_sources(at: KeyPath, rule: _Values, city: _City) -> Iterator[Contradiction]:
    for position, source in _strings(rule.get("sources")):
        if source not in city.sources:
            yield _unknown((*at, "sources", position), source, "cameras and sensors", city.sources)
    levels = rule.get("levels")
    for source in levels if isinstance(levels, Mapping) else ():
        if isinstance(source, str) and source not in city.sources:
            yield _unknown((*at, "levels", source), source, "cameras and sensors", city.sources)


def _metrics(sensor: _Values) -> Mapping[str, object]:
    metrics = sensor.get("metrics")
    return metrics if isinstance(metrics, Mapping) else {}


def _threshold_nothing_can_meet(at: KeyPath, rule: _Values, city: _City) -> Iterator[Contradiction]:
    metric = rule.get("metric")
    if not isinstance(metric, str):
        return
    if rule.get("sources") is None:
        everywhere = [name for sensor in city.sensors.values() for name in _metrics(sensor)]
        everywhere += CAMERA_QUANTITIES if city.cameras else ()
        if metric not in everywhere:
            yield _no_such_metric((*at, "metric"), metric, everywhere, "no sensor has")
        judged = [sensor for sensor in city.sensors.values() if metric in _metrics(sensor)]
    else:
        judged = []
        for position, source in _strings(rule.get("sources")):
            has = _metrics(city.sensors[source]) if source in city.sensors else CAMERA_QUANTITIES
            if source in city.sources and metric not in has:
                yield _no_such_metric((*at, "sources", position), metric, has, f"{quoted(source)} does not have")
            elif source in city.sensors:
                judged.append(city.sensors[source])
    if rule.get("kind") == "threshold":
        yield from _limit_that_means_nothing(at, rule, [_metrics(sensor)[metric] for sensor in judged])


def _no_such_metric(path: KeyPath, metric: str, known: Iterable[str], who: str) -> Contradiction:
    names = sorted(set(known))
    near = nearest(metric, names)
    choice = f"write {quoted(near)} if that is meant" if near is not None else "write a metric that is measured"
    return Contradiction(
        path=path,
        problem=f"{who} the metric {quoted(metric)}, so the rule can never be met",
        remedy=f"{choice} (there are: {', '.join(quoted(name) for name in names) or 'none'})",
    )


def _limit_that_means_nothing(at: KeyPath, rule: _Values, metrics: Sequence[object]) -> Iterator[Contradiction]:
    described = [metric for metric in metrics if isinstance(metric, Mapping)]
    units = sorted({quoted(metric["unit"]) for metric in described if isinstance(metric.get("unit"), str)})
    if len(units) > 1:
        yield Contradiction(
            path=(*at, "metric"),
            problem=f"one limit is held against values in different units: {', '.join(units)}",
            remedy="write one rule for each unit, naming its sources",
            warning=True,
        )
    for side, bound, beyond in (("above", "maximum", max), ("below", "minimum", min)):
        limit = rule.get(side)
        bounds = [metric.get(bound) for metric in described]
        numbers = [number for number in bounds if isinstance(number, int | float)]
        if isinstance(limit, int | float) and numbers and len(numbers) == len(metrics):
            extreme = beyond(numbers)
            if limit == extreme or beyond(limit, extreme) == limit:
                yield Contradiction(
                    path=(*at, side),
                    problem=f"no possible value lies {side} {limit}: the {bound} of the metric is {extreme}",
                    remedy=f"write a limit inside the possible range, or correct the {bound}",
                    warning=True,
                )


def _observation_nothing_makes(at: KeyPath, rule: _Values, city: _City) -> Iterator[Contradiction]:
    kind = rule.get("observes")
    if not isinstance(kind, str):
        return
    named = rule.get("sources")
    sources = city.sources if named is None else [source for _, source in _strings(named)]
    # A sensor may be a device that sends observations of its own: only cameras can be judged here.
    only_cameras = named is None or all(source in city.cameras for source in sources)
    made = {found for source in sources if source in city.cameras for found in _observed(city.cameras[source])}
    near = nearest(kind, get_args(ObservedKind))
    if (only_cameras or near not in {None, kind}) and kind not in made:
        meant = f"write {quoted(near)} if that is meant, or " if near not in {None, kind} else ""
        yield Contradiction(
            path=(*at, "observes"),
            problem=f"no zone of the cameras it judges looks for {quoted(kind)}",
            remedy=f"{meant}add it under detect of a zone, unless a device sends such events itself",
            warning=True,
        )
    for position, name in _strings(rule.get("classes")):
        if kind == "tamper" and name not in TAMPER_CLASSES:
            near = nearest(name, TAMPER_CLASSES)
            yield Contradiction(
                path=(*at, "classes", position),
                problem=f"no camera fault is called {quoted(name)}",
                remedy=f"write {quoted(near)}" if near else f"write one of {', '.join(TAMPER_CLASSES)}",
                warning=True,
            )


def _observed(camera: _Values) -> set[str]:
    kinds = {"pipeline_fault", "tamper"}  # a camera without pictures is told as tamper even where health is off
    for _, zone in entries(camera, "zones"):
        detect = zone.get("detect")
        if isinstance(detect, Mapping):
            kinds |= {kind for kind, settings in detect.items() if settings is not None}
    return kinds


def _absence_too_soon(at: KeyPath, rule: _Values, city: _City) -> Iterator[Contradiction]:
    after_s, named = rule.get("after_s"), rule.get("sources")
    if not isinstance(after_s, int | float):
        return
    if named is not None:
        judged = [source for _, source in _strings(named) if source in city.sensors]
    else:
        judged = [*city.sensors] if rule.get("of", "all") in {"all", "sensors"} else []
    for source in judged:
        interval_s = city.sensors[source].get("interval_s", 60.0)
        if isinstance(interval_s, int | float) and after_s <= interval_s:
            yield Contradiction(
                path=(*at, "after_s"),
                problem=f"{quoted(source)} speaks only every {interval_s:g} s, so it would count as silent between"
                " two messages",
                remedy=f"write more than {interval_s:g}, better {3 * interval_s:g}; or leave after_s out",
                warning=True,
            )
            return
