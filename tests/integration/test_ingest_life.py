"""The ingest process: what it remembers across a restart, and a calibration that changes while it runs."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from app.ingesting import run_ingest
from configs.load import load_site
from configs.site import SiteFile
from devices.registry import Registry
from events.calibration import Calibration, Linear
from events.ids import SourceId
from runtime.clock import utc_now
from storage.calibrations import CalibrationBook
from tests.fix_broker import BrokerServer
from tests.foreign import publish
from tests.unit.devices.dialects.foreign_town import sparkplug
from tests.waiting import until

pytestmark = [pytest.mark.database, pytest.mark.broker]

SITE = """
city: {name: Kota uji}
data_dir: data
broker: {embedded: false, port: %d}
database: {embedded: false, url: "%s"}
ingest: {canary_s: 0.2}
sites:
  - {id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
sensors:
  - {id: pasut, name: Pasang surut, site: dermaga, interval_s: 60, metrics: {level: {unit: cm, stuck_after: 3}}}
  - id: pompa
    name: Pompa
    site: dermaga
    interval_s: 60
    metrics: {temperature: {unit: Cel}}
    speaks:
      - {dialect: sparkplug_b, topic: spBv1.0/Rembang/DDATA/pompa-1/a, fields: {Suhu: temperature}, rebirth: false}
"""


@pytest.fixture
def site(tmp_path: Path, broker: BrokerServer, database_url: str) -> SiteFile:
    path = tmp_path / "site.yaml"
    path.write_text(SITE % (broker.port, database_url))
    return load_site(path)


@contextmanager
def ingesting(site: SiteFile) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run_ingest, args=(site, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


class Town:
    """A tide gauge, and what became of its words."""

    def __init__(self, port: int, url: str) -> None:
        self._port, self._url = port, url
        self._begun = utc_now() - timedelta(minutes=1)
        self._said = 0

    def say(self, level: float) -> tuple[float, float, str]:
        """Publish a level; return raw value, value and quality once they are stored."""
        until(lambda: bool(self.ask("SELECT 1, 1, sender FROM canary")), "ingest hears")
        self._said += 1
        ts = self._begun + timedelta(seconds=self._said)
        payload = json.dumps({"ts": ts.isoformat(), "values": {"level": level}}).encode()
        publish(self._port, [("pantau/v1/pasut/telemetry", payload)])
        until(lambda: len(self.rows()) == self._said, f"{self._said} readings")
        return self.rows()[-1]

    def rows(self) -> list[tuple[float, float, str]]:
        return self.ask("SELECT raw, value, name FROM reading JOIN quality ON code = quality ORDER BY ts")

    def ask(self, statement: str) -> list[tuple[float, float, str]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(statement.encode()).fetchall()


@pytest.fixture
def town(broker: BrokerServer, database_url: str) -> Town:
    return Town(broker.port, database_url)


def test_a_restart_goes_on_counting_equal_values(site: SiteFile, town: Town) -> None:
    with ingesting(site):
        assert [town.say(5), town.say(5)] == [(5, 5, "ok"), (5, 5, "ok")]
        until(lambda: bool(town.ask("SELECT 1, 1, state FROM liveness WHERE state = 'online'")), "its state")
    with ingesting(site):
        assert [town.say(5), town.say(6)] == [(5, 5, "stuck"), (6, 6, "ok")]


def test_a_calibration_is_gone_by_within_seconds_and_leaves_no_value_behind(
    site: SiteFile, town: Town, database_url: str
) -> None:
    limits = Registry.from_site(site).quantities()
    with ingesting(site):
        assert town.say(1) == (1, 1, "ok")
        with CalibrationBook(database_url, actor="siti") as book:
            since = utc_now() - timedelta(hours=1)
            job = book.set((SourceId("pasut"), "level"), Calibration(valid_from=since, curve=Linear(2, 0)), utc_now())
            book.recalculate(job, limits, utc_now)
        for level in range(2, 7):
            town.say(level)
        settled = "SELECT 1, 1, '' FROM recalculation WHERE settled_at IS NOT NULL"
        until(lambda: bool(town.ask(settled)), "the change is taken over")
        assert town.say(7) == (7, 14, "ok")
        assert [value for _, value, _ in town.rows()] == [2 * level for level in range(1, 8)]


def test_an_edge_node_is_understood_after_a_restart_without_a_new_birth(site: SiteFile, database_url: str) -> None:
    town = Town(site.broker.port, database_url)

    def publish_edge(kind: str, seq: int, device: str = "", **metric: object) -> None:
        topic = f"spBv1.0/Rembang/{kind}/pompa-1{device and '/'}{device}"
        payload = sparkplug(seq=seq, timestamp=int(utc_now().timestamp() * 1000), metrics=[metric] if metric else [])
        publish(site.broker.port, [(topic, payload)])

    with ingesting(site):
        until(lambda: bool(town.ask("SELECT 1, 1, sender FROM canary")), "ingest hears")
        publish_edge("NBIRTH", 0)
        publish_edge("DBIRTH", 1, "a", name="Suhu", alias=1, datatype=9, float_value=29.5)
        publish_edge("DBIRTH", 2, "asing", name="Lain", alias=1, datatype=9, float_value=1.0)
        until(lambda: len(town.ask("SELECT 1, 1, device_name FROM edge_birth")) == 2, "the births are kept")
    with ingesting(site):
        publish_edge("DDATA", 7, "a", alias=1, float_value=31.0)
        until(lambda: len(town.rows()) == 2, "the alias is understood")
        assert [value for _, value, _ in town.rows()] == [29.5, 31.0]
        publish_edge("NDEATH", 0)
        until(lambda: not town.ask("SELECT 1, 1, device_name FROM edge_birth"), "a death ends what was kept")
