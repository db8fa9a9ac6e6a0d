"""What becomes of messages on foreign topics, good and bad."""

import json
import re
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from configs.site import SiteFile
from devices.reasons import Reason
from devices.registry import Registry
from events.reading import Quality
from tests.unit.devices.dialects.foreign_town import (
    NOW,
    SAMPLES,
    Tree,
    decode,
    payload_of,
    refused,
    sample,
    sparkplug,
    speech,
    town,
    understood,
)

TASMOTA = sample("tasmota-sensor")
TOPIC: str = TASMOTA["topic"]


def tasmota(**changes: object) -> SiteFile:
    return town([speech(TASMOTA, **changes)])


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_local_time_without_a_zone_is_the_citys() -> None:
    at_makassar = town([speech(TASMOTA)], timezone="Asia/Makassar")

    decoded = understood(at_makassar, TOPIC, payload_of(TASMOTA))

    assert decoded.readings[0].ts == datetime(2026, 11, 23, 1, 58, 30, tzinfo=UTC)
    assert decoded.readings[0].quality is Quality.CLOCK_SKEW


def test_a_device_whose_clock_is_not_to_be_believed_gets_the_receive_time() -> None:
    payload = body(Time="1970-01-01T00:00:05", SI7021={"Temperature": 30})

    assert understood(tasmota(time="receive"), TOPIC, payload).readings[0].ts == NOW

    believed = understood(tasmota(), TOPIC, payload)
    assert [(reading.ts, reading.quality) for reading in believed.readings] == [(NOW, Quality.CLOCK_SKEW)]
    assert [sent.received_at for sent in believed.sent_times] == [NOW]


def test_a_lorawan_message_that_waited_in_its_gateway_is_no_skewed_clock() -> None:
    said = sample("chirpstack-up")
    said["payload"]["time"] = (NOW - timedelta(hours=3)).isoformat()

    decoded = understood(town([speech(said)]), said["topic"], payload_of(said))

    assert {reading.quality for reading in decoded.readings} == {Quality.LATE}


@pytest.mark.parametrize(
    ("unit", "reason_or_value"),
    [("C", 30.0), ("F", -10 / 9), ("K", Reason.WRONG_UNIT), (5, Reason.WRONG_UNIT), ("R", Reason.WRONG_UNIT)],
)
def test_the_unit_that_the_message_names_is_converted_or_refused(unit: object, reason_or_value: object) -> None:
    fields = {"SI7021.Temperature": "humidity" if unit == "K" else "temperature"}
    payload = body(SI7021={"Temperature": 30}, TempUnit=unit)

    if isinstance(reason_or_value, Reason):
        rejection = refused(tasmota(fields=fields), TOPIC, payload)
        assert (rejection.reason, rejection.source) == (reason_or_value, "foreign-0")
    else:
        assert understood(tasmota(fields=fields), TOPIC, payload).readings[0].value == pytest.approx(reason_or_value)


def test_the_unit_of_the_site_file_counts_more_than_the_messages() -> None:
    site = tasmota(fields={"SI7021.Temperature": "temperature"}, units={"SI7021.Temperature": "[degF]"})

    decoded = understood(site, TOPIC, body(SI7021={"Temperature": 86}, TempUnit="C"))

    assert decoded.readings[0].value == pytest.approx(30)


def test_an_unbelievable_value_is_stored_and_marked_like_any_sensors() -> None:
    decoded = understood(tasmota(), TOPIC, body(SI7021={"Temperature": 85}))

    assert decoded.readings[0].quality is Quality.OUT_OF_RANGE


def test_a_message_without_any_of_the_fields_is_no_sign_of_life_and_told_once() -> None:
    site = tasmota()
    with capture_logs() as logs:
        decoded = understood(site, TOPIC, body(Time="2026-11-23T09:58:30", SI7021={"Temperature": None}))
    assert (decoded.source, decoded.readings, decoded.live) == ("foreign-0", (), False)
    assert [log["there_are"] for log in logs] == [["'Time'", "'SI7021'"]]


def test_a_simulated_uplink_measures_nothing() -> None:
    said = sample("the-things-stack-up")
    said["payload"]["simulated"] = True

    assert understood(town([speech(said)]), said["topic"], payload_of(said)).readings == ()


def test_a_retained_message_without_a_time_is_stale_and_no_sign_of_life() -> None:
    decoded = understood(tasmota(), TOPIC, body(SI7021={"Temperature": 30}), retained=True)

    assert ([r.quality for r in decoded.readings], decoded.live) == ([Quality.STALE], False)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "malformed"),
        (b"[]", "malformed"),
        (b'{"SI7021": {"Temperature": 1, "Temperature": 2}}', "malformed"),
        (b'{"SI7021": {"Temperature": nan}}', "impossible_value"),
        (b'{"SI7021": {"Temperature": "warm"}}', "impossible_value"),
        (b'{"SI7021": {"Temperature": {"now": 3}}}', "impossible_value"),
        (b'{"SI7021": {"Temperature": 1e999}}', "malformed"),
        (b'{"SI7021": {"Temperature": 1}, "Time": "yesterday"}', "bad_time"),
        (b'{"SI7021": {"Temperature": 1}, "Time": true}', "bad_time"),
        (b'{"SI7021": {"Temperature": 1}, "Time": 1e300}', "bad_time"),
        (b" " * 300_000, "too_large"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_the_name_of_the_sensor(payload: bytes, reason: str) -> None:
    rejection = refused(tasmota(), TOPIC, payload)

    assert (rejection.reason, rejection.source) == (reason, "foreign-0")


def test_one_device_may_be_several_sensors_each_alive_by_its_own_fields() -> None:
    halves: list[Tree] = [
        speech(TASMOTA, fields={"SI7021.Temperature": "temperature"}, status_topic="tele/tasmota_A1B2C3/LWT"),
        speech(TASMOTA, fields={"PMS5003.PM2.5": "pm25"}, status_topic="tele/tasmota_A1B2C3/LWT"),
    ]
    site = town(*([half] for half in halves))

    both = understood(site, TOPIC, payload_of(TASMOTA))
    one = understood(site, TOPIC, body(PMS5003={"PM2.5": 3}))
    gone = understood(site, "tele/tasmota_A1B2C3/LWT", b"Offline", retained=True)

    assert [(r.source, r.metric) for r in both.readings] == [("foreign-0", "temperature"), ("foreign-1", "pm25")]
    assert (both.source, both.also) == ("foreign-0", ("foreign-1",))
    assert (one.source, one.also) == ("foreign-1", ())
    assert gone.status is not None
    assert (gone.source, gone.also, gone.status.online, gone.live) == ("foreign-0", ("foreign-1",), False, False)


@pytest.mark.parametrize(
    ("payload", "online"),
    [(b"Online", True), (b"Offline", False), (b"online", True), (b'{"state":"offline"}', False), (b"on", None)],
)
def test_the_words_about_being_online_are_understood(payload: bytes, online: bool | None) -> None:  # noqa: FBT001 - a table
    intake = decode(tasmota(status_topic="t/LWT"), "t/LWT", payload)

    if online is None:
        assert intake.rejection is not None
        assert intake.rejection.source == "foreign-0"
    else:
        assert intake.decoded is not None
        assert intake.decoded.status is not None
        assert (intake.decoded.status.online, intake.decoded.status.at) == (online, NOW)


def test_a_foreign_sensor_may_still_speak_pantaus_own_language() -> None:
    decoded = understood(tasmota(), "pantau/v1/foreign-0/telemetry", b'{"values": {"pm25": 3}}')

    assert decoded.readings[0].metric == "pm25"


def test_exactly_the_topics_of_the_site_file_are_to_be_heard() -> None:
    site = town([speech(TASMOTA, status_topic="t/LWT")], [speech(sample("esphome-state"), status_topic="t/LWT")])

    assert Registry.from_site(site).foreign_topics == [TOPIC, "udara-taman/sensor/pm_2_5/state", "t/LWT"]


LOGGER = sample("json-list")


def logger(**changes: object) -> SiteFile:
    return town([speech(LOGGER, **changes)])


@pytest.mark.parametrize(
    ("changes", "payload", "values"),
    [
        ({"records": "*"}, b'[{"t": 1795402650, "s": 700}, {"s": 710}, 5, "x", []]', [30.0, 31.0]),
        ({"records": "*", "fields": {"value": "temperature"}}, b"[695, null, 700]", [695.0, 700.0]),
        ({"records": "a.0"}, b'{"a": [[{"s": 700}]]}', [30.0]),
        ({}, b'{"data": null}', []),
        ({}, b'{"data": []}', []),
        ({}, b'{"other": 1}', []),
        (
            {"records": None, "fields": {"3.s": "temperature"}, "scale": {}, "offset": {}},
            b'[0, 0, 0, {"s": "7.5"}]',
            [7.5],
        ),
        ({"records": None, "fields": {"value": "temperature"}, "scale": {}, "offset": {}}, b'"-1.5e1"', [-15.0]),
    ],
)
def test_lists_of_moments_are_read_one_by_one(changes: Tree, payload: bytes, values: list[float]) -> None:
    kept: Tree = {"scale": {}, "offset": {}} if changes.get("fields") else {}
    decoded = understood(logger(**(kept | changes)), LOGGER["topic"], payload)

    assert [reading.value for reading in decoded.readings] == values


@pytest.mark.parametrize(
    ("payload", "reason", "words"),
    [
        (b'{"data": {"s": 1}}', "malformed", "no list stands at 'data'"),
        (b'{"data": [' + b"1," * 5000 + b"1]}", "too_large", "at most 5000"),
        (b'{"data": [{"s": 1e308}]}', "impossible_value", "once it is scaled"),
        (b'{"data": [{"s": "hangat"}]}', "impossible_value", "no number"),
        (b'{"data": [{"s": 1, "t": "besok"}]}', "bad_time", "want 2026"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_with_what_to_do(payload: bytes, reason: str, words: str) -> None:
    rejection = refused(logger(scale={"s": 10}), LOGGER["topic"], payload)

    assert rejection.reason == reason
    assert words in rejection.detail


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"29.5", 29.5),
        (b" 29.5\n", 29.5),
        (b"ON", 1.0),
        (b"false", 0.0),
        (b"unavailable", None),
        (b"unknown", None),
        (b"None", None),
        (b"nan", None),
        (b"", None),
        (b'{"value": 3}', 3.0),
    ],
)
def test_states_are_read_as_home_assistant_reads_them(payload: bytes, value: float | None) -> None:
    bare = sample("home-assistant-bare")
    decoded = understood(town([speech(bare, units={})]), bare["topic"], payload)

    assert [reading.value for reading in decoded.readings] == ([] if value is None else [value])


@pytest.mark.parametrize("payload", [b"warm", b"\xff", b"{", b"[1,", b"1_0"])
def test_a_state_that_is_no_number_is_refused(payload: bytes) -> None:
    bare = sample("home-assistant-bare")

    assert refused(town([speech(bare)]), bare["topic"], payload).reason in {"impossible_value", "malformed"}


@pytest.mark.parametrize("flag", ["batteryLevelUnavailable", "externalPowerSource"])
def test_a_battery_that_chirpstack_knows_nothing_of_is_not_empty(flag: str) -> None:
    said = sample("chirpstack-status")
    said["payload"] |= {flag: True, "batteryLevel": 0.0}

    decoded = understood(town([speech(said)]), said["topic"], payload_of(said))

    assert [reading.metric for reading in decoded.readings] == ["snr"]


ALL = [sample(path.stem) for path in sorted(SAMPLES.glob("*.json"))]
ONE_FOR_EACH_TOPIC = {said["topic"]: said for said in ALL}
EVERYBODY = town(
    *[[speech(said)] for topic, said in ONE_FOR_EACH_TOPIC.items() if topic != TOPIC],
    [speech(TASMOTA, status_topic="tele/tasmota/LWT")],
)
TOPICS_OF_ALL = sorted({said["topic"] for said in ALL} | {"tele/tasmota/LWT"})
PAYLOADS_OF_NODES = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["Inputs/Suhu", "Inputs/Arus", ""])},
        optional={
            "float_value": st.floats(width=32),
            "datatype": st.integers(0, 20),
            "string_value": st.text(max_size=3),
        },
    ),
    max_size=3,
).map(lambda metrics: sparkplug(metrics=metrics))
LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.datetimes().map(str)
KEYS = st.sampled_from(
    [
        "Time",
        "SI7021",
        "Temperature",
        "TempUnit",
        "value",
        "time",
        "object",
        "distance",
        "suhu",
        "waktu",
        "n",
        "v",
        "bt",
        "data",
        "s",
        "t",
        "rxInfo",
        "rssi",
        "uplink_message",
        "rx_metadata",
        "StatusSNS",
    ]
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=12
)


WHAT_TO_DO = re.compile(
    r"\b(want|send|leave|correct|name|publish|belongs|at most|Expected|must|take|switch|lies outside)\b"
)
"""Words without which a refusal would only complain."""


@given(
    topic=st.sampled_from(
        [*TOPICS_OF_ALL, "spBv1.0/Rembang/NDEATH/pompa-1", "spBv1.0/Rembang/DBIRTH/pompa-1/sensor-3"]
    ),
    payload=st.binary(max_size=40)
    | TREES.map(lambda tree: json.dumps(tree).encode())
    | TREES.map(cbor2.dumps)
    | PAYLOADS_OF_NODES,
)
@settings(max_examples=800, deadline=None)
def test_whatever_arrives_is_either_understood_or_refused_with_a_reason(topic: str, payload: bytes) -> None:
    intake = decode(EVERYBODY, topic, payload)

    if intake.rejection is not None:
        assert intake.rejection.reason in set(Reason) - {Reason.DECODER_FAULT}
        assert len(intake.rejection.detail) < 500
        assert WHAT_TO_DO.search(intake.rejection.detail), intake.rejection.detail
    else:
        assert intake.decoded is not None
