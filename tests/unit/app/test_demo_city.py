"""The demo city's site file."""

import socket
from importlib import resources
from pathlib import Path

import pytest

from app.demo.city import assemble
from app.demo.recordings import Recording
from app.demo.scripts import scripts
from configs.load import find_mistakes, load_site
from configs.rules import AbsenceRule, ObservationRule
from configs.site import SiteFile
from events.errors import ConfigError
from tests.clips import write_clip
from tests.ports import free_ports


@pytest.fixture
def port() -> int:
    """First of three ports in a row that are free just now."""
    return free_ports(3)


def assembled(folder: Path, port: int, *, calm: bool = False, recordings: tuple[Recording, ...] = ()) -> SiteFile:
    return load_site(assemble(folder, web_port=port, calm=calm, recordings=recordings))


@pytest.mark.parametrize("calm", [False, True])
def test_the_assembled_city_is_valid_and_says_that_it_is_a_demo(tmp_path: Path, port: int, *, calm: bool) -> None:
    site = assembled(tmp_path, port, calm=calm)
    assert site.city.demo
    assert site.data_dir == tmp_path.resolve()
    assert (site.web.port, site.broker.port) == (port, port + 1)
    names = [thing.name for things in (site.sites, site.cameras, site.sensors, site.offices) for thing in things]
    assert [name for name in names if "(demo)" not in name] == []
    assert len(site.cameras) >= 3
    assert len(site.sensors) >= 6


@pytest.mark.parametrize("calm", [False, True])
def test_cameras_play_the_clips_of_their_variant(tmp_path: Path, port: int, *, calm: bool) -> None:
    folder = "calm" if calm else "busy"
    site = assembled(tmp_path, port, calm=calm)
    assert {camera.url.get_secret_value() for camera in site.cameras} == {
        f"rtsp://127.0.0.1:{port + 2}/{folder}/{script.name}.mp4?play_count=0" for script in scripts(calm=calm)
    }
    piles = [zone.detect.waste_pile for camera in site.cameras for zone in camera.zones if zone.detect.waste_pile]
    assert [pile.reference for pile in piles] == [str(tmp_path / "clips" / folder / "tps-pasar-clean.png")]


def test_what_is_wrong_with_the_demo_as_shipped_is_only_that_its_clips_are_not_drawn() -> None:
    with resources.as_file(resources.files("configs") / "demo.yaml") as file:
        (mistake,) = find_mistakes(file)
    assert mistake.warning
    assert "waste_pile.reference: the file it names is not there" in str(mistake)


def test_a_missing_signal_is_one_alarm_not_two(tmp_path: Path, port: int) -> None:
    rules = assembled(tmp_path, port).rules
    faults = [rule for rule in rules if isinstance(rule, ObservationRule) and rule.observes == "tamper"]
    assert faults
    assert all(rule.classes and "no_signal" not in rule.classes for rule in faults)
    assert {rule.of for rule in rules if isinstance(rule, AbsenceRule)} == {"cameras", "sensors"}


@pytest.mark.parametrize(("offset", "purpose"), [(0, "the pages"), (1, "the broker"), (2, "the cameras")])
def test_a_busy_port_is_named_with_what_to_do(tmp_path: Path, port: int, offset: int, purpose: str) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port + offset))
        holder.listen()
        with pytest.raises(ConfigError, match=rf"port {port + offset} for {purpose} .*--port"):
            assemble(tmp_path, web_port=port, calm=False)


def test_a_port_too_high_for_its_neighbours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="65536 is no port"):
        assemble(tmp_path, web_port=65_535, calm=False)


def test_recordings_become_further_cameras_at_a_place_that_says_so(tmp_path: Path, port: int) -> None:
    source = write_clip(tmp_path / "source.mp4")
    recordings = (
        Recording(name="rekaman-a", title="A (rekaman uji)", source=source, crowd=14),
        Recording(
            name="rekaman-b", title="B (rekaman uji)", source=source, corner=((0.1, 0.1), (0.5, 0.1), (0.5, 0.5))
        ),
        Recording(name="rekaman-c", title="C (rekaman uji)", source=source),
    )
    site = assembled(tmp_path / "data", port, recordings=recordings)
    crowd, pile, plain = site.cameras[3:]
    assert crowd.url.get_secret_value().endswith("/rekaman/rekaman-a.mp4?play_count=0")
    assert crowd.zones[0].detect.crowding is not None
    waste = pile.zones[0].detect.waste_pile
    assert waste is not None
    assert waste.reference is not None
    assert Path(waste.reference).is_file()
    assert plain.zones == ()
    place = next(place for place in site.sites if place.id == crowd.site)
    assert "bukan lokasi nyata" in place.name
    silences = {rule.id: rule.sources for rule in site.rules if isinstance(rule, AbsenceRule)}
    assert silences["kamera-diam"] == tuple(camera.id for camera in site.cameras[:3])
    assert silences["rekaman-diam"] == ("rekaman-a", "rekaman-b", "rekaman-c")


def test_the_calm_twin_leaves_recordings_out(tmp_path: Path, port: int) -> None:
    source = write_clip(tmp_path / "source.mp4")
    recording = Recording(name="rekaman-a", title="A (rekaman uji)", source=source, crowd=14)
    assert len(assembled(tmp_path / "data", port, calm=True, recordings=(recording,)).cameras) == 3
