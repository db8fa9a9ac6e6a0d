"""How what a device reports stands to what is wanted of it."""

import pytest

from events.ids import SourceId
from events.orders import Agreement, CommandState, DeviceConfig


@pytest.mark.parametrize(
    ("config", "agreement"),
    [
        ({}, Agreement.NOTHING_WANTED),
        ({"reported_version": 0, "reported": {"a": 1}}, Agreement.NOTHING_WANTED),
        ({"version": 2, "settings": {"a": 1}}, Agreement.NEVER_REPORTED),
        ({"version": 2, "settings": {"a": 1}, "reported_version": 1, "reported": {"a": 1}}, Agreement.OLDER),
        ({"version": 2, "settings": {"a": 1}, "reported_version": 2, "reported_error": "no"}, Agreement.REFUSED),
        ({"version": 2, "settings": {"a": 1}, "reported_version": 2, "reported": {"a": 2}}, Agreement.DIFFERENT),
        ({"version": 2, "settings": {"a": None}, "reported_version": 2, "reported": {}}, Agreement.DIFFERENT),
        ({"version": 2, "settings": {"a": 1}, "reported_version": 2, "reported": {"a": 1, "b": 2}}, Agreement.SAME),
    ],
)
def test_agreement_follows_from_version_error_and_settings(config: dict[str, object], agreement: Agreement) -> None:
    assert DeviceConfig(device=SourceId("d"), **config).agreement is agreement  # type: ignore[arg-type] # a table


def test_what_differs_is_named() -> None:
    config = DeviceConfig(device=SourceId("d"), version=1, settings={"a": 1, "b": 2, "c": 3}, reported={"a": 1, "b": 0})
    assert config.differing == ("b", "c")


def test_a_command_is_over_once_it_is_done_failed_or_too_late() -> None:
    assert [state for state in CommandState if state.final] == ["done", "failed", "timed_out"]
