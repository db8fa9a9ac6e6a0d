"""Entities as JSON: control information, properties, links (OGC 18-088, sections 8.3 and 12)."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from events.sensorthings import MODELS, Entity, Kind, Page, Type
from web.sensorthings.options import Asked, token_of

_COMPONENTS: Final = ("id", "phenomenonTime", "result", "resultTime", "resultQuality", "parameters")


class Encoder:
    """Writes answers of one service.

    Args:
        root: Its address, without a slash at the end.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    def address(self, kind: Kind, id_: str) -> str:
        """Return the address of an entity."""
        text = id_.replace("'", "''")
        return f"{self._root}/{kind}('{quote(text, safe='')}')"

    def entity(self, entity: Entity, question: Asked) -> dict[str, Any]:
        """Return one entity."""
        kind = question.ask.kind
        own = self.address(kind, entity.id)
        told: dict[str, Any] = {}
        if question.ask.properties is None or "id" in question.ask.properties:
            told |= {"@iot.id": entity.id, "@iot.selfLink": own}
        for name, value in entity.values.items():
            if name != "id" and (question.ask.properties is None or name in question.ask.properties):
                shown = value_of(value, MODELS[kind].properties[name])
                if shown is not None:
                    told[name] = shown
        for name in MODELS[kind].links:
            if name in question.inside:
                self._inside(told, f"{own}/{name}", name, entity.inside.get(name), question.inside[name])
            elif question.links is None or name in question.links:
                told[f"{name}@iot.navigationLink"] = f"{own}/{name}"
        return told

    def _inside(
        self, told: dict[str, Any], address: str, name: str, inside: Page | Entity | None, question: Asked
    ) -> None:
        if not isinstance(inside, Page):
            told[name] = None if inside is None else self.entity(inside, question)
            return
        if inside.count is not None:
            told[f"{name}@iot.count"] = inside.count
        told[name] = [self.entity(one, question) for one in inside.items]
        following = _next(address, inside, question.options)
        if following is not None:
            told[f"{name}@iot.nextLink"] = following

    def page(self, page: Page, question: Asked, address: str) -> dict[str, Any]:
        """Return a page of a set.

        Args:
            page: Its entities.
            question: What was asked.
            address: Of the set.
        """
        return self._framed(page, question, address, [self.entity(one, question) for one in page.items])

    def refs(self, page: Page, question: Asked, address: str) -> dict[str, Any]:
        """Return the addresses of a page's entities."""
        kind = question.ask.kind
        return self._framed(
            page, question, address, [{"@iot.selfLink": self.address(kind, one.id)} for one in page.items]
        )

    def table(self, page: Page, question: Asked, address: str) -> dict[str, Any]:
        """Return observations as rows, by Datastream in the order of their first (OGC 18-088, section 12)."""
        wanted = question.ask.properties
        components = [name for name in _COMPONENTS if wanted is None or name in wanted]
        types = MODELS[Kind.OBSERVATION].properties
        tables: dict[str, list[list[Any]]] = {}
        for one in page.items:
            row = [value_of(one.values[name], types[name]) for name in components]
            tables.setdefault(str(one.stream), []).append(row)
        value = [
            {
                "Datastream@iot.navigationLink": self.address(Kind.DATASTREAM, stream),
                "components": components,
                "dataArray@iot.count": len(rows),
                "dataArray": rows,
            }
            for stream, rows in tables.items()
        ]
        return self._framed(page, question, address, value)

    def _framed(self, page: Page, question: Asked, address: str, value: Sequence[Any]) -> dict[str, Any]:
        told: dict[str, Any] = {} if page.count is None else {"@iot.count": page.count}
        following = _next(address, page, question.options)
        if following is not None:
            told["@iot.nextLink"] = following
        return {**told, "value": value}


def _next(address: str, page: Page, options: Mapping[str, str]) -> str | None:
    if page.after is None:
        return None
    kept = {name: text for name, text in options.items() if name not in {"$skip", "$skiptoken"}}
    return f"{address}?{urlencode({**kept, '$skiptoken': token_of(page.after)}, safe='$', quote_via=quote)}"


def value_of(value: object, type_: Type) -> Any:
    """Return a property as JSON; None where it has no value. Numbers that JSON does not know have none."""
    if isinstance(value, tuple):
        begin, end = value
        if begin is None or end is None:
            return None
        return instant(begin) if begin == end else f"{instant(begin)}/{instant(end)}"
    if isinstance(value, datetime):
        return instant(value)
    if type_ is Type.NUMBER and isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def instant(at: datetime) -> str:
    """Return a moment as the standard writes it: ISO 8601 in UTC, with as many digits as it needs, at least three."""
    utc = at.astimezone(UTC)
    digits = "milliseconds" if utc.microsecond % 1000 == 0 else "microseconds"
    return utc.isoformat(timespec=digits).replace("+00:00", "Z")
