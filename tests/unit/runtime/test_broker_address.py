import socket
import ssl
from pathlib import Path

import pytest

from configs.services import Broker
from events.errors import ConfigError
from runtime.broker_address import remedy_for, tls_context

ADDRESS = Broker(embedded=False, host="broker.example", port=8883, username="u", password="hunter2", tls=True)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (ConnectionRefusedError(), "start the broker"),
        (socket.gaierror(-2, "Name or service not known"), "correct broker.host"),
        (TimeoutError(), "no firewall in between"),
        (ssl.SSLError(1, "wrong version number"), "broker.tls: false"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "set broker.ca_file"),
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
    ],
)
def test_each_failure_to_connect_names_its_remedy(error: Exception, remedy: str) -> None:
    sentence = remedy_for(error, ADDRESS)

    assert remedy in sentence
    assert "hunter2" not in sentence


def test_without_tls_there_is_no_context() -> None:
    assert tls_context(Broker()) is None


def test_with_tls_the_broker_must_prove_who_it_is() -> None:
    context = tls_context(ADDRESS)

    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_an_authority_file_that_is_none_is_a_mistake_in_the_site_file(tmp_path: Path) -> None:
    no_certificate = tmp_path / "ca.pem"
    no_certificate.write_text("nothing")

    for file in (no_certificate, tmp_path / "absent.pem"):
        with pytest.raises(ConfigError, match=r"broker\.ca_file"):
            tls_context(ADDRESS.model_copy(update={"ca_file": file}))
