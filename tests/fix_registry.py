"""A registry in a database of its own, and the commands of its administrator."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app

SITE = """
city: {name: Kota uji}
data_dir: data
broker: {embedded: false, port: %(port)d, username: pantau, password: "${PANTAU_TEST_SECRET}"}
database: {embedded: false, url: "%(url)s"}
offices: [{id: dlh, name: Dinas Lingkungan Hidup}]
sites:
  - {id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}
sensors:
  - {id: pasut, name: Pasang surut, site: dermaga, interval_s: 60, metrics: {water_level: {unit: cm}}}
"""

SECRET = "own-secret"
METRICS = ("--site", "dermaga", "--metric", "pm25=ug/m3:0:1000")

Command = Callable[..., str]


@pytest.fixture
def site_file(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PANTAU_TEST_SECRET", SECRET)
    path = tmp_path / "site.yaml"
    path.write_text(SITE % {"url": database_url, "port": 1})
    return path


@pytest.fixture
def pantau(site_file: Path) -> Command:

    def run(*words: str, fails: bool = False) -> str:
        result = CliRunner().invoke(app, ["device", *words, "--config", str(site_file)])
        assert (result.exit_code != 0) == fails, result.output
        return str(result.exception) if fails else result.output

    return run


def secret_in(told: str) -> str:
    return told.split()[1]
