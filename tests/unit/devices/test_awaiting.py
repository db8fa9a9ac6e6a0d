"""When a device sends again what nobody receipts."""

from collections.abc import Sequence

import pytest

from devices.awaiting import AGAIN_IN_ALL, AGAIN_MOST, PATIENCE_S, SOON_S, Awaiting
from devices.outbox import ItemNumber


@pytest.fixture
def awaiting() -> Awaiting:
    """A thousand messages that the broker took at once."""
    awaiting = Awaiting()
    add(awaiting, range(1, 1_001), 0.0)
    return awaiting


def add(awaiting: Awaiting, item_ids: Sequence[int], now_s: float) -> None:
    for item_id in item_ids:
        awaiting.add(item_id, ItemNumber("udara-1", "b1", item_id), now_s)


def send_again(awaiting: Awaiting, item_ids: Sequence[int], now_s: float) -> None:
    awaiting.withdraw(item_ids)
    add(awaiting, item_ids, now_s)


def test_to_a_pantau_that_is_away_few_are_sent_again_and_ever_more_seldom(awaiting: Awaiting) -> None:
    told_s = []
    for now_s in range(1, 120):
        overdue = awaiting.overdue(now_s)
        if overdue:
            assert list(overdue) == list(range(1, AGAIN_MOST + 1))
            told_s.append(now_s)
            send_again(awaiting, overdue, now_s)
    assert told_s == [PATIENCE_S, 3 * PATIENCE_S, 7 * PATIENCE_S]


def test_what_the_broker_forgot_follows_soon_where_what_was_sent_again_is_receipted(awaiting: Awaiting) -> None:
    now_s, portions = PATIENCE_S, []
    while overdue := awaiting.overdue(now_s):
        portions.append(len(overdue))
        send_again(awaiting, overdue, now_s)
        awaiting.receipted(overdue, now_s + 0.1)
        assert not awaiting.overdue(now_s + SOON_S), "the rest may have come by itself"
        now_s += SOON_S + 0.2
    assert portions == [64, 128, 256, 512, 1_000 - 960]
    assert len(awaiting) == 0


def test_no_portion_is_larger_than_that(awaiting: Awaiting) -> None:
    add(awaiting, range(1_001, 10_000), 0.0)
    now_s, portions = PATIENCE_S, []
    while overdue := awaiting.overdue(now_s):
        portions.append(len(overdue))
        send_again(awaiting, overdue, now_s)
        awaiting.receipted(overdue, now_s)
        now_s += SOON_S
    assert max(portions) == AGAIN_IN_ALL


def test_once_new_messages_are_receipted_patience_is_as_before(awaiting: Awaiting) -> None:
    overdue = awaiting.overdue(PATIENCE_S)
    send_again(awaiting, overdue, PATIENCE_S)
    awaiting.receipted(overdue, 20.0)
    awaiting.receipted([900], 21.0)
    assert not awaiting.overdue(21.0 + PATIENCE_S - 0.1)
    assert len(awaiting.overdue(21.0 + PATIENCE_S)) == AGAIN_MOST


def test_once_everything_is_receipted_patience_is_as_before(awaiting: Awaiting) -> None:
    overdue = awaiting.overdue(PATIENCE_S)
    send_again(awaiting, overdue, PATIENCE_S)
    awaiting.receipted(range(1, 1_001), 20.0)
    add(awaiting, [1_001], 30.0)
    assert not awaiting.overdue(30.0 + PATIENCE_S - 0.1)
    assert awaiting.overdue(30.0 + PATIENCE_S) == [1_001]
