"""What a city's devices send in a bad year: mostly good telemetry, and some of everything else.

Nothing that a device may choose freely is chosen twice, where it can be helped: names of unknown devices and metrics,
runs (`boot`), digests, devices behind a Sparkplug node. Whatever were remembered by one of these would grow.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from devices.dialects.sparkplug_payload import WIRE
from runtime.clock import utc_now

SENSORS = 200
METRICS = {"level": "m", "pm25": "ug/m3", "temperature": "Cel", "humidity": "%", "battery": "V"}
RUN = 100
"""Messages of one sensor in one run: then it starts again, and is heard under a new `boot`."""

PLACE = '{id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}'
NODE = "Uji", "simpul"
"""Group and name of the Sparkplug edge node."""

Published = tuple[str, bytes]
"""Topic and payload."""


def site_text(broker_port: int) -> str:
    """Return the site file of the city; the database's address comes from `PANTAU_TEST_DATABASE`."""
    metrics = "{" + ", ".join(f"{name}: {{unit: '{unit}'}}" for name, unit in METRICS.items()) + "}"
    group, node = NODE
    sensors = [
        f"  - {{id: sensor-{n:03}, name: S{n}, site: dermaga, interval_s: 1, metrics: {metrics}}}"
        for n in range(SENSORS)
    ]
    sensors.append(
        f"  - {{id: simpul, name: Simpul, site: dermaga, interval_s: 1, metrics: {metrics}, speaks: "
        f"[{{dialect: sparkplug_b, topic: spBv1.0/{group}/DDATA/{node}/d, fields: {{Level: level}}}}]}}"
    )
    return "\n".join(
        [
            "city: {name: Kota uji}",
            "data_dir: data",
            f"broker: {{embedded: false, port: {broker_port}}}",
            'database: {embedded: false, url: "${PANTAU_TEST_DATABASE}"}',
            "ingest: {canary_s: 2}",
            "sites:",
            f"  - {PLACE}",
            "sensors:",
            *sensors,
            "rules:",
            "  - {id: rob, kind: threshold, metric: level, above: 1.2, hysteresis: 0.05, priority: tinggi}",
            "  - {id: asap, kind: threshold, metric: pm25, above: 150}",
            "  - {id: diam, kind: absence, of: sensors}",
            "",
        ]
    )


def mixed(count: int) -> Iterator[Published]:
    """Yield messages: of each hundred, eight are bad, doubled, or of somebody unknown."""
    last: dict[int, tuple[datetime, dict[str, object]]] = {}
    for number in range(count):
        turn, sensor = divmod(number, SENSORS)
        topic = f"pantau/v1/sensor-{sensor:03}/telemetry"
        odd = _odd(number, sensor, last)
        if odd is not None:
            yield odd
            continue
        ts = utc_now()
        body: dict[str, object] = {
            "ts": ts.isoformat(timespec="microseconds"),
            "boot": f"run-{sensor}-{turn // RUN}",
            "seq": turn % RUN + 1,
            "values": {
                "level": 0.4 + (turn % 97) / 100,
                "pm25": 30 + turn % 50,
                "temperature": 30 + (turn % 30) / 10,
                "humidity": 60 + turn % 30,
                "battery": 3.6 + (turn % 3) / 100,
            },
        }
        last[sensor] = ts, body
        yield topic, json.dumps(body).encode()


def _odd(  # noqa: PLR0911 - a table of oddities
    number: int, sensor: int, last: dict[int, tuple[datetime, dict[str, object]]]
) -> Published | None:
    """Return what stands in the place of a good message, None where nothing does."""
    topic = f"pantau/v1/sensor-{sensor:03}"
    # 101 is a prime: every sensor has its turn with everything.
    match number % 101:
        case 3:
            return f"{topic}/telemetry", b'{"values": {"level": 1.0'
        case 13:
            return f"pantau/v1/asing-{number}/telemetry", b'{"values": {"level": 1.0}}'
        case 23:
            return f"{topic}/telemetry", f'{{"values": {{"asing_{number}": 1.0}}}}'.encode()
        case 33:
            state = {"state": "online", "boot": f"start-{number}", "ts": utc_now().isoformat()}
            return f"{topic}/status", json.dumps(state).encode()
        case 43 | 53 if sensor in last:
            _, body = last[sensor]
            if number % 101 == 53:  # the same moment with another value
                body = {**body, "values": {"level": 0.1}}
            return f"{topic}/telemetry", json.dumps(body).encode()
        case 63:
            group, node = NODE
            return f"spBv1.0/{group}/DBIRTH/{node}/asing-{number}", _birth(number)
        case 73:
            return f"{topic}/evidence/{number:064x}", b"x" * 2000
        case 83:
            ts = utc_now() - timedelta(days=20_000)  # a clock that was never set
            return f"{topic}/telemetry", json.dumps({"ts": ts.isoformat(), "values": {"level": 0.5}}).encode()
    return None


def _birth(number: int) -> bytes:
    """Return the birth of a device with one metric, of a name of its own."""
    wire = WIRE(timestamp=int(utc_now().timestamp() * 1000), seq=number % 256)
    wire.metrics.add(name=f"Level-{number}".encode(), alias=1, datatype=9, float_value=1.0)
    payload: bytes = wire.SerializeToString()
    return payload
