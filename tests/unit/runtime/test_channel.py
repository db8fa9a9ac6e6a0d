"""Hand-over between threads: bounded, and honest about what it drops."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from runtime.channel import LatestChannel, LosslessChannel


@given(items=st.lists(st.integers()), capacity=st.integers(1, 8))
def test_latest_channel_keeps_the_newest_and_counts_every_drop(items: list[int], capacity: int) -> None:
    channel: LatestChannel[int] = LatestChannel(capacity)
    for item in items:
        channel.put(item)
    kept = []
    while (item_or_none := channel.get(0.0)) is not None:
        kept.append(item_or_none)
    assert kept == items[-capacity:] if items else kept == []
    assert channel.dropped == max(0, len(items) - capacity)


@given(items=st.lists(st.integers(), min_size=1, max_size=50), most=st.integers(1, 7))
def test_lossless_channel_hands_over_everything_in_order(items: list[int], most: int) -> None:
    channel: LosslessChannel[int] = LosslessChannel(100)
    for item in items:
        assert channel.put(item, 0.0)
    taken: list[int] = []
    while batch := channel.take(most, first_timeout_s=0.0, age_s=0.0):
        assert len(batch) <= most
        taken += batch
    assert taken == items


def test_a_full_lossless_channel_refuses_instead_of_dropping() -> None:
    channel: LosslessChannel[int] = LosslessChannel(1)
    assert channel.put(1, 0.0)
    assert not channel.put(2, 0.0)
    assert channel.take(5, first_timeout_s=0.0, age_s=0.0) == [1]


def test_a_full_batch_is_handed_over_without_waiting_for_its_age() -> None:
    channel: LosslessChannel[int] = LosslessChannel(10)
    for item in range(3):
        channel.put(item, 0.0)
    assert channel.take(3, first_timeout_s=0.0, age_s=3600.0) == [0, 1, 2]


def test_a_waiting_putter_goes_on_as_soon_as_there_is_room() -> None:
    channel: LosslessChannel[int] = LosslessChannel(1)
    channel.put(1, 0.0)
    accepted: list[bool] = []
    putter = threading.Thread(target=lambda: accepted.append(channel.put(2, 10.0)))
    putter.start()
    assert channel.take(1, first_timeout_s=1.0, age_s=0.0) == [1]
    putter.join(10)
    assert accepted == [True]
    assert channel.take(1, first_timeout_s=1.0, age_s=0.0) == [2]


@given(items=st.lists(st.integers(), max_size=20), capacity=st.integers(1, 12))
def test_a_lossless_channel_takes_of_many_what_it_has_room_for_and_refuses_the_rest(
    items: list[int], capacity: int
) -> None:
    channel: LosslessChannel[int] = LosslessChannel(capacity)

    taken = channel.put_many(items)
    assert taken == min(len(items), capacity)
    assert channel.put_many(items) == min(len(items), capacity - taken)

    assert channel.take(100, first_timeout_s=0.0, age_s=0.0) == [*items[:taken], *items[: capacity - taken]]
