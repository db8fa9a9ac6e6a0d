"""A device's own side of settings and commands, without a network."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from devices.obeying import REMEMBERED, Orders
from events.ids import SourceId
from events.message import Delivery, Message

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


class Line:
    """Takes what is published."""

    def __init__(self) -> None:
        self.said: list[tuple[str, dict[str, Any], bool]] = []

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        assert qos == 1
        self.said.append((topic, json.loads(payload), retain))


class Device:
    def __init__(self) -> None:
        self.line = Line()
        self.done = 0
        self.orders = Orders(SourceId("d"), apply=self.apply, commands={"go": self.go}, clock=lambda: NOW)

    def apply(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        if "bad" in settings:
            raise ValueError("no bad here")
        return settings

    def go(self, args: Mapping[str, Any]) -> object:
        self.done += 1
        if "far" in args:
            raise ValueError("too far")
        return {"gone": self.done}

    def hear(self, kind: str, payload: bytes) -> list[tuple[str, dict[str, Any], bool]]:
        self.line.said.clear()
        self.orders.hear(Message(f"pantau/v1/d/{kind}", payload, NOW, retained=False, delivery=Delivery(1, 1)))
        self.orders.attend(self.line)
        return self.line.said

    def told(self, name: str, *, args: str = "{}", expires: str = "2026-11-26T07:00:10Z", number: int = 1) -> Any:
        payload = f'{{"name": "{name}", "args": {args}, "expires_at": "{expires}"}}'
        return self.hear(f"command/{number}", payload.encode())


def test_settings_are_taken_on_once_and_reported_retained() -> None:
    device = Device()
    report = ("config/reported", {"version": 2, "settings": {"a": 1}}, True)
    assert device.hear("config", b'{"version": 2, "settings": {"a": 1}}') == [report]
    assert device.hear("config", b'{"version": 2, "settings": {"a": 1}}') == []
    assert device.hear("config", b"") == []
    assert device.hear("config", b'{"version": "x"}') == []


def test_settings_that_cannot_be_taken_on_are_reported_with_the_reason() -> None:
    said = Device().hear("config", b'{"version": 3, "settings": {"bad": 1}}')
    assert said == [("config/reported", {"version": 3, "error": "no bad here"}, True)]


def test_a_command_delivered_twice_is_done_once_and_answered_twice() -> None:
    device = Device()
    answer = [("command/1/result", {"state": "done", "result": {"gone": 1}}, False)]
    assert device.told("go") == answer
    assert device.told("go") == answer
    assert device.done == 1


def test_what_cannot_be_done_fails_with_the_reason_and_an_expired_command_is_not_done() -> None:
    device = Device()
    for number, (words, why) in enumerate(
        [
            ({"name": "go", "args": '{"far": 1}'}, "too far"),
            ({"name": "fly"}, "there is no command fly; there are: go"),
            ({"name": "go", "expires": "2026-11-26T06:59:59Z"}, "it came after its time and was not done"),
        ]
    ):
        (_, answer, _) = device.told(**words, number=number)[0]
        assert answer == {"state": "failed", "detail": why}
    assert device.done == 1
    assert device.hear("command/9", b"nonsense")[0][1]["state"] == "failed"


def test_only_the_newest_answers_are_remembered() -> None:
    device = Device()
    for number in range(REMEMBERED + 5):
        device.told("go", number=number)
    assert len(device.orders._answers) == REMEMBERED


@given(st.lists(st.tuples(st.sampled_from(["config", "command/1"]), st.binary(max_size=60)), max_size=10))
def test_no_payload_stops_a_device(heard: list[tuple[str, bytes]]) -> None:
    device = Device()
    for kind, payload in heard:
        device.hear(kind, payload)
