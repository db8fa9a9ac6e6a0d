"""Grafana's dashboards and Prometheus' rules as they are delivered: every query runs, every metric exists."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from ruamel.yaml import YAML

from storage.seed import seed
from tests.needs import lacking
from tests.waste_town import WASTE_CITY

ROOT = Path(__file__).parents[2]
DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
PROVISIONING = sorted((ROOT / "deploy/grafana/provisioning").rglob("*.yaml"))
RULES = ROOT / "deploy/prometheus/pantau.rules.yml"
ROOMS = ("alerts", "app", "devices", "ingest", "runtime", "storage", "vision", "web")

_MACRO = re.compile(r"\$__timeFilter\(([^()]+)\)")
_METRIC = re.compile(r"\bpantau_[a-z_]+\b")


def targets(file: Path) -> list[dict[str, Any]]:
    return [target for panel in json.loads(file.read_text())["panels"] for target in panel["targets"]]


def exported() -> set[str]:
    """Return every metric the code names, as Prometheus sees it."""
    sources = [
        path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py") if "node_modules" not in str(path)
    ]
    names = {name for text in sources for name in re.findall(r'"(pantau_[a-z_]+)"', text)}
    return names | {f"{name}_{part}" for name in names for part in ("bucket", "sum", "count")}


def test_there_is_a_dashboard_for_air_water_waste_cameras_and_the_platform() -> None:
    boards = [json.loads(file.read_text()) for file in DASHBOARDS]
    assert {board["uid"] for board in boards} == {
        f"pantau-{n}" for n in ("air", "water", "waste", "cameras", "platform")
    }
    for board in boards:
        assert board["timezone"] == "Asia/Jakarta"
        places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
        assert len(set(places)) == len(places)


def test_every_panel_of_every_dashboard_runs_on_the_schema(each_database: str) -> None:
    ran = 0
    with psycopg.connect(each_database) as connection:
        for file in DASHBOARDS:
            for target in targets(file):
                if "rawSql" not in target:
                    continue
                text = _MACRO.sub(r"\1 BETWEEN '2026-03-01T00:00:00Z' AND '2026-03-02T00:00:00Z'", target["rawSql"])
                assert "$__" not in text, "a macro this test does not know"
                cursor = connection.execute(text.encode())
                columns = [column.name for column in cursor.description or ()]
                if target["format"] == "time_series":
                    assert columns == ["time", "metric", "value"], file.name
                ran += 1
    assert ran >= 18


def test_the_waste_board_tells_of_incidents(each_database: str) -> None:
    """A pile that a citizen reported is on it, and one that was a false alarm is not among the new ones."""
    seed(each_database, WASTE_CITY)
    piles = (("detected", "33.17.14", 2), ("closed", "33.17.10", 30), ("false_alarm", "33.17.10", 3))
    with psycopg.connect(each_database) as connection:
        for number, (state, kecamatan, hours) in enumerate(piles, 1):
            connection.execute(
                "INSERT INTO gareng_mesem.incident (id, version, state, origin, seen, kecamatan, title, detected_at, "
                "cleared_at, closed_at, updated_at, spot_id, reopened, waste_site_id) "
                "SELECT n, 1, %s, 'report', false, %s, 'x', at, at + took, at + took, at, n, 0, 'liar-utara' "
                "FROM (SELECT %s::uuid AS n, now() - make_interval(hours => %s) AS at, %s::interval AS took) AS given",
                [state, kecamatan, UUID(int=number), hours, timedelta(hours=6) if state == "closed" else None],
            )
        connection.commit()
        (board,) = (file for file in DASHBOARDS if file.stem == "pantau-waste")
        told = {}
        for panel in json.loads(board.read_text())["panels"]:
            (target,) = panel["targets"]
            text = _MACRO.sub(r"\1 > now() - interval '7 days'", target["rawSql"])
            told[panel["id"]] = connection.execute(text.encode()).fetchall()
    ((place, kecamatan, state, _since, hours_open, repeated, reopened),) = told[3]
    assert (place, kecamatan, state, hours_open, repeated, reopened) == (
        "Tepi jalan utara",
        "33.17.14",
        "detected",
        2,
        False,
        0,
    )
    assert sorted((kecamatan, count) for _day, kecamatan, count in told[4]) == [("33.17.10", 1), ("33.17.14", 1)]
    assert [(name, value) for _day, name, value in told[5]] == [("median", 6)]
    assert told[6] == [("33.17.14", 1, 1, 0, 0, 0, 1, 2)]


def test_dashboards_and_rules_speak_of_metrics_that_the_code_exports() -> None:
    expressions = [target["expr"] for file in DASHBOARDS for target in targets(file) if "expr" in target]
    rules = YAML(typ="safe").load(RULES)
    expressions += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    named = {name for expression in expressions for name in _METRIC.findall(expression)}
    assert len(named) > 10
    assert named - exported() == set()


def test_promtool_finds_nothing_wrong_with_the_rules() -> None:
    program = shutil.which("promtool")
    if program is None:
        lacking("promtool", "it comes with Debian's package prometheus")
    checked = subprocess.run([program, "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "10 rules found" in checked.stdout


@pytest.mark.parametrize(
    "file", sorted((ROOT / "deploy/grafana/provisioning").rglob("*.yaml")), ids=lambda f: f.parent.name
)
def test_provisioning_names_what_the_dashboards_use_and_holds_no_secret(file: Path) -> None:
    document = YAML(typ="safe").load(file)
    for source in document.get("datasources", ()):
        assert source["uid"] in {"pantau", "pantau-prometheus"}
        for value in source.get("secureJsonData", {}).values():
            assert re.fullmatch(r"\$\{\w+\}", value)
