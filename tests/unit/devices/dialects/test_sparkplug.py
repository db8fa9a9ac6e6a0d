"""Sparkplug B: births give names, a sequence shows gaps, deaths end it; requests for births are rare."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.site import SiteFile
from configs.sparkplug import EdgeNodeId, EdgeTopic
from devices.decoder import Decoder
from devices.dialects.edge_node import MOST_UNNAMED
from devices.dialects.sparkplug import FIRST_PAUSE, LONGEST_PAUSE, EdgeNodes
from devices.dialects.sparkplug_payload import WIRE
from devices.reasons import Reason
from devices.registry import Registry
from events.intake import Decoded, Intake
from events.message import Delivery, Message
from tests.unit.devices.dialects.foreign_town import NOW, sparkplug, town
from tests.unit.devices.dialects.test_foreign import WHAT_TO_DO

NODE = "spBv1.0/Rembang/{}/pompa-1"
DEVICE = NODE + "/{}"
NOW_MS = int(NOW.timestamp() * 1000)
FLOAT, INT16, BOOLEAN = 9, 2, 11
SITE = town(
    [{"dialect": "sparkplug_b", "topic": DEVICE.format("DDATA", "a"), "fields": {"Suhu": "temperature"}}],
    [{"dialect": "sparkplug_b", "topic": DEVICE.format("DDATA", "b"), "fields": {"Sinyal": "rssi"}}],
    [{"dialect": "sparkplug_b", "topic": NODE.format("NDATA"), "fields": {"Baterai": "battery"}}],
)
TEMPERATURE = {"name": "Suhu", "alias": 1, "datatype": FLOAT, "float_value": 29.5}
SIGNAL = {"name": "Sinyal", "alias": 2, "datatype": INT16, "int_value": 0xFFBD}
BATTERY = {"name": "Baterai", "alias": 0, "datatype": FLOAT, "float_value": 81.0}


class Town:
    """A decoder with a clock that a test moves, and what its nodes were asked."""

    def __init__(self, site: SiteFile = SITE, nodes: EdgeNodes | None = None) -> None:
        self.now = NOW
        self.nodes = EdgeNodes(lambda: self.now) if nodes is None else nodes
        self.register(site)

    def register(self, site: SiteFile) -> None:
        self.decoder = Decoder(Registry.from_site(site), lambda: self.now, edge_nodes=self.nodes)

    def hear(self, topic: str, payload: bytes) -> Intake:
        return self.decoder.decode(Message(topic, payload, self.now, retained=False, delivery=Delivery(1, 0)))

    def say(self, topic: str, seq: int | None, *metrics: Mapping[str, Any]) -> Decoded:
        intake = self.refuse(topic, seq, *metrics)
        assert intake.rejection is None, intake.rejection
        assert intake.decoded is not None
        return intake.decoded

    def refuse(self, topic: str, seq: int | None, *metrics: Mapping[str, Any]) -> Intake:
        number = {} if seq is None else {"seq": seq}
        return self.hear(topic, sparkplug(metrics=metrics, timestamp=NOW_MS, **number))

    def born(self, life: int = 0) -> None:
        self.say(NODE.format("NBIRTH"), 0, BATTERY, {"name": "bdSeq", "datatype": 4, "long_value": life})
        self.say(DEVICE.format("DBIRTH", "a"), 1, TEMPERATURE)
        self.say(DEVICE.format("DBIRTH", "b"), 2, SIGNAL)

    @property
    def asked(self) -> list[str]:
        return [topic for topic, _ in self.nodes.rebirths()]


def values(decoded: Decoded) -> list[tuple[str, str, float]]:
    return [(r.source, r.metric, r.value) for r in decoded.readings]


def test_a_birth_is_online_and_carries_values() -> None:
    town = Town()
    node = town.say(NODE.format("NBIRTH"), 0, BATTERY)
    device = town.say(DEVICE.format("DBIRTH", "a"), 1, TEMPERATURE)

    assert values(node) == [("foreign-2", "battery", 81.0)]
    assert values(device) == [("foreign-0", "temperature", 29.5)]
    assert node.status is not None
    assert device.status is not None
    assert (node.status.online, device.status.online, device.source) == (True, True, "foreign-0")


def test_aliases_have_the_name_and_the_type_of_their_birth() -> None:
    town = Town()
    town.born()

    first = town.say(DEVICE.format("DDATA", "a"), 3, {"alias": 1, "float_value": 30.5})
    second = town.say(DEVICE.format("DDATA", "b"), 4, {"alias": 2, "int_value": 0xFFFFFFC3})
    third = town.say(NODE.format("NDATA"), 5, {"alias": 0, "float_value": 80.0})

    assert values(first) + values(second) + values(third) == [
        ("foreign-0", "temperature", 30.5),
        ("foreign-1", "rssi", -61.0),
        ("foreign-2", "battery", 80.0),
    ]
    assert first.live


def test_an_alias_without_a_birth_is_refused_with_what_to_do_and_the_node_is_asked() -> None:
    town = Town()

    refused = town.refuse(DEVICE.format("DDATA", "b"), 7, {"alias": 2, "int_value": 1})

    assert refused.rejection is not None
    assert (refused.rejection.reason, refused.rejection.source) == ("unknown_alias", "foreign-1")
    assert "NBIRTH" in refused.rejection.detail
    assert town.asked == [NODE.format("NCMD")]


def test_named_metrics_are_read_without_a_birth() -> None:
    assert values(Town().say(DEVICE.format("DDATA", "a"), 9, TEMPERATURE)) == [("foreign-0", "temperature", 29.5)]


def test_a_node_that_is_followed_from_its_birth_is_asked_nothing() -> None:
    town = Town()
    town.born()
    for seq in range(3, 600):
        town.say(DEVICE.format("DDATA", "unmapped"), seq % 256, {"alias": 77, "int_value": 1})

    assert town.asked == []


def test_a_gap_asks_for_a_birth_and_values_go_on() -> None:
    town = Town()
    town.born()
    decoded = town.say(DEVICE.format("DDATA", "a"), 5, {"alias": 1, "float_value": 31.0})

    assert values(decoded) == [("foreign-0", "temperature", 31.0)]
    assert town.asked == [NODE.format("NCMD")]

    town.born()
    town.now += LONGEST_PAUSE
    assert town.asked == []


def test_a_repeated_message_is_no_gap() -> None:
    town = Town()
    town.born()
    for _ in range(2):
        town.say(DEVICE.format("DDATA", "a"), 3, {"alias": 1, "float_value": 31.0})

    assert town.asked == []


def test_the_request_is_a_rebirth_command() -> None:
    ((topic, payload),) = Town().nodes.rebirths()
    request = WIRE.FromString(payload)

    assert topic == "spBv1.0/Rembang/NCMD/pompa-1"
    assert [(m.name, m.datatype, m.boolean_value) for m in request.metrics] == [
        (b"Node Control/Rebirth", BOOLEAN, True)
    ]


def test_a_node_that_does_not_answer_is_asked_less_and_less_often() -> None:
    town = Town()
    asked_at = []
    for _ in range(3600):
        asked_at += [town.now for _ in town.asked]
        town.now += timedelta(seconds=1)

    pauses = [later - earlier for earlier, later in pairwise(asked_at)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert set(pauses[4:]) == {LONGEST_PAUSE}


def test_a_node_that_may_not_be_asked_is_not() -> None:
    speech = {"dialect": "sparkplug_b", "topic": DEVICE.format("DDATA", "a"), "fields": {"Suhu": "temperature"}}
    asking = town([speech], [{**speech, "topic": DEVICE.format("DDATA", "b"), "rebirth": False}])

    assert Town(asking).asked == []


def test_births_outlive_the_registration_of_further_devices() -> None:
    town = Town()
    town.born()
    town.register(SITE)

    assert values(town.say(DEVICE.format("DDATA", "a"), 3, {"alias": 1, "float_value": 30.5}))
    assert town.asked == []


def test_a_nodes_death_is_that_of_all_its_devices() -> None:
    town = Town()
    town.born(life=4)

    decoded = town.say(NODE.format("NDEATH"), None, {"name": "bdSeq", "datatype": 4, "long_value": 4})

    assert decoded.status is not None
    assert {decoded.source, *decoded.also} == {"foreign-0", "foreign-1", "foreign-2"}
    assert (decoded.status.online, decoded.live, town.asked) == (False, False, [])
    after = town.refuse(DEVICE.format("DDATA", "a"), 3, {"alias": 1, "float_value": 30.5})
    assert after.rejection is not None
    assert after.rejection.reason == "unknown_alias"


@pytest.mark.parametrize(("life", "death", "counts"), [(4, 3, False), (0, 255, False), (4, 4, True), (4, 5, True)])
def test_the_death_of_an_earlier_life_is_passed_over(life: int, death: int, *, counts: bool) -> None:
    town = Town()
    town.born(life=life)

    decoded = town.say(NODE.format("NDEATH"), None, {"name": "bdSeq", "datatype": 4, "long_value": death})

    assert (decoded.status is not None) is counts
    assert decoded.readings == ()


def test_a_devices_death_is_its_own() -> None:
    town = Town()
    town.born()

    decoded = town.say(DEVICE.format("DDEATH", "a"), 3)

    assert decoded.status is not None
    assert (decoded.source, decoded.also, decoded.status.online) == ("foreign-0", (), False)
    assert values(town.say(DEVICE.format("DDATA", "b"), 4, {"alias": 2, "int_value": 7}))


@pytest.mark.parametrize(
    ("payload", "reason", "words"),
    [
        (b'{"temperature": 3}', "malformed", "protocol buffers"),
        (sparkplug(uuid=b"SPBV1.0_COMPRESSED"), "malformed", "switch"),
        (sparkplug(metrics=[{"name": b"\xff\xfe", "int_value": 1}]), "malformed", "UTF-8"),
        (sparkplug(metrics=[{"name": "Suhu", "string_value": "hangat"}]), "impossible_value", "no number"),
        (sparkplug(metrics=[{"name": "Suhu", "template_value": b""}]), "impossible_value", "further fields"),
        (sparkplug(metrics=[{"name": "Suhu", "double_value": float("inf")}]), "impossible_value", "no number"),
        (sparkplug(metrics=[{"name": "Suhu", "float_value": 1.0, "engUnit": "furlong"}]), "wrong_unit", "units"),
        (sparkplug(metrics=[{"name": "Suhu", "float_value": 1.0, "engUnit": "V"}]), "wrong_unit", "correct one"),
        (sparkplug(metrics=[{"name": "Suhu", "float_value": 1.0, "timestamp": 2**43}]), "bad_time", "2099"),
        (sparkplug(metrics=[{"name": "x", "int_value": 1}] * 5001), "too_large", "5000"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_the_name_of_the_sensor(
    payload: bytes, reason: str, words: str
) -> None:
    rejection = Town().hear(DEVICE.format("DDATA", "a"), payload).rejection

    assert rejection is not None
    assert (rejection.reason, rejection.source) == (reason, "foreign-0")
    assert words in rejection.detail


def test_the_topics_of_other_nodes_are_no_topics() -> None:
    rejection = Town().hear("spBv1.0/Rembang/DDATA/pompa-2/a", b"").rejection

    assert rejection is not None
    assert (rejection.reason, rejection.source) == ("unknown_topic", None)


@pytest.mark.parametrize(
    "topic",
    [
        "spBv1.0/G/NCMD/N",
        "spBv1.0/G/NDATA/N/D",
        "spBv1.0/G/DDATA/N",
        "spBv1.0//NDATA/N",
        "spAv1.0/G/NDATA/N",
        "spBv1.0",
    ],
)
def test_a_topic_that_no_node_speaks_on_is_none(topic: str) -> None:
    assert EdgeTopic.parse(topic) is None


METRICS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Suhu", "Sinyal", "Baterai", "bdSeq", ""]) | st.binary(max_size=4),
        "alias": st.integers(0, 3),
        "datatype": st.integers(0, 40),
        "timestamp": st.integers(0, 2**64 - 1) | st.just(NOW_MS),
        "is_null": st.booleans(),
        "engUnit": st.sampled_from(["°C", "m", "\0"]),
        "int_value": st.integers(0, 2**32 - 1),
        "long_value": st.integers(0, 2**64 - 1),
        "double_value": st.floats(),
        "string_value": st.text(max_size=5),
        "boolean_value": st.booleans(),
        "template_value": st.binary(max_size=5),
    },
)
PAYLOADS = st.binary(max_size=60) | st.builds(
    lambda seq, metrics: sparkplug(seq=seq, metrics=metrics), st.integers(0, 2**64 - 1), st.lists(METRICS, max_size=3)
)
TOPICS = st.sampled_from(
    [NODE.format(kind) for kind in ("NBIRTH", "NDATA", "NDEATH")]
    + [DEVICE.format(kind, device) for kind in ("DBIRTH", "DDATA", "DDEATH") for device in ("a", "b", "other")]
)


@given(st.lists(st.tuples(TOPICS, PAYLOADS), max_size=8))
@settings(max_examples=300, deadline=None)
def test_whatever_a_node_says_is_understood_or_refused_and_hurts_nobody_else(said: list[tuple[str, bytes]]) -> None:
    town = Town()
    for topic, payload in said:
        intake = town.hear(topic, payload)
        if intake.rejection is not None:
            assert intake.rejection.reason in set(Reason) - {Reason.DECODER_FAULT}
            assert WHAT_TO_DO.search(intake.rejection.detail), intake.rejection.detail
        assert len(town.asked) <= 1

    town.born(life=100)
    assert values(town.say(DEVICE.format("DDATA", "a"), 3, {"alias": 1, "float_value": 30.5}))


def test_births_kept_over_a_restart_explain_aliases_and_no_gap_is_claimed() -> None:
    before = Town()
    before.born(life=3)
    after = Town(nodes=EdgeNodes(lambda: NOW, before.nodes.news()))
    said = after.say(DEVICE.format("DDATA", "a"), 77, {"alias": 1, "float_value": 30.0})
    assert values(said) == [("foreign-0", "temperature", 30.0)]
    assert after.nodes.node(EdgeNodeId("Rembang", "pompa-1")).in_step is False
    assert not after.nodes.news()


def test_a_death_of_an_earlier_life_is_recognised_after_a_restart() -> None:
    before = Town()
    before.born(life=3)
    after = Town(nodes=EdgeNodes(lambda: NOW, before.nodes.news()))
    after.say(NODE.format("NDEATH"), None, {"name": "bdSeq", "datatype": 4, "long_value": 2})
    assert not after.nodes.news()
    after.say(NODE.format("NDEATH"), None, {"name": "bdSeq", "datatype": 4, "long_value": 3})
    assert [births for _, _, births in after.nodes.news()] == [()]


def test_what_could_not_be_kept_is_told_again() -> None:
    town = Town()
    town.born()
    news = town.nodes.news()
    assert [birth.device for birth in news[0].births] == [None, "a", "b"]
    assert not town.nodes.news()
    town.nodes.keep_again(news)
    assert town.nodes.news() == news


def test_a_node_that_leaves_the_site_file_leaves_what_is_kept() -> None:
    before = Town()
    before.born()
    after = EdgeNodes(lambda: NOW, before.nodes.news())
    after.follow(Registry.from_site(town([])))
    assert [births for _, _, births in after.news()] == [()]


def test_a_node_that_invents_devices_is_forgotten_in_part_and_never_at_the_cost_of_a_named_one() -> None:
    town = Town()
    town.born()
    for number in range(2 * MOST_UNNAMED // 101):
        metrics = [{**SIGNAL, "name": f"Lain {n}", "alias": n} for n in range(100)]
        town.say(DEVICE.format("DBIRTH", f"x{number}"), 3 + number, *metrics)
    node = town.nodes.node(EdgeNodeId("Rembang", "pompa-1"))
    assert MOST_UNNAMED - 101 < node.held <= MOST_UNNAMED
    assert values(town.say(DEVICE.format("DDATA", "a"), None, {"alias": 1, "float_value": 1.0}))
    assert [birth.device for birth in town.nodes.news()[0].births] == [None, "a", "b"]


def test_a_device_registered_after_its_birth_is_understood_and_kept_from_then_on() -> None:
    here = Town(town([{"dialect": "sparkplug_b", "topic": NODE.format("NDATA"), "fields": {"Baterai": "battery"}}]))
    here.born()
    here.nodes.news()
    here.register(SITE)
    assert values(here.say(DEVICE.format("DDATA", "a"), 3, {"alias": 1, "float_value": 1.0}))
    assert {birth.device for birth in here.nodes.news()[0].births} == {None, "a", "b"}
