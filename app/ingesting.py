"""The ingest role: from the broker to a commit, and only then an acknowledgement."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from typing import NamedTuple

import msgspec
import structlog
from prometheus_client import Counter, Histogram

from alerts.engine import Engine
from app.answering import Answers
from app.births import attend_nodes
from app.database import connect_url, owner_url, pictures, prepare
from app.decoding_ahead import Batch, DecodingAhead
from app.device.broker_files import BrokerFilesKeeper
from app.device.desk import Desk
from app.device.registered import RegistryWatch
from app.leasing import LEASE_HELD, await_lease
from app.reckoning import Reckoning
from app.rules.in_force import RuleWatch
from app.trimming import keep_trimming
from app.upkeep.keeping import run_upkeep
from app.waste.judging import pile_judge
from configs.site import SiteFile
from devices.checks import Checks
from devices.clocks import Clocks
from devices.decoder import Decoder
from devices.dialects.sparkplug import EdgeNodes
from devices.liveness import LivenessJudge
from devices.registry import Registry, SourceKind
from events.errors import LeaseHeldError, SourceError, StorageError
from events.intake import Intake
from events.quantities import CAMERA_QUANTITIES
from ingest.mqtt import MqttIntake
from runtime.backoff import full_jitter
from runtime.clock import Clock, utc_now
from runtime.collection import spare_collector
from runtime.turns import take_short_turns
from storage.calibrations import read_calibrations, settle_recalculations
from storage.clocks import read_clocks
from storage.edge_births import read_births
from storage.lease import Lease
from storage.listening import read_listened_until
from storage.remembering import read_remembered
from storage.report import CommitReport
from storage.seed import seed
from storage.writer import Writer

log = structlog.get_logger(__name__)

COMMIT_SECONDS = Histogram(
    "pantau_commit_seconds",
    "Time a batch took to judge and commit",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
RETRIES = Counter("pantau_commit_retries_total", "Batches that had to be committed again")

ORDERS_END_S = 3.0
"""How long the desk may take to end."""

UPKEEP_END_S = 2.0
"""How long the upkeep may take to end its step; broken off, the step is undone and done again by the next."""

CHANNEL_CAPACITY = 20_000
"""Messages held in memory at most; beyond, the broker keeps them."""


def run_ingest(site: SiteFile, stop: threading.Event, *, clock: Clock = utc_now) -> None:
    """Take messages in until asked to stop, while no other process does so under the same client id.

    Raises:
        ConfigError: The database or the site file is wrong.
        SourceError: The connection's thread died; a new process is needed.
    """
    prepare(site)
    spare_collector()
    take_short_turns()
    lease = Lease(connect_url(site), site.broker.client_id)
    # Whether this process takes messages in or waits: of all of them, the first keeps the database in order.
    upkeep = threading.Thread(
        target=run_upkeep,
        args=(site, lambda: owner_url(site), pictures(site), stop, clock),
        name="upkeep",
        daemon=True,
    )
    upkeep.start()
    try:
        while await_lease(lease, stop):
            with suppress(LeaseHeldError):  # lost to another process, which waits no longer: now this one does
                _work(site, lease, stop, clock)
            LEASE_HELD.set(0)
    finally:
        stop.set()
        lease.give_back()
        upkeep.join(UPKEEP_END_S)


def _work(site: SiteFile, lease: Lease, stop: threading.Event, clock: Clock) -> None:
    """Take messages in until asked to stop, or until the lease is another's.

    Raises:
        LeaseHeldError: It is; what was not acknowledged, the broker sends to whoever has it.
    """
    intake = MqttIntake(site.broker, capacity=CHANNEL_CAPACITY, clock=clock, may_connect=lambda: lease.sure)
    over = threading.Event()
    canary = threading.Thread(target=_send_canaries, args=(site, intake, over, clock), name="canary", daemon=True)
    desk = Desk(site.broker, lambda: connect_url(site), clock, may_connect=lambda: lease.sure)
    orders = threading.Thread(target=desk.run, args=(over,), name="desk", daemon=True)
    tidy = partial(keep_trimming, lambda: connect_url(site), site.ingest.history_days, over, clock)
    trimming = threading.Thread(target=tidy, name="trimming", daemon=True)
    watch = RegistryWatch(site)
    broker_files = BrokerFilesKeeper()
    rules = RuleWatch(site, clock)
    examiner: Examiner | None = None

    def changed() -> bool:
        broker_files.try_again()
        return watch.changed() or rules.changed()

    try:
        while not stop.is_set():
            # Between two batches: every reading is judged by the versions taken up here, until the next change.
            city = rules.settle(watch.settle())
            broker_files.renew(site, watch.devices)
            registry = _calibrated(city, clock)
            examiner = _examiner(city, registry, examiner, clock)
            decoder, writer = _equipped(city, registry, examiner, lease, clock)
            intake.hear(registry.foreign_topics)
            if not canary.is_alive():
                intake.start()
                canary.start()
                orders.start()
                trimming.start()
            try:
                pump(
                    city,
                    intake,
                    decoder,
                    writer,
                    stop,
                    until=changed,
                    confirm=lease.confirm,
                    requests=partial(attend_nodes, examiner.edge_nodes, connect_url(city)),
                )
            finally:
                writer.close()
    finally:
        over.set()
        intake.stop()
        if orders.is_alive():
            orders.join(ORDERS_END_S)


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
        Checks(registry, read_remembered(url, sensors, clock())),
        Clocks(read_clocks(url)),
        EdgeNodes(clock, read_births(url)),
    )


def _equipped(
    city: SiteFile, registry: Registry, examiner: Examiner, lease: Lease, clock: Clock
) -> tuple[Decoder, Writer]:
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
    writer = Writer(
        url,
        Engine(city, camera_units=units),
        pictures(city),
        clock,
        canary_s=city.ingest.canary_s,
        lives=lives,
        camera_units=units,
        lease=lease,
        piles=pile_judge(city),
    )
    return decoder, writer


def pump(
    site: SiteFile,
    intake: MqttIntake,
    decoder: Decoder,
    writer: Writer,
    stop: threading.Event,
    *,
    until: Callable[[], bool] = lambda: False,
    confirm: Callable[[], None] = lambda: None,
    requests: Callable[[], Iterable[tuple[str, bytes]]] = tuple,
) -> None:
    """Move batches from the broker into the database, acknowledging each only after its commit.

    Args:
        site: The city.
        intake: Where messages come from.
        decoder: Understands them.
        writer: Stores them.
        stop: Ends it; what is not committed then stays with the broker.
        until: Ends it once what was decoded is committed.
        confirm: Called while there is nothing to do: makes sure that this process may still take messages in.
        requests: Gives what devices are to be asked just now, topic and payload.

    Raises:
        SourceError: The connection's thread died.
        LeaseHeldError: This process may not take messages in any more.
    """
    answers = Answers(intake)
    reckoning = Reckoning()
    with DecodingAhead(intake, decoder, site.ingest, lambda: stop.is_set() or until(), requests) as ahead:
        writer.call_while_waiting(ahead.begin)
        try:
            # What was decoded before the registry changed is committed by the writer that knows the registry of then.
            while (batch := ahead.next()) is not None:
                if not intake.alive:
                    raise SourceError("the MQTT connection's thread died; this process must be started again")
                answers.ask(batch.requests)
                if not batch.messages:
                    answers.attend()
                    with suppress(StorageError):  # the database is away, and nothing is to be committed just now
                        confirm()
                    continue
                report = _settle(batch, writer, reckoning, stop)
                if report is None:
                    break  # asked to stop before the commit: nothing is acknowledged, the broker keeps it all
                intake.acknowledge(batch.messages)
                answers.answer(report)
        finally:
            left = ahead.left()
            if left is not None:
                reckoning.receive(left.intakes)
                reckoning.settle(None)


def _settle(batch: Batch, writer: Writer, reckoning: Reckoning, stop: threading.Event) -> CommitReport | None:
    """Commit a batch and keep the books; None when asked to stop meanwhile.

    Raises:
        LeaseHeldError: another process has the lease.
    """
    report = None
    reckoning.receive(batch.intakes)
    try:
        with COMMIT_SECONDS.time():
            report = commit(writer, batch.intakes, stop)
    finally:
        reckoning.settle(report)
    return report


def commit(writer: Writer, intakes: Sequence[Intake], stop: threading.Event) -> CommitReport | None:
    """Commit a batch however long the database is away; None when asked to stop meanwhile.

    Raises:
        LeaseHeldError: When the database came back, another process had the lease.
    """
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


def _send_canaries(site: SiteFile, intake: MqttIntake, over: threading.Event, clock: Clock) -> None:
    topic = f"pantau/v1/{site.broker.client_id}/canary"
    while not over.wait(site.ingest.canary_s):
        intake.publish(topic, msgspec.json.encode({"ts": clock()}), qos=1)
