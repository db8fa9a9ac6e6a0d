from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.dialects.dialect import MISSING, look_up
from devices.dialects.values import moment, number
from events.errors import PayloadError

WIB = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("tree", "path", "found"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a.b": 1}, "a.b", 1),
        ({"PMS5003": {"PM2.5": 1}}, "PMS5003.PM2.5", 1),
        ({"a": {"c": 2}, "a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": [5, {"b": 6}]}, "a.1.b", 6),
        ({"a": [5]}, "a.1", MISSING),
        ({"a": [5]}, "a.-1", MISSING),
        ({"a": {"1": 5}}, "a.1", 5),
        ({"a": None}, "a", None),
        ({"a": 3}, "a.b", MISSING),
        ("text", "a", MISSING),
    ],
)
def test_a_path_leads_to_what_stands_there(tree: object, path: str, found: object) -> None:
    assert look_up(tree, path) is found or look_up(tree, path) == found


@given(st.lists(st.sampled_from(["a", "b", "a.b", "2.5"]), min_size=1, max_size=4))
def test_the_keys_down_to_a_value_joined_by_dots_always_find_it(keys: list[str]) -> None:
    tree: object = 7
    for key in reversed(keys):
        tree = {key: tree}
    assert look_up(tree, ".".join(keys)) == 7


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (3, 3.0), (True, 1.0), (False, 0.0), ("12.50", 12.5), (" -3 ", -3.0), ("1e3", 1000.0), (".5", 0.5),
        ("on", 1.0), ("", None), ("nan", None), (None, None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_devices_write_them(written: object, value: float | None) -> None:
    assert number(written, {"ON": 1.0}, "x") == value


@pytest.mark.parametrize(
    "written", ["1_000", "inf", "0x10", "12,5", "\N{ARABIC-INDIC DIGIT ONE}", [1], 10**400, "9" * 99]
)
def test_what_is_no_number_is_refused(written: object) -> None:
    with pytest.raises(PayloadError) as refusal:
        number(written, {}, "x")
    assert refusal.value.reason == "impossible_value"


@given(st.floats())
def test_every_finite_float_survives_as_text(value: float) -> None:
    if value == value and abs(value) != float("inf"):  # noqa: PLR0124 - that is what NaN is
        assert number(repr(value), {}, "x") == value


@pytest.mark.parametrize(
    "written",
    ["2026-11-23T09:58:30", "2026-11-23 09:58:30", "2026-11-23T02:58:30Z", "2026-11-23T02:58:30.000000000+00:00",
     "2026-11-23T09:58:30+0700", 1795402710, 1795402710000, 1795402710.0],
)  # fmt: skip
def test_times_are_read_as_devices_write_them(written: object) -> None:
    at = moment(written, WIB)
    expected = datetime(2026, 11, 23, 2, 58, 30, tzinfo=UTC)
    assert at == (expected if isinstance(at, datetime) else expected.timestamp() * 1000)


@pytest.mark.parametrize("written", ["2026-11-23", "09:58", "2026-13-01T00:00:00", "soon", True, [], {}])
def test_what_is_no_time_is_refused(written: object) -> None:
    with pytest.raises(PayloadError) as refusal:
        moment(written, WIB)
    assert refusal.value.reason == "bad_time"
