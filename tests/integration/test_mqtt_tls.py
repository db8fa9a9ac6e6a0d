"""Connecting to a broker that speaks TLS, and what is said when that fails."""

import gc
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from configs.services import Broker
from ingest.mqtt import MqttIntake
from runtime.clock import utc_now
from tests.fix_broker import BrokerServer, Mosquitto, mosquitto_program
from tests.needs import lacking
from tests.waiting import until

pytestmark = [
    pytest.mark.broker,
    pytest.mark.mosquitto,
    # paho leaves a socket whose TLS handshake failed to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


@dataclass(frozen=True)
class Secured:
    port: int
    certificate: Path


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    openssl = shutil.which("openssl")
    if openssl is None:
        lacking("openssl", "install Debian's package of that name")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "broker.crt", folder / "broker.key"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    server = Mosquitto(folder, ("allow_anonymous true", f"allow_anonymous true\ncertfile {certificate}\nkeyfile {key}"))
    server.start()
    yield Secured(server.port, certificate)
    server.kill()


def complaint(broker: Broker) -> str:
    """Return the one line that is said while connecting fails."""
    with capture_logs() as logs:
        intake = MqttIntake(broker, capacity=10, clock=utc_now)
        intake.start()
        until(lambda: bool(logs), "a complaint")
        intake.stop()
    gc.collect()
    return str(logs[0]["event"])


def test_messages_pass_over_tls(secured: Secured) -> None:
    broker = Broker(embedded=False, port=secured.port, tls=True, ca_file=secured.certificate)
    intake = MqttIntake(broker, capacity=1000, clock=utc_now)
    intake.start()
    until(lambda: intake.connected, "the intake connects")
    for n in range(500):
        assert intake.publish("pantau/v1/pantau-ingest/canary", b"%d" % n, qos=1)

    taken: list[bytes] = []
    while len(taken) < 500:
        batch = intake.take(500, first_timeout_s=5, age_s=0.01)
        assert batch
        intake.acknowledge(batch)
        taken += [message.payload for message in batch]
    intake.stop()

    assert taken == [b"%d" % n for n in range(500)]


def test_a_certificate_nobody_vouches_for_is_refused(secured: Secured) -> None:
    said = complaint(Broker(embedded=False, port=secured.port, tls=True))

    assert "is not trusted" in said
    assert "set broker.ca_file" in said


def test_a_certificate_of_another_host_is_refused(secured: Secured) -> None:
    broker = Broker(embedded=False, host="localhost", port=secured.port, tls=True, ca_file=secured.certificate)

    assert "is not trusted" in complaint(broker)


def test_speaking_plainly_to_a_tls_port_is_explained(secured: Secured) -> None:
    assert "does it want TLS (broker.tls: true)?" in complaint(Broker(embedded=False, port=secured.port))


def test_speaking_tls_to_a_plain_port_is_explained(broker: BrokerServer, secured: Secured) -> None:
    plain = Broker(embedded=False, port=broker.port, tls=True, ca_file=secured.certificate)

    assert "does not speak TLS" in complaint(plain)
