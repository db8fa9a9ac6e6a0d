"""Publishers that others wrote, each in a virtual environment of its own, on a real Mosquitto."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from configs.services import Broker
from configs.site import SiteFile
from configs.unit_names import ucum_of_displayed
from configs.units import can_convert
from devices.decoder import Decoder
from devices.dialects.sparkplug import EdgeNodes
from devices.discovery.proposal import section
from devices.discovery.tasmota import read_device
from devices.registry import Registry
from events.intake import Decoded
from ingest.mqtt import MqttIntake
from runtime.clock import utc_now
from tests.environments import environment
from tests.fix_broker import Mosquitto, mosquitto_program
from tests.needs import lacking
from tests.unit.devices.dialects.foreign_town import town
from tests.unit.devices.discovery.test_tasmota import SAMPLE
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.mosquitto, pytest.mark.slow]

SPARKPLUG, TASMOTA = "pysparkplug==0.6.1", "HATasmota==0.9.2"


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    server = Mosquitto(tmp_path)
    server.start()
    yield server
    server.kill()


class City:
    """Hears a broker as the ingest process does; its clock may be moved on."""

    def __init__(self, site: SiteFile, intake: MqttIntake) -> None:
        self.ahead = timedelta()
        self.edge_nodes = EdgeNodes(self.clock)
        self.heard: list[Decoded] = []
        self._decoder = Decoder(Registry.from_site(site), self.clock, edge_nodes=self.edge_nodes)
        self._intake = intake

    def clock(self) -> datetime:
        return utc_now() + self.ahead

    def work(self) -> None:
        messages = self._intake.take(100, first_timeout_s=0.1, age_s=0.01)
        for message in messages:
            intake = self._decoder.decode(message)
            assert intake.decoded is not None, intake.rejection
            self.heard.append(intake.decoded)
        self._intake.acknowledge(messages)

    def ask(self) -> int:
        requests = [*self.edge_nodes.rebirths()]
        assert all(self._intake.publish(topic, payload) for topic, payload in requests)
        return len(requests)

    def values(self) -> list[tuple[str, float]]:
        return [(reading.metric, reading.value) for decoded in self.heard for reading in decoded.readings]

    def online(self) -> list[bool]:
        return [decoded.status.online for decoded in self.heard if decoded.status is not None]

    def hear_until(self, condition: Callable[[], object], what: str) -> None:
        def worked() -> bool:
            self.work()
            return bool(condition())

        until(worked, what)


@contextmanager
def city(site: SiteFile, port: int) -> Iterator[City]:
    topics = Registry.from_site(site).foreign_topics
    intake = MqttIntake(Broker(port=port), capacity=1000, clock=utc_now, foreign_topics=topics)
    intake.start()
    try:
        until(lambda: intake.connected, "the intake connects")
        yield City(site, intake)
    finally:
        intake.stop()


EDGE_NODE = """
import os, sys, threading
from pysparkplug import Client, DData, DataType, Device, EdgeNode, Message, MessageType, Metric, QoS, Topic
from pysparkplug import get_current_timestamp as now

port = int(sys.argv[1])
told = threading.Event()

def metric(name, value, alias):
    return Metric(timestamp=now(), name=name, datatype=DataType.FLOAT, value=value, alias=alias)

client = Client(client_id="pompa-1")
node = EdgeNode("Rembang", "pompa-1", [metric("Baterai", 81.0, 0)], client=client, cmd_callback=lambda _, m: told.set())
node.register(Device("sensor-3", [metric("Inputs/Suhu", 29.5, 1)]))
node.connect("127.0.0.1", port=port)

def say_by_alias(value):
    topic = Topic(group_id="Rembang", message_type=MessageType.DDATA, edge_node_id="pompa-1", device_id="sensor-3")
    payload = DData(timestamp=now(), seq=node._seq, metrics=(metric(None, value, 1),))
    client.publish(Message(topic=topic, payload=payload, qos=QoS.AT_MOST_ONCE, retain=False))

for line in sys.stdin:
    word, value = line.split()
    if word == "name":
        node.update_device("sensor-3", [metric("Inputs/Suhu", float(value), 1)])
    elif word == "alias":
        say_by_alias(float(value))
    elif word == "gap":
        node._seq
        say_by_alias(float(value))
    elif word == "rebirth":
        assert told.wait(10)
        node.disconnect()
        node.connect("127.0.0.1", port=port)
    elif word == "die":
        os._exit(1)
"""


def test_a_pysparkplug_edge_node_is_followed_through_births_aliases_a_gap_and_its_death(
    tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto
) -> None:
    python = environment(tmp_path_factory.mktemp("pysparkplug") / "venv", SPARKPLUG)
    site = town(
        [
            {
                "dialect": "sparkplug_b",
                "topic": "spBv1.0/Rembang/DDATA/pompa-1/sensor-3",
                "fields": {"Inputs/Suhu": "temperature"},
            },
            {"dialect": "sparkplug_b", "topic": "spBv1.0/Rembang/NDATA/pompa-1", "fields": {"Baterai": "battery"}},
        ]
    )
    with city(site, mosquitto.port) as rembang:
        until(lambda: rembang.ask() == 1, "a node that was never heard is asked, and nobody answers")
        command = [str(python), "-c", EDGE_NODE, str(mosquitto.port)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as node:
            assert node.stdin is not None

            def tell(line: str) -> None:
                assert node.stdin is not None
                print(line, file=node.stdin, flush=True)

            try:
                rembang.hear_until(lambda: len(rembang.values()) == 2, "the births")
                assert rembang.values() == [("battery", 81.0), ("temperature", 29.5)]
                assert rembang.online() == [True, True]

                tell("name 30.5")
                tell("alias 31.5")
                rembang.hear_until(lambda: len(rembang.values()) == 4, "data by name and by alias")
                rembang.ahead += timedelta(hours=1)
                assert rembang.ask() == 0

                tell("gap 32.5")
                rembang.hear_until(lambda: len(rembang.values()) == 5, "data after a gap")
                assert rembang.ask() == 1
                tell("rebirth 0")
                rembang.hear_until(lambda: len(rembang.values()) == 7, "the births that were asked for")
                rembang.ahead += timedelta(hours=1)
                assert rembang.ask() == 0

                tell("die 0")
                rembang.hear_until(lambda: rembang.online()[-1:] == [False], "its will")
            finally:
                node.kill()
    assert [value for metric, value in rembang.values() if metric == "temperature"] == [29.5, 30.5, 31.5, 32.5, 30.5]
    assert {rembang.heard[-1].source, *rembang.heard[-1].also} == {"foreign-0"}


HATASMOTA = """
import json, sys
from hatasmota import utils
from hatasmota.discovery import TasmotaDiscoveryMsg
from hatasmota.sensor import get_sensor_entities

said = json.load(sys.stdin)
config = TasmotaDiscoveryMsg(said["config"])
values = [entity for entity, _ in get_sensor_entities(said["sensors"], config) if entity.unit]
json.dump({
    "sensor": utils.get_topic_tele_sensor(config),
    "state": utils.get_topic_tele_state(config),
    "will": utils.get_topic_tele_will(config),
    "online": utils.config_get_state_online(config),
    "units": {".".join(map(str, entity.value_path)): entity.unit for entity in values},
}, sys.stdout)
"""


def test_home_assistants_own_library_finds_the_same_topics_and_units_in_a_tasmotas_announcement(
    tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto
) -> None:
    publisher = shutil.which("mosquitto_pub")
    if publisher is None:
        lacking("mosquitto_pub", "install Debian's package mosquitto-clients")
    python = environment(tmp_path_factory.mktemp("hatasmota") / "venv", TASMOTA)
    done = subprocess.run(
        [python, "-c", HATASMOTA], input=json.dumps(SAMPLE), capture_output=True, text=True, check=True, timeout=20
    )
    theirs = json.loads(done.stdout)
    ours = read_device(json.dumps(SAMPLE["config"]).encode(), json.dumps(SAMPLE["sensors"]).encode())

    by_path = {offer.path: offer for offer in ours.offers if offer.topic == theirs["sensor"]}
    assert {offer.topic for offer in ours.offers} == {theirs["sensor"], theirs["state"]}
    assert {offer.status_topic for offer in ours.offers} == {theirs["will"]}
    known = {path: unit for path, written in theirs["units"].items() if (unit := ucum_of_displayed(written))}
    assert by_path.keys() == known.keys()
    # Speeds are stored in m/s whatever the device displays; everything else has the very unit.
    assert all(can_convert(known[path], offer.unit) for path, offer in by_path.items())
    assert [path for path, offer in by_path.items() if known[path] != offer.unit] == [
        "TX23.Speed.Act",
        "TX23.Speed.Avg",
    ]

    site = SiteFile.model_validate(town().model_dump() | {"sensors": [section(ours, "a", set())]})
    with city(site, mosquitto.port) as rembang:
        values = SAMPLE["sensors"]["sn"] | {"Time": None}
        for topic, text in ((theirs["sensor"], json.dumps(values)), (theirs["will"], theirs["online"])):
            subprocess.run(
                [publisher, "-p", str(mosquitto.port), "-q", "1", "-t", topic, "-m", text], check=True, timeout=20
            )
        rembang.hear_until(lambda: len(rembang.heard) == 2, "values and the will")
    assert len(rembang.values()) == len(by_path)
    assert rembang.online() == [True]
