"""Expressions split into words: literals as values, names, operators."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from events.sensorthings import Literal, Type
from web.sensorthings.refusals import malformed, not_here

LONGEST: Final = 8_000
"""Most characters of an expression."""

_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d)"

_WORD: Final = re.compile(
    rf"""(?P<space>[ \t]+)
    |(?P<typed>(?:duration|geography|geometry)'(?:[^']|'')*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<period>{_TIME}/{_TIME})
    |(?P<time>{_TIME})
    |(?P<date>\d{{4}}-\d\d-\d\d(?![\dT]))
    |(?P<clock>\d\d:\d\d(?::\d\d(?:\.\d{{1,6}})?)?)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d{{1,3}})?(?![\w.]))
    |(?P<name>@?[A-Za-z_][A-Za-z0-9_.]*)
    |(?P<mark>[(),/])""",
    re.VERBOSE | re.ASCII,
)

_DURATION: Final = re.compile(
    r"(?P<sign>-)?P(?:(?P<days>\d{1,7})D)?(?:T(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,7})M)?"
    r"(?:(?P<seconds>\d{1,7}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word.

    Attributes:
        kind: literal, name, mark or end.
        text: As written.
        at: Where it begins, from 1.
        literal: Its value, of literals.
    """

    kind: str
    text: str
    at: int
    literal: Literal | None = None


def words_of(text: str) -> list[Word]:
    """Return the words of an expression, the last of kind `end`.

    Raises:
        ProblemError: something in it is no word, or no value.
    """
    if len(text) > LONGEST:
        raise malformed(f"an expression has at most {LONGEST} characters")
    words, place = [], 0
    while place < len(text):
        found = _WORD.match(text, place)
        if found is None or found.lastgroup is None:
            raise malformed(f"at character {place + 1}: {text[place : place + 12]!r} is no part of an expression")
        kind, word = found.lastgroup, found[0]
        if kind in {"name", "mark"}:
            literal = _constant(word) if kind == "name" else None
            words.append(Word("literal" if literal else kind, word, place + 1, literal))
        elif kind != "space":
            words.append(Word("literal", word, place + 1, _literal(kind, word, place + 1)))
        place = found.end()
    words.append(Word("end", "the end", len(text) + 1))
    return words


def _constant(word: str) -> Literal | None:
    if word in {"true", "false"}:
        return Literal(word == "true", Type.TRUTH)
    return Literal(None, Type.NOTHING) if word == "null" else None


_READERS: Final[Mapping[str, Callable[[str], tuple[Any, Type]]]] = {
    "text": lambda word: (text_of(word), Type.TEXT),
    "number": lambda word: (_number(word), Type.NUMBER),
    "time": lambda word: (_moment(word), Type.TIME),
    "period": lambda word: (tuple(_moment(end) for end in word.split("/")), Type.PERIOD),
    "date": lambda word: (date.fromisoformat(word), Type.DATE),
    "clock": lambda word: (time.fromisoformat(word), Type.CLOCK),
    "typed": lambda word: (_duration(word), Type.DURATION),
}


def _literal(kind: str, word: str, at: int) -> Literal:
    try:
        value, type_ = _READERS[kind](word)
        return Literal(value, type_)
    except (ValueError, OverflowError):
        raise malformed(f"at character {at}: there is no {word}") from None


def _number(word: str) -> float:
    number = float(word)
    if number in {float("inf"), float("-inf")}:
        raise OverflowError
    return number


def _moment(word: str) -> datetime:
    # More digits than microseconds are cut off.
    cut = re.sub(r"(\.\d{6})\d+", r"\1", word)
    cut = re.sub(r"\.(\d{1,5})(?=[Z+-])", lambda found: "." + found[1].ljust(6, "0"), cut)
    return datetime.fromisoformat(cut).astimezone(UTC)


def _duration(word: str) -> timedelta:
    if not word.startswith("duration"):
        raise not_here("geometries: this server knows no questions about shapes; ask by the kecamatan in `properties`")
    found = _DURATION.fullmatch(word.removeprefix("duration")[1:-1])
    if found is None or word.rstrip("'")[-1] in {"P", "T"}:
        raise ValueError
    parts = {name: float(part) for name, part in found.groupdict().items() if part and name != "sign"}
    length = timedelta(**parts)
    return -length if found["sign"] else length


def text_of(quoted: str) -> str:
    """Return the text within quotes; a quote in it is written twice."""
    return quoted[1:-1].replace("''", "'")
