"""The ingest role: from the broker to a commit, and only then an acknowledgement."""

import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import NamedTuple

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from alerts.engine import Engine
from app.answering import Answers
from app.database import connect_url, pictures, prepare
from app.device.registered import RegistryWatch
from configs.site import SiteFile
from devices.checks import Checks
from devices.clocks import Clocks
from devices.decoder import Decoder
from devices.dialects.sparkplug import EdgeNodes
from devices.liveness import LivenessJudge
from devices.registry import Registry, SourceKind
from events.errors import SourceError, StorageError
from events.intake import Intake
from events.quantities import CAMERA_QUANTITIES
from ingest.mqtt import MqttIntake
from runtime.backoff import full_jitter
from runtime.clock import Clock, utc_now
from storage.calibrations import read_calibrations, settle_recalculations
from storage.clocks import read_clocks
from storage.listening import read_listened_until
from storage.remembering import read_remembered
from storage.report import CommitReport
from storage.seed import seed
from storage.writer import Writer

log = structlog.get_logger(__name__)

OUTCOMES = Counter("pantau_messages_total", "Messages committed, by what became of them", ["outcome"])
READINGS = Counter("pantau_readings_stored_total", "Readings stored for the first time")
COMMIT_SECONDS = Histogram(
    "pantau_commit_seconds",
    "Time a batch took to decode, judge and commit",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
RETRIES = Counter("pantau_commit_retries_total", "Batches that had to be committed again")

IDLE_S = 0.25
"""How often an idle loop looks whether it should stop."""

CHANNEL_CAPACITY = 20_000
"""Messages held in memory at most; beyond, the broker keeps them."""


def run_ingest(site: SiteFile, stop: threading.Event, *, clock: Clock = utc_now) -> None:
    """Take messages in until asked to stop.

    Raises:
        ConfigError: The database or the site file is wrong.
        SourceError: The connection's thread died; a new process is needed.
    """
    prepare(site)
    intake = MqttIntake(site.broker, capacity=CHANNEL_CAPACITY, clock=clock)
    canary = threading.Thread(target=_send_canaries, args=(site, intake, stop, clock), name="canary", daemon=True)
    watch = RegistryWatch(site)
    examiner: Examiner | None = None
    try:
        while not stop.is_set():
            city = watch.settle()
            registry = _calibrated(city, clock)
            examiner = _examiner(city, registry, examiner, clock)
            decoder, writer = _equipped(city, registry, examiner, clock)
            intake.hear(registry.foreign_topics)
            if not canary.is_alive():
                intake.start()
                canary.start()
            try:
                pump(city, intake, decoder, writer, stop, until=watch.changed, requests=examiner.edge_nodes.rebirths)
            finally:
                writer.close()
    finally:
        stop.set()
        intake.stop()


def _calibrated(city: SiteFile, clock: Clock) -> Registry:
    """Return who may speak, going by the present calibrations, once nothing stored by older ones is left."""
    url = connect_url(city)
    calibrations, jobs = read_calibrations(url)
    registry = Registry.from_site(city, calibrations)
    settled = settle_recalculations(url, jobs, registry.quantities(), clock())
    if settled:
        log.info("readings that came while a calibration changed were computed again", readings=settled)
    return registry


class Examiner(NamedTuple):
    """What remembers readings, clocks and births of edge nodes; outlives changes of the registry."""

    checks: Checks
    clocks: Clocks
    edge_nodes: EdgeNodes


def _examiner(city: SiteFile, registry: Registry, known: Examiner | None, clock: Clock) -> Examiner:
    """Return the memory of this process, at its start as it is told by the database."""
    if known is not None:
        known.checks.follow(registry)
        return known
    url = connect_url(city)
    sensors = [source.id for source in registry if source.kind is SourceKind.SENSOR]
    return Examiner(
        Checks(registry, read_remembered(url, sensors, clock())), Clocks(read_clocks(url)), EdgeNodes(clock)
    )


def _equipped(city: SiteFile, registry: Registry, examiner: Examiner, clock: Clock) -> tuple[Decoder, Writer]:
    """Return what understands and what stores, for a city as it is now."""
    url = connect_url(city)
    seed(url, city)
    decoder = Decoder(
        registry,
        clock,
        read_listened_until(url),
        checks=examiner.checks,
        clocks=examiner.clocks,
        edge_nodes=examiner.edge_nodes,
    )
    lives = LivenessJudge.of(registry, city.ingest.canary_s)
    units = {metric: quantity.unit for metric, quantity in CAMERA_QUANTITIES.items()}
    engine = Engine(city, camera_units=units)
    writer = Writer(url, engine, pictures(city), clock, canary_s=city.ingest.canary_s, lives=lives, camera_units=units)
    return decoder, writer


def pump(
    site: SiteFile,
    intake: MqttIntake,
    decoder: Decoder,
    writer: Writer,
    stop: threading.Event,
    *,
    until: Callable[[], bool] = lambda: False,
    requests: Callable[[], Iterable[tuple[str, bytes]]] = tuple,
) -> None:
    """Move batches from the broker into the database, acknowledging each only after its commit.

    Args:
        site: The city.
        intake: Where messages come from.
        decoder: Understands them.
        writer: Stores them.
        stop: Ends it; what is not committed then stays with the broker.
        until: Ends it between two batches.
        requests: Gives what devices are to be asked just now, topic and payload.
    """
    settings = site.ingest
    answers = Answers(intake, requests=lambda: requests() if intake.connected else ())
    while not stop.is_set() and not until():
        if not intake.alive:
            raise SourceError("the MQTT connection's thread died; this process must be started again")
        messages = intake.take(settings.batch_messages, first_timeout_s=IDLE_S, age_s=settings.batch_age_s)
        if not messages:
            answers.attend()
            continue
        with COMMIT_SECONDS.time():
            report = commit(writer, [decoder.decode(message) for message in messages], stop)
        if report is None:
            return  # asked to stop before the commit: nothing is acknowledged, the broker keeps it all
        intake.acknowledge(messages)
        _account(report)
        answers.answer(report)


def commit(writer: Writer, intakes: Sequence[Intake], stop: threading.Event) -> CommitReport | None:
    """Commit a batch however long the database is away; None when asked to stop meanwhile."""
    pauses = full_jitter(first_s=0.1, longest_s=5.0)
    for attempt in count():
        try:
            return writer.commit(intakes)
        except StorageError as error:
            pause_s = next(pauses)
            RETRIES.inc()
            if attempt in {0, 10} or attempt % 60 == 0:
                log.warning(
                    "a batch is not committed yet; the broker keeps what is unacknowledged",
                    problem=str(error),
                    messages=len(intakes),
                    attempt=attempt + 1,
                )
            if stop.wait(pause_s):
                return None
    return None


def _account(report: CommitReport) -> None:
    for outcome, messages in report.outcomes.items():
        OUTCOMES.labels(outcome).inc(messages)
    READINGS.inc(report.rows)


def _send_canaries(site: SiteFile, intake: MqttIntake, stop: threading.Event, clock: Clock) -> None:
    topic = f"pantau/v1/{site.broker.client_id}/canary"
    while not stop.wait(site.ingest.canary_s):
        intake.publish(topic, msgspec.json.encode({"ts": clock()}), qos=1)
