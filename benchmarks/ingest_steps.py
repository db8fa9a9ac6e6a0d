"""What the steps of ingest cost one by one, in one process.

`python -m benchmarks.ingest_steps`: CPU time to decode and check a five-value message; and rows written once each by
the platform's own table writer, which knows repeats, against rows written by bare binary COPY, which does not
(interleaved, medians). The collector of circular garbage is set as in the ingest process.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg
from rich.console import Console

from benchmarks.ingest_share import UNITS, city, database, telemetry
from devices.decoder import Decoder
from devices.registry import Registry
from events.message import Delivery, Message
from events.reading import Reading
from runtime.clock import utc_now
from runtime.collection import spare_collector
from storage.columns import encode_readings
from storage.queries import query
from storage.telemetry import ReadingTable

MESSAGES, BATCH, ROUNDS = 40_000, 2_000, 7


def main() -> None:
    """Run the benchmark."""
    spare_collector()
    console = Console(width=120, highlight=False)
    with TemporaryDirectory() as temporary:
        site = city(Path(temporary) / "data", 1883)
        site.data_dir.mkdir()
        decoder = Decoder(Registry.from_site(site), utc_now)
        messages = [Message(t, p, utc_now(), False, Delivery(1, 1)) for t, p in telemetry(MESSAGES)]  # noqa: FBT003
        batches = [messages[i : i + BATCH] for i in range(0, MESSAGES, BATCH)]
        costs = []
        for _ in range(ROUNDS):
            begun_s = time.process_time()
            for batch in batches:
                _ = [decoder.decode(message) for message in batch]
            costs.append((time.process_time() - begun_s) / MESSAGES * 1e6)
        console.print(
            f"decode and check: {median(costs):.1f} us CPU a message (goal: at most 12); best {min(costs):.1f}"
        )
        readings = [[r for m in batch for r in readings_of(decoder, m)] for batch in batches]
        with database(site) as server, psycopg.connect(server.url) as connection:
            ours_s, bare_s = _write(connection, readings)
        console.print(f"rows once each: {bare_s / ours_s:.0%} of bare binary COPY (goal: at least 60 %)")


def readings_of(decoder: Decoder, message: Message) -> tuple[Reading, ...]:
    """Return the values of a message."""
    decoded = decoder.decode(message).decoded
    assert decoded is not None
    return decoded.readings


def _write(connection: psycopg.Connection, batches: Sequence[Sequence[Reading]]) -> tuple[float, float]:
    """Return median seconds of a committed batch: by the platform's writer, and by bare COPY, each half of them."""
    table = ReadingTable(UNITS)
    table.prepare(connection)
    took_s: dict[bool, list[float]] = {True: [], False: []}
    with connection.cursor() as cursor:
        for number, readings in enumerate(batches):
            ours = number % 2 == 0
            begun_s = time.perf_counter()
            if ours:
                table.store(cursor, readings)
            else:
                names = [(r.source, r.metric) for r in readings]
                ids = {name: place for place, name in enumerate(dict.fromkeys(names), 1)}
                rows = encode_readings(readings, [ids[name] for name in names], number << 20)
                with cursor.copy(query("copy_readings")) as copy:
                    copy.write(rows)
            connection.commit()
            took_s[ours].append(time.perf_counter() - begun_s)
    return median(took_s[True]), median(took_s[False])


if __name__ == "__main__":
    main()
