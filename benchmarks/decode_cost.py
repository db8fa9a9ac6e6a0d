"""What it costs to decode, check and calibrate one message of five values.

    python -m benchmarks.decode_cost

The messages are those of 100 devices with times and numbers of their own; two of five metrics have limits on steps and
equal values, and all are calibrated. JSON decoding alone, in the same run, tells how fast the machine is just now.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from configs.site import SiteFile
from devices.decoder import Decoder
from devices.registry import Registry
from events.calibration import Calibration, Linear
from events.ids import SourceId
from events.message import Delivery, Message

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
DEVICES = 100
MESSAGES = 20_000
ROUNDS = 9
METRICS = {
    "pm25": {"unit": "ug/m3", "minimum": 0, "maximum": 1000, "max_step": 500},
    "pm10": {"unit": "ug/m3", "minimum": 0, "maximum": 1000},
    "temperature": {"unit": "Cel", "minimum": -20, "maximum": 60, "max_step": 20},
    "humidity": {"unit": "%", "minimum": 0, "maximum": 100},
    "pressure": {"unit": "hPa", "minimum": 870, "maximum": 1085},
}


class _Telemetry(msgspec.Struct):
    values: dict[str, float]
    ts: datetime
    boot: str
    seq: int


def _site() -> SiteFile:
    sensors = [{"id": f"air-{n}", "name": "Udara", "site": "a", "metrics": METRICS} for n in range(DEVICES)]
    place = {"id": "a", "name": "A", "kecamatan": "33.17.10", "position": {"lat": -6.7, "lon": 111.3}}
    return SiteFile.model_validate({"city": {"name": "Rembang"}, "sites": [place], "sensors": sensors})


def _messages() -> list[Message]:
    messages = []
    for number in range(MESSAGES):
        turn, device = divmod(number, DEVICES)
        at = NOW + timedelta(seconds=60 * turn, milliseconds=device)
        values = {
            "pm25": 30 + turn % 7,
            "pm10": 50 + turn % 5,
            "temperature": 28.1 + turn % 3,
            "humidity": 70 + turn % 11,
            "pressure": 1008.2 + turn % 2,
        }
        body = {"ts": at.isoformat(), "boot": "a1b2", "seq": turn + 1, "values": values}
        received = at + timedelta(milliseconds=120)
        topic = f"pantau/v1/air-{device}/telemetry"
        messages.append(Message(topic, json.dumps(body).encode(), received, False, Delivery(1, 1)))  # noqa: FBT003
    return messages


def _cost_us(work: Callable[[Message], object], messages: Iterable[Message], count: int) -> float:
    begun = time.process_time()
    for message in messages:
        work(message)
    return (time.process_time() - begun) / count * 1e6


def main() -> None:
    """Measure in turns, and print medians."""
    site, messages = _site(), _messages()
    curve = (Calibration(valid_from=NOW - timedelta(days=1), curve=Linear(1.02, -0.4)),)
    calibrations = {(SourceId(sensor.id), metric): curve for sensor in site.sensors for metric in METRICS}
    bare = msgspec.json.Decoder(_Telemetry)
    costs: dict[str, list[float]] = {"JSON alone": [], "decode and check": [], "decode, check and calibrate": []}
    for _ in range(ROUNDS):
        plain, full = (Decoder(Registry.from_site(site, some), lambda: NOW, NOW) for some in (None, calibrations))
        costs["JSON alone"].append(_cost_us(lambda message: bare.decode(message.payload), messages, MESSAGES))
        costs["decode and check"].append(_cost_us(plain.decode, messages, MESSAGES))
        costs["decode, check and calibrate"].append(_cost_us(full.decode, messages, MESSAGES))
    base = statistics.median(costs["JSON alone"])
    for name, taken in costs.items():
        median = statistics.median(taken)
        print(f"{name:<30}{median:6.2f} us  best {min(taken):6.2f} us  {median / base:5.1f} x JSON")


if __name__ == "__main__":
    main()
