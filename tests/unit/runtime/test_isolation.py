"""The boundary of isolation."""

import pytest

from runtime.isolation import Fault, isolated


def test_a_result_passes_through() -> None:
    assert isolated("part", lambda: 7) == 7


def test_an_error_becomes_a_fault_and_does_not_escape() -> None:
    def broken() -> int:
        raise ZeroDivisionError("by zero")

    outcome = isolated("part", broken)
    assert isinstance(outcome, Fault)
    assert str(outcome) == "ZeroDivisionError: by zero"


def test_a_wish_to_stop_is_not_an_error() -> None:
    def stopping() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        isolated("part", stopping)
