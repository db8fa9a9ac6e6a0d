import dataclasses
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.arrival import Arrival
from devices.codecs import CODECS
from devices.decoder import MOST_DAYS
from devices.reasons import Reason
from events.ids import SourceId
from events.intake import Decoded
from events.reading import Quality
from tests.unit.devices.town import NOW, arriving, decode, make_decoder, refused, understood

KINDS = st.sampled_from(["telemetry", "event", "evidence/" + "0" * 64, "status", "canary"])
SOURCES = st.sampled_from(["air-1", "cam-1", "vision-0", "pantau-ingest", "nobody"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.datetimes().map(str),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["ts", "values", "pm25", "n", "v", "bn", "bt", "t", "id", "kind", "bbox", "state", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(source=SOURCES, kind=KINDS, payload=st.binary(max_size=64) | JSON.map(lambda tree: json.dumps(tree).encode()))
@settings(max_examples=400, deadline=None)
def test_whatever_arrives_is_either_understood_or_refused_with_a_reason(source: str, kind: str, payload: bytes) -> None:
    intake = decode(f"pantau/v1/{source}/{kind}", payload)

    assert (intake.decoded is None) != (intake.rejection is None)
    if intake.rejection is not None:
        assert intake.rejection.reason in set(Reason) - {Reason.DECODER_FAULT}
        assert 0 < len(intake.rejection.detail) < 500


@given(topic=st.text(max_size=40))
def test_whatever_the_topic_the_decoder_lives(topic: str) -> None:
    assert decode(topic, b"{}").rejection is not None


@pytest.mark.parametrize(
    ("topic", "reason", "source"),
    [
        ("pantau/v1/nobody/telemetry", "unknown_source", None),
        ("pantau/v1/air-1/telemetry/more", "unknown_topic", "air-1"),
        ("pantau/v1/air-1/temperature", "unknown_topic", "air-1"),
        ("pantau/v1/air-1/evidence", "unknown_topic", "air-1"),
        ("pantau/v1/air-1", "unknown_topic", "air-1"),
        ("pantau/v2/air-1/telemetry", "unknown_topic", None),
        ("pantau/v1/vision-0/telemetry", "unknown_topic", "vision-0"),
        ("pantau/v1/air-1/canary", "unknown_topic", "air-1"),
        ("pantau/v1/pantau-ingest/telemetry", "unknown_topic", "pantau-ingest"),
        ("\N{REPLACEMENT CHARACTER}", "unknown_topic", None),
    ],
)
def test_a_topic_outside_the_contract_is_refused(topic: str, reason: str, source: str | None) -> None:
    rejection = refused(topic, b'{"values": {"pm25": 1}}')

    assert rejection.reason == reason
    assert rejection.source == source


def test_a_refusal_tells_what_to_do_about_it() -> None:
    assert "add it, or correct the topic" in refused("pantau/v1/air-2/telemetry", b"{}").detail
    assert "it has humidity, pm25, temperature" in refused(TELEMETRY, b'{"values": {"pm2.5": 1}}').detail


TELEMETRY = "pantau/v1/air-1/telemetry"


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 1_000_000,
        b'{"values":{"pm25":1},"x":' + b"[" * 400_000 + b"]" * 400_000 + b"}",
        b'{"values":{"pm25":1},"x":' + b"9" * 900_000 + b"}",
        b'{"values":{"pm25":' + b"9" * 900_000 + b"}}",
        b'{"values":{' + b",".join(b'"m%d":1' % n for n in range(60_000)) + b"}}",
        b'[{"values":{"pm25":1}}' + b',{"values":{"pm25":1}}' * 40_000 + b"]",
        b'[{"n":"pm25","v":1}' + b',{"n":"pm25","v":1}' * 40_000 + b"]",
        b'{"' + b"a" * 900_000 + b'":1}',
        b"x" * 50_000_000,
        b"\xff" * 900_000,
        b'{"values":{"pm25":1},"x":"' + b"\\u0000" * 100_000 + b'"}',
    ],
    ids=lambda payload: f"{payload[:12]!r}...",
)
def test_a_hostile_payload_is_answered_briefly_and_soon(payload: bytes) -> None:
    started_s = time.process_time()

    intake = decode(TELEMETRY, payload)

    assert time.process_time() - started_s < 2.0
    if intake.rejection is not None:
        assert intake.rejection.reason in set(Reason) - {Reason.DECODER_FAULT}
        assert len(intake.rejection.detail) < 500


def test_a_bug_in_a_decoder_refuses_its_message_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(arrival: Arrival) -> Decoded:
        raise ZeroDivisionError(arrival.source.id)

    decoder = make_decoder()
    topic = "pantau/v1/air-1/status"
    route = decoder._routes[topic]
    monkeypatch.setitem(decoder._routes, topic, route._replace(codec=dataclasses.replace(route.codec, decode=buggy)))

    broken = decoder.decode(arriving(topic, b"online"))
    sound = decoder.decode(arriving(TELEMETRY, b'{"values": {"pm25": 1}}'))

    assert broken.rejection is not None
    assert broken.rejection.reason == Reason.DECODER_FAULT
    assert broken.rejection.source == "air-1"
    assert sound.decoded is not None


def test_a_message_is_refused_whole() -> None:
    assert refused(TELEMETRY, b'{"values": {"pm25": 1, "unheard_of": 2}}').reason == "unknown_metric"


def test_retained_messages_are_no_sign_of_life() -> None:
    assert understood(TELEMETRY, b'{"values": {"pm25": 1}}').live
    assert not understood(TELEMETRY, b'{"values": {"pm25": 1}}', retained=True).live


@pytest.mark.parametrize("payload", [b"online", b" online\n", b'{"state": "online", "boot": "b1"}'])
def test_a_source_says_that_it_is_online(payload: bytes) -> None:
    decoded = understood("pantau/v1/vision-0/status", payload)

    assert decoded.status is not None
    assert decoded.status.online
    assert decoded.status.at == NOW
    assert not decoded.live


def test_a_will_says_offline_and_is_no_sign_of_life() -> None:
    decoded = understood("pantau/v1/cam-1/status", b'{"state": "offline", "boot": "b1", "ts": 1763866800000}')

    assert decoded.status is not None
    assert not decoded.status.online
    assert decoded.status.boot == "b1"
    assert decoded.status.at == datetime(2025, 11, 23, 3, 0, tzinfo=UTC)
    assert not decoded.live


def test_a_word_from_the_future_does_not_outlive_the_will() -> None:
    decoded = understood("pantau/v1/cam-1/status", b'{"state": "online", "ts": "2026-11-23T04:00:00Z"}')

    assert decoded.status is not None
    assert decoded.status.at == NOW


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"up",
        b'{"state": "up"}',
        b'{"state": "online", "boot": "\\u0000"}',
        b'{"state":"online","state":"offline"}',
    ],
)
def test_a_status_that_is_none_is_malformed(payload: bytes) -> None:
    assert refused("pantau/v1/air-1/status", payload).reason == "malformed"


def test_the_canary_carries_its_own_time() -> None:
    decoded = understood("pantau/v1/pantau-ingest/canary", b'{"ts": "2026-11-23T02:59:59.5Z"}')

    assert decoded.canary is not None
    assert decoded.canary.sender == "pantau-ingest"
    assert decoded.canary.sent_at == NOW - timedelta(seconds=0.5)
    assert not decoded.live


def test_a_canary_without_a_time_is_refused() -> None:
    assert refused("pantau/v1/pantau-ingest/canary", b'{"ts": null}').reason == "bad_time"


def test_what_waited_at_the_broker_during_an_outage_is_no_skewed_clock() -> None:
    decoder = make_decoder()
    old = arriving(TELEMETRY, b'{"ts": "2026-11-23T02:30:00Z", "values": {"pm25": 1}}')
    before = decoder.decode(old)
    decoder.decode(arriving("pantau/v1/pantau-ingest/canary", b'{"ts": "2026-11-23T02:25:00Z"}'))

    during = decoder.decode(old)
    decoder.decode(arriving("pantau/v1/pantau-ingest/canary", b'{"ts": "2026-11-23T02:59:59Z"}'))
    after = decoder.decode(old)

    qualities = [intake.decoded.readings[0].quality for intake in (before, during, after) if intake.decoded]
    assert qualities == [Quality.CLOCK_SKEW, Quality.OK, Quality.CLOCK_SKEW]


def test_what_waited_at_the_broker_while_nobody_sent_canaries_is_no_skewed_clock() -> None:
    decoder = make_decoder(listened_until=NOW - timedelta(minutes=40))
    old = arriving(TELEMETRY, b'{"ts": "2026-11-23T02:30:00Z", "values": {"pm25": 1}}')
    older = arriving(TELEMETRY, b'{"ts": "2026-11-23T02:10:00Z", "values": {"pm25": 1}}')

    qualities = [intake.decoded.readings[0].quality for intake in map(decoder.decode, (old, older)) if intake.decoded]
    assert qualities == [Quality.OK, Quality.CLOCK_SKEW]


def test_evidence_is_kept_under_its_digest() -> None:
    jpeg = b"\xff\xd8\xff\xe0 a picture"
    digest = hashlib.sha256(jpeg).hexdigest()

    decoded = understood(f"pantau/v1/cam-1/evidence/{digest}", jpeg)

    assert decoded.evidence is not None
    assert decoded.evidence.sha256 == digest
    assert decoded.evidence.source == SourceId("cam-1")
    assert decoded.evidence.jpeg == jpeg


@pytest.mark.parametrize(
    ("jpeg", "name", "reason"),
    [
        (b"GIF89a", hashlib.sha256(b"GIF89a").hexdigest(), "not_a_jpeg"),
        (b"", hashlib.sha256(b"").hexdigest(), "not_a_jpeg"),
        (b"\xff\xd8\xffx", "0" * 64, "bad_digest"),
        (b"\xff\xd8\xffx", "../../etc/passwd", "bad_digest"),
        (b"\xff\xd8\xffx", hashlib.sha256(b"\xff\xd8\xffx").hexdigest().upper(), "bad_digest"),
        (b"\xff\xd8\xff" + b"x" * 262_142, "0" * 64, "too_large"),
    ],
)
def test_evidence_that_proves_nothing_is_refused(jpeg: bytes, name: str, reason: str) -> None:
    assert refused(f"pantau/v1/cam-1/evidence/{name}", jpeg).reason == reason


@pytest.mark.parametrize(("days", "is_taken"), [(MOST_DAYS, True), (MOST_DAYS + 1, False)])
def test_one_message_cannot_have_the_database_found_a_chunk_for_each_day_of_a_century(
    days: int, *, is_taken: bool
) -> None:
    first = datetime(2010, 1, 1, tzinfo=UTC)
    moments = [(first + timedelta(days=day, minutes=minute)) for day in range(days) for minute in range(2)]
    payload = json.dumps([{"ts": moment.isoformat(), "values": {"pm25": 1}} for moment in moments]).encode()
    intake = decode("pantau/v1/air-1/telemetry", payload)
    assert (intake.decoded is not None) == is_taken
    if intake.rejection is not None:
        assert (intake.rejection.reason, str(days) in intake.rejection.detail) == ("too_large", True)


def test_every_kind_of_topic_has_a_size_it_may_not_exceed() -> None:
    for kind, codec in CODECS.items():
        source = "pantau-ingest" if kind == "canary" else "cam-1"
        topic = f"pantau/v1/{source}/{kind}" + ("/" + "0" * 64 if codec.names_content else "")
        assert refused(topic, b"x" * (codec.most_bytes + 1)).reason == "too_large"
