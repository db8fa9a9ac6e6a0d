"""A site file changed in place: one camera's keys, or cameras added; everything else stays as it was written."""

import io
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from configs.environment import EveryNameSet
from configs.load import find_mistakes
from configs.mistakes import Mistake
from events.errors import ConfigError

_WIDEST = 4096
"""Never break a line: a polygon is easier read, and compared, on one."""


class SiteText:
    """The text of a site file, and where its cameras stand in it.

    A camera is changed by reading its own lines alone with comments and all, and putting them back: what stands
    outside those lines is not even touched.
    """

    def __init__(self, file: Path) -> None:
        """Read the file.

        Raises:
            ConfigError: it cannot be read, or is no YAML.
        """
        self.file = file
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                text = stream.read()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise ConfigError(f"{file}: cannot be read: {reason}") from error
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self.text = text.replace("\r\n", "\n")
        self._root()

    @property
    def camera_ids(self) -> list[str]:
        """Ids of the cameras, in order."""
        return [_scalar(entry, "id") or "" for entry in self._cameras()]

    def camera(self, camera_id: str) -> dict[str, Any]:
        """Return a camera's section as plain values, as written.

        Raises:
            ConfigError: there is no such camera, or it cannot be read alone.
        """
        return _plain(self._section(self._entry(camera_id))[0])  # type: ignore[no-any-return] # a section is a mapping

    def change_camera(self, camera_id: str, values: Mapping[str, object]) -> None:
        """Set keys of a camera; a value of None takes the key out. Comments beside what stays are kept.

        Raises:
            ConfigError: there is no such camera, or it cannot be read alone.
        """
        entry = self._entry(camera_id)
        section, yaml = self._section(entry)
        for key, value in values.items():
            if value is None:
                section.pop(key, None)
            else:
                _merge(section, key, value)
        first, column, last = self._place(entry)
        made = _dumped(yaml, section).splitlines()
        lines = self.text.splitlines()
        indented = [made[0], *(" " * column + line if line else "" for line in made[1:])]
        lines[first : last + 1] = [lines[first][:column] + indented[0], *indented[1:]]
        self.text = "\n".join(lines) + "\n"

    def add_cameras(self, sections: Sequence[Mapping[str, object]]) -> None:
        """Add cameras behind those that are there."""
        if not sections:
            return
        lines = self.text.splitlines()
        cameras = self._cameras()
        if cameras:
            first, column, last = self._place(cameras[-1])
            dash = max(lines[first].rfind("-", 0, column), 0)
            lines[last + 1 : last + 1] = entry_lines(sections, dash=dash, step=max(column - dash, 2))
        else:
            at = self._empty_list_line(lines)
            lines[at : at + 1] = ["cameras:", *entry_lines(sections, dash=2, step=2)]
        self.text = "\n".join(lines) + "\n"

    def new_mistakes(self) -> list[Mistake]:
        """Return the mistakes that the changed text has and the file has not; warnings are none.

        Variables of the environment count as set: they are set where Pantau runs.
        """
        before = {(m.path, m.problem) for m in find_mistakes(self.file, EveryNameSet(os.environ))}
        part = self._written_beside()
        try:
            after = find_mistakes(part, EveryNameSet(os.environ))
        finally:
            part.unlink()
        return [m for m in after if not m.warning and (m.path, m.problem) not in before]

    def save(self) -> None:
        """Put the changed text in the file's place, at once and with its rights.

        Raises:
            ConfigError: the text has mistakes that the file had not, or cannot be written.
        """
        mistakes = self.new_mistakes()
        if mistakes:
            told = "\n".join(f"  {m.path}: {m.problem}; {m.remedy}" for m in mistakes)
            raise ConfigError(f"{self.file} was not changed, because it would have mistakes:\n{told}")
        part = self._written_beside()
        try:
            part.chmod(stat.S_IMODE(self.file.stat().st_mode))
            part.replace(self.file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise ConfigError(f"{self.file}: cannot be written: {error.strerror}") from error

    def _written_beside(self) -> Path:
        """Write the text into the file's folder, where relative paths mean the same."""
        part = self.file.with_name(f".{self.file.name}.{os.getpid()}.part")
        try:
            part.write_text(self.text, encoding="utf-8", newline=self._newline)
        except OSError as error:
            raise ConfigError(f"{self.file.parent}: cannot be written to: {error.strerror}") from error
        return part

    def _root(self) -> MappingNode:
        try:
            root: Node | None = YAML(typ="rt", pure=True).compose(self.text)
        except YAMLError as error:
            raise ConfigError(f"{self.file}: this is not YAML; run `pantau check-config` for the place") from error
        if not isinstance(root, MappingNode):
            raise ConfigError(f"{self.file}: this is not a site file; start from configs/pantau.yaml")
        return root

    def _cameras(self) -> list[MappingNode]:
        listed = _value(self._root(), "cameras")
        if not isinstance(listed, SequenceNode):
            return []
        return [entry for entry in listed.value if isinstance(entry, MappingNode)]

    def _entry(self, camera_id: str) -> MappingNode:
        for entry in self._cameras():
            if _scalar(entry, "id") == camera_id:
                return entry
        known = ", ".join(self.camera_ids) or "none"
        raise ConfigError(f"{self.file}: no camera is called {camera_id}; there are: {known}")

    def _section(self, entry: MappingNode) -> tuple[CommentedMap, YAML]:
        first, column, last = self._place(entry)
        lines = self.text.splitlines()[first : last + 1]
        alone = "\n".join([lines[0][column:], *(line[min(column, _indent(line)) :] for line in lines[1:])]) + "\n"
        yaml = _round_trip(_sequence_offset(alone))
        try:
            section = yaml.load(alone)
        except YAMLError as error:
            raise ConfigError(
                f"{self.file}: this camera's section refers to other parts of the file (* or <<), so it cannot be"
                " changed by itself; copy the YAML and put it in by hand"
            ) from error
        if not isinstance(section, CommentedMap):
            raise ConfigError(f"{self.file}: this camera's section cannot be changed by itself; change it by hand")
        return section, yaml

    def _place(self, entry: MappingNode) -> tuple[int, int, int]:
        """Return first line, column and last line of a camera: comments indented like its keys belong to it."""
        column, last = entry.start_mark.column, _last_line(entry)
        lines = self.text.splitlines()
        while last + 1 < len(lines) and lines[last + 1].lstrip().startswith("#") and _indent(lines[last + 1]) >= column:
            last += 1
        return entry.start_mark.line, column, last

    def _empty_list_line(self, lines: list[str]) -> int:
        """Return the line of an empty `cameras:`; a new one at the end where there is none."""
        for key, value in self._root().value:
            if key.value == "cameras":
                if value.start_mark.line != value.end_mark.line:
                    raise ConfigError(f"{self.file}: the list of cameras is not one; correct it first")
                return int(key.start_mark.line)
        lines += ["", ""]
        return len(lines) - 1


def entry_lines(sections: Sequence[Mapping[str, object]], *, dash: int = 2, step: int = 2) -> list[str]:
    """Return cameras as entries of a YAML list.

    Args:
        sections: Their keys and values.
        dash: Column of the dashes.
        step: Columns from a dash to its keys.
    """
    lines: list[str] = []
    for section in sections:
        made = CommentedMap()
        for key, value in section.items():
            _merge(made, key, value)
        first, *others = _dumped(_round_trip(2), made).splitlines()
        lines.append(" " * dash + "-" + " " * (step - 1) + first)
        lines += [" " * (dash + step) + line for line in others]
    return lines


def section_text(section: Mapping[str, object]) -> str:
    """Return keys and values as YAML."""
    made = CommentedMap()
    for key, value in section.items():
        _merge(made, key, value)
    return _dumped(_round_trip(2), made) if made else ""


def _round_trip(offset: int) -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = _WIDEST
    yaml.indent(mapping=2, sequence=2 + offset, offset=offset)
    return yaml


def _dumped(yaml: YAML, section: CommentedMap) -> str:
    out = io.StringIO()
    yaml.dump(section, out)
    return out.getvalue().rstrip("\n")


def _sequence_offset(text: str) -> int:
    """Return how far the dashes of lists stand in from their key: 2 in most files, 0 in some."""
    above = 0
    for line in text.splitlines():
        bare = line.lstrip()
        if bare.startswith("- "):
            return 2 if _indent(line) > above else 0
        if bare and not bare.startswith("#"):
            above = _indent(line)
    return 2


def _merge(section: CommentedMap, key: str, value: object) -> None:
    """Set a key so that whatever is equal or has the same id stays as it was written, comments included."""
    old = section.get(key)
    if key in section and _plain(old) == value:
        return
    if isinstance(old, CommentedMap) and isinstance(value, Mapping):
        for gone in [name for name in old if name not in value]:
            del old[gone]
        for name, inner in value.items():
            _merge(old, name, inner)
    elif isinstance(old, CommentedSeq) and _by_id(_plain(old)) and _by_id(value):
        _merge_list(old, {str(entry["id"]): entry for entry in value})  # type: ignore[attr-defined] # _by_id says so
    else:
        section[key] = _styled(value, key)


def _merge_list(old: CommentedSeq, wanted: Mapping[str, Mapping[str, object]]) -> None:
    for position in range(len(old) - 1, -1, -1):
        if old[position]["id"] not in wanted:
            del old[position]
    present = {entry["id"]: entry for entry in old}
    for identifier, entry in wanted.items():
        if identifier not in present:
            old.append(_styled(entry, "zones"))
            continue
        section = present[identifier]
        for gone in [name for name in section if name not in entry]:
            del section[gone]
        for name, inner in entry.items():
            _merge(section, name, inner)


def _by_id(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and "id" in one for one in value)


_FLOW_KEYS = frozenset({"polygon", "mask", "at", "metres", "head", "feet"})


def _styled(value: object, key: str) -> object:
    """Return a value as people write it: points and a detector's settings on one line."""
    if isinstance(value, Mapping):
        made = CommentedMap()
        for name, inner in value.items():
            made[name] = _styled(inner, name)
        short = all(not isinstance(inner, Mapping | list) or name in _FLOW_KEYS for name, inner in value.items())
        if short and key != "zones":
            made.fa.set_flow_style()
        return made
    if isinstance(value, list | tuple):
        listed = CommentedSeq([_styled(inner, key) for inner in value])
        if key in _FLOW_KEYS or not any(isinstance(inner, Mapping) for inner in value):
            listed.fa.set_flow_style()
        return listed
    return value


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)


def _value(node: MappingNode, key: str) -> Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _scalar(node: MappingNode, key: str) -> str | None:
    found = _value(node, key)
    return str(found.value) if isinstance(found, ScalarNode) else None


def _last_line(node: Node) -> int:
    if isinstance(node, ScalarNode) or getattr(node, "flow_style", False) or not node.value:
        mark = node.end_mark
        # A block of text ends where the next line begins.
        return int(mark.line - 1 if mark.column == 0 and mark.line > node.start_mark.line else mark.line)
    inner = [value for pair in node.value for value in pair] if isinstance(node, MappingNode) else node.value
    return max(_last_line(one) for one in inner)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
