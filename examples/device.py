#!/usr/bin/env python3
"""A device for Pantau in a hundred lines: only paho-mqtt (2 or newer) and Python's own sqlite3.

    python device.py --host 192.0.2.10 --device udara-01 --metric pm25 --every 60 [--password WORD --ca ca.crt]

The rule it keeps: a message is on disk before it is sent, and stays there until Pantau's receipt says that it is in the
city's database; the broker's PUBACK only says that the broker has it. Replace `measure` by your sensor.
"""

import argparse
import contextlib
import json
import random
import sqlite3
import time
import uuid
from datetime import UTC, datetime

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

PATIENCE_S = 20.0  # without any receipt for so long, what is held is sent again
GAP_PATIENCE_S = 5.0  # what a receipt names as missing may still be on its way
MOST_UNDER_WAY = 100  # sent and not receipted


def measure() -> float:
    """Return what the sensor says; here, invented fine dust."""
    return round(random.uniform(8, 30), 1)  # noqa: S311 - no secret is made of it


class Device:
    """Messages lie in a file; those up to the id `sent` are under way. One thread does everything."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.topic = f"pantau/v1/{options.device}"
        self.boot, self.last, self.sent = uuid.uuid4().hex, 0, 0  # a new boot at each start: seq begins at 1
        self.online, self.pause_s, self.retry_s, self.progress_s, self.gap_s = False, 1.0, 0.0, 0.0, 0.0
        self.file = sqlite3.connect(options.file, isolation_level=None)  # each statement is on disk when it returns
        self.file.execute("CREATE TABLE IF NOT EXISTS held (id INTEGER PRIMARY KEY AUTOINCREMENT, boot, seq, body)")
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=options.device)  # no other client may have this id
        self.client.max_queued_messages_set(2 * MOST_UNDER_WAY)
        if options.password:
            self.client.username_pw_set(options.device, options.password)
        if options.ca:
            self.client.tls_set(ca_certs=options.ca, certfile=options.cert, keyfile=options.key)
        self.client.will_set(f"{self.topic}/status", "offline", qos=1, retain=True)
        self.client.on_connect, self.client.on_message = self.connected, self.receipt

    def keep(self, metric: str, value: float) -> None:
        """Write a measurement to disk, with the time of measuring it."""
        self.last += 1
        body = json.dumps({"ts": datetime.now(UTC).isoformat(), "values": {metric: value}})
        self.file.execute("INSERT INTO held (boot, seq, body) VALUES (?, ?, ?)", (self.boot, self.last, body))

    def send(self, where: str, values: tuple[object, ...], most: int) -> None:
        """Send held messages, oldest first; `oldest` tells Pantau what it need not wait for any more."""
        rows = self.file.execute(f"SELECT id, boot, seq, body FROM held WHERE {where} ORDER BY id LIMIT {most}", values)  # noqa: S608
        for place, boot, seq, body in rows.fetchall():
            (oldest,) = self.file.execute("SELECT min(seq) FROM held WHERE boot = ?", (boot,)).fetchone()
            message = {**json.loads(body), "boot": boot, "seq": seq, "oldest": oldest}
            if self.client.publish(f"{self.topic}/telemetry", json.dumps(message), qos=1).rc != 0:
                return  # not taken; it is still held
            self.sent = max(self.sent, place)

    def say_online(self) -> None:
        """Pantau answers with a receipt for each boot it knows of this device."""
        status = json.dumps({"state": "online", "boot": self.boot})
        self.client.publish(f"{self.topic}/status", status, qos=1, retain=True)

    def connected(self, client: Client, _data: object, _flags: object, reason: object, _more: object) -> None:
        """Subscribe, say `online`, and send again what was under way."""
        if reason != "Success":
            print(f"the broker refuses: {reason}")
            return
        client.subscribe(f"{self.topic}/receipt", qos=1)
        self.online, self.pause_s, self.sent = True, 1.0, 0
        self.say_online()

    def receipt(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        """Forget what the city has; send again what it misses."""
        try:
            receipt = json.loads(message.payload)
            boot, seq, missing = str(receipt["boot"]), int(receipt.get("seq", 0)), list(receipt.get("missing", []))
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # no receipt
        if boot == self.boot and ("error" in receipt or seq > self.last):
            self.renew()
        elif self.file.execute("DELETE FROM held WHERE boot = ? AND seq <= ?", (boot, seq)).rowcount:
            self.progress_s = time.monotonic()
        elif missing and time.monotonic() - self.gap_s > GAP_PATIENCE_S:
            self.gap_s = time.monotonic()
            for first, last in missing:
                self.send("boot = ? AND seq BETWEEN ? AND ?", (boot, first, last), MOST_UNDER_WAY)

    def renew(self) -> None:
        """Begin a new boot: the numbers of this one were given before, so the counter was lost."""
        old, self.boot, self.last, self.sent = self.boot, uuid.uuid4().hex, 0, 0
        for (place,) in self.file.execute("SELECT id FROM held WHERE boot = ? ORDER BY id", (old,)).fetchall():
            self.last += 1
            self.file.execute("UPDATE held SET boot = ?, seq = ? WHERE id = ?", (self.boot, self.last, place))
        self.say_online()

    def turn(self, host: str, port: int) -> None:
        """Serve the connection for a tenth of a second; make one where there is none."""
        now_s = time.monotonic()
        if self.client.loop(0.1) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            (under_way,) = self.file.execute("SELECT count(*) FROM held WHERE id <= ?", (self.sent,)).fetchone()
            if under_way == 0 or now_s - self.progress_s > PATIENCE_S:
                self.sent, under_way, self.progress_s = 0 if under_way else self.sent, 0, now_s
            if under_way < MOST_UNDER_WAY and self.online:
                self.send("id > ?", (self.sent,), MOST_UNDER_WAY - under_way)
            return
        self.online = False
        time.sleep(0.1)
        if now_s > self.retry_s:  # pauses grow and are random, or all devices of the city come back at once
            self.retry_s, self.pause_s = now_s + random.uniform(0.2, 1) * self.pause_s, min(2 * self.pause_s, 60)  # noqa: S311
            with contextlib.suppress(OSError):
                self.client.connect(host, port, keepalive=30)


def main() -> None:
    """Measure and send for ever."""
    parser = argparse.ArgumentParser(description="A device for Pantau that loses nothing.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--device", required=True, help="its id; also its user name")
    parser.add_argument("--metric", default="pm25")
    parser.add_argument("--every", type=float, default=60, help="seconds between measurements")
    parser.add_argument("--file", default="device.db", help="where unreceipted messages lie")
    parser.add_argument("--password")
    parser.add_argument("--ca", help="certificate of the city's own authority")
    parser.add_argument("--cert", help="own certificate, where it signs in by one")
    parser.add_argument("--key", help="key of its own certificate")
    options = parser.parse_args()
    device, due_s = Device(options), time.monotonic()
    while True:
        while time.monotonic() >= due_s:
            device.keep(options.metric, measure())
            due_s += options.every
        device.turn(options.host, options.port)


if __name__ == "__main__":
    main()
