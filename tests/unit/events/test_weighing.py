"""Loads, said in words and numbers of any kind."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.errors import LimitError
from events.weighing import FIELDS, HEAVIEST_KG, Load, parse_load

AT = datetime(2026, 3, 1, tzinfo=UTC)


@given(
    said=st.dictionaries(
        st.sampled_from([*FIELDS, "other"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("33.17.10"),
    )
)
def test_whatever_is_said_is_a_load_that_can_be_or_is_refused_in_words(said: dict[str, object]) -> None:
    try:
        load = parse_load(said, AT)
    except LimitError:
        return
    assert isinstance(load, Load)
    assert load.reference
    assert (load.gross_kg is None) == (load.tare_kg is None)
    if load.gross_kg is None or load.tare_kg is None:
        assert load.volume_m3 is not None
    else:
        assert 0 <= load.tare_kg <= load.gross_kg <= HEAVIEST_KG


@given(tare=st.integers(0, 50_000), net=st.integers(0, 50_000))
def test_text_and_numbers_say_the_same(tare: int, net: int) -> None:
    said = {"reference": 7, "gross_kg": tare + net, "tare_kg": tare}
    assert parse_load(said, AT) == parse_load({key: str(value) for key, value in said.items()}, AT)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"gross_kg": 2, "tare_kg": 1}, "reference"),
        ({"reference": "1", "gross_kg": 2}, "both"),
        ({"reference": "1", "gross_kg": 1, "tare_kg": 2}, "empty one"),
        ({"reference": "1"}, "how much"),
        ({"reference": "1", "volume_m3": "6,5"}, "volume_m3"),
        ({"reference": "1", "volume_m3": True}, "volume_m3"),
        ({"reference": "1", "volume_m3": 6, "kecamatan": "Lasem"}, "kecamatan"),
        ({"reference": "1", "volume_m3": 6, "colour": "red"}, "colour"),
        ({"reference": "a\nb", "volume_m3": 6}, "reference"),
    ],
)
def test_what_is_wrong_is_named(said: dict[str, object], word: str) -> None:
    with pytest.raises(LimitError, match=word):
        parse_load(said, AT)
