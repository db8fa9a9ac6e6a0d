"""Addresses, options and tokens: read back as they were written, or refused."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.sensorthings import Kind, Step
from web.problems import ProblemError
from web.sensorthings.encoding import Encoder
from web.sensorthings.options import asked, keys_of, split, token_of
from web.sensorthings.ways import way_of


def refusal(read: Callable[..., object], *given: object, **named: object) -> int:
    """Return the status of a refusal, 200 where there is none."""
    try:
        read(*given, **named)
    except ProblemError as error:
        return error.status
    return 200


PARTS = ["(", ")", "'", ";", ",", "$top=1", "$expand=Datastreams", "Observations", "$filter=result"]
IDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@given(IDS)
def test_every_id_stands_in_an_address_that_leads_back_to_it(id_: str) -> None:
    address = Encoder("http://x").address(Kind.THING, id_).removeprefix("http://x/")
    assert way_of(address).steps == (Step("Things", id_),)
    assert way_of(f"{address}/name/$value").property == "name"


@given(st.text(max_size=40))
def test_any_address_leads_somewhere_or_is_refused(text: str) -> None:
    for path in (quote(text, safe="/()'$"), f"Things{quote(text, safe='')}"):
        assert refusal(way_of, path) in {200, 400, 404}


@given(
    st.lists(
        st.one_of(
            st.text(st.characters(codec="utf-8", exclude_characters="\0")),
            st.integers(-(2**50), 2**50),
            st.none(),
            st.booleans(),
        )
    )
)
def test_tokens_give_back_their_keys(keys: list[object]) -> None:
    assert keys_of(token_of(tuple(keys))) == tuple(keys)


@given(st.text(max_size=40))
def test_any_token_is_read_or_refused(text: str) -> None:
    assert refusal(keys_of, text) in {200, 400}


@given(st.lists(st.sampled_from(PARTS)).map("".join))
def test_any_expansion_is_understood_or_refused(text: str) -> None:
    assert refusal(asked, [("$expand", f"Datastreams{text}")], Kind.THING, single=False) in {200, 400}


def test_marks_within_quotes_and_parentheses_split_nothing() -> None:
    assert split("a(b,c),d eq ',',e eq 'it''s, (so)'", ",") == ["a(b,c)", "d eq ','", "e eq 'it''s, (so)'"]
    for text in ("a(b", "a)b", "'a"):
        with pytest.raises(ProblemError, match="close"):
            split(text, ",")
