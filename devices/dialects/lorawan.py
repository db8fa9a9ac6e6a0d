"""LoRaWAN network servers, JSON: ChirpStack v4 and The Things Stack v3.

Shapes: https://www.chirpstack.io/docs/chirpstack/integrations/events.html (`integration.UplinkEvent`) and
https://www.thethingsindustries.com/docs/integrations/data-formats/ (uplink messages). Values are there once a codec or
payload formatter is set for the device. The time is the network's, not the device's, and gateways may deliver late.
"""

from collections.abc import Iterator

from devices.dialects.dialect import MISSING, Dialect, Record, look_up, read_object
from events.message import Message


def _read_chirpstack(message: Message) -> Iterator[Record]:
    tree = read_object(message.payload)
    yield Record(tree, tree.get("time"))


def _read_things_stack(message: Message) -> Iterator[Record]:
    tree = read_object(message.payload)
    if tree.get("simulated") is True:  # somebody pressed "simulate uplink" in the console: nobody measured anything
        return
    received_at = look_up(tree, "uplink_message.received_at")
    yield Record(tree, None if received_at is MISSING else received_at)


CHIRPSTACK = Dialect(read=_read_chirpstack, stored_and_forwarded=True)
THE_THINGS_STACK = Dialect(read=_read_things_stack, stored_and_forwarded=True)
