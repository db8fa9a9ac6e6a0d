import json
from decimal import Decimal

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.reasons import Reason
from devices.senml_cbor import decode_pack
from tests.unit.devices.dialects.foreign_town import sample, speech, town
from tests.unit.devices.dialects.foreign_town import understood as foreign_understood
from tests.unit.devices.town import decode, refused, understood

TOPIC = "pantau/v1/air-1/telemetry"
RFC = bytes.fromhex(
    # The first two records of the example in RFC 8428, section 6, as a pack of two.
    "82a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b0010622361412005"
    "0067766f6c746167650161" + "5602fb405e066666666666" + "a3006763757272656e74062402fb3ff3333333333333"
)


def test_the_example_of_the_rfc_is_read() -> None:
    voltage, current = decode_pack(RFC)

    assert (voltage.bn, voltage.bt, voltage.bu, voltage.bver) == ("urn:dev:ow:10e2073a0108006:", 1276020076.001, "A", 5)
    assert (voltage.n, voltage.u, voltage.v) == ("voltage", "V", 120.1)
    assert (current.n, current.t, current.v) == ("current", -5, 1.2)


def test_sums_and_truth_values_are_read_on_a_foreign_topic_as_in_json() -> None:
    said = sample("senml-sums")
    labels = {"bn": -2, "bt": -3, "bu": -4, "bs": -6, "bver": -1, "n": 0, "u": 1, "v": 2, "s": 5, "t": 6}
    labels |= {"vs": 3, "vb": 4, "vd": 8}
    pack = [{labels[key]: value for key, value in record.items()} for record in said["payload"]]
    site = town([speech(said)])

    from_cbor = foreign_understood(site, said["topic"], cbor2.dumps(pack))

    assert from_cbor == foreign_understood(site, said["topic"], json.dumps(said["payload"]).encode())
    assert [(r.metric, r.value) for r in from_cbor.readings][:2] == [("flow", 0.5), ("volume", pytest.approx(1.25))]


@pytest.mark.parametrize("value", [31, 31.0, Decimal(31)])
def test_numbers_may_be_integers_floats_or_decimal_fractions(value: object) -> None:
    decoded = understood(TOPIC, cbor2.dumps([{-2: "urn:x:", -4: "Cel", 0: "temperature", 2: value}]))

    assert [(r.metric, r.value) for r in decoded.readings] == [("temperature", 31.0)]


def test_cbor_and_json_of_one_pack_say_the_same_on_a_foreign_topic() -> None:
    said = sample("senml-pack")
    labels = {"bn": -2, "bt": -3, "bu": -4, "n": 0, "u": 1, "v": 2, "t": 6}
    pack = [{labels[key]: value for key, value in record.items()} for record in said["payload"]]
    site = town([speech(said)])

    from_cbor = foreign_understood(site, said["topic"], cbor2.dumps(pack))
    from_json = foreign_understood(site, said["topic"], json.dumps(said["payload"]).encode())

    assert from_cbor == from_json


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (cbor2.dumps([]), "malformed"),
        (cbor2.dumps([7]), "malformed"),
        (cbor2.dumps([{0: "pm25", 2: 1}]) + b"\0", "malformed"),
        (RFC[:-1], "malformed"),
        (bytes.fromhex("81a3006470" + "6d3235" + "02010202"), "malformed"),
        (cbor2.dumps([{0: "pm25", "v": 1, 2: 1}]), "malformed"),
        (cbor2.dumps([{0: 5, 2: 1}]), "malformed"),
        (cbor2.dumps([{0: "pm25", 2: True}]), "impossible_value"),
        (cbor2.dumps([{0: "pm25", 2: float("nan")}]), "impossible_value"),
        (cbor2.dumps([{0: "pm25", 2: 10**400}]), "impossible_value"),
        (cbor2.dumps([{0: "pm25", 2: Decimal("1E+999999")}]), "impossible_value"),
        (cbor2.dumps([{0: "pm25", 3: "much"}]), "impossible_value"),
        (cbor2.dumps([{0: "pm25", 2: 1, 6: "soon"}]), "bad_time"),
        (cbor2.dumps([{0: "pm25", 1: "m", 2: 1}]), "wrong_unit"),
        (cbor2.dumps([{0: "pm25", -1: 11, 2: 1}]), "malformed"),
        (cbor2.dumps([{0: "pm25", "x_": 11, 2: 1}]), "malformed"),
        (cbor2.dumps([{0: "pm25", 3: 5}]), "malformed"),
        (cbor2.dumps([{0: "pm25", 8: b"x"}]), "impossible_value"),
        (cbor2.dumps([{0: "pm25", -6: float("inf"), 5: 1}]), "impossible_value"),
        (bytes.fromhex("d81c81d81d00"), "malformed"),
        (bytes.fromhex("81d81c81d81d00"), "malformed"),
        (bytes.fromhex("9bffffffffffffffff"), "malformed"),
        (b"\x81" * 900_000, "malformed"),
    ],
)
def test_what_cannot_be_understood_is_refused(payload: bytes, reason: str) -> None:
    assert refused(TOPIC, payload).reason == reason


@given(st.integers(0x80, 0x9F), st.binary(max_size=60))
@settings(max_examples=500, deadline=None)
def test_whatever_begins_like_an_array_is_understood_or_refused(first: int, rest: bytes) -> None:
    intake = decode(TOPIC, bytes([first]) + rest)

    assert intake.rejection is None or intake.rejection.reason != Reason.DECODER_FAULT


@given(
    st.lists(
        st.dictionaries(
            st.integers(-7, 9) | st.text(max_size=2),
            st.none() | st.floats() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
        ),
        max_size=4,
    )
)
def test_any_records_are_understood_or_refused(pack: list[dict[object, object]]) -> None:
    reasons = {Reason.MALFORMED, Reason.IMPOSSIBLE_VALUE, Reason.BAD_TIME, Reason.UNKNOWN_METRIC, Reason.WRONG_UNIT}
    intake = decode(TOPIC, cbor2.dumps(pack))

    assert intake.rejection is None or intake.rejection.reason in reasons
