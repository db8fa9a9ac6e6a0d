import json
import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.telemetry import MOST_READINGS
from events.reading import Quality
from tests.unit.devices.town import NOW, refused, understood

TOPIC = "pantau/v1/air-1/telemetry"
METRICS = ["pm25", "temperature", "humidity"]
VALUES = st.dictionaries(
    st.sampled_from(METRICS),
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
    min_size=1,
)


@given(
    values=VALUES,
    age_s=st.integers(-299, 299),
    number=st.sampled_from([{}, {"boot": "b", "seq": 7}]),
    as_text=st.booleans(),
)
def test_what_a_device_sends_is_what_is_read(
    values: dict[str, float],
    age_s: int,
    number: dict[str, object],
    *,
    as_text: bool,
) -> None:
    ts = NOW - timedelta(seconds=age_s)
    body = {
        "ts": ts.isoformat() if as_text else round(ts.timestamp() * 1000),
        "values": values,
        **number,
    }

    decoded = understood(TOPIC, json.dumps(body).encode())

    assert decoded.source == "air-1"
    assert {r.metric: r.value for r in decoded.readings} == {m: float(v) for m, v in values.items()}
    assert all(r.ts == ts and r.received_at == NOW and r.raw == r.value for r in decoded.readings)


def test_a_message_without_a_time_has_the_time_it_was_received() -> None:
    [reading] = understood(TOPIC, b'{"values": {"pm25": 12.3}}').readings

    assert reading.ts == NOW
    assert reading.quality is Quality.OK


@pytest.mark.parametrize("payload", [b'{"values": {"pm25": 12.3}}', b'[{"n": "pm25", "v": 12.3}]'])
def test_a_retained_message_without_a_time_is_no_value_of_now(payload: bytes) -> None:
    [reading] = understood(TOPIC, payload, retained=True).readings

    assert reading.quality is Quality.STALE


def test_a_retained_message_with_its_time_is_taken_at_its_word() -> None:
    [reading] = understood(TOPIC, b'{"ts": "2026-11-23T02:59:00Z", "values": {"pm25": 1}}', retained=True).readings

    assert reading.quality is Quality.OK


@pytest.mark.parametrize(
    ("value", "quality"),
    [(0, Quality.OK), (1000, Quality.OK), (-0.1, Quality.OUT_OF_RANGE), (1e300, Quality.OUT_OF_RANGE)],
)
def test_a_value_outside_its_limits_is_kept_and_marked(value: float, quality: Quality) -> None:
    [reading] = understood(TOPIC, json.dumps({"values": {"pm25": value}}).encode()).readings

    assert reading.quality is quality
    assert math.isclose(reading.raw, value)


@pytest.mark.parametrize(
    ("ts", "number", "quality"),
    [
        ("2026-11-23T03:05:00Z", {}, Quality.OK),
        ("2026-11-23T03:05:01Z", {}, Quality.CLOCK_SKEW),
        ("2026-11-23T03:05:01Z", {"seq": 1}, Quality.CLOCK_SKEW),
        ("2026-11-23T02:55:00Z", {}, Quality.OK),
        ("2026-11-23T02:54:59Z", {}, Quality.CLOCK_SKEW),
        (
            "2026-11-22T02:54:59Z",
            {"seq": 1},
            Quality.LATE,
        ),  # a numbering device holds messages back while the broker is away
        ("2026-11-23T02:55:00Z", {"seq": 1}, Quality.OK),
        ("2026-11-23T10:00:00+07:00", {}, Quality.OK),
    ],
)
def test_a_clock_that_is_off_is_marked(ts: str, number: dict[str, int], quality: Quality) -> None:
    body = {"ts": ts, "values": {"pm25": 1}, **number}

    [reading] = understood(TOPIC, json.dumps(body).encode()).readings

    assert reading.quality is quality


def test_an_array_is_many_moments_and_may_be_old() -> None:
    decoded = understood(
        TOPIC,
        b'[{"ts": "2026-11-22T03:00:00Z", "values": {"pm25": 1}},'
        b' {"ts": "2026-11-22T03:01:00Z", "values": {"pm25": 2, "humidity": 3}}]',
    )

    assert [(r.metric, r.value, r.quality) for r in decoded.readings] == [
        ("pm25", 1, Quality.LATE),
        ("pm25", 2, Quality.LATE),
        ("humidity", 3, Quality.LATE),
    ]
    assert decoded.readings[1].ts - decoded.readings[0].ts == timedelta(minutes=1)


def test_a_camera_measures_by_zone() -> None:
    topic = "pantau/v1/cam-1/telemetry"

    assert understood(topic, b'{"values": {"people_count.plaza": 3, "pictures_per_s": 5}}').readings
    assert refused(topic, b'{"values": {"people_count.elsewhere": 3}}').reason == "unknown_metric"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "malformed"),
        (b"12.3", "malformed"),
        (b"null", "malformed"),
        (b'{"values": {}}', "malformed"),
        (b'{"values": [1]}', "impossible_value"),
        (b"{}", "malformed"),
        (b"[]", "malformed"),
        (b'[{"values": {}}]', "malformed"),
        (b"[1]", "malformed"),
        (b'[{"values": {"pm25": 1}}, {"n": "pm25", "v": 1}]', "malformed"),
        (b'{"values": {"pm25": 1}', "malformed"),
        (b'{"values": {"pm25": 1}} {}', "malformed"),
        (b'\xef\xbb\xbf{"values": {"pm25": 1}}', "malformed"),
        (b'{"values": {"pm25\xff": 1}}', "malformed"),
        (b'{"values": {"pm25": 1, "pm25": 2}}', "malformed"),
        (b'{"values": {"pm25": 1}, "values": {"pm25": 2}}', "malformed"),
        (b'{"values": {"pm25": 1, "pm2\\u0035": 2}}', "malformed"),
        (b'[{"values": {"pm25": 1, "pm25": 2}}]', "malformed"),
        (b'{"values": {"pm25": 1}, "seq": "7"}', "malformed"),
        (b'{"values": {"pm25\\u0000": 1}}', "unknown_metric"),
        (b'{"values": {"PM25": 1}}', "unknown_metric"),
        (b'{"values": {"pm25": NaN}}', "impossible_value"),
        (b'{"values": {"pm25": -Infinity}}', "impossible_value"),
        (b'{"values": {"pm25": 1e999}}', "impossible_value"),
        (b'{"values": {"pm25": true}}', "impossible_value"),
        (b'{"values": {"pm25": "12.3"}}', "impossible_value"),
        (b'{"values": {"pm25": null}}', "impossible_value"),
        (b'[{"values": {"pm25": false}}]', "impossible_value"),
        (b'{"ts": "yesterday", "values": {"pm25": 1}}', "bad_time"),
        (b'{"ts": "2026-11-23T03:00:00", "values": {"pm25": 1}}', "bad_time"),
        (b'{"ts": true, "values": {"pm25": 1}}', "bad_time"),
        (b'{"ts": 1763866800, "values": {"pm25": 1}}', "bad_time"),  # seconds
        (b'{"ts": -1, "values": {"pm25": 1}}', "bad_time"),
        (b'{"ts": 1e300, "values": {"pm25": 1}}', "bad_time"),
        (b'{"ts": "9999-12-31T23:59:59-14:00", "values": {"pm25": 1}}', "bad_time"),
        (b'{"ts": "0001-01-01T00:00:00+14:00", "values": {"pm25": 1}}', "bad_time"),
    ],
)
def test_a_payload_that_cannot_be_accepted_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    rejection = refused(TOPIC, payload)

    assert rejection.reason == reason
    assert rejection.source == "air-1"


@pytest.mark.parametrize(
    "body",
    [
        {"values": {"pm25": 1}, "battery": "low", "nested": {"a": [1, 2]}},
        {"values": {"pm25": 1}, "boot": "b", "seq": 1, "ts": None},
        {"values": {"pm25": 1}, "boot": 'quo"ted', "seq": 1},
    ],
)
def test_a_field_we_do_not_know_is_no_mistake(body: dict[str, object]) -> None:
    assert understood(TOPIC, json.dumps(body).encode()).readings


def test_a_message_holds_so_many_values_and_no_more() -> None:
    entry = b'{"values":{"pm25":1}}'

    assert len(understood(TOPIC, b"[" + b",".join([entry] * MOST_READINGS) + b"]").readings) == MOST_READINGS
    assert refused(TOPIC, b"[" + b",".join([entry] * (MOST_READINGS + 1)) + b"]").reason == "too_large"
