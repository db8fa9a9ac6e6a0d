"""A whole city on one machine, as far as it can be refused."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.city import City
from app.database import connect_url, embedded_postgres
from configs.site import SiteFile
from events.errors import ConfigError, StorageError
from tests.ports import free_ports

pytestmark = pytest.mark.database


@pytest.fixture
def site() -> Iterator[SiteFile]:
    """A site file without anything to watch, its data in a folder that the database's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="pantau-test-"))
    yield SiteFile.model_validate(
        {
            "city": {"name": "Rembang"},
            "data_dir": folder / "data",
            "broker": {"port": free_ports()},
            "web": {"port": free_ports()},
            "sites": [
                {"id": "shore", "name": "Dermaga", "kecamatan": "33.17.10", "position": {"lat": -6.7, "lon": 111.3}}
            ],
        }
    )
    shutil.rmtree(folder, ignore_errors=True)


def start(city: City) -> None:
    city.start(on_progress=lambda _step: None)


def test_a_second_city_on_the_same_data_is_refused_and_leaves_the_first_its_database(
    site: SiteFile, tmp_path: Path
) -> None:
    first, second = (City(site, tmp_path / "site.yaml", log_folder=tmp_path) for _ in range(2))
    database = embedded_postgres(site)
    with pytest.raises(StorageError, match="not running"):
        connect_url(site)
    try:
        start(first)
        pid = database.pid
        assert pid is not None
        with pytest.raises(ConfigError, match="another Pantau"):
            start(second)
        second.stop()
        assert database.pid == pid
    finally:
        first.stop()
    assert database.pid is None


def test_a_data_folder_that_cannot_be_made_is_one_clear_message(site: SiteFile, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    city = City(site.model_copy(update={"data_dir": taken / "data"}), tmp_path / "site.yaml")
    with pytest.raises(ConfigError, match="data_dir"):
        start(city)
    city.stop()
