"""What the steps of ingest cost one by one.

`python -m benchmarks.ingest_steps`: CPU time to hear a message, for a bare paho subscriber and for the platform's own
intake, to decode and check its five values, and to commit it, by the parts of the commit; and rows written once each by
the platform's own table writer, which knows repeats, against rows written by bare binary COPY, which does not
(interleaved, medians). The collector of circular garbage is set as in the ingest process.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import psycopg
from rich.console import Console

import storage.writer
from alerts.engine import Engine
from benchmarks.ingest_share import (
    UNITS,
    CountedIntake,
    broker,
    city,
    database,
    drain_bare,
    fill,
    open_session,
    telemetry,
)
from configs.services import Broker
from configs.site import SiteFile
from devices.decoder import Decoder
from devices.registry import Registry
from events.intake import Intake
from events.message import Delivery, Message
from events.reading import Reading
from runtime.clock import utc_now
from runtime.collection import spare_collector
from storage.batch import Batch
from storage.columns import encode_readings
from storage.embedded import EmbeddedPostgres
from storage.judging import Bench
from storage.pictures import PictureStore
from storage.queries import query
from storage.telemetry import ReadingTable
from storage.writer import Writer

MESSAGES, BATCH, ROUNDS = 40_000, 2_000, 7

PARTS: dict[str, tuple[Any, str]] = {
    "sort by kind": (Batch, "of"),
    "rows, laid out and copied": (ReadingTable, "store"),
    "signs of life": (storage.writer, "record_life"),
    "numbers for receipts": (Batch, "told"),
    "receipts": (storage.writer, "record_receipts"),
    "taking hold of the memory of rules": (Bench, "hold"),
    "rules, with their memory": (Bench, "judge"),
}
"""Parts of a commit, and the function that is it; none calls another."""


def main() -> None:
    """Run the benchmark."""
    spare_collector()
    console = Console(width=120, highlight=False)
    with TemporaryDirectory() as temporary:
        site = city(Path(temporary) / "data", 1883)
        site.data_dir.mkdir()
        bare_us, ours_us = _hear(Path(temporary) / "broker", site)
        console.print(f"hear and acknowledge: {ours_us:.1f} us CPU a message; bare paho {bare_us:.1f}")
        messages = [Message(t, p, utc_now(), False, Delivery(1, 1)) for t, p in telemetry(MESSAGES)]  # noqa: FBT003
        batches = [messages[i : i + BATCH] for i in range(0, MESSAGES, BATCH)]
        costs = []
        for _ in range(ROUNDS):
            decoder = Decoder(Registry.from_site(site), utc_now)  # to the last one these would be old readings
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
            connection.execute("TRUNCATE reading")
            connection.commit()
            decoder = Decoder(Registry.from_site(site), utc_now)
            _commit(console, site, server, [[decoder.decode(message) for message in batch] for batch in batches])
        console.print(f"rows once each: {bare_s / ours_s:.0%} of bare binary COPY (goal: at least 60 %)")


def _hear(folder: Path, site: SiteFile) -> tuple[float, float]:
    """Return microseconds of CPU time to hear a message and acknowledge it: bare, and by the platform's intake."""
    with broker(folder) as (port, _):
        own = Broker(embedded=False, port=port, client_id=site.broker.client_id)
        for client_id in ("bare", own.client_id):
            open_session(port, client_id)
        fill(port, MESSAGES)
        bare = drain_bare(port, "bare", MESSAGES)
        intake = CountedIntake(own, MESSAGES)

        def acknowledge() -> None:
            while not intake.done.is_set():
                intake.acknowledge(intake.take(BATCH, first_timeout_s=0.25, age_s=0.05))

        begun_s = time.process_time()
        intake.start()
        thread = threading.Thread(target=acknowledge)
        thread.start()
        thread.join()
        ours_s = time.process_time() - begun_s
        intake.stop()
    return bare.cpu_s / MESSAGES * 1e6, ours_s / MESSAGES * 1e6


def _commit(console: Console, site: SiteFile, server: EmbeddedPostgres, batches: Sequence[Sequence[Intake]]) -> None:
    writer = Writer(server.url, Engine(site), PictureStore(site.data_dir / "pictures"), utc_now)
    with _parted() as spent_s:
        begun_s = time.thread_time()
        for batch in batches:
            writer.commit(batch)
        whole_s = time.thread_time() - begun_s
    writer.close()
    console.print(f"commit: {whole_s / MESSAGES * 1e6:.1f} us CPU a message here, of which")
    for part, part_s in spent_s.items():
        console.print(f"    {part}: {part_s / MESSAGES * 1e6:.1f}")


@contextmanager
def _parted() -> Iterator[dict[str, float]]:
    """Add up this thread's CPU time in each part meanwhile."""
    spent_s: defaultdict[str, float] = defaultdict(float)

    def timed(part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            begun_s = time.thread_time()
            try:
                return work(*args, **kwargs)
            finally:
                spent_s[part] += time.thread_time() - begun_s

        return wrapped

    with ExitStack() as stack:
        for part, (owner, name) in PARTS.items():
            stack.enter_context(patch.object(owner, name, timed(part, getattr(owner, name))))
        yield spent_s


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
