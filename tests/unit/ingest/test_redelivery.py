from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from events.message import Delivery, Message
from ingest.redelivery import Redelivery

START = datetime(2026, 11, 23, tzinfo=UTC)


def message(payload: bytes, *, generation: int = 1, after_s: float = 0.0) -> Message:
    return Message("t", payload, START + timedelta(seconds=after_s), retained=False, delivery=Delivery(generation, 1))


def test_an_old_copy_is_given_up_for_its_new_copy() -> None:
    old = Redelivery(patience_s=10)
    old.hold([message(b"a"), message(b"b")], now_s=0)

    old.replace(message(b"a", generation=2))

    assert [m.payload for m in old.overdue(now_s=10)] == [b"b"]


def test_nothing_is_handed_out_before_its_time() -> None:
    old = Redelivery(patience_s=10)
    old.hold([message(b"a")], now_s=0)

    assert old.overdue(now_s=9.9) == []
    assert len(old) == 1


def test_a_second_reconnection_starts_the_wait_anew() -> None:
    old = Redelivery(patience_s=10)
    old.hold([message(b"a")], now_s=0)
    old.hold([message(b"b", after_s=1)], now_s=9)

    assert old.overdue(now_s=12) == []
    assert [m.payload for m in old.overdue(now_s=19)] == [b"a", b"b"]


@given(
    held=st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=20),
    again=st.lists(st.sampled_from([b"a", b"b", b"c", b"d"]), max_size=20),
)
def test_every_message_comes_out_exactly_once_in_all(held: list[bytes], again: list[bytes]) -> None:
    old = Redelivery(patience_s=0)
    old.hold([message(payload, after_s=n) for n, payload in enumerate(held)], now_s=0)
    for payload in again:
        old.replace(message(payload, generation=2))

    rest = [m.payload for m in old.overdue(now_s=1)]

    for payload in (b"a", b"b", b"c", b"d"):
        assert rest.count(payload) == max(held.count(payload) - again.count(payload), 0)
    assert len(old) == 0
