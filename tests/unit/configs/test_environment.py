"""References to the environment and to files with secrets."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.environment import expand
from configs.load import find_mistakes, load_site
from tests.unit.configs.city import Tree, found, only, write_city


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("${A}", "one"),
        ("x${A}y${A}z", "xoneyonez"),
        ("${B:-two}", "two"),
        ("${A:-two}", "one"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY}", ""),
        ("${B:-}", ""),
        ("${B:-a:-b}", "a:-b"),
        ("$A $$A $", "$A $$A $"),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("${NESTED}", "${A}"),
    ],
)
def test_references_are_replaced_once_as_in_a_shell(text: str, meaning: str) -> None:
    expansion = expand(text, {"A": "one", "EMPTY": "", "NESTED": "${A}"})
    assert expansion.text == meaning
    assert not expansion.missing
    assert not expansion.broken


@pytest.mark.parametrize("text", ["${", "${}", "${1A}", "${A", "${A-x}", "${A:x}"])
def test_what_only_looks_like_a_reference_is_told(text: str) -> None:
    assert expand(text, {"A": "one"}).broken


@given(st.text(alphabet="aA_$ {}:-1"))
def test_text_without_a_brace_reference_is_left_alone(text: str) -> None:
    expansion = expand(text, {})
    if "${" not in text:
        assert expansion.text == text
    assert expansion.broken or expansion.missing or "$${" in text or ":-" in text or expansion.text == text


@given(st.text(min_size=1))
def test_what_a_variable_holds_arrives_unchanged(value: str) -> None:
    assert expand("${A}", {"A": value}).text == value


def test_numbers_and_truth_values_may_come_from_the_environment(tmp_path: Path) -> None:
    def change(city: Tree) -> None:
        city["web"] = {"port": "${PORT}"}
        city["vision"] = {"network": "${NETWORK:-false}", "workers": "${WORKERS:-2}"}
        city["cameras"][0]["decode"] = "${DECODE}"
        city["rules"][0]["kind"] = "${KIND}"

    environ = {"PORT": "9090", "DECODE": "keyframes", "KIND": "threshold"}
    site = load_site(write_city(tmp_path, change), environ)
    assert (site.web.port, site.vision.network, site.vision.workers) == (9090, False, 2)
    assert (site.cameras[0].decode, site.rules[0].kind) == ("keyframes", "threshold")


def test_a_missing_variable_is_one_mistake_and_hides_what_follows_from_it(tmp_path: Path) -> None:
    def change(city: Tree) -> None:
        city["web"] = {"port": "${PORT}"}
        city["cameras"][0]["site"] = "${SITE}"

    mistakes = found(tmp_path, change)
    assert [mistake.path for mistake in mistakes] == ["cameras[0].site", "web.port"]
    assert "SITE is not set" in mistakes[0].problem
    assert "${PORT:-DEFAULT}" in mistakes[1].remedy


def test_a_broken_reference_is_a_mistake(tmp_path: Path) -> None:
    mistake = only(found(tmp_path, lambda city: city["city"].update(name="${KOTA")))
    assert "$${" in mistake.remedy


def with_password(reference: object) -> Tree:
    return {"embedded": False, "username": "pantau", "password": reference}


class TestSecretFiles:
    """`file:` references, for secrets only."""

    def secret(self, folder: Path, content: bytes, mode: int = 0o600) -> Path:
        path = folder / "secret"
        path.write_bytes(content)
        path.chmod(mode)
        return path

    @pytest.mark.parametrize("reference", ["file:secret", "file:./secret", "file:FOLDER/secret", "file:${WHERE}"])
    def test_content_is_taken_without_surrounding_space(self, tmp_path: Path, reference: str) -> None:
        self.secret(tmp_path, b" word with space \n")
        path = write_city(
            tmp_path, lambda city: city.update(broker=with_password(reference.replace("FOLDER", str(tmp_path))))
        )
        environ = {"WHERE": str(tmp_path / "secret")}
        assert find_mistakes(path, environ) == []
        password = load_site(path, environ).broker.password
        assert password is not None
        assert password.get_secret_value() == "word with space"

    def test_a_variable_that_holds_such_a_word_is_not_a_reference(self, tmp_path: Path) -> None:
        path = write_city(tmp_path, lambda city: city.update(broker=with_password("${WORD}")))
        password = load_site(path, {"WORD": "file:secret"}).broker.password
        assert password is not None
        assert password.get_secret_value() == "file:secret"

    def test_other_fields_keep_such_a_word_as_text(self, tmp_path: Path) -> None:
        path = write_city(tmp_path, lambda city: city["city"].update(name="file:secret"))
        assert load_site(path, {}).city.name == "file:secret"

    @pytest.mark.parametrize(
        ("content", "words"),
        [(b"", "empty"), (b" \n", "empty"), (b"\xff\xfe", "UTF-8"), (b"x" * 70_000, "too large")],
    )
    def test_a_file_without_a_secret_is_a_mistake(self, tmp_path: Path, content: bytes, words: str) -> None:
        self.secret(tmp_path, content)
        mistake = only(found(tmp_path, lambda city: city.update(broker=with_password("file:secret"))))
        assert (mistake.path, mistake.warning) == ("broker.password", False)
        assert words in mistake.problem

    @pytest.mark.parametrize(
        "reference", ["file:nowhere", "file:", "file:.", "file:pipe", "file:\0", "file:~nobody-x/y"]
    )
    def test_what_is_no_file_is_a_mistake(self, tmp_path: Path, reference: str) -> None:
        os.mkfifo(tmp_path / "pipe")
        mistake = only(found(tmp_path, lambda city: city.update(broker=with_password(reference))))
        assert (mistake.path, mistake.warning) == ("broker.password", False)

    def test_a_file_everyone_may_read_is_warned_of_and_used(self, tmp_path: Path) -> None:
        self.secret(tmp_path, b"word", 0o644)
        path = write_city(tmp_path, lambda city: city.update(broker=with_password("file:secret")))
        mistake = only(find_mistakes(path, {}))
        assert mistake.warning
        assert "chmod" in mistake.remedy
        assert load_site(path, {}).broker.password is not None


@pytest.mark.parametrize(
    ("key", "value", "is_told"),
    [
        ("password", "word", True),
        ("password", 1234, True),
        ("password", "${WORD}", False),
        ("url", "rtsp://u:word@127.0.0.1/", True),
        ("url", "rtsp://u:wo@r:d@127.0.0.1/", True),
        ("url", "rtsp://127.0.0.1/user=u_password=word_channel=1", True),
        ("url", "rtsp://u:${WORD}@127.0.0.1/", False),
        ("url", "rtsp://u@127.0.0.1/", False),
        ("url", "rtsp://127.0.0.1:554/a", False),
        ("url", "rtsp://127.0.0.1:554/a?password=${WORD}", False),
    ],
)
def test_a_password_in_the_file_itself_is_accepted_with_a_warning(
    tmp_path: Path, key: str, value: object, *, is_told: bool
) -> None:
    def change(city: Tree) -> None:
        if key == "url":
            city["cameras"][0]["url"] = value
        else:
            city["broker"] = with_password(value)

    path = write_city(tmp_path, change)
    mistakes = find_mistakes(path, {"WORD": "word"})
    assert [mistake.warning for mistake in mistakes] == [True] * is_told
    load_site(path, {"WORD": "word"})


def test_an_empty_secret_is_a_mistake(tmp_path: Path) -> None:
    path = write_city(tmp_path, lambda city: city.update(broker=with_password("${WORD}")))
    assert "empty" in only(find_mistakes(path, {"WORD": ""})).problem


def test_a_password_of_digits_keeps_its_leading_zeros(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    text = write_city(tmp_path, lambda city: city.update(broker=with_password("DIGITS"))).read_text()
    path.write_text(text.replace('"DIGITS"', "007"))
    password = load_site(path, {}).broker.password
    assert password is not None
    assert password.get_secret_value() == "007"
