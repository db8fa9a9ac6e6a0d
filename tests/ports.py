"""Loopback ports for servers that tests start."""

import random
import socket

FIRST, LAST = 12_000, 32_000
"""Below Linux' range for outgoing connections (ip(7), ip_local_port_range: 32768 on). Within it, a client that waits
for its server may be given the very port it asks for and talk to itself, and any connection may take a port between
choosing and listening."""

_next = random.SystemRandom().randrange(FIRST, LAST)  # so that tests running in parallel do not choose alike


def free_ports(wanted: int = 1) -> int:
    """Return the first of some consecutive loopback ports that are free just now; other ones at each call."""
    global _next
    for _ in range(LAST - FIRST):
        first, _next = _next, _next + wanted
        if _next >= LAST:
            first, _next = FIRST, FIRST + wanted
        if all(_is_free(port) for port in range(first, first + wanted)):
            return first
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
