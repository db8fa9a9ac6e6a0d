"""The commands of the waste programme, over the real database."""

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import app
from storage.seed import seed
from tests.waste_town import WASTE_CITY

pytestmark = pytest.mark.database


@pytest.fixture
def file(database_url: str, tmp_path: Path) -> Path:
    seed(database_url, WASTE_CITY)
    written = json.loads(WASTE_CITY.model_dump_json(exclude_unset=True))
    written["cameras"][0]["url"] = "rtsp://127.0.0.1/x"
    written["database"] = {"embedded": False, "url": database_url}
    path = tmp_path / "site.yaml"
    path.write_text(json.dumps(written))
    return path


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["waste", *words])
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


def test_a_pile_is_told_listed_and_shown_from_the_command_line(file: Path) -> None:
    words = ("report", "LAPOR-7", "Sampah di tepi jalan", "--at", "liar-utara", "-c", str(file))
    opened = run(*words)
    assert opened.startswith("opened ")
    identity = opened.split()[1].rstrip(":")
    assert run(*words).startswith("was told before of ")
    assert run("report", "LAPOR-8", "Masih ada", "--at", "liar-utara", "-c", str(file)).startswith("told of ")
    assert identity in run("list", "-c", str(file))
    shown = run("show", identity, "-c", str(file))
    assert "LAPOR-7" in shown
    assert "lapor LAPOR-8: Masih ada" in shown


def test_a_file_of_a_weighbridge_is_taken_in_once_and_its_bad_lines_are_named(
    file: Path, database_url: str, tmp_path: Path
) -> None:
    loads = tmp_path / "loads.csv"
    loads.write_text(
        "waste_site,reference,weighed_at,gross_kg,tare_kg\n"
        "tpa-landoh,T-1,2026-03-01T08:00:00,9000,4000\n"
        "tpa-landoh,T-2,2026-03-01T09:00:00,9000,\n"
    )
    output = run("weigh", str(loads), "-c", str(file), status=1)
    assert "1 loads added, 0 known, 1 refused" in output
    assert "line 3: gross_kg, tare_kg" in output
    assert "0 loads added, 1 known, 1 refused" in run("weigh", str(loads), "-c", str(file), status=1)
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT weighed_at::text, channel, net_kg FROM gareng_mesem.load").fetchall()
    assert [(channel, net) for _, channel, net in found] == [("csv", 5000)]
