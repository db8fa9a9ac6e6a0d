"""LoRaWAN network servers, JSON: ChirpStack v4 and The Things Stack v3.

Shapes: https://www.chirpstack.io/docs/chirpstack/integrations/events.html (`integration.UplinkEvent`, `StatusEvent`)
and https://www.thethingsindustries.com/docs/integrations/data-formats/ (uplink messages). Values are there once a codec
or payload formatter is set for the device. The time is the network's, not the device's, and gateways may deliver late.

Several gateways may hear one message, listed in any order. Here the one that heard it best comes first, so that
`rxInfo.0` and `uplink_message.rx_metadata.0` always say how well the device is heard.
"""

import math
from collections.abc import Iterator

from devices.dialects.dialect import MISSING, Dialect, Record, Tree, look_up, read_object
from events.message import Message


def _read_chirpstack(message: Message) -> Iterator[Record]:
    tree = read_object(message.payload)
    if "rxInfo" in tree:
        tree["rxInfo"] = _best_first(tree["rxInfo"])
    if tree.get("batteryLevelUnavailable") is True or tree.get("externalPowerSource") is True:
        tree.pop("batteryLevel", None)  # stands at 0 then, which is no measurement
    yield Record(tree, tree.get("time"))


def _read_things_stack(message: Message) -> Iterator[Record]:
    tree = read_object(message.payload)
    if tree.get("simulated") is True:  # somebody pressed "simulate uplink" in the console: nobody measured anything
        return
    uplink = tree.get("uplink_message")
    if isinstance(uplink, dict) and "rx_metadata" in uplink:
        uplink["rx_metadata"] = _best_first(uplink["rx_metadata"])
    received_at = look_up(tree, "uplink_message.received_at")
    yield Record(tree, None if received_at is MISSING else received_at)


def _best_first(gateways: Tree) -> Tree:
    return sorted(gateways, key=_strength, reverse=True) if isinstance(gateways, list) else gateways


def _strength(gateway: Tree) -> float:
    rssi = gateway.get("rssi") if isinstance(gateway, dict) else None
    return rssi if isinstance(rssi, int | float) and not math.isnan(rssi) else -math.inf


CHIRPSTACK = Dialect(read=_read_chirpstack, stored_and_forwarded=True)
THE_THINGS_STACK = Dialect(read=_read_things_stack, stored_and_forwarded=True)
