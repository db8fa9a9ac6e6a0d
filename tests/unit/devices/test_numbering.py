import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.numbering import LARGEST_SEQ, number_of, salvage
from events.errors import PayloadError
from events.receipt import Number


def test_a_device_numbers_only_when_it_sends_both_parts() -> None:
    assert number_of("a1", 7, None) == Number("a1", 7, None)
    assert number_of("a1", None, None) is None
    assert number_of(None, 7, None) is None


@pytest.mark.parametrize(
    ("boot", "seq", "oldest"),
    [
        ("a", -1, None),
        ("a", LARGEST_SEQ + 1, None),
        ("a", 5, 6),
        ("a", 5, -1),
        ("", 5, None),
        ("x" * 65, 5, None),
        ("\0", 1, None),
    ],
)
def test_numbers_nobody_can_keep_an_account_of_are_refused(boot: str, seq: int, oldest: int | None) -> None:
    with pytest.raises(PayloadError, match="want"):
        number_of(boot, seq, oldest)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"ts": "yesterday", "boot": "a1", "seq": 17, "values": {"pm25": NaN}}',
        b'{"boot":"a1","seq":17,"values":{"pm25":1',
    ],
)
def test_the_number_of_a_refused_message_is_made_out(payload: bytes) -> None:
    assert salvage(payload) == Number("a1", 17)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b'{"seq": 17}',
        b'{"boot": "a1", "seq": 1',
        b'{"boot": "a1", "seq": 1, "seq": 2}',
        b'[{"boot": "a1", "seq": 1}, {"boot": "a1", "seq": 2}]',
        b'{"boot": "a1", "seq": 0}',
        b'{"boot": "a\\u0000", "seq": 3}',
    ],
)
def test_where_there_is_doubt_nothing_is_made_out(payload: bytes) -> None:
    assert salvage(payload) is None


@given(st.binary(max_size=300))
def test_garbage_is_never_an_error(payload: bytes) -> None:
    salvage(payload)
