"""Which pictures are decoded: measured, not believed."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.choosing import Chooser, Reason, suits

ACCEPTED_S = 2.5


def chosen(distances_s: Iterable[float], chooser: Chooser | None = None) -> Chooser:
    chooser = chooser or Chooser("auto", ACCEPTED_S)
    for t_s in itertools.accumulate(distances_s, initial=0.0):
        chooser.keyframe(t_s, t_s)
    return chooser


@pytest.mark.parametrize(("wish", "keyframes_only"), [("all", False), ("keyframes", True)])
def test_what_is_written_holds_whatever_comes(wish: str, keyframes_only: bool) -> None:  # noqa: FBT001 - a table's column
    chooser = chosen([10.0, 0.2, 10.0], Chooser(wish, ACCEPTED_S))  # type: ignore[arg-type]
    assert (chooser.choice.keyframes_only, chooser.choice.reason) == (keyframes_only, Reason.CONFIGURED)


@pytest.mark.parametrize(
    ("gop_s", "mode"), [(0.5, "keyframes"), (2.0, "keyframes"), (2.6, "keyframes"), (4.0, "all"), (10.0, "all")]
)
def test_auto_decides_at_the_second_keyframe(gop_s: float, mode: str) -> None:
    chooser = chosen([])
    assert (chooser.choice.mode, chooser.choice.reason, chooser.gop_s) == ("keyframes", Reason.MEASURING, None)
    chooser = chosen([gop_s])
    assert chooser.choice.mode == mode
    assert chooser.gop_s == pytest.approx(gop_s)


def test_one_lost_keyframe_is_forgiven_and_a_smart_codec_is_not() -> None:
    assert chosen([2.0, 2.0, 2.0, 4.0, 2.0]).choice.keyframes_only
    assert not chosen([2.0, 2.0, 4.0, 2.0, 4.0]).choice.keyframes_only


def test_full_decoding_ends_when_no_late_keyframe_is_remembered() -> None:
    slow = [4.0, 4.0, 4.0]
    assert not chosen([*slow, 2.0, 2.0, 2.0, 2.0]).choice.keyframes_only
    assert chosen([*slow, 2.0, 2.0, 2.0, 2.0, 2.0]).choice.keyframes_only


@pytest.mark.parametrize("held_back_s", [0.3, 2.0, 5.0])
def test_a_burst_at_the_opening_does_not_make_keyframes_look_near(held_back_s: float) -> None:
    chooser = Chooser("auto", ACCEPTED_S)
    # The first keyframes waited while the stream was opened; then pictures come as they are taken.
    for number in range(4):
        taken_s = 4.0 * number
        chooser.keyframe(max(taken_s, held_back_s), 100.0 + taken_s)
    assert chooser.gop_s == pytest.approx(4.0)
    assert not chooser.choice.keyframes_only


def test_a_pause_of_the_network_does_not_make_a_camera_dear() -> None:
    chooser = chosen([2.0] * 5)
    for arrived_s, media_s in ((17.0, 12.0), (17.0, 14.0), (17.1, 16.0), (18.0, 18.0)):
        chooser.keyframe(arrived_s, media_s)
        assert chooser.choice.keyframes_only
        assert chooser.gop_s == pytest.approx(2.0)


@pytest.mark.parametrize("jump_s", [-1e6, -7.0, 0.0, 3600.0])
def test_a_clock_that_jumps_is_replaced_by_arrivals(jump_s: float) -> None:
    chooser = Chooser("auto", ACCEPTED_S)
    for number in range(8):
        chooser.keyframe(2.0 * number, 2.0 * number + jump_s * (number // 2))
    assert chooser.gop_s == pytest.approx(2.0)
    assert chooser.choice.keyframes_only


def test_a_stream_without_times_is_measured_by_arrivals() -> None:
    chooser = Chooser("auto", ACCEPTED_S)
    for number in range(3):
        chooser.keyframe(4.0 * number, None)
    assert not chooser.choice.keyframes_only


def test_a_first_keyframe_without_a_time_is_not_measured_from() -> None:
    chooser = Chooser("auto", ACCEPTED_S)
    chooser.keyframe(3.8, None)
    assert chooser.keyframe(4.0, 4.0).reason is Reason.MEASURING
    assert not chooser.keyframe(8.0, 8.0).keyframes_only
    assert chooser.gop_s == pytest.approx(4.0)


def test_a_keyframe_that_is_sent_several_times_is_one() -> None:
    chooser = Chooser("auto", ACCEPTED_S)
    for arrived_s in (3.9, 3.91, 3.95, 4.0):
        chooser.keyframe(arrived_s, 0.0)
    assert chooser.gop_s is None
    chooser.keyframe(4.1, 4.0)
    assert chooser.gop_s == pytest.approx(4.0)


def test_a_clock_that_stands_still_is_replaced_by_arrivals() -> None:
    chooser = Chooser("auto", ACCEPTED_S)
    for number in range(3):
        chooser.keyframe(4.0 * number, 7.0)
    assert chooser.gop_s == pytest.approx(4.0)


def test_what_passed_while_the_camera_was_away_is_no_distance() -> None:
    chooser = chosen([2.0, 2.0])
    chooser.restart()
    chooser.keyframe(500.0, 0.0)
    assert chooser.choice.keyframes_only


@given(st.floats(0.04, 30.0), st.lists(st.floats(0.0, 3.0), min_size=3, max_size=30))
def test_however_late_packets_come_an_even_stream_is_measured_as_it_is(gop_s: float, late_s: list[float]) -> None:
    chooser = Chooser("auto", ACCEPTED_S)
    arrived_s = 0.0
    for number, late in enumerate(late_s):
        arrived_s = max(arrived_s, gop_s * number + late)
        chooser.keyframe(arrived_s, 50.0 + gop_s * number)
    assert chooser.gop_s == pytest.approx(gop_s)
    assert chooser.choice.keyframes_only == suits(gop_s, gop_s, ACCEPTED_S)
