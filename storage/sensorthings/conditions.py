"""Questions as SQL: every value is a parameter, every name comes from a table of ours."""

from collections.abc import Mapping
from typing import Final

from events.sensorthings import MODELS, Both, Call, Compare, Expression, Kind, Literal, Not, Path, Type
from storage.sensorthings.relations import Relation, joined, relations

_SQL_TYPES: Final[Mapping[Type, str]] = {
    Type.NUMBER: "double precision",
    Type.TEXT: "text",
    Type.TRUTH: "boolean",
    Type.TIME: "timestamptz",
    Type.DURATION: "interval",
    Type.DATE: "date",
    Type.CLOCK: "time",
}

_OPERATORS: Final = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

_PARTS: Final = {"year": "year", "month": "month", "day": "day", "hour": "hour", "minute": "minute"}

CALLS: Final[Mapping[str, str]] = {
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "({0} * {1})",
    "div": "({0} / nullif({1}, 0))",
    "mod": "mod({0}::numeric, nullif({1}, 0)::numeric)::double precision",
    "later": "({0} + {1})",
    "earlier": "({0} - {1})",
    "elapsed": "({0} - {1})",
    "substringof": "(strpos({1}, {0}) > 0)",
    "startswith": "starts_with({0}, {1})",
    "endswith": "(right({0}, length({1})) = {1})",
    "length": "length({0})::double precision",
    "indexof": "(strpos({0}, {1}) - 1)::double precision",
    "tolower": "lower({0})",
    "toupper": "upper({0})",
    "trim": "btrim({0}, E' \\t\\n\\r')",
    "concat": "({0} || {1})",
    **{name: f"extract({part} FROM {{0}} AT TIME ZONE 'UTC')::double precision" for name, part in _PARTS.items()},
    "second": "floor(extract(second FROM {0}))::double precision",
    "fractionalseconds": "mod(extract(second FROM {0}), 1)::double precision",
    "totaloffsetminutes": "(CASE WHEN {0} IS NOT NULL THEN 0 END)::double precision",
    "date": "({0} AT TIME ZONE 'UTC')::date",
    "time": "({0} AT TIME ZONE 'UTC')::time",
    "now": "now()",
    "mindatetime": "'-infinity'::timestamptz",
    "maxdatetime": "'infinity'::timestamptz",
    "round": "round({0}::numeric)::double precision",
    "floor": "floor({0})",
    "ceiling": "ceil({0})",
}
"""Functions but `substring`, which counts from 0 and may lack its third argument."""

Scope = dict[tuple[str, ...], tuple[Relation, str]]
"""Relation and alias by the way that leads there."""


_STREAM: Final = ("Datastream",)


class Translator:
    """Writes one statement: gathers its parameters, and gives out aliases."""

    def __init__(self) -> None:
        self.parameters: dict[str, object] = {}
        self._aliases = 0

    def alias(self) -> str:
        """Return a new alias."""
        self._aliases += 1
        return f"t{self._aliases}"

    def value(self, value: object, sql_type: str) -> str:
        """Return a placeholder for a value."""
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s::{sql_type}"

    def condition(self, expression: Expression, scope: Scope) -> str:
        """Return a condition. Of several entities that a link leads to, one that meets it is enough."""
        match expression:
            case Both(operator, left, right):
                return f"({self.condition(left, scope)} {operator.upper()} {self.condition(right, scope)})"
            case Not(condition):
                return f"(NOT coalesce({self.condition(condition, scope)}, false))"
        missing = min((way for way in _ways(expression) if way not in scope), key=len, default=None)
        if missing is None:
            return self._compare(expression, scope) if isinstance(expression, Compare) else self.of(expression, scope)
        return self._exists(missing, expression, scope)

    def _exists(self, way: tuple[str, ...], expression: Expression, scope: Scope) -> str:
        up, up_alias = scope[way[:-1]]
        found = []
        for child in relations(MODELS[up.kind].links[way[-1]].target):
            alias = self.alias()
            inside = self.condition(expression, {**scope, way: (child, alias)})
            link = joined(way[-1], up, up_alias, child, alias)
            found.append(f"EXISTS (SELECT FROM {child.rows.format(a=alias)} WHERE {link} AND {inside})")
        return "(" + " OR ".join(found) + ")"

    def of_streams(self, expression: Expression, alias: str) -> str:
        """Return a condition on a series by that on its Datastream: found once, not once for each series."""
        (child,) = relations(Kind.DATASTREAM)
        inner = self.alias()
        inside = self.condition(expression, {_STREAM: (child, inner)})
        return f"{alias}.id IN (SELECT {inner}.series FROM {child.rows.format(a=inner)} WHERE {inside})"

    def ordered(self, expression: Expression, scope: Scope) -> str:
        """Return a value to order by; links in it lead to one entity each."""
        missing = min((way for way in _ways(expression) if way not in scope), key=len, default=None)
        if missing is None:
            return self.of(expression, scope)
        up, up_alias = scope[missing[:-1]]
        (child,) = relations(MODELS[up.kind].links[missing[-1]].target)
        alias = self.alias()
        inside = self.ordered(expression, {**scope, missing: (child, alias)})
        link = joined(missing[-1], up, up_alias, child, alias)
        return f"(SELECT {inside} FROM {child.rows.format(a=alias)} WHERE {link} LIMIT 1)"

    def of(self, expression: Expression, scope: Scope) -> str:
        """Return a value; of a period its begin."""
        match expression:
            case Literal(value, type_):
                if isinstance(value, tuple):
                    return self.value(value[0], "timestamptz")
                return self.value(value, _SQL_TYPES.get(type_, "text"))
            case Path(links, name, inside, _):
                relation, alias = scope[links]
                column = relation.columns[name].format(a=alias)
                return f"({column} #> {self.value(list(inside), 'text[]')})" if inside else column
            case Call(name, arguments, _):
                return self._call(name, arguments, scope)
            case _:
                return self.condition(expression, scope)

    def _call(self, name: str, arguments: tuple[Expression, ...], scope: Scope) -> str:
        if name == "elapsed" and Type.PERIOD in {one.type for one in arguments}:
            return f"({self.of(arguments[0], scope)} - {self.of(arguments[1], scope)})"
        wanted = [self._plain(one, scope) for one in arguments]
        if name != "substring":
            return CALLS[name].format(*wanted)
        begin = f"(greatest(least({wanted[1]}, 1000000), 0)::integer + 1)"
        length = "".join(f", greatest(least({most}, 1000000), 0)::integer" for most in wanted[2:])
        return f"substr({wanted[0]}, {begin}{length})"

    def _plain(self, expression: Expression, scope: Scope) -> str:
        """Return an argument; what stands in JSON is taken as text."""
        value = self.of(expression, scope)
        return f"({value} #>> '{{}}')" if expression.type is Type.JSON else value

    def _compare(self, expression: Compare, scope: Scope) -> str:
        operator, left, right = expression.operator, expression.left, expression.right
        types = {left.type, right.type}
        if Type.NOTHING in types:
            other = right if left.type is Type.NOTHING else left
            if other.type is Type.NOTHING:
                return "true" if operator in {"eq", "le", "ge"} else "false"
            if operator not in {"eq", "ne"}:
                return "false"
            value = self._plain(other, scope)
            return f"({value} IS {'NOT ' if operator == 'ne' else ''}NULL)"
        if Type.PERIOD in types:
            return _periods(operator, self._ends(left, scope), self._ends(right, scope))
        first, second = self._alike(left, right, scope), self._alike(right, left, scope)
        return f"({first} {_OPERATORS[operator]} {second})"

    def _alike(self, one: Expression, other: Expression, scope: Scope) -> str:
        """Return a value as the other's type; what stands in JSON and is of another type is null."""
        value = self.of(one, scope)
        if one.type is not Type.JSON:
            return f'({value} COLLATE "C")' if one.type is Type.TEXT else value
        text = f"({value} #>> '{{}}')"
        match other.type:
            case Type.NUMBER:
                return f"(CASE jsonb_typeof({value}) WHEN 'number' THEN {text}::double precision END)"
            case Type.TRUTH:
                return f"(CASE jsonb_typeof({value}) WHEN 'boolean' THEN {text}::boolean END)"
            case Type.JSON:
                return value
            case _:
                return f'({text} COLLATE "C")'

    def _ends(self, expression: Expression, scope: Scope) -> tuple[str, str]:
        if isinstance(expression, Literal) and isinstance(expression.value, tuple):
            begin, end = expression.value
            return self.value(begin, "timestamptz"), self.value(end, "timestamptz")
        if isinstance(expression, Path) and expression.type is Type.PERIOD:
            relation, alias = scope[expression.links]
            return (
                relation.columns[expression.name].format(a=alias),
                relation.columns[f"{expression.name}_end"].format(a=alias),
            )
        value = self.of(expression, scope)
        return value, value


def _periods(operator: str, left: tuple[str, str], right: tuple[str, str]) -> str:
    """Compare periods: one is less than another where it is over before the other begins."""
    (begins, ends), (other_begins, other_ends) = left, right
    match operator:
        case "eq":
            return f"({begins} = {other_begins} AND {ends} = {other_ends})"
        case "ne":
            return f"({begins} <> {other_begins} OR {ends} <> {other_ends})"
        case "lt":
            return f"({ends} < {other_begins})"
        case "le":
            return f"({ends} <= {other_ends})"
        case "gt":
            return f"({begins} > {other_ends})"
        case _:
            return f"({begins} >= {other_begins})"


def _ways(expression: Expression) -> set[tuple[str, ...]]:
    """Return every way, and every begin of one, that must be gone for a value."""
    match expression:
        case Path(links, _, _, _):
            return {links[:length] for length in range(1, len(links) + 1)}
        case Call(_, arguments, _):
            return set().union(*(_ways(one) for one in arguments))
        case Compare(_, left, right) | Both(_, left, right):
            return _ways(left) | _ways(right)
        case Not(condition):
            return _ways(condition)
        case _:
            return set()


def parted(expression: Expression | None) -> tuple[list[Expression], list[Expression]]:
    """Return the conditions that must all hold: those on an observation's Datastream alone, and the others."""
    if isinstance(expression, Both) and expression.operator == "and":
        left, right = parted(expression.left), parted(expression.right)
        return left[0] + right[0], left[1] + right[1]
    if expression is None:
        return [], []
    ways = _ways(expression)
    of_stream = _STREAM in ways and all(way[:1] == _STREAM for way in ways) and not _own(expression)
    return ([expression], []) if of_stream else ([], [expression])


def _own(expression: Expression) -> bool:
    """Tell whether a property of the entity itself is asked for."""
    match expression:
        case Path(links, _, _, _):
            return not links
        case Call(_, arguments, _):
            return any(map(_own, arguments))
        case Compare(_, left, right) | Both(_, left, right):
            return _own(left) or _own(right)
        case Not(condition):
            return _own(condition)
        case _:
            return False
