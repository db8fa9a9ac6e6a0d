"""Quarantine as the administrator meets it, on a real database."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from configs.load import load_site
from devices.decoder import Decoder
from devices.dialects.table import DIALECTS
from devices.registry import Registry
from events.message import Delivery, Message
from storage.figures import count_figures
from storage.migrations import migrate
from storage.pictures import PictureStore
from storage.quarantined import Quarantine, Selection
from storage.writer import Writer
from tests.material import NOON, NoRules, message
from tests.unit.devices.dialects.foreign_town import NOW, SAMPLES, payload_of, sample, speech, town

pytestmark = pytest.mark.database

SITE = """
city: {name: Kota uji}
data_dir: data
broker: {embedded: false}
database: {embedded: false, url: "%(url)s"}
sites:
  - {id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
sensors:
  - {id: udara, name: Udara, site: dermaga, interval_s: 60, metrics: {%(metric)s: {unit: ug/m3}}}
"""

Command = Callable[..., str]


@pytest.fixture
def site_file(tmp_path: Path, database_url: str) -> Path:
    migrate(database_url)
    return write(tmp_path, database_url, "pm25")


def write(folder: Path, url: str, metric: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(SITE % {"url": url, "metric": metric})
    return path


@pytest.fixture
def pantau(site_file: Path) -> Command:

    def run(*words: str, status: int = 0, answer: str | None = None) -> str:
        result = CliRunner().invoke(app, ["quarantine", *words, "--config", str(site_file)], input=answer)
        assert result.exit_code == status, result.output
        return result.output

    return run


def take_in(site_file: Path, url: str, *payloads: bytes) -> None:
    """Offer messages as ingest would."""
    decoder = Decoder(Registry.from_site(load_site(site_file)), lambda: NOON)
    writer = Writer(url, NoRules(), PictureStore(site_file.parent / "pictures"), lambda: NOON)
    intakes = [decoder.decode(message("pantau/v1/udara/telemetry", p, float(i))) for i, p in enumerate(payloads)]
    writer.commit(intakes)
    writer.close()


def values(metric: str, *numbers: float) -> list[bytes]:
    return [json.dumps({"values": {metric: number}}).encode() for number in numbers]


def test_what_was_refused_is_taken_in_once_the_site_file_is_corrected(
    site_file: Path, database_url: str, pantau: Command
) -> None:
    take_in(site_file, database_url, *values("pm2_5", 10, 11, 12), b"{broken")
    assert "unknown_metric" in pantau("list")
    assert "3 still there: unknown_metric" in pantau("replay", "--reason", "unknown_metric")
    write(site_file.parent, database_url, "pm2_5")

    told = pantau("replay", "--all")

    assert "3 messages taken in, 3 readings stored." in told
    assert "1 still there: malformed" in told
    assert count_figures(database_url).readings == 3
    assert "0 messages taken in" in pantau("replay", "--all")


POISON = {
    "tasmota": b'{"TX23": {"Speed": {"Avg": "\\u0000"}}}',
    "zigbee2mqtt": b"\xff\x00",
    "chirpstack": b'{"object": {"distance": [[1]]}}',
    "the_things_stack": b'{"uplink_message": {"decoded_payload": {"fill_percent": 1e400}}}',
    "esphome": b"\x00\xff",
    "home_assistant": b'{"temperature": {}}',
    "senml": b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    "sparkplug_b": b"\x12\xff\xff\xff\xff\x0f",
    "json": b'{"pompa": {"arus": "\\ud800"}}',
}


def test_the_poison_of_every_dialect_goes_to_quarantine_and_hurts_nobody_else(
    tmp_path: Path, database_url: str
) -> None:
    migrate(database_url)
    samples = {said["dialect"]: said for path in sorted(SAMPLES.glob("*.json")) if (said := sample(path.stem))}
    assert POISON.keys() == samples.keys() == DIALECTS.keys()
    site = town(*[[speech(said)] for said in samples.values()])
    decoder = Decoder(Registry.from_site(site), lambda: NOW)
    intakes = [
        decoder.decode(Message(said["topic"], payload, NOW, retained=False, delivery=Delivery(1, n)))
        for n, (dialect, said) in enumerate(samples.items())
        for payload in (POISON[dialect], payload_of(said))
    ]
    writer = Writer(database_url, NoRules(), PictureStore(tmp_path), lambda: NOW)

    report = writer.commit(intakes)

    writer.close()
    assert (report.quarantined, report.accepted) == (len(samples), len(samples))
    assert count_figures(database_url).readings == sum(len(said["readings"]) for said in samples.values())
    with Quarantine(database_url) as quarantine:
        kept = [one for page in quarantine.pages(Selection()) for one in page]
    assert [bytes(one.payload) for one in sorted(kept, key=lambda one: one.id)] == [POISON[name] for name in samples]


def test_a_replay_killed_before_it_could_clear_up_stores_nothing_twice(
    site_file: Path, database_url: str, pantau: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(site_file, database_url, *values("pm2_5", 10, 11))
    write(site_file.parent, database_url, "pm2_5")
    with monkeypatch.context() as killed:
        killed.setattr(Quarantine, "drop", lambda *_: 0)
        pantau("replay", "--all")
    assert "2 messages taken in, 0 readings stored." in pantau("replay", "--all")
    assert count_figures(database_url).readings == 2


def test_a_message_can_be_looked_at_whole_and_written_to_a_file(
    site_file: Path, database_url: str, pantau: Command, tmp_path: Path
) -> None:
    take_in(site_file, database_url, b"\x00\xff[bold]")
    with Quarantine(database_url) as quarantine:
        (kept,) = next(quarantine.pages(Selection()))
    shown = pantau("show", str(kept.id))
    assert "malformed" in shown
    assert "[bold]" in shown
    pantau("show", str(kept.id), "--payload", str(tmp_path / "payload"))
    assert (tmp_path / "payload").read_bytes() == b"\x00\xff[bold]"


def test_messages_are_forgotten_only_when_named_and_confirmed(
    site_file: Path, database_url: str, pantau: Command
) -> None:
    take_in(site_file, database_url, b"{broken", *values("pm2_5", 1))
    pantau("drop", status=1)
    pantau("drop", "--all", answer="n\n", status=1)
    assert "1 messages forgotten" in pantau("drop", "--reason", "malformed", answer="y\n")
    assert "1 messages forgotten" in pantau("drop", "--all", "--yes")
    assert "Quarantine is empty" in pantau("list")


def test_a_message_too_long_to_be_kept_whole_is_not_replayed(
    site_file: Path, database_url: str, pantau: Command
) -> None:
    take_in(site_file, database_url, json.dumps({"values": {"pm2_5": 1}, "note": "x" * 70_000}).encode())
    write(site_file.parent, database_url, "pm2_5")
    assert "1 still there: cut" in pantau("replay", "--all")
