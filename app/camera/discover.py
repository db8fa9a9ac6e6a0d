"""Cameras that answer on the network: ONVIF's WS-Discovery."""

import ipaddress
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import ifaddr
import structlog
from wsdiscovery import QName
from wsdiscovery.discovery import ThreadedWSDiscovery
from wsdiscovery.service import Service

from events.errors import ConfigError

log = structlog.get_logger(__name__)

CAMERA_TYPE = QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")
"""What every ONVIF camera says it is (ONVIF Core Specification, 7.3.2.1)."""
_SCOPE = "onvif://www.onvif.org/"
"""Beginning of the scopes that tell name, hardware and location (the same, 7.3.2.2)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """One device that answered.

    Attributes:
        host: Its address, as it stands in its service address.
        name: What it calls itself, empty where it does not say.
        hardware: Its model, empty likewise.
        location: Where it says it stands, empty likewise.
        services: Addresses of its ONVIF services.
        identity: Its endpoint reference, which stays the same when its address changes.
    """

    host: str
    name: str
    hardware: str
    location: str
    services: tuple[str, ...]
    identity: str


def discover(*, timeout_s: float, interface: str | None = None) -> list[Discovered]:
    """Ask the network for ONVIF cameras.

    Args:
        timeout_s: How long to wait for answers.
        interface: Name or address of the interface to ask on; all of them without, but for loopback.

    Returns:
        Each device once, by address.

    Raises:
        ConfigError: the interface does not exist, or the port of WS-Discovery is taken.
    """
    wanted = None if interface is None else _addresses_of(interface)
    asker = _Asker(wanted)
    try:
        asker.start()
    except OSError as error:
        raise ConfigError(
            f"UDP port 3702 cannot be used ({error.strerror}); stop the program that holds it, such as a video"
            " management system on this machine"
        ) from error
    try:
        services = asker.searchServices(types=[CAMERA_TYPE], timeout=timeout_s)
        found = [_described(service) for service in services]
    finally:
        asker.stop()
    unique = {one.identity: one for one in found}
    return sorted(unique.values(), key=lambda one: (_order(one.host), one.identity))


def interfaces() -> list[str]:
    """Return the machine's interfaces as `eth0 192.0.2.7`, those that cannot be asked left out."""
    return [
        f"{adapter.nice_name} {ip.ip}"
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and not ipaddress.ip_address(ip.ip).is_loopback
    ]


class _Asker(ThreadedWSDiscovery):  # type: ignore[misc] # the library ships no types
    """The library's client, told which interfaces to use."""

    def __init__(self, wanted: Sequence[Address] | None) -> None:
        super().__init__()
        self._wanted = wanted
        self._added: set[Address] = set()
        self._guard = threading.Lock()

    def start(self) -> None:
        super().start()
        # The library looks for interfaces by itself, but passes over loopback.
        for address in self._wanted or ():
            self._networkAddressAdded(address)

    def _networkAddressAdded(self, addr: Address) -> None:  # noqa: N802 - the library's name
        with self._guard:
            if addr in self._added or (self._wanted is not None and addr not in self._wanted):
                return
            self._added.add(addr)
            self.addSourceAddr(addr)

    def _networkAddressRemoved(self, addr: Address) -> None:  # noqa: N802 - the library's name
        with self._guard:
            if addr in self._added:
                self._added.discard(addr)
                self.removeSourceAddr(addr)


def _addresses_of(interface: str) -> list[Address]:
    for adapter in ifaddr.get_adapters():
        own = [ipaddress.ip_address(ip.ip) for ip in adapter.ips if isinstance(ip.ip, str)]
        if interface in {adapter.name, adapter.nice_name}:
            return list(own)
        if interface in {str(address) for address in own}:
            return [ipaddress.ip_address(interface)]
    raise ConfigError(
        f"there is no interface {interface} on this machine; there are:"
        f" {', '.join(interfaces()) or 'none but loopback'}"
    )


def _described(service: Service) -> Discovered:
    scopes = [str(scope.getValue()) for scope in service.getScopes()]
    services = tuple(str(address) for address in service.getXAddrs())
    hosts = [host for address in services if (host := _host(address))]
    # A device with several addresses names the one that answers here first; IPv4 is what people can use.
    host = next((one for one in hosts if _is_ipv4(one)), hosts[0] if hosts else "")
    return Discovered(
        host=host,
        name=_said(scopes, "name"),
        hardware=_said(scopes, "hardware"),
        location=_said(scopes, "location"),
        services=services,
        identity=str(service.getEPR()),
    )


def _said(scopes: Sequence[str], what: str) -> str:
    """Return what the scopes say of one thing, several of them joined; without anything that moves a cursor."""
    start = f"{_SCOPE}{what}/"
    parts = [unquote(scope.removeprefix(start)).replace("_", " ") for scope in scopes if scope.startswith(start)]
    return ", ".join("".join(letter for letter in part if letter.isprintable()) for part in parts)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_ipv4(host: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET, host)
    except OSError:
        return False
    return True


def _order(host: str) -> tuple[int, bytes | str]:
    return (0, socket.inet_pton(socket.AF_INET, host)) if _is_ipv4(host) else (1, host)
