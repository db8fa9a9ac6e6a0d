"""YAML text as plain values, each with its place in the file. Knows nothing of what the file is about."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from configs.mistakes import Mistake, path_text
from configs.model import KeyPath
from configs.syntax import TOO_DEEP, explain_syntax

_MOST_VALUES = 100_000
"""Aliases of aliases can make a short text endless; no regency needs more than this."""

_DEEPEST = 40
"""Deepest nesting read; the site file itself needs ten."""

_TAG = "tag:yaml.org,2002:"


class Spot(NamedTuple):
    """A place in the text; line and column from 1."""

    line: int
    column: int


@dataclass(slots=True, kw_only=True)
class Document:
    """What a YAML file holds.

    Attributes:
        file: The file.
        value: Plain values: dict, list, str, int, float, bool, None.
        spots: Where each value stands; a mapping or list under a key stands where its key does.
        keys: Where each key stands.
        texts: Each single value as it was written, without its quotes.
        mistakes: What is wrong with the YAML itself.
    """

    file: Path
    value: object = None
    spots: dict[KeyPath, Spot] = field(default_factory=dict)
    keys: dict[KeyPath, Spot] = field(default_factory=dict)
    texts: dict[KeyPath, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def mistake(
        self, path: KeyPath, problem: str, remedy: str, *, at_key: bool = False, warning: bool = False
    ) -> Mistake:
        """Return a mistake at a path; where the path itself is not in the file, at the nearest place above it."""
        spot = self.keys.get(path) if at_key else self.spots.get(path)
        above = (self.spots[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.spots)
        return self.mistake_at(spot or next(above, None), path, problem, remedy, warning=warning)

    def mistake_at(
        self, spot: Spot | None, path: KeyPath, problem: str, remedy: str, *, warning: bool = False
    ) -> Mistake:
        """Return a mistake at a place of its own; None means the file as a whole."""
        return Mistake(
            file=self.file,
            line=spot.line if spot else None,
            column=spot.column if spot else None,
            path=path_text(path),
            problem=problem,
            remedy=remedy,
            warning=warning,
        )


def read_document(file: Path) -> Document:
    """Read a YAML 1.2 file. Never raises for what is in it: mistakes are in the result.

    Of a file that cannot be read as YAML at all, `value` is None and `mistakes` says why.
    """
    document = Document(file=file)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        document.mistakes.append(
            document.mistake_at(Spot(line, 1), (), "the text is not UTF-8", "save the file as UTF-8 in your editor")
        )
        return document
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a path"
        document.mistakes.append(
            document.mistake_at(None, (), f"the file cannot be read ({reason})", "name a file that is there")
        )
        return document
    node = _compose(text, document)
    if node is not None:
        _Builder(document).build_root(node)
    return document


def _compose(text: str, document: Document) -> Node | None:
    """Return the node tree; without one, the document says why."""
    spot, problem, remedy = Spot(1, 1), "the file is empty", "start from configs/pantau.yaml"
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = _DEEPEST
    try:
        # An anchor used twice is no mistake (the last one counts), and the warning would repeat text of the file.
        with warnings.catch_warnings(action="ignore", category=ReusedAnchorWarning):
            node: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        problem, remedy, mark = explain_syntax(error)
        spot = Spot(mark.line + 1, mark.column + 1) if mark is not None else spot
    except ReaderError as error:
        above = text[: error.position]
        spot = Spot(above.count("\n") + 1, len(above) - above.rfind("\n"))
        problem, remedy = "a control character stands here, which YAML does not allow", "take it out"
    except YAMLError:
        problem, remedy = "this is not YAML", "write key: value, indented with spaces, as in configs/pantau.yaml"
    else:
        if node is not None:
            return node
    document.mistakes.append(document.mistake_at(spot, (), problem, remedy))
    return None


class _Builder:
    """Turns nodes into plain values and notes where they stand."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = _MOST_VALUES

    def build_root(self, node: Node) -> None:
        """Fill in the document."""
        self._document.spots[()] = _spot(node)
        value = self._build(node, (), frozenset())
        # Half a file would only bring mistakes that are none.
        self._document.value = value if self._left >= 0 else None

    def _build(self, node: Node, path: KeyPath, inside: frozenset[int]) -> object:
        self._left -= 1
        if self._left < 0:
            # Told once, by the value that is one too many.
            if self._left == -1:
                self._complain(node, path, "the file is too large", "check the aliases (*): they repeat whole sections")
            return None
        if id(node) in inside:
            self._complain(node, path, "a section contains itself", "take out the alias (*) that leads back")
            return None
        if len(inside) >= _DEEPEST:
            self._complain(node, path, *TOO_DEEP)
            return None
        made: object = _UNREADABLE
        if isinstance(node, MappingNode) and node.tag == f"{_TAG}map":
            made = self._mapping(node, path, inside | {id(node)})
        elif isinstance(node, SequenceNode) and node.tag == f"{_TAG}seq":
            made = self._sequence(node, path, inside | {id(node)})
        elif isinstance(node, ScalarNode):
            self._document.texts[path] = str(node.value)
            made = _scalar(node)
        if made is _UNREADABLE:
            self._complain(
                node, path, "this value carries a tag (!) or a form that is not used here", "put the value in quotes"
            )
            return None
        return made

    def _sequence(self, node: SequenceNode, path: KeyPath, inside: frozenset[int]) -> list[object]:
        made = []
        for position, item in enumerate(node.value):
            self._document.spots[*path, position] = _spot(item)
            made.append(self._build(item, (*path, position), inside))
        return made

    def _mapping(self, node: MappingNode, path: KeyPath, inside: frozenset[int]) -> dict[str, object]:
        made: dict[str, object] = {}
        for key, value, merged in self._pairs(node, path, inside):
            if key.value in made:
                if not merged:
                    self._repeated(key, path)
                continue
            name = str(key.value)
            below = (*path, name)
            self._document.keys[below] = _spot(key)
            self._document.spots[below] = _spot(value if isinstance(value, ScalarNode) else key)
            made[name] = self._build(value, below, inside)
        return made

    def _pairs(
        self, node: MappingNode, path: KeyPath, inside: frozenset[int]
    ) -> Iterator[tuple[ScalarNode, Node, bool]]:
        """Yield keys with values, merged ones (`<<`) last so that a section's own keys win."""
        merges: list[Node] = []
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                merges += value.value if isinstance(value, SequenceNode) else [value]
            elif isinstance(key, ScalarNode):
                yield key, value, False
            else:
                self._complain(key, path, "a key must be a single word", "write key: value")
        for merge in merges:
            if not isinstance(merge, MappingNode) or id(merge) in inside or len(inside) >= _DEEPEST:
                self._complain(merge, path, "<< merges something that is no section", "write <<: *name of a section")
                continue
            for key, value, _ in self._pairs(merge, path, inside | {id(merge)}):
                yield key, value, True

    def _repeated(self, key: ScalarNode, path: KeyPath) -> None:
        first = self._document.keys[*path, str(key.value)]
        self._complain(
            key,
            (*path, str(key.value)),
            f"this key already stands in line {first.line}",
            "keep one of the two",
        )

    def _complain(self, node: Node, path: KeyPath, problem: str, remedy: str) -> None:
        self._document.mistakes.append(self._document.mistake_at(_spot(node), path, problem, remedy))


def _spot(node: Node) -> Spot:
    return Spot(node.start_mark.line + 1, node.start_mark.column + 1)


class _Unreadable:
    """A scalar whose tag promises what its text does not keep."""


_UNREADABLE = _Unreadable()


def _scalar(node: ScalarNode) -> object:
    """Return the value of a scalar by the core schema of YAML 1.2 (10.3); dates stay text."""
    text = str(node.value)
    match str(node.tag).removeprefix(_TAG):
        case "str" | "timestamp" | "merge" | "value":
            return text
        case "null":
            return None
        case "bool":
            return text.lower() in {"true", "yes", "on", "y"}
        case "int" | "float" as kind:
            return _number(text.replace("_", ""), whole=kind == "int")
        case _:
            return _UNREADABLE


def _number(text: str, *, whole: bool) -> object:
    special = text.lower().removeprefix("+").replace(".inf", "inf").replace(".nan", "nan")
    try:
        if whole:
            return int(text, 0 if text.lower().lstrip("+-").startswith(("0x", "0o", "0b")) else 10)
        return float(special)
    except ValueError:
        return _UNREADABLE
