"""Where a broker is, how to sign in, and what to do when that fails."""

import socket
import ssl
from pathlib import Path
from typing import Protocol

from events.errors import ConfigError


class Secret(Protocol):
    """Something that does not show itself unasked."""

    def get_secret_value(self) -> str:
        """Return the secret."""
        ...


class BrokerAddress(Protocol):
    """What the site file's `broker` section says about connecting."""

    @property
    def host(self) -> str:
        """Host name or address."""
        ...

    @property
    def port(self) -> int:
        """TCP port."""
        ...

    @property
    def username(self) -> str | None:
        """User, None for anonymous."""
        ...

    @property
    def password(self) -> Secret | None:
        """Password of the user."""
        ...

    @property
    def tls(self) -> bool:
        """Whether to speak TLS."""
        ...

    @property
    def ca_file(self) -> Path | None:
        """Certificates trusted besides the system's."""
        ...


def tls_context(address: BrokerAddress) -> ssl.SSLContext | None:
    """Return the TLS context, None where none is wanted.

    Raises:
        ConfigError: `ca_file` cannot be read or holds no certificate.
    """
    if not address.tls:
        return None
    context = ssl.create_default_context()
    if address.ca_file is not None:
        try:
            context.load_verify_locations(cafile=address.ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ConfigError(
                f"broker.ca_file: {address.ca_file} is no readable certificate file ({error.strerror or error}); "
                "give the PEM file of the authority that signed the broker's certificate"
            ) from error
    return context


def remedy_for(error: Exception, address: BrokerAddress) -> str:
    """Return one sentence that says why connecting failed and what to do about it."""
    where = f"{address.host}:{address.port}"
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate of {where} is not trusted: {error}; set broker.ca_file"
        case ssl.SSLError():
            return f"{where} does not speak TLS; set broker.tls: false, or broker.port to its TLS port"
        case ConnectionRefusedError():
            return f"nothing listens on {where}; start the broker, or correct broker.host and broker.port"
        case socket.gaierror() | ValueError():
            return f"the host name {address.host!r} is unknown; correct broker.host"
        case TimeoutError():
            return f"{where} does not answer; is the host up, and no firewall in between?"
        case _:
            return f"cannot connect to {where}: {error}"


def remedy_for_refusal(reason: str) -> str:
    """Return what to do about a connection that the broker refused with this reason; empty where nothing is known."""
    return _REFUSALS.get(reason, "")


_REFUSALS = {
    "Bad user name or password": "Correct broker.username and broker.password in the site file.",
    "Not authorized": "Correct broker.username and broker.password in the site file, or the broker's access list.",
    "Client identifier not valid": "Choose another broker.client_id in the site file.",
    "Server unavailable": "Look at the broker's own log.",
}
