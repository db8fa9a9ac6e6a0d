"""Whatever stands in a site file: the loader answers with mistakes, and never with a secret."""

import copy
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from configs.load import find_mistakes, load_camera, load_site
from configs.mistakes import SECRET_KEYS
from configs.shape import below, holds_secret, sections_of, shape_of
from configs.site import SiteFile
from events.errors import ConfigError
from tests.unit.configs.city import Tree, small_city

BASE = """\
city: {name: Kota}
broker: &broker
  embedded: false
  username: pantau
  password: ${MQTT_PASSWORD}
database:
  embedded: false
  url: file:database-url
sites:
  - {id: pasar, name: Pasar, kecamatan: 33.17.10, position: {lat: -6.7, lon: 111.3}}
cameras:
  - id: cam-1
    name: "Kamera"
    site: ${SITE}
    url: rtsp://pantau:${CAMERA_PASSWORD}@127.0.0.1/
    zones:
      - id: plaza
        polygon: [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]
        detect: {crowding: {count: 5}}
rules:
  - {id: r, kind: observation, observes: crowding}
"""
TOKEN = "h8Nt3rZw"
SECRETS = {
    "MQTT_PASSWORD": f"{TOKEN}-1",
    "CAMERA_PASSWORD": f"{TOKEN}-2",
    "SITE": "pasar",
    "ANYWHERE": f"{TOKEN}-3",
    "EMPTY": "",
}

PIECES = st.sampled_from(
    [
        *"\t\n :-,[]{}#&*!|>'\"%@`?\\~\x00\x85\u2028\ud7ff0aß",
        "${",
        "${ANYWHERE}",
        "${EMPTY}",
        "${NOT_SET}",
        "file:",
        "file:/dev/zero",
        "file:database-url",
        "<<: *broker",
        "*broker",
        "&broker ",
        "!!int ",
        "!!binary ",
        "!x ",
        "---\n",
        "%YAML 1.1\n---\n",
        "null",
        "true",
        "1e999",
        ".nan",
        "99999999999999999999",
        "[[[[[[",
        "? ",
        "\n  ",
        "kind: threshold",
    ]
)


UNHURRIED = settings(deadline=None, max_examples=30)
"""On a busy machine a deadline would judge the neighbours."""


@st.composite
def mutated_texts(draw: st.DrawFn) -> str:
    text = BASE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 20))
        text = text[:start] + draw(PIECES) + text[start + cut :]
    return text


@contextmanager
def file_with(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder, "database-url")
        secret.write_text(f"postgresql://u:{TOKEN}-4@127.0.0.1/d")
        secret.chmod(0o600)
        path = Path(folder, "site.yaml")
        path.write_bytes(content)
        yield path


def refusal(load: Callable[[], object]) -> str:
    """What loading is refused with; empty when it is not."""
    try:
        load()
    except ConfigError as error:
        return f"{error} {error.__cause__} {error.__context__}"
    return ""


def verdict(path: Path, environ: dict[str, str]) -> str:
    """Everything the loader says of a file, checked to be consistent."""
    mistakes = find_mistakes(path, environ)
    errors = [mistake for mistake in mistakes if not mistake.warning]
    refused = refusal(lambda: load_site(path, environ))
    assert bool(refused) == bool(errors)
    assert all(mistake.problem in refused for mistake in errors)
    return "\n".join([refused, *(f"{mistake} {mistake!r}" for mistake in mistakes)])


@UNHURRIED
@given(mutated_texts())
@example("a: &a [*a]")
@example("a: &a\n b: *a\n<<: *a\n")
@example("rules: [{kind: [threshold]}, {kind: {}}, {kind: 3}]")
@example("%YAML 1.1\n---\nweb: {port: 1:30}\n")
@example("city:\n\tname: x\n")
def test_any_text_is_answered_by_mistakes_and_never_with_a_secret(text: str) -> None:
    with file_with(text.encode("utf-8", "replace")) as path:
        assert TOKEN not in verdict(path, SECRETS)
        assert TOKEN not in refusal(lambda: load_camera(path, SECRETS))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1000,
        "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 1}]\n" for n in range(12)),
        "".join(f"a{n}: &a{n} [{f'*a{n - 1}' if n else 1}]\n" for n in range(1000)),
        "a: " + "9" * 5000,
    ],
    ids=["brackets", "aliases", "chain", "digits"],
)
def test_a_bomb_is_answered_by_mistakes(text: str) -> None:
    with file_with(text.encode()) as path:
        assert any(not mistake.warning for mistake in find_mistakes(path, {}))


@UNHURRIED
@given(st.binary(max_size=60))
def test_any_bytes_are_answered_by_mistakes(content: bytes) -> None:
    with file_with(content) as path:
        assert verdict(path, {})


def test_secrets_arrive_and_do_not_show_in_what_was_loaded() -> None:
    with file_with(BASE.encode()) as path:
        site = load_site(path, SECRETS)
        assert site.broker.password == SecretStr(f"{TOKEN}-1")
        assert site.database.url == SecretStr(f"postgresql://u:{TOKEN}-4@127.0.0.1/d")
        assert TOKEN not in f"{site!r} {site} {site.model_dump()} {site.model_dump_json()}"


def paths_of(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from paths_of(entry, (*path, key))
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from paths_of(entry, (*path, position))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
PLACES = sorted(paths_of(small_city()), key=str)[1:]


@UNHURRIED
@given(st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=4))
def test_any_value_anywhere_is_answered_by_mistakes_with_a_line(
    changes: list[tuple[tuple[str | int, ...], Any]],
) -> None:
    tree: Tree = small_city()
    for path, value in changes:
        put(tree, path, value)
    with file_with(json.dumps(tree, indent=1).encode()) as path_of_file:
        verdict(path_of_file, {})
        assert all(mistake.line for mistake in find_mistakes(path_of_file, {}))


def put(tree: Any, path: tuple[str | int, ...], value: object) -> None:
    """Put a copy of a value at a path, unless an earlier change has taken the path away."""
    for part in path[:-1]:
        try:
            tree = tree[part]
        except (LookupError, TypeError):
            return
    try:
        tree[path[-1]] = copy.deepcopy(value)
    except (LookupError, TypeError):
        return


@pytest.mark.parametrize(
    "spoilt",
    [
        "password:{}",
        "password: *{}",
        "password: !{} x",
        "password: &{}",
        "password: %{}",
        "password: @{}",
        "password: |{}",
        "password: '{}",
        'password: "{}',
        'password: "\\{}"',
        "password: [{}]",
        "password: {{{}}}",
        "password: {{{0}: 1, {0}: 2}}",
        "password: {{{}",
        "password: {}: x",
        "password: x: {}",
        "password:\n    {}: 1",
        "password: ${{{}",
        "password: ${{{}!}}",
        "pasword: {}",
        "password: {} # x",
        "ca_file: ${{ANYWHERE}}",
        "client_id: ${{ANYWHERE}}",
        "client_id: rtsp://u:{}@h/",
        "client_id: rtsp://u:a/{}@h/",
        "port: ${{ANYWHERE}}",
        "tls: ${{ANYWHERE}}",
        "host: ${{ANYWHERE}}",
    ],
)
def test_a_secret_is_not_repeated_however_it_was_mistyped(spoilt: str) -> None:
    text = BASE.replace("password: ${MQTT_PASSWORD}", spoilt.format(TOKEN))
    with file_with(text.encode()) as path:
        assert TOKEN not in verdict(path, SECRETS)


@pytest.mark.parametrize(
    "address",
    [
        "http://u:{}@h/",
        "rtsp://u:{}@h:port/",
        "rtsp://u:{}@[h/",
        "rtsp://u:{}/x@h:0/",
        "{}",
        "rtsp://u:{}\u2100@h/",
    ],
)
def test_a_wrong_address_is_not_repeated(address: str) -> None:
    def change(tree: Tree) -> None:
        tree["cameras"][0]["url"] = address.format(TOKEN)

    tree = small_city()
    change(tree)
    with file_with(json.dumps(tree).encode()) as path:
        mistakes = [mistake for mistake in find_mistakes(path, {}) if not mistake.warning]
        assert [mistake.path for mistake in mistakes] == ["cameras[0].url"]
        assert TOKEN not in verdict(path, {})


def test_values_from_the_environment_show_as_they_were_written() -> None:
    places: list[Callable[[Tree], object]] = [
        lambda city: city["cameras"][0].update(site="${ANYWHERE}"),
        lambda city: city["sites"][0].update(opd="${ANYWHERE}"),
        lambda city: city["rules"][0].update(metric="${ANYWHERE}"),
        lambda city: city["rules"][0].update(sources=["${ANYWHERE}"]),
        lambda city: city["rules"][1].update(observes="${ANYWHERE}"),
        lambda city: city["rules"][0].update(kind="${ANYWHERE}"),
    ]
    for change in places:
        tree = small_city()
        change(tree)
        with file_with(json.dumps(tree).encode()) as path:
            spoken = verdict(path, SECRETS)
            assert "${ANYWHERE}" in spoken or "missing or unknown" in spoken
            assert TOKEN not in spoken


def test_every_secret_field_is_among_the_keys_never_shown() -> None:
    def secrets(shape: tuple[object, ...]) -> Iterator[str]:
        for section in sections_of(shape):
            for name, field in section.model_fields.items():
                inner = shape_of(field.annotation)
                if holds_secret(inner):
                    yield name
                yield from secrets(inner)
                yield from secrets(below(inner, 0))
                yield from secrets(below(inner, "any"))

    assert set(secrets((SiteFile,))) == SECRET_KEYS
