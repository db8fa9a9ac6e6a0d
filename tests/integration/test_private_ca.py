"""The city's own certificate authority, made by our script, on real Mosquitto."""

import gc
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from devices.credentials import Account, acl_file, hashed, password_file
from events.ids import SourceId
from tests.fix_broker import ROOT, Mosquitto, mosquitto_program
from tests.needs import lacking
from tests.ports import free_ports
from tests.waiting import until

pytestmark = [
    pytest.mark.broker,
    pytest.mark.mosquitto,
    # paho leaves a socket whose TLS handshake failed to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

SCRIPT = ROOT / "deploy/mosquitto/make-certificates"


def make(folder: Path, *words: str, fails: bool = False) -> str:
    done = subprocess.run([str(SCRIPT), str(folder), *words], capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stdout + done.stderr


@dataclass(frozen=True)
class City:
    """A broker with one listener for passwords and one for certificates."""

    certificates: Path
    stranger: Path
    port: int
    certificate_port: int


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    if mosquitto_program() is None:
        lacking("mosquitto", "install Debian's package of that name")
    if shutil.which("openssl") is None:
        lacking("openssl", "install Debian's package of that name")
    folder = tmp_path_factory.mktemp("city")
    ours, theirs = folder / "certs", folder / "theirs"
    make(ours, "server", "127.0.0.1", "broker.example")
    make(theirs, "server", "127.0.0.1")
    for device in ("dev-a", "dev-b"):
        make(ours, "client", device)
    make(theirs, "client", "dev-a")
    accounts = [
        Account(user=name, secret_hash=hashed(f"secret-{name}"), speaks_for=[SourceId(name)])
        for name in ("dev-a", "dev-b")
    ]
    (folder / "passwords").write_text(password_file(accounts, {"pantau": hashed("own")}))
    (folder / "acl").write_text(acl_file(accounts, ["pantau"], []))
    second = free_ports()
    tls = f"certfile {ours}/broker.crt\nkeyfile {ours}/broker.key"
    by_certificate = (
        f"listener {second} 127.0.0.1\n{tls}\ncafile {ours}/ca.crt\nrequire_certificate true\n"
        "use_identity_as_username true\nuse_username_as_clientid true"
    )
    server = Mosquitto(
        folder,
        (
            "allow_anonymous true",
            f"allow_anonymous false\npassword_file {folder}/passwords\nacl_file {folder}/acl\n{tls}\n{by_certificate}",
        ),
    )
    server.start()
    yield City(ours, theirs, server.port, second)
    server.kill()


class Visit:
    """One attempt to sign in, and what was heard."""

    def __init__(self, port: int, *, host: str = "127.0.0.1") -> None:
        self.heard: list[str] = []
        self.subscribed = False
        self.answers: list[str] = []
        self._at = host, port
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda _c, _u, _f, reason, _p: self.answers.append(str(reason))
        self.client.on_message = lambda _c, _u, message: self.heard.append(message.topic)
        self.client.on_subscribe = lambda *_: setattr(self, "subscribed", True)

    def trusting(self, ca: Path | None, certificate: Path | None = None) -> "Visit":
        self.client.tls_set(
            ca_certs=None if ca is None else str(ca),
            certfile=None if certificate is None else str(certificate),
            keyfile=None if certificate is None else str(certificate.with_suffix(".key")),
        )
        return self

    def signing_in(self, user: str, password: str) -> "Visit":
        self.client.username_pw_set(user, password)
        return self

    def connect(self) -> str:
        self.client.connect(*self._at)
        self.client.loop_start()
        until(lambda: bool(self.answers), "an answer")
        return self.answers[0]

    def is_refused(self) -> bool:
        """Tell whether nobody lets it in; in TLS 1.3 a client learns that only when it reads."""
        try:
            self.client.connect(*self._at)
            while not self.answers:
                if self.client.loop(0.1) != paho.MQTT_ERR_SUCCESS:
                    return True
        except (ssl.SSLError, ConnectionError):
            return True
        return self.answers[0] != "Success"

    def end(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_without_the_authority_s_certificate_the_broker_is_not_believed_and_with_it_it_is(city: City) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        Visit(city.port).trusting(None).signing_in("dev-a", "secret-dev-a").connect()
    with pytest.raises(ssl.SSLCertVerificationError):
        Visit(city.port).trusting(city.stranger / "ca.crt").connect()
    with pytest.raises(ssl.SSLCertVerificationError, match="localhost"):
        Visit(city.port, host="localhost").trusting(city.certificates / "ca.crt").connect()
    visit = Visit(city.port).trusting(city.certificates / "ca.crt").signing_in("dev-a", "secret-dev-a")
    assert visit.connect() == "Success"
    visit.end()
    gc.collect()


def test_a_password_is_needed_beside_the_trusted_connection(city: City) -> None:
    for visit in (
        Visit(city.port).trusting(city.certificates / "ca.crt"),
        Visit(city.port).trusting(city.certificates / "ca.crt").signing_in("dev-a", "secret-dev-b"),
    ):
        assert visit.connect() == "Not authorized"
        visit.end()


def test_a_certificate_of_our_authority_takes_the_place_of_the_password_and_of_its_device_only(city: City) -> None:
    ca = city.certificates / "ca.crt"
    pantau = Visit(city.port).trusting(ca).signing_in("pantau", "own")
    assert pantau.connect() == "Success"
    pantau.client.subscribe("pantau/v1/#", 1)
    until(lambda: pantau.subscribed, "Pantau hears")
    device = Visit(city.certificate_port).trusting(ca, city.certificates / "dev-a.crt")
    assert device.connect() == "Success"
    for name in ("dev-b", "dev-a"):
        device.client.publish(f"pantau/v1/{name}/telemetry", b"x", qos=1).wait_for_publish(10)
    until(lambda: bool(pantau.heard), "its own message comes through")
    assert pantau.heard == ["pantau/v1/dev-a/telemetry"]
    device.end()
    pantau.end()


def test_no_certificate_and_a_stranger_s_certificate_are_refused(city: City) -> None:
    ca = city.certificates / "ca.crt"
    for certificate in (None, city.stranger / "dev-a.crt"):
        visit = Visit(city.certificate_port).trusting(ca, certificate).signing_in("dev-a", "secret-dev-a")
        assert visit.is_refused()
        visit.end()
    gc.collect()


def test_the_example_signs_in_by_certificate(city: City, tmp_path: Path) -> None:
    ca = city.certificates / "ca.crt"
    pantau = Visit(city.port).trusting(ca).signing_in("pantau", "own")
    pantau.connect()
    pantau.client.subscribe("pantau/v1/dev-b/telemetry", 1)
    until(lambda: pantau.subscribed, "Pantau hears")
    own = city.certificates / "dev-b.crt"
    words = ["--port", str(city.certificate_port), "--device", "dev-b", "--every", "0.2", "--file", str(tmp_path / "f")]
    words += ["--ca", str(ca), "--cert", str(own), "--key", str(own.with_suffix(".key"))]
    example = subprocess.Popen([sys.executable, str(ROOT / "examples/device.py"), *words])
    try:
        until(lambda: bool(pantau.heard), "it is heard")
    finally:
        example.kill()
        example.wait()
        pantau.end()


def test_keys_are_their_owner_s_alone_and_the_authority_is_made_once(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        lacking("openssl", "install Debian's package of that name")
    assert "no authority here" in make(tmp_path / "c", "client", "dev-a", fails=True)
    make(tmp_path / "c", "server", "broker.example", "192.0.2.7", "2001:db8::7")
    ca = (tmp_path / "c/ca.crt").read_bytes()
    make(tmp_path / "c", "server", "other.example")
    make(tmp_path / "c", "client", "dev-a")
    assert (tmp_path / "c/ca.crt").read_bytes() == ca
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "c").glob("*.key")} == {0o600}
    assert "small letters" in make(tmp_path / "c", "client", "Dev/../a", fails=True)
    assert "server HOST" in make(tmp_path / "c", "what", fails=True) or make(tmp_path / "c", "what", "x", fails=True)
