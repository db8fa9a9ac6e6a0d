"""The part of an address after the service's root: steps from a set to entities, a property, $value or $ref."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from events.sensorthings import MODELS, Kind, Step
from web.sensorthings.refusals import malformed, missing
from web.sensorthings.words import text_of

_SEGMENT: Final = re.compile(r"([A-Za-z$][A-Za-z]*)(?:\(('(?:[^']|'')*'|-?\d{1,20})\))?", re.ASCII)
_MOST_STEPS: Final = 8


@dataclass(frozen=True, slots=True)
class Way:
    """Where an address leads.

    Attributes:
        steps: To an entity or a set.
        kind: Of which.
        single: Whether it is one entity.
        property: The property of it that is wanted.
        raw: Whether its bare value is (`$value`).
        refs: Whether only addresses are (`$ref`).
    """

    steps: tuple[Step, ...]
    kind: Kind
    single: bool
    property: str | None = None
    raw: bool = False
    refs: bool = False


def way_of(path: str) -> Way:
    """Return where a path leads, percent-encoded, without the root and the slash after it.

    Raises:
        ProblemError: 400 where it cannot be understood, 404 where there is nothing by that name.
    """
    segments = _split(_decoded(path))
    steps: list[Step] = []
    kind, single = Kind.THING, False
    for number, (name, key) in enumerate(segments):
        if len(steps) >= _MOST_STEPS:
            raise malformed(f"an address has at most {_MOST_STEPS} steps")
        rest = segments[number:]
        if steps and (name == "$ref" or (single and name in MODELS[kind].properties)):
            return _ended(tuple(steps), kind, rest, single=single)
        link = None if not steps else MODELS[kind].links.get(name)
        if steps and (link is None or not single):
            raise missing(f"{name}: {kind} lead to no such thing" if single else f"{name}: name one of {kind} first")
        if not steps and name not in set(Kind):
            raise missing(f"{name}: there is no such set; the root lists them")
        many = link is None or link.many
        if key is not None and not many:
            raise malformed(f"{name}: there is one only; leave {key!r} out")
        kind = Kind(name) if link is None else link.target
        single = not many or key is not None
        steps.append(Step(name, key))
    return Way(tuple(steps), kind, single)


def _ended(steps: tuple[Step, ...], kind: Kind, rest: list[tuple[str, str | None]], *, single: bool) -> Way:
    names = [name for name, _ in rest]
    if any(key is not None for _, key in rest):
        raise malformed(f"{names[0]}: this is no set, so nothing stands in parentheses")
    if names == ["$ref"]:
        return Way(steps, kind, single, refs=True)
    if names[0] != "$ref" and names[1:] in ([], ["$value"]):
        return Way(steps, kind, single, property=names[0], raw=len(names) > 1)
    raise missing(f"{'/'.join(names)}: nothing lives at this address")


def _decoded(path: str) -> str:
    try:
        text = unquote(path, errors="strict")
    except UnicodeDecodeError:
        raise malformed("the address is no UTF-8") from None
    if "\0" in text:
        raise malformed("the address has a NUL character")
    return text


def _split(text: str) -> list[tuple[str, str | None]]:
    segments, place = [], 0
    while place < len(text):
        found = _SEGMENT.match(text, place)
        if found is None or text[found.end() : found.end() + 1] not in {"", "/"}:
            raise malformed(f"{text[place : place + 40]!r}: want a name, or a name and an id like ('udara-01')")
        key = found[2]
        segments.append((found[1], None if key is None else text_of(key) if key.startswith("'") else key))
        place = found.end() + 1
    if not segments:
        raise missing("nothing lives at this address")
    return segments
