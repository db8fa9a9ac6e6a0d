"""Foreign devices against a real broker: mosquitto_pub speaks, the intake hears exactly what the site file names."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from configs.services import Broker
from devices.decoder import Decoder
from devices.registry import Registry
from events.intake import Decoded
from ingest.mqtt import MqttIntake
from runtime.clock import utc_now
from tests.fix_broker import BrokerServer, Mosquitto, mosquitto_program
from tests.foreign import publish as publish_all
from tests.needs import lacking
from tests.unit.devices.dialects.foreign_town import SAMPLES, payload_of, sample, speech, town
from tests.waiting import until

pytestmark = pytest.mark.broker

SAID = [sample(path.stem) for path in sorted(SAMPLES.glob("*.json"))]
LWT = "tele/tasmota_A1B2C3/LWT"
# Where two samples have one topic, the first stands for both.
SPOKEN = [said for n, said in enumerate(SAID) if said["topic"] not in {earlier["topic"] for earlier in SAID[:n]}]
SITE = town(*[[speech(said, **({"status_topic": LWT} if said["dialect"] == "tasmota" else {}))] for said in SPOKEN])


@pytest.fixture
def mosquitto_pub() -> str:
    program = shutil.which("mosquitto_pub")
    if program is None:
        lacking("mosquitto_pub", "install Debian's package mosquitto-clients")
    return program


@contextmanager
def hearing_foreign(port: int, *topics: str) -> Iterator[MqttIntake]:
    intake = MqttIntake(Broker(port=port), capacity=1000, clock=utc_now, foreign_topics=topics)
    intake.start()
    try:
        until(lambda: intake.connected, "the intake connects")
        yield intake
    finally:
        intake.stop()


@pytest.fixture
def intake(each_broker: BrokerServer) -> Iterator[MqttIntake]:
    with hearing_foreign(each_broker.port, *Registry.from_site(SITE).foreign_topics) as intake:
        yield intake


def publish(program: str, port: int, topic: str, payload: bytes, *options: str) -> None:
    command = [program, "-h", "127.0.0.1", "-p", str(port), "-q", "1", "-t", topic, "-s", *options]
    subprocess.run(command, input=payload, check=True, timeout=20)


def take(intake: MqttIntake, count: int) -> list[Decoded]:
    decoder = Decoder(Registry.from_site(SITE), utc_now)
    decoded: list[Decoded] = []

    def enough() -> bool:
        messages = intake.take(100, first_timeout_s=0.2, age_s=0.01)
        for message in messages:
            found = decoder.decode(message)
            assert found.decoded is not None, found.rejection
            decoded.append(found.decoded)
        intake.acknowledge(messages)
        return len(decoded) >= count

    until(enough, f"{count} messages")
    return decoded


def test_every_dialect_is_heard_from_a_foreign_publisher(
    each_broker: BrokerServer, intake: MqttIntake, mosquitto_pub: str
) -> None:
    publish(mosquitto_pub, each_broker.port, "tele/somebody_else/SENSOR", b"{}")
    for said in SPOKEN:
        publish(mosquitto_pub, each_broker.port, said["topic"], payload_of(said))
    publish(mosquitto_pub, each_broker.port, LWT, b"Offline", "-r")

    *measured, status = take(intake, len(SPOKEN) + 1)

    assert [(d.source, len(d.readings)) for d in measured] == [
        (f"foreign-{n}", len(said["readings"])) for n, said in enumerate(SPOKEN)
    ]
    assert status.status is not None
    assert not status.status.online


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[BrokerServer]:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    server = Mosquitto(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.mark.mosquitto
@pytest.mark.parametrize(
    ("topic", "heard"),
    [(SPOKEN[0]["topic"], SPOKEN[0]["topic"]), ("spBv1.0/G/DDATA/N/D", "spBv1.0/G/DDATA/N/+")],
)
def test_a_topic_taken_out_of_the_site_file_is_soon_heard_no_more(
    mosquitto: BrokerServer, topic: str, heard: str
) -> None:
    with hearing_foreign(mosquitto.port, heard) as earlier:
        publish_all(mosquitto.port, [(topic, b"foreign")])
        until(lambda: bool(earlier.take(1, first_timeout_s=1, age_s=0)), "the topic is heard")
    with hearing_foreign(mosquitto.port) as later:

        def only_own_is_heard() -> bool:
            publish_all(mosquitto.port, [(topic, b"foreign"), ("pantau/v1/x/status", b"own")])
            batch: list[bytes] = []
            while b"own" not in batch:
                messages = later.take(100, first_timeout_s=5, age_s=0.01)
                assert messages
                later.acknowledge(messages)
                batch += [message.payload for message in messages]
            return b"foreign" not in batch

        assert not only_own_is_heard()  # the session still brings it
        until(only_own_is_heard, "the foreign topic falls silent")
