"""The way into the site file: read, resolve, check, and tell every mistake at once."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field, ValidationError

from configs.cameras import Camera, Zone
from configs.detection import AbandonedObject, Crowding, Detect
from configs.document import Document, read_document
from configs.environment import EveryNameSet
from configs.explain import explain
from configs.mistakes import Mistake, in_order
from configs.model import Contradiction, KeyPath, Loading, Section, quoted
from configs.references import reference_contradictions
from configs.resolve import resolve
from configs.rules import AnyRule, Rule
from configs.shape import Shape, below, sections_of
from configs.site import SiteFile
from events.errors import ConfigError

S = TypeVar("S", bound=Section)

DEFAULT_CROWD_PEOPLE = 14
"""Without a measured ground area a crowd is a count, never people per square metre. Fourteen, held for 3 s, found
the one crowd among 26 development clips and raised none elsewhere; those clips also chose the number."""

DEFAULT_CROWD_HOLD_S = 5.0
DEFAULT_OBJECT_AFTER_S = 8.0
"""Holds of the default camera. It looks at recordings, often of a minute: with the 30 s that suit a camera on a
street it would end before it could say anything."""


def load_site(path: Path, environ: Mapping[str, str] = os.environ) -> SiteFile:
    """Read a site file.

    Relative paths in it start at its own folder; `${NAME}`, `${NAME:-default}` and `file:` references are resolved.

    Args:
        path: The YAML file.
        environ: Variables that `${NAME}` may name.

    Raises:
        ConfigError: every mistake in the file, each with its line and what to write instead.
    """
    site, mistakes = _read_site(path, environ)
    return _accepted(path, site, mistakes)


def find_mistakes(path: Path, environ: Mapping[str, str] = os.environ) -> list[Mistake]:
    """Return every mistake in a site file in the order of its lines, warnings among them; none for a good file."""
    return _read_site(path, environ)[1]


def load_camera(path: Path, environ: Mapping[str, str] = os.environ) -> Camera:
    """Read the camera section that recordings are analysed by.

    The file holds the camera's keys themselves, or `cameras:` with exactly one camera, such as a site file. Recordings
    need no address: `url`, `detect_url` and `live_url` are passed over, and `id`, `name` and `site` may be missing.

    Args:
        path: The YAML file.
        environ: Variables that `${NAME}` may name.

    Raises:
        ConfigError: every mistake in the section, each with its line and what to write instead.
    """
    document = read_document(path)
    part = _camera_in(document)
    if not isinstance(part.value, dict):
        return _accepted(path, None, document.mistakes)
    given = {key: value for key, value in part.value.items() if key not in _ADDRESSES}
    document.texts.pop((*part.top, "url"), None)
    identifier = given.get("id") or "camera"
    filled = {
        "id": identifier,
        "name": str(identifier),
        "site": "recording",
        **{key: value for key, value in given.items() if value is not None},
        "url": _NO_STREAM,
    }
    camera, mistakes = _validated(Camera, _Part(document, filled, part.top), environ)
    return _accepted(path, camera, mistakes)


def load_site_camera(path: Path, camera_id: str, environ: Mapping[str, str] = os.environ) -> Camera:
    """Read one camera of a site file with its address; mistakes elsewhere in the file do not matter.

    Args:
        path: The site file.
        camera_id: Which camera.
        environ: Variables that `${NAME}` may name.

    Raises:
        ConfigError: there is no such camera, or every mistake in its section.
    """
    document = read_document(path)
    part = _named_camera_in(document, camera_id)
    if part.value is None:
        return _accepted(path, None, document.mistakes)
    camera, mistakes = _validated(Camera, part, environ)
    return _accepted(path, camera, [mistake for mistake in mistakes if mistake not in document.mistakes])


class _Rules(Section):
    """The part of a site file that says when data becomes an alarm."""

    rules: Annotated[tuple[Rule, ...], Field(description="Rules.")] = ()


def load_rules(path: Path, site: SiteFile, environ: Mapping[str, str] = os.environ) -> SiteFile:
    """Return a site as it would be with the rules of another file, which may be a whole site file or only `rules:`.

    Args:
        path: The YAML file.
        site: The site; its cameras and sensors stay.
        environ: Variables that `${NAME}` may name.

    Raises:
        ConfigError: every mistake in the rules, each with its line and what to write instead.
    """
    document = read_document(path)
    rules = document.value.get("rules") if isinstance(document.value, dict) else None
    if rules is None and not document.mistakes:
        document.mistakes.append(
            document.mistake((), "no rules stand here", "write rules: and a list of rules, as in a site file")
        )
    found, mistakes = _validated(_Rules, _Part(document, {"rules": rules or []}, ()), environ)
    known = {camera.id for camera in site.cameras} | {sensor.id for sensor in site.sensors}
    for position, rule in enumerate(found.rules if found is not None else ()):
        mistakes += [
            document.mistake(
                ("rules", position, "sources", number),
                f"{quoted(source)} is in no site file",
                "name a camera or sensor",
            )
            for number, source in enumerate(rule.sources or ())
            if source not in known
        ]
    return site.model_copy(update={"rules": _accepted(path, found, mistakes).rules})


def judge_rules(
    definitions: Sequence[Mapping[str, object]], site: SiteFile
) -> tuple[tuple[AnyRule, ...] | None, list[Mistake]]:
    """Judge rules that came from no file, as those of a site file are judged: all mistakes at once.

    Args:
        definitions: The rules, plain values; `${NAME}` in them names nothing.
        site: What they may speak of.

    Returns:
        The rules, None where one is none; and every mistake, warnings among them. Paths start at `rules[0]`.
    """
    value = {"rules": [dict(one) for one in definitions]}
    document = Document(file=Path("rules"), texts=dict(_texts(value, ())))
    made, mistakes = _validated(_Rules, _Part(document, value, ()), {})
    surroundings = {
        key: [one.model_dump() for one in getattr(site, key)] for key in ("offices", "sites", "cameras", "sensors")
    }
    mistakes += [
        document.mistake(one.path, one.problem, one.remedy, warning=one.warning)
        for one in reference_contradictions({**surroundings, **value})
        if one.path[:1] == ("rules",)
    ]
    return None if made is None else made.rules, in_order(mistakes)


def find_camera_mistakes(path: Path, section: Mapping[str, object]) -> list[Mistake]:
    """Return every mistake in what a camera's section is about to become; its address may be missing.

    Variables of the environment count as set.

    Args:
        path: The file it is meant for; relative paths start at its folder.
        section: Plain values, as YAML would give them. Paths of mistakes start here: `zones[0].polygon`.
    """
    filled = {"id": "camera", "name": "camera", "site": "site", **section, "url": _NO_STREAM}
    for key in _ADDRESSES - {"url"}:
        filled.pop(key, None)
    document = Document(file=path, texts=dict(_texts(filled, ())))
    return _validated(Camera, _Part(document, filled, ()), EveryNameSet({}))[1]


def _texts(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield single values as they would stand in a file."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _texts(entry, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for position, entry in enumerate(value):
            yield from _texts(entry, (*path, position))
    else:
        yield path, str(value)


def default_camera(camera_id: str) -> Camera:
    """Return a camera for recordings nobody described: its health, crowds and things left behind, in the whole picture.

    Waste needs a zone where it may lie, water one that it may take, so neither is looked for.

    Args:
        camera_id: Its id, as in `events.ids.SLUG_PATTERN`.
    """
    everything = Detect(
        crowding=Crowding(count=DEFAULT_CROWD_PEOPLE, hold_s=DEFAULT_CROWD_HOLD_S),
        abandoned_object=AbandonedObject(after_s=DEFAULT_OBJECT_AFTER_S),
    )
    return Camera.model_validate(
        {
            "id": camera_id,
            "name": camera_id,
            "site": "recording",
            "url": _NO_STREAM,
            "zones": [Zone(id="all", detect=everything)],
        }
    )


_ADDRESSES = frozenset({"url", "detect_url", "live_url"})
_NO_STREAM = "rtsp://recording.invalid/"
"""Stands where a camera must have an address and nobody will call it (`.invalid`: RFC 2606)."""


class _Part(NamedTuple):
    """A part of a document.

    Attributes:
        document: The whole.
        value: The part's plain value.
        top: Where it stands.
    """

    document: Document
    value: object
    top: KeyPath


def _accepted(path: Path, made: S | None, mistakes: list[Mistake]) -> S:
    errors = [mistake for mistake in in_order(mistakes) if not mistake.warning]
    if made is not None and not errors:
        return made
    count = f"{len(errors)} mistake{'s' if len(errors) != 1 else ''}"
    raise ConfigError("\n".join([f"{path} cannot be used: {count}", *(f"  {mistake}" for mistake in errors)]))


def _read_site(path: Path, environ: Mapping[str, str]) -> tuple[SiteFile | None, list[Mistake]]:
    document = read_document(path)
    if document.value is None and document.mistakes:
        return None, document.mistakes
    site, mistakes = _validated(SiteFile, _Part(document, document.value, ()), environ)
    if site is not None:
        mistakes += [
            document.mistake(path, "the file it names is not there", "put it there, or correct the path", warning=True)
            for path, named in _named_files(site)
            if not named.is_file()
        ]
    return site, in_order(mistakes)


def _named_files(site: SiteFile) -> Iterator[tuple[KeyPath, Path]]:
    if site.broker.ca_file is not None:
        yield ("broker", "ca_file"), site.broker.ca_file
    for c, camera in enumerate(site.cameras):
        for z, zone in enumerate(camera.zones):
            pile = zone.detect.waste_pile
            if pile is not None and pile.reference is not None:
                yield ("cameras", c, "zones", z, "detect", "waste_pile", "reference"), Path(pile.reference)


def _camera_in(document: Document) -> _Part:
    """Return the one camera of a document; where there is not exactly one, a mistake says so."""
    value = document.value
    if isinstance(value, dict) and "cameras" in value:
        cameras = value["cameras"]
        if isinstance(cameras, list) and len(cameras) == 1 and isinstance(cameras[0], dict):
            return _Part(document, cameras[0], ("cameras", 0))
        number = len(cameras) if isinstance(cameras, list) else 0
        document.mistakes.append(
            document.mistake(
                ("cameras",),
                f"one camera is wanted here, and there {'is' if number == 1 else 'are'} {number}",
                "give a file with the keys of just one camera",
            )
        )
        return _Part(document, None, ())
    if not isinstance(value, dict) and not document.mistakes:
        document.mistakes.append(
            document.mistake((), "the keys of a camera are wanted here", "write zones: and what each detects")
        )
    return _Part(document, value, ())


def _named_camera_in(document: Document, camera_id: str) -> _Part:
    """Return a camera of a site file by its id; where there is none, a mistake says which there are."""
    cameras = document.value.get("cameras") if isinstance(document.value, dict) else None
    listed = cameras if isinstance(cameras, list) else []
    ids = []
    for position, camera in enumerate(listed):
        if isinstance(camera, dict):
            if camera.get("id") == camera_id:
                return _Part(document, camera, ("cameras", position))
            ids.append(str(camera.get("id")))
    if not document.mistakes:
        known = f"there are {', '.join(quoted(one) for one in ids)}" if ids else "it names no cameras"
        document.mistakes.append(
            document.mistake(
                ("cameras",), f"no camera here is called {quoted(camera_id)}", f"name one of this file: {known}"
            )
        )
    return _Part(document, None, ())


def _validated(model: type[S], part: _Part, environ: Mapping[str, str]) -> tuple[S | None, list[Mistake]]:
    """Check a part against a model in one go: its references, its contradictions, its values."""
    document = part.document
    folder = document.file.absolute().parent
    shape: Shape = (model,)
    resolved = resolve(document, part.value, part.top, shape, environ=environ, folder=folder)
    mistakes = [*document.mistakes, *resolved.mistakes]
    for path, contradiction in _contradictions(resolved.value, (), shape):
        at = (*part.top, *path, *contradiction.path)
        if at not in resolved.settled:
            mistakes.append(
                document.mistake(at, contradiction.problem, contradiction.remedy, warning=contradiction.warning)
            )
    made: S | None = None
    try:
        made = model.model_validate(resolved.value, context=Loading(folder=folder))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path, told = explain(document, resolved.value, part.top, shape, detail)
            if told is not None and path not in resolved.settled:
                mistakes.append(told)
    return made, in_order(mistakes)


def _contradictions(value: object, path: KeyPath, shape: Shape) -> Iterator[tuple[KeyPath, Contradiction]]:
    """Yield the contradictions of every section, with the path of the section."""
    if isinstance(value, list):
        for position, entry in enumerate(value):
            yield from _contradictions(entry, (*path, position), below(shape, position))
    elif isinstance(value, dict):
        sections = sections_of(shape, value)
        if len(sections) == 1:
            for contradiction in sections[0].contradictions(value):
                yield path, contradiction
        for key, entry in value.items():
            yield from _contradictions(entry, (*path, key), below(sections or shape, key))
