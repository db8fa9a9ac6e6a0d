"""The embedded broker: a whole process that holds nothing else."""

import logging
import os
import socket
import sys
import threading
from typing import NoReturn

import structlog
from iotcore import IotCoreBroker

from events.errors import ConfigError
from runtime.shutdown import stop_event

HOST = "127.0.0.1"
MAX_PACKET_BYTES = 1024 * 1024
"""The library's default of 20 KB throws out a client that sends a picture."""

log = structlog.get_logger(__name__)


def run_broker(port: int) -> NoReturn:
    """Serve MQTT on loopback until asked to stop; must be called from the main thread.

    Sessions and queued messages live in memory: they are gone when the process ends. At most 100 unacknowledged
    messages are under way to a subscriber, and acknowledgements must come in order (both built into the library).

    Raises:
        ConfigError: the port is taken.
    """
    _require_free(port)
    # The library reports its per-packet routing as errors.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    stop = stop_event()
    ended: list[Exception] = []

    def serve() -> None:
        try:
            IotCoreBroker(listen=HOST, port=port, max_payload_size=MAX_PACKET_BYTES).run_forever()
        except (OSError, RuntimeError) as error:
            ended.append(error)
        stop.set()

    # Its own thread, so that this one hears signals; the library cannot be asked to stop.
    threading.Thread(target=serve, name="broker", daemon=True).start()
    log.info("the embedded broker listens", address=f"{HOST}:{port}")
    stop.wait()
    for error in ended:
        log.error("the embedded broker ended", problem=str(error))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if ended else 0)  # the broker's own threads have no orderly end


def _require_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError as error:
            raise ConfigError(
                f"broker.port: {HOST}:{port} is taken by another program ({error.strerror}); stop it, or choose "
                "another broker.port, or write broker.embedded: false to use the broker that listens there"
            ) from error
