import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.arrival import Arrival
from devices.registry import KnownSource, SourceKind
from devices.telemetry import decode_telemetry
from events.errors import PayloadError
from events.ids import SourceId
from events.message import Delivery, Message
from events.quantities import Quantity
from tests.unit.devices.town import NOW, refused, understood

TOPIC = "pantau/v1/air-1/telemetry"
NOW_S = NOW.timestamp()


def test_base_fields_hold_from_their_record_on() -> None:
    pack = [
        {"bn": "urn:dev:mac:0024befffe804ff1:", "bt": NOW_S, "bu": "Cel", "bv": 20, "n": "temperature", "v": 1.5},
        {"n": "temperature", "t": -60, "v": 2},
        {"bv": 100, "bu": "ug/m3", "n": "pm25", "v": 5},
        {"n": "humidity", "u": "%RH", "v": -30},
    ]

    readings = understood(TOPIC, json.dumps(pack).encode()).readings

    assert [(r.metric, r.value, r.ts) for r in readings] == [
        ("temperature", 21.5, NOW),
        ("temperature", 22.0, NOW - timedelta(minutes=1)),
        ("pm25", 105.0, NOW),
        ("humidity", 70.0, NOW),
    ]


@pytest.mark.parametrize(
    ("record", "ts"),
    [
        ({"n": "pm25", "v": 1}, NOW),
        ({"n": "pm25", "v": 1, "t": -5}, NOW - timedelta(seconds=5)),
        ({"n": "pm25", "v": 1, "t": 2**28}, None),  # absolute, in 1978
        ({"n": "pm25", "v": 1, "t": 1_763_866_800}, datetime(2025, 11, 23, 3, 0, tzinfo=UTC)),
        ({"bt": 1_763_866_800, "n": "pm25", "v": 1, "t": 0.5}, datetime(2025, 11, 23, 3, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_times_below_two_to_the_28th_are_relative_to_now(record: dict[str, object], ts: datetime | None) -> None:
    payload = json.dumps([record]).encode()
    if ts is None:
        assert refused(TOPIC, payload).reason == "bad_time"
    else:
        assert understood(TOPIC, payload).readings[0].ts == ts


@pytest.mark.parametrize("base_name", ["pm25", "urn:dev:ow:10e2073a01080063:pm25", "plant/roof/pm25"])
def test_a_record_without_a_name_is_called_by_the_end_of_the_base_name(base_name: str) -> None:
    assert understood(TOPIC, json.dumps([{"bn": base_name, "v": 1}]).encode()).readings[0].metric == "pm25"


def test_an_explicit_zero_or_empty_base_field_sets_back_what_held() -> None:
    pack = [
        {"bn": "x:", "bt": NOW_S - 60, "bv": 100, "bu": "ug/m3", "n": "pm25", "v": 1},
        {"bt": 0, "bv": 0, "bu": "", "n": "humidity", "v": 5},
    ]

    readings = understood(TOPIC, json.dumps(pack).encode()).readings

    assert [(r.value, r.ts) for r in readings] == [(101.0, NOW - timedelta(minutes=1)), (5.0, NOW)]


@pytest.mark.parametrize(
    ("pack", "words"),
    [
        ([{"bver": 5, "n": "pm25", "v": 1}, {"bver": 6, "n": "pm25", "v": 2}], "bver differs"),
        ([{"n": "pm25", "v": 1, "frobnicate_": 1}], "must be understood"),
        ([{"n": "pm25", "v": 1, "vs": "x"}], "several values"),
    ],
)
def test_what_the_rfc_forbids_is_refused_by_name(pack: list[dict[str, object]], words: str) -> None:
    rejection = refused(TOPIC, json.dumps(pack).encode())

    assert rejection.reason == "malformed"
    assert words in rejection.detail


def test_fields_that_need_not_be_understood_are_passed_over() -> None:
    assert understood(TOPIC, b'[{"n": "pm25", "v": 1, "ut": 60, "x": "y"}]').readings[0].value == 1.0


def sums(unit: str, *records: dict[str, object]) -> list[tuple[str, float]]:
    source = KnownSource(
        id=SourceId("meter"),
        kind=SourceKind.SENSOR,
        quantities={"power": Quantity(unit="W"), "power_sum": Quantity(unit=unit)},
    )
    message = Message("pantau/v1/meter/telemetry", json.dumps(records).encode(), NOW, False, Delivery(1, 1))  # noqa: FBT003 - not retained
    decoded = decode_telemetry(Arrival(message, source, "", timedelta()))
    return [(reading.metric, reading.value) for reading in decoded.readings]


def test_a_sum_becomes_the_metric_that_is_named_for_it_with_the_base_sum_added() -> None:
    assert sums("J", {"bs": 1000, "bu": "W", "n": "power", "v": 3, "s": 5}, {"n": "power", "s": 8}) == [
        ("power", 3.0),
        ("power_sum", 1005.0),
        ("power_sum", 1008.0),
    ]


def test_the_unit_of_a_sum_is_that_of_its_values_times_seconds() -> None:
    with pytest.raises(PayloadError, match="comes in 'J'"):
        sums("W", {"bu": "W", "n": "power", "s": 5})


def test_sums_without_a_metric_of_their_own_and_base_records_are_passed_over() -> None:
    pack = [{"bn": "urn:x:", "bt": NOW_S}, {"n": "energy", "s": 12}, {"n": "pm25", "v": 1, "s": 99}]

    assert [r.metric for r in understood(TOPIC, json.dumps(pack).encode()).readings] == ["pm25"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"n": "pm25", "vs": "high"}, "impossible_value"),
        ({"n": "pm25", "vb": True}, "impossible_value"),
        ({"n": "pm25", "vd": "aGk"}, "impossible_value"),
        ({"n": "pm25", "v": True}, "impossible_value"),
        ({"n": "pm25", "v": "1"}, "impossible_value"),
        ({"n": "pm25", "v": 1e308, "bv": 1e308}, "impossible_value"),
        ({"n": "pm25"}, "malformed"),
        ({"n": "pm25", "s": 1}, "malformed"),
        ({"n": 5, "v": 1}, "malformed"),
        ({"n": "pm25", "v": 1, "bver": 11}, "malformed"),
        ({"n": "pm25", "v": 1, "t": "now"}, "bad_time"),
        ({"n": "pm25", "v": 1, "t": 1e300}, "bad_time"),
        ({"n": "pm25", "v": 1, "t": -1e300}, "bad_time"),
        ({"n": "pm25", "v": 1, "t": 1_763_866_800_000}, "bad_time"),  # milliseconds
        ({"n": "pm25", "v": 1, "u": "mg/m3"}, "wrong_unit"),
        ({"n": "pm10", "v": 1, "u": "ug/m3"}, "unknown_metric"),
        ({"v": 1}, "unknown_metric"),
    ],
)
def test_a_record_that_cannot_be_accepted_refuses_the_pack(record: dict[str, object], reason: str) -> None:
    assert refused(TOPIC, json.dumps([record]).encode()).reason == reason


@given(
    records=st.lists(
        st.tuples(st.sampled_from(["pm25", "humidity"]), st.integers(-1000, 1000), st.integers(-100_000, 200)),
        min_size=1,
        max_size=8,
    ),
    base_value=st.integers(-100, 100),
)
def test_base_fields_change_how_a_pack_is_written_and_not_what_it_says(
    records: list[tuple[str, int, int]], base_value: int
) -> None:
    plain = [{"n": n, "v": v, "t": NOW_S + t} for n, v, t in records]
    based = [{"n": n, "v": v - base_value, "t": t} for n, v, t in records]
    based[0] |= {"bt": NOW_S, "bv": base_value}

    assert (
        understood(TOPIC, json.dumps(plain).encode()).readings == understood(TOPIC, json.dumps(based).encode()).readings
    )
