import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.ids import SourceId, ZoneId
from events.message import Delivery, Message
from tests.unit.vision.bus import Bus
from vision.commands import ANSWER_WITHIN_S, WAITING_MOST, CommandDesk, filters
from vision.detector import Answer

CAMERA = SourceId("cam-1")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = b'{"do": "clean_now", "zone": "corner"}'


class Station:
    """A camera that answers when it is told to."""

    def __init__(self, *, at_once: str | None = "") -> None:
        self.id = CAMERA
        self.asked: list[tuple[ZoneId | None, Answer]] = []
        self._at_once = at_once

    def take_clean(self, zone: ZoneId | None, now_s: float, answer: Answer) -> None:
        self.asked.append((zone, answer))
        if self._at_once != "":
            answer(self._at_once)


def message(payload: bytes = ORDER, topic: str = "pantau/v1/cam-1/command/a1", *, retained: bool = False) -> Message:
    return Message(topic, payload, NOW, retained, Delivery(1, 1))


class Room:
    """A desk with a camera and a bus."""

    def __init__(self, station: Station) -> None:
        self.desk = CommandDesk(lambda: NOW)
        self.bus = Bus()
        self.cameras: Mapping[SourceId, Station] = {CAMERA: station}

    def after(self, *messages: Message, now_s: float = 0.0) -> list[tuple[str, str | None]]:
        """Return results and reasons told so far."""
        for one in messages:
            self.desk.hear(one)
        self.desk.serve(self.cameras, self.bus, now_s)
        bodies = [json.loads(payload) for _, payload, _ in self.bus.messages]
        return [(body["result"], body["reason"]) for body in bodies]


def test_commands_are_heard_for_the_worker_s_cameras_only() -> None:
    assert filters([CAMERA, SourceId("cam-2")]) == ["pantau/v1/cam-1/command/+", "pantau/v1/cam-2/command/+"]


def test_a_command_is_carried_out_and_answered_under_its_id() -> None:
    station = Station(at_once=None)
    room = Room(station)
    assert room.after(message()) == [("ok", None)]
    assert [zone for zone, _ in station.asked] == ["corner"]
    topic, payload, qos = room.bus.messages[0]
    assert (topic, qos) == ("pantau/v1/cam-1/command/a1/result", 1)
    assert json.loads(payload) == {
        "id": "a1",
        "do": "clean_now",
        "zone": "corner",
        "result": "ok",
        "reason": None,
        "ts": "2026-01-01T00:00:00Z",
    }


def test_a_refusal_is_told_with_its_reason() -> None:
    assert Room(Station(at_once="the picture is not steady")).after(message()) == [
        ("failed", "the picture is not steady")
    ]


def test_a_command_that_comes_twice_is_carried_out_once_and_answered_twice() -> None:
    station = Station(at_once=None)
    room = Room(station)
    room.after(message())
    assert room.after(message()) == [("ok", None), ("ok", None)]
    assert len(station.asked) == 1


def test_a_copy_that_comes_while_the_first_is_under_way_changes_nothing() -> None:
    station = Station()
    room = Room(station)
    assert room.after(message(), message()) == []
    assert len(station.asked) == 1
    station.asked[0][1](None)
    assert room.after() == [("ok", None)]


def test_a_camera_that_never_answers_fails_the_command_once() -> None:
    station = Station()
    room = Room(station)
    room.after(message(), now_s=0.0)
    assert room.after(now_s=ANSWER_WITHIN_S - 1) == []
    told = room.after(now_s=ANSWER_WITHIN_S)
    assert [result for result, _ in told] == ["failed"]
    station.asked[0][1](None)
    assert room.after(now_s=ANSWER_WITHIN_S + 1) == told


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "unreadable"),
        (b"\xff", "unreadable"),
        (b"[]", "unreadable"),
        (b'{"zone": "corner"}', "unreadable"),
        (b'{"do": 7}', "unreadable"),
        (b'{"do": "reboot"}', "knows only clean_now"),
        (b" " * 5000, "at most 4096"),
    ],
)
def test_what_cannot_be_understood_is_answered_and_not_carried_out(payload: bytes, reason: str) -> None:
    station = Station(at_once=None)
    told = Room(station).after(message(payload))
    assert told[0][0] == "failed"
    assert reason in str(told[0][1])
    assert station.asked == []


@pytest.mark.parametrize(
    "one",
    [
        message(retained=True),
        message(topic="pantau/v1/cam-9/command/a1"),
        message(topic="pantau/v1/cam-1/command/" + "x" * 65),
        message(topic="pantau/v1/cam-1/command/a b"),
    ],
)
def test_old_foreign_and_unnameable_commands_are_left_alone(one: Message) -> None:
    station = Station(at_once=None)
    assert Room(station).after(one) == []
    assert station.asked == []


def test_a_flood_of_commands_keeps_the_newest() -> None:
    station = Station(at_once=None)
    room = Room(station)
    room.after(*(message(topic=f"pantau/v1/cam-1/command/{i}") for i in range(100)))
    assert len(station.asked) == WAITING_MOST
    assert room.bus.messages[-1][0] == "pantau/v1/cam-1/command/99/result"


def test_a_full_disk_costs_the_answer_not_the_worker() -> None:
    room = Room(Station(at_once=None))
    room.bus.full = True
    assert room.after(message()) == []
    room.bus.full = False
    assert room.after(message()) == [("ok", None)]


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_message_whatever_upsets_the_desk(payload: bytes, name: str) -> None:
    Room(Station(at_once=None)).after(message(payload), message(payload, f"pantau/v1/cam-1/command/{name}"))
