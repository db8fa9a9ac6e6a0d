import json
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid6 import uuid7

from events.geometry import Box
from events.observation import Phase
from tests.unit.devices.town import NOW, refused, understood

TOPIC = "pantau/v1/cam-1/event"
EVENT: dict[str, object] = {
    "id": "0193564e-2a3b-7c4d-8e5f-0123456789ab",
    "kind": "crowding",
    "phase": "begin",
    "ts": "2026-11-23T03:00:00Z",
    "started_at": "2026-11-23T02:59:30Z",
    "boot": "b1",
    "seq": 4,
    "zone": "plaza",
    "bbox": [0.1, 0.2, 0.3, 0.4],
    "count": 12,
    "score": 0.9,
    "evidence": "0" * 64,
    "attrs": {"class": "dense", "trusted": True, "area": 12.5, "note": None},
}


def test_an_event_becomes_an_observation() -> None:
    decoded = understood(TOPIC, json.dumps(EVENT).encode())

    seen = decoded.observation
    assert seen is not None
    assert seen.id == UUID("0193564e-2a3b-7c4d-8e5f-0123456789ab")
    assert (seen.source, seen.kind, seen.zone, seen.phase) == ("cam-1", "crowding", "plaza", Phase.BEGIN)
    assert seen.at == NOW
    assert seen.started_at == NOW - timedelta(seconds=30)
    assert seen.received_at == NOW
    assert seen.box == Box(0.1, 0.2, 0.3, 0.4)
    assert (seen.count, seen.score, seen.evidence) == (12, 0.9, "0" * 64)
    assert seen.attrs == {"class": "dense", "trusted": True, "area": 12.5, "note": None}


def test_an_event_of_a_camera_is_no_sign_of_its_life_because_it_may_say_that_it_is_dead() -> None:
    assert not understood(TOPIC, json.dumps(EVENT).encode()).live


def test_little_is_needed() -> None:
    body = {"id": str(uuid7()), "kind": "tamper", "phase": "end"}

    seen = understood(TOPIC, json.dumps(body).encode()).observation

    assert seen is not None
    assert seen.at == seen.started_at == NOW
    assert (seen.zone, seen.box, seen.count, seen.evidence, dict(seen.attrs)) == (None, None, None, None, {})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "7"}, "bad_event"),
        ({"id": "9b2f0c1e-4b7a-4f7e-8a55-6a1f4f3f0c11"}, "bad_event"),  # version 4
        ({"kind": "Crowding!"}, "bad_event"),
        ({"kind": "a\0b"}, "bad_event"),
        ({"phase": "middle"}, "bad_event"),
        ({"zone": "elsewhere"}, "bad_event"),
        ({"zone": ""}, "bad_event"),
        ({"bbox": [0, 0, 1]}, "bad_event"),
        ({"bbox": [0.5, 0, 0.6, 1]}, "bad_event"),
        ({"bbox": [10, 20, 100, 200]}, "bad_event"),
        ({"bbox": [0.1, 0.1, 0, 0.5]}, "bad_event"),
        ({"count": -1}, "bad_event"),
        ({"score": 1.1}, "bad_event"),
        ({"evidence": "abc"}, "bad_event"),
        ({"attrs": {"a": [1]}}, "bad_event"),
        ({"attrs": {"a": "x\0"}}, "bad_event"),
        ({"attrs": {"a": "x" * 501}}, "bad_event"),
        ({"attrs": {"a": 2**63}}, "bad_event"),
        ({"attrs": {str(n): n for n in range(33)}}, "bad_event"),
        ({"started_at": "2026-11-23T03:00:01Z"}, "bad_event"),
        ({"ts": "noon"}, "bad_time"),
        ({"started_at": 5}, "bad_time"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(change: dict[str, object], reason: str) -> None:
    assert refused(TOPIC, json.dumps(EVENT | change).encode()).reason == reason


def test_a_key_that_stands_twice_is_refused() -> None:
    payload = json.dumps(EVENT).replace('"count": 12', '"count": 12, "count": 13').encode()

    assert "'count' stands twice" in refused(TOPIC, payload).detail


@given(
    x=st.floats(0, 1), y=st.floats(0, 1), width=st.floats(-0.5, 1.5, width=16), height=st.floats(-0.5, 1.5, width=16)
)
def test_a_box_is_accepted_exactly_when_it_lies_in_the_picture(x: float, y: float, width: float, height: float) -> None:
    payload = json.dumps(EVENT | {"bbox": [x, y, width, height]}).encode()
    inside = width > 0 and height > 0 and x + width <= 1 + 1e-6 and y + height <= 1 + 1e-6 and width * height > 0

    if inside:
        assert understood(TOPIC, payload).observation
    else:
        assert refused(TOPIC, payload).reason == "bad_event"


def test_a_load_that_cannot_be_is_refused_where_its_weighbridge_is_told_so() -> None:
    def told(gross_kg: float) -> bytes:
        attrs = {"reference": "T-1", "gross_kg": gross_kg, "tare_kg": 4000}
        return json.dumps({"id": str(uuid7()), "kind": "weighbridge_load", "phase": "end", "attrs": attrs}).encode()

    assert understood(TOPIC, told(9000)).observation is not None
    rejection = refused(TOPIC, told(1))
    assert (rejection.reason, "empty one" in rejection.detail) == ("bad_event", True)
