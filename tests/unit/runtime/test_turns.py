"""Threads take short turns in a process that asks for it."""

import sys

import pytest

from runtime.turns import TURN_S, take_short_turns


def test_turns_become_short_for_the_whole_process() -> None:
    before = sys.getswitchinterval()
    try:
        take_short_turns()
        assert sys.getswitchinterval() == pytest.approx(TURN_S)
    finally:
        sys.setswitchinterval(before)
