"""What pydantic's errors mean for the person who wrote the site file."""

import re
from collections.abc import Callable, Iterable, Mapping

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined
from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from configs.document import Document
from configs.mistakes import Mistake, key_text
from configs.model import MISTAKEN, KeyPath, nearest, quoted
from configs.shape import (
    DISCRIMINATOR,
    Shape,
    field_of,
    holds_secret,
    kinds_of,
    place_of,
    sections_of,
)
from events.ids import SLUG_PATTERN, is_slug

_SLUG_IN_WORDS = "lower-case letters, digits, - and _, beginning with a letter or digit"
_BOUNDS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}


def explain(
    document: Document, value: object, top: KeyPath, shape: Shape, error: ErrorDetails
) -> tuple[KeyPath, Mistake | None]:
    """Return where an error of pydantic is, and in plain words what; None for one that only follows from others.

    Args:
        document: The file.
        value: The part of it that was validated.
        top: Path of the part in the document.
        shape: What was expected of the part.
        error: One entry of `ValidationError.errors()`.
    """
    inner, expected, above = place_of(shape, value, error["loc"])
    path = (*top, *inner)
    key = str(inner[-1]) if inner else ""
    if error["type"] == "union_tag_invalid":
        path = (*path, DISCRIMINATOR)
    if error["loc"] and error["loc"][-1] == "[key]":
        problem, remedy = "this name cannot be an identifier", f"write {_SLUG_IN_WORDS}"
        if error["type"] == MISTAKEN:
            problem, remedy = str(error["ctx"]["problem"]), str(error["ctx"]["remedy"])
        return path, document.mistake(path, problem, remedy, at_key=True)
    found = _Found(document, path, key, field=field_of(above, key), expected=expected)
    match error["type"]:
        case "extra_forbidden":
            problem, remedy = found.unknown_key(above)
            return path, document.mistake(path, problem, remedy, at_key=True)
        case "too_short" if _length(found.value_in(value, inner)) >= error.get("ctx", {}).get("min_length", 0):
            # Pydantic counts only the entries that were right.
            return path, None
        case _:
            problem, remedy = found.explain(error)
            return path, document.mistake(path, problem, remedy)


class _Found:
    """One value of the file against what was expected of it."""

    def __init__(
        self, document: Document, path: KeyPath, key: str, *, field: FieldInfo | None, expected: Shape
    ) -> None:
        self._written = document.texts.get(path)
        self._key = key
        self._field = field
        self._expected = expected
        self._secret = holds_secret(expected)

    @staticmethod
    def value_in(value: object, path: KeyPath) -> object:
        for part in path:
            if isinstance(value, Mapping) or (isinstance(value, list) and isinstance(part, int)):
                value = value[part]  # type: ignore[index] # a list is indexed by int, a mapping by its keys
        return value

    @property
    def _shown(self) -> str:
        if self._secret or self._written is None:
            return "this value"
        return quoted(self._written) if self._written else "an empty value"

    @property
    def _about(self) -> str:
        return f" ({self._field.description.rstrip('.')})" if self._field and self._field.description else ""

    def _as_in(self, otherwise: str) -> str:
        """Return `such as key: VALUE`, from the field's example or default."""
        example = _example(self._field)
        return f"write {otherwise}{f', such as {self._key}: {example}' if example else ''}{self._about}"

    def unknown_key(self, above: Shape) -> tuple[str, str]:
        """Return problem and remedy of a key that no section here has."""
        known = sorted({name for section in sections_of(above) for name in section.model_fields})
        near = nearest(self._key, known)
        remedy = f'write "{near}" if that is meant' if near else "take it out"
        return f'the key "{key_text(self._key)}" is not known here', f"{remedy}; known are {_listed(known)}"

    def explain(self, error: ErrorDetails) -> tuple[str, str]:
        """Return problem and remedy of a value that is missing or wrong."""
        limits: Mapping[str, object] = error.get("ctx", {})
        kind = error["type"]
        if kind == MISTAKEN:
            return str(limits["problem"]), str(limits["remedy"])
        explanations: Mapping[str, Callable[[], tuple[str, str]]] = {
            "missing": self._missing,
            "greater_than": lambda: self._out_of_range(limits),
            "greater_than_equal": lambda: self._out_of_range(limits),
            "less_than": lambda: self._out_of_range(limits),
            "less_than_equal": lambda: self._out_of_range(limits),
            "literal_error": lambda: self._not_a_choice(limits),
            "union_tag_invalid": self._no_such_kind,
            "union_tag_not_found": self._no_such_kind,
            "string_pattern_mismatch": lambda: self._wrong_form(limits.get("pattern")),
            "string_too_short": self._empty,
            "too_short": lambda: self._wrong_length(limits),
            "too_long": lambda: self._wrong_length(limits),
        }
        return explanations.get(kind, lambda: self._wrong_type(kind, error["msg"]))()

    def _missing(self) -> tuple[str, str]:
        if not self._key or self._key.isdecimal():
            return "an entry is missing", "write every entry, such as both x and y of a corner"
        example = _example(self._field)
        return f'the key "{self._key}" is missing', f"write {self._key}: {example or 'VALUE'}{self._about}"

    def _out_of_range(self, limits: Mapping[str, object]) -> tuple[str, str]:
        bound = next(
            (f"{words} {limits[name]:g}" for name, words in _BOUNDS.items() if name in limits), "another value"
        )
        if self._key.isdecimal():
            return (
                f"{self._shown} is no share of the picture",
                "write corners as shares of width and height, 0 to 1, not as pixels",
            )
        return f"{self._shown} is out of range", self._as_in(bound)

    def _not_a_choice(self, limits: Mapping[str, object]) -> tuple[str, str]:
        choices = [part.strip("' ") for part in str(limits.get("expected", "")).replace(" or ", ", ").split(",")]
        near = nearest(self._written or "", choices)
        meant = f'"{near}" if that is meant; ' if near else ""
        return f"{self._shown} is not one of the choices", f"write {meant}possible are {_listed(choices)}"

    def _no_such_kind(self) -> tuple[str, str]:
        kinds = [kind for section in sections_of(self._expected) for kind in kinds_of(section)]
        near = nearest(self._written or "", kinds)
        meant = f"{near}, if that is meant; possible are " if near else ""
        return f"the {DISCRIMINATOR} of this entry is missing or unknown", (
            f"write {DISCRIMINATOR}: {meant}{_listed(kinds, last='or')}"
        )

    def _wrong_form(self, pattern: object) -> tuple[str, str]:
        if pattern == SLUG_PATTERN:
            meant = re.sub(r"[^a-z0-9_-]+", "-", (self._written or "").lower()).strip("-_")
            such = f", such as {self._key}: {meant}" if is_slug(meant) and "://" not in (self._written or "") else ""
            return f"{self._shown} cannot be an identifier", f"write {_SLUG_IN_WORDS}{such}"
        return f"{self._shown} does not have the right form", self._as_in("it in the right form")

    def _empty(self) -> tuple[str, str]:
        return "nothing is written here", self._as_in("something")

    def _wrong_length(self, limits: Mapping[str, object]) -> tuple[str, str]:
        if "max_length" in limits:
            return "the list has too many entries", f"write at most {limits['max_length']}{self._about}"
        return "the list has too few entries", f"write at least {limits.get('min_length')}{self._about}"

    def _wrong_type(self, kind: str, message: str) -> tuple[str, str]:
        if kind.startswith(("model", "dict")):
            keys = [name for section in sections_of(self._expected)[:1] for name in section.model_fields]
            known = f": {_listed(keys)}" if keys else ""
            return "a section with keys of its own belongs here", f"write its keys indented below it{known}"
        if kind.startswith(("tuple", "list")):
            return "a list belongs here", 'write each entry on a line of its own that begins with "- "'
        return self._wrong_scalar(kind, message)

    def _wrong_scalar(self, kind: str, message: str) -> tuple[str, str]:
        if self._written is None:
            return "a single value belongs here", self._as_in("one value")
        if not self._written:
            return self._empty()
        if kind.startswith(("string", "path")) and self._has_pattern():
            return f"{self._shown} is not read as text", self._as_in("it in the right form and in quotes")
        if kind.startswith(("string", "path")):
            return f"{self._shown} is not read as text", f"put it in quotes: {self._key}: {quoted(self._written)}"
        wanted = next((words for part, words in _WANTED.items() if kind.startswith(part)), None)
        if wanted is None:
            return f"{self._shown} does not fit: {message}", self._as_in("it as described")
        return f"{self._shown} is not {wanted}", self._as_in(wanted)

    def _has_pattern(self) -> bool:
        return self._field is not None and any(getattr(rule, "pattern", None) for rule in self._field.metadata)


_WANTED = {"int": "a whole number", "float": "a number", "finite": "a number", "bool": "true or false"}
"""What the error types of pydantic that begin so ask for."""


def _length(value: object) -> int:
    return len(value) if isinstance(value, list | dict) else 0


def _listed(names: Iterable[str], *, last: str = "and") -> str:
    *most, final = [*names] or ["none"]
    return f"{', '.join(most)} {last} {final}" if most else final


def _example(field: FieldInfo | None) -> str | None:
    """Return an example of a field as YAML on one line: its own, or its default."""
    if field is None:
        return None
    if field.examples:
        return _yaml(field.examples[0])
    if field.default is PydanticUndefined or field.default is None or not isinstance(field.default, str | int | float):
        return None
    return _yaml(field.default)


def _yaml(value: object) -> str:
    if isinstance(value, str | int | float | bool):
        return str(value).lower() if isinstance(value, bool) else str(value)
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width = True, 10_000
    stream = StringIO()
    yaml.dump(value, stream)
    return str(stream.getvalue()).strip()
