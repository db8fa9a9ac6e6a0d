"""What fits together between rules, and between a rule and what it judges."""

from collections.abc import Iterator, Mapping, Sequence

from configs.model import Contradiction, KeyPath, entries, nearest, quoted

_Values = Mapping[str, object]

UNITS_OF = {"ispu": ("ug/m3", "mg/m3"), "rain": ("mm", "mm/h"), "lsm": ("dB[A]",)}
"""Units in which a figure can be made."""

POLLUTANTS = ("pm10", "pm25", "so2", "co", "o3", "no2", "hc")
"""Metrics that have an ISPU."""


def rule_contradictions(values: _Values) -> Iterator[Contradiction]:
    """Yield what does not fit together.

    Args:
        values: The site file's keys, perhaps with other mistakes in them; those are passed over.
    """
    rules = {rule_id: rule for _, rule in entries(values, "rules") if isinstance(rule_id := rule.get("id"), str)}
    for position, rule in entries(values, "rules"):
        at: KeyPath = ("rules", position)
        shadow_of = rule.get("shadow_of")
        if isinstance(shadow_of, str) and (shadow_of not in rules or rules[shadow_of].get("shadow") is True):
            yield _no_rule((*at, "shadow_of"), shadow_of, [n for n, r in rules.items() if r.get("shadow") is not True])
        if rule.get("kind") == "combination":
            yield from _members(at, rule, rules)
        elif rule.get("kind") == "aggregate":
            yield from _figure(at, rule, values)


def _members(at: KeyPath, rule: _Values, rules: Mapping[str, _Values]) -> Iterator[Contradiction]:
    all_of = rule.get("all_of")
    for position, member in enumerate(all_of if isinstance(all_of, list | tuple) else ()):
        if not isinstance(member, str) or member == rule.get("id"):
            continue
        path = (*at, "all_of", position)
        known = rules.get(member)
        if known is None:
            yield _no_rule(path, member, [n for n, r in rules.items() if r.get("kind") != "combination"])
        elif known.get("kind") == "combination":
            yield Contradiction(
                path=path,
                problem=f"{quoted(member)} is a combination itself",
                remedy="name the rules that it is made of",
            )
        elif known.get("settle_s"):
            yield Contradiction(
                path=path,
                problem=f"{quoted(member)} waits for late readings, so it would meet others at another time",
                remedy="name a rule without settle_s; within_s of the combination bridges what is late",
            )


def _no_rule(path: KeyPath, name: str, known: Sequence[str]) -> Contradiction:
    near = nearest(name, known)
    choice = f"write {quoted(near)} if that is meant" if near is not None else "write the id of a rule"
    return Contradiction(path=path, problem=f"{quoted(name)} is no rule that fits here", remedy=choice)


def _figure(at: KeyPath, rule: _Values, values: _Values) -> Iterator[Contradiction]:
    figure, metric, named = rule.get("figure"), rule.get("metric"), rule.get("sources")
    if not isinstance(metric, str) or not isinstance(figure, str) or figure not in UNITS_OF:
        return
    if figure == "ispu" and metric not in POLLUTANTS:
        yield Contradiction(
            path=(*at, "metric"),
            problem=f"{quoted(metric)} has no ISPU",
            remedy=f"write one of {', '.join(POLLUTANTS)}",
        )
        return
    for _, sensor in entries(values, "sensors"):
        metrics = sensor.get("metrics")
        described = metrics.get(metric) if isinstance(metrics, Mapping) else None
        unit = described.get("unit") if isinstance(described, Mapping) else None
        judged = not isinstance(named, list | tuple) or sensor.get("id") in named
        if judged and isinstance(unit, str) and unit not in UNITS_OF[figure]:
            yield Contradiction(
                path=(*at, "figure"),
                problem=f"{quoted(sensor.get('id'))} measures {quoted(metric)} in {quoted(unit)}, of which no {figure} "
                "can be made: it is not judged",
                remedy=f"name sources that measure in {' or '.join(UNITS_OF[figure])}",
                warning=True,
            )
