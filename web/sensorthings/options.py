"""The options of a question ($filter, $expand, ...), at the top and within $expand."""

import base64
import binascii
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from events.sensorthings import MODELS, Ask, Kind, Order
from web.sensorthings.expressions import condition_of, value_of
from web.sensorthings.refusals import malformed, not_here

USUAL_TOP: Final = 100
MOST_TOP: Final = 1_000
MOST_SKIP: Final = 1_000_000
DEEPEST_EXPAND: Final = 4
MOST_EXPANDED: Final = 12
MOST_ORDERS: Final = 8

_MOST_DIGITS: Final = 12

_OF_SETS: Final = frozenset({"$filter", "$orderby", "$top", "$skip", "$count", "$skiptoken"})
_OF_ALL: Final = frozenset({"$expand", "$select"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put.

    Attributes:
        ask: What it means.
        links: Links named by $select; None where all are told.
        options: As written, for the address of the next page.
        inside: Of each expanded link, likewise.
    """

    ask: Ask
    links: frozenset[str] | None
    options: Mapping[str, str]
    inside: Mapping[str, "Asked"] = field(default_factory=dict)


def asked(options: Iterable[tuple[str, str]], kind: Kind, *, single: bool, depth: int = 0) -> Asked:
    """Return what options mean.

    Args:
        options: Names and texts.
        kind: What is asked for.
        single: Whether it is one entity: then only $select and $expand mean something.
        depth: How many $expand stand around it.

    Raises:
        ProblemError: 400, or 501 where the standard knows what this server does not.
    """
    given = _given(options, _OF_ALL if single else _OF_ALL | _OF_SETS, depth)
    properties, links = _selected(given.get("$select"), kind)
    inside = _expanded(given["$expand"], kind, depth) if "$expand" in given else {}
    order = _order(given.get("$orderby"), kind)
    token = given.get("$skiptoken")
    ask = Ask(
        kind=kind,
        condition=condition_of(given["$filter"], kind) if "$filter" in given else None,
        order=order,
        top=min(_whole("$top", given["$top"]), MOST_TOP) if "$top" in given else USUAL_TOP,
        skip=_whole("$skip", given.get("$skip", "0")),
        after=None if token is None else keys_of(token),
        count=_truth("$count", given.get("$count", "false")),
        properties=properties,
        expand={name: one.ask for name, one in inside.items()},
    )
    if ask.skip > MOST_SKIP:
        raise malformed(f"$skip: at most {MOST_SKIP}; follow @iot.nextLink, which needs no counting")
    return Asked(ask, links, given, inside)


def _given(options: Iterable[tuple[str, str]], known: frozenset[str], depth: int) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, text in options:
        if name not in known:
            if name in _OF_SETS:
                raise malformed(f"{name}: there is one only, so this means nothing here")
            raise malformed(f"{name}: there is no such option here; known are: {', '.join(sorted(known))}")
        if name in given:
            raise malformed(f"{name}: write it once")
        if not text.strip():
            raise malformed(f"{name}: want a value; leave it out where there is none")
        _require_text(name, text)
        given[name] = text.strip()
    if depth and "$skiptoken" in given:
        raise malformed("$skiptoken: it stands in addresses of pages only")
    return given


def _require_text(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise malformed(f"{name}: want UTF-8") from None
    if "\0" in text:
        raise malformed(f"{name}: want text without NUL characters")


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise malformed(f"{name}: want a whole number from 0 on")
    return int(text)


def _truth(name: str, text: str) -> bool:
    if text not in {"true", "false"}:
        raise malformed(f"{name}: want true or false")
    return text == "true"


def _selected(text: str | None, kind: Kind) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    if text is None or text == "*":
        return None, None
    model = MODELS[kind]
    names = ["id" if part.strip() == "@iot.id" else part.strip() for part in text.split(",")]
    for name in names:
        if name not in model.properties and name not in model.links:
            known = ", ".join([*model.properties, *model.links])
            raise malformed(f"$select: {kind} have no {name}; known are: {known}")
    return frozenset(names) & model.properties.keys(), frozenset(names) & model.links.keys()


def _order(text: str | None, kind: Kind) -> tuple[Order, ...]:
    if text is None:
        return ()
    found = []
    for part in split(text, ","):
        words, last = part.strip(), part.strip().rpartition(" ")
        descending = False
        if last[0] and last[2].casefold() in {"asc", "desc"}:
            words, descending = last[0], last[2].casefold() == "desc"
        value = value_of(words, kind)
        if _leads_to_many(value, kind):
            raise malformed(f"$orderby: {words}: there may be several, so they give no order")
        found.append(Order(value, descending))
    if len(found) > MOST_ORDERS:
        raise malformed(f"$orderby: at most {MOST_ORDERS} keys")
    return tuple(found)


def _leads_to_many(value: object, kind: Kind) -> bool:
    links = getattr(value, "links", ())
    for name in links:
        link = MODELS[kind].links[name]
        if link.many:
            return True
        kind = link.target
    parts = [getattr(value, name, None) for name in ("left", "right", "condition")]
    parts += list(getattr(value, "arguments", ()))
    return any(part is not None and _leads_to_many(part, kind) for part in parts) if not links else False


def _expanded(text: str, kind: Kind, depth: int) -> dict[str, Asked]:
    if depth >= DEEPEST_EXPAND:
        raise malformed(f"$expand: at most {DEEPEST_EXPAND} within each other")
    found: dict[str, Asked] = {}
    parts = split(text, ",")
    if len(parts) > MOST_EXPANDED:
        raise malformed(f"$expand: at most {MOST_EXPANDED} links")
    for part in parts:
        name, options = _link(part.strip(), kind)
        link = MODELS[kind].links[name]
        one = asked(options, link.target, single=not link.many, depth=depth + 1)
        found[name] = _merged(name, found[name], one) if name in found else one
    return found


def _link(part: str, kind: Kind) -> tuple[str, list[tuple[str, str]]]:
    """Return a link and the options within it: `A(...)`, or `A/B(...)`, which is A with B expanded."""
    ends = [place for place in (part.find("("), part.find("/")) if place >= 0]
    name = part[: min(ends, default=len(part))].strip()
    rest = part[len(part[: min(ends, default=len(part))]) :]
    if name not in MODELS[kind].links:
        raise malformed(f"$expand: {kind} lead to no {name or part!r}; known are: {', '.join(MODELS[kind].links)}")
    if not rest:
        return name, []
    if rest.startswith("/"):
        return name, [("$expand", rest[1:])]
    if not rest.endswith(")"):
        raise malformed(f"$expand: {name}: want its options in parentheses, and nothing after them")
    options = []
    for option in split(rest[1:-1], ";"):
        key, sign, text = option.strip().partition("=")
        if not sign:
            raise malformed(f"$expand: {name}: want options like $top=1, split by semicolons")
        options.append((key.strip(), text))
    return name, options


def _merged(name: str, one: Asked, other: Asked) -> Asked:
    """Join two mentions of one link: `A/B,A/C`."""
    if one.options.keys() - {"$expand"} or other.options.keys() - {"$expand"}:
        raise malformed(f"$expand: {name}: write it once, with everything inside")
    inside = dict(one.inside)
    for link, found in other.inside.items():
        inside[link] = _merged(link, inside[link], found) if link in inside else found
    options = {"$expand": ",".join(text for text in (one.options.get("$expand"), other.options.get("$expand")) if text)}
    ask = replace(one.ask, expand={link: found.ask for link, found in inside.items()})
    return Asked(ask, one.links, options if options["$expand"] else {}, inside)


def split(text: str, by: str) -> list[str]:
    """Return the parts between a mark where it stands outside quotes and parentheses.

    Raises:
        ProblemError: these do not close.
    """
    parts, begin, depth, quoted = [], 0, 0, False
    for place, mark in enumerate(text):
        if mark == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif mark in "()":
            depth += 1 if mark == "(" else -1
            if depth < 0:
                break
        elif mark == by and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
    if depth or quoted:
        raise malformed(f"{text[:40]!r}: quotes or parentheses do not close")
    return [*parts, text[begin:]]


def token_of(keys: tuple[object, ...]) -> str:
    """Return keys of an entity as they stand in an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(keys)).decode().rstrip("=")


def keys_of(token: str) -> tuple[object, ...]:
    """Return the keys of which `token_of` made this.

    Raises:
        ProblemError: it did not.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        keys = msgspec.json.decode(raw, type=tuple[str | float | bool | None, ...])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise malformed("$skiptoken: want the one in @iot.nextLink of an earlier page, unchanged") from None
    whole = tuple(int(key) if isinstance(key, float) and key.is_integer() and abs(key) < 2**53 else key for key in keys)
    if any("\0" in key if isinstance(key, str) else key is not None and not math.isfinite(key) for key in whole):
        raise malformed("$skiptoken: want the one in @iot.nextLink of an earlier page, unchanged")
    return whole


def result_format(text: str | None, kind: Kind, question: Asked) -> bool:
    """Tell whether observations are wanted as rows of a table ($resultFormat=dataArray).

    Raises:
        ProblemError: another format is wanted, or of something else.
    """
    if text is None:
        return False
    if text != "dataArray":
        raise not_here(f"$resultFormat: this server knows dataArray, not {text}")
    if kind is not Kind.OBSERVATION:
        raise malformed("$resultFormat=dataArray is for sets of Observations")
    if question.inside:
        raise malformed("$resultFormat=dataArray has no room for $expand; ask for them one by one")
    return True
