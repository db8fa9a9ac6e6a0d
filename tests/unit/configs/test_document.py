"""YAML as plain values with places; what is wrong with the YAML itself, in plain words."""

from pathlib import Path

import pytest

from configs.document import Document, read_document


def read(folder: Path, text: str) -> Document:
    path = folder / "site.yaml"
    path.write_bytes(text.encode())
    return read_document(path)


def test_values_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        "{no: no, t: true, i: 1_000, o: 0o17, x: 0x1F, f: 1e3, inf: -.inf, n: ~, day: 2026-01-31, code: 33.17.10,"
        " zeros: 007, q: '1', s: !!str 5}",
    )
    assert document.value == {
        "no": "no",
        "t": True,
        "i": 1000,
        "o": 15,
        "x": 31,
        "f": 1000.0,
        "inf": float("-inf"),
        "n": None,
        "day": "2026-01-31",
        "code": "33.17.10",
        "zeros": 7,
        "q": "1",
        "s": "5",
    }
    assert document.texts["zeros",] == "007"
    assert not document.mistakes


def test_merged_keys_yield_to_the_sections_own(tmp_path: Path) -> None:
    document = read(tmp_path, "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 9\n")
    assert document.value == {"a": {"x": 1, "y": 2}, "b": {"y": 3, "z": 4}, "c": {"x": 9, "y": 2, "z": 4}}


def test_every_key_written_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert document.value == {"a": 1, "b": {"c": 1}}
    assert [(m.line, m.path, m.problem) for m in document.mistakes] == [
        (2, "b.c", "this key already stands in line 2"),
        (3, "a", "this key already stands in line 1"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "bracket"),
        ("a: 1\nb: [1, 2\n", 2, "bracket opens here"),
        ("a: 1\nb: 'x\nc: 2\n", 2, "quote opens here"),
        ("a: 1\nb: @x\n", 2, "may not begin"),
        ("a: 1\nb: *x\n", 2, "anchor"),
        ("a: b: c\n", 1, "colon"),
        ("a: 1\n b: 2\n", 2, "indented"),
        ("a:\n  - 1\n - 2\n", 3, "line up"),
        ('a: "\\d"\n', 1, "backslash"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\nb: {x: ${NAME}}\n", 2, "bracket"),
        ("a: \x07\n", 1, "control character"),
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("[" * 60, 1, "too deeply"),
        ("a: 1\nb: &b [*b]\n", 2, "contains itself"),
        ("a: 1\nb: !secret x\n", 2, "tag"),
        ("a: 1\n? [b]\n: 2\n", 2, "single word"),
        ("a: 1\nb: !!int x\n", 2, "tag"),
        ("a: 1\n<<: 3\n", 2, "merges"),
    ],
)
def test_wrong_yaml_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    (mistake,) = read(tmp_path, text).mistakes
    assert mistake.line == line
    assert words in mistake.problem
    assert mistake.remedy


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes("city: x\nname: Café\n".encode("latin-1"))
    (mistake,) = read_document(path).mistakes
    assert mistake.line == 2
    assert "UTF-8" in mistake.problem


def test_a_byte_order_mark_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = read_document(path)
    assert document.value == {"a": 1, "b": 2}
    assert document.spots["b",] == (2, 4)
