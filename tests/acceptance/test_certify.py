"""`pantau device certify`: good devices pass every line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.device.certify.sheet import LINES
from tests.fix_broker import ROOT
from tests.ports import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.broker]


def certify(device: str | None, *words: str, patience_s: float) -> tuple[int, dict[str, Any]]:
    """Return exit status and sheet; without a command line somebody else runs the device."""
    run = () if device is None else ("--run", device)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "app", "device", "certify", "udara-01", "--metric", "pm25=ug/m3", "--json"),
            *("--listen", f"127.0.0.1:{free_ports()}", "--patience-s", str(patience_s), *run, *words),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def example(folder: Path, program: Path = ROOT / "examples/device.py") -> str:
    words = "--host {host} --port {port} --device {id} --metric pm25 --every 0.2"
    return f"{sys.executable} {program} {words} --file {folder / 'device.db'}"


def lines(sheet: dict[str, Any], result: str) -> set[str]:
    return {line["line"] for line in sheet["lines"] if line["result"] == result}


def test_the_example_passes_every_line(tmp_path: Path) -> None:
    status, sheet = certify(example(tmp_path), patience_s=30)
    assert lines(sheet, "passed") == set(LINES), sheet
    assert (status, sheet["passed"]) == (0, True)


SITE = """
city: {name: Kota uji}
data_dir: data
broker: {port: %d}
sites: [{id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}]
sensors: [{id: udara-01, name: Udara, site: dermaga, interval_s: 60, metrics: {pm25: {unit: ug/m3}}}]
"""


def test_the_reference_client_passes_every_line(tmp_path: Path) -> None:
    port = free_ports()
    site = tmp_path / "site.yaml"
    site.write_text(SITE % port)
    simulate = f"{sys.executable} -m app device simulate udara-01 -c {site} --every-s 0.2 --kill-safe"
    status, sheet = certify(simulate, "--listen", f"127.0.0.1:{port}", patience_s=30)
    assert lines(sheet, "passed") == set(LINES), sheet
    assert status == 0


def test_a_device_that_its_maker_runs_passes_without_the_restart(tmp_path: Path) -> None:
    port = free_ports()
    words = example(tmp_path).format(host="127.0.0.1", port=port, id="udara-01").split()
    device = subprocess.Popen(words, stdin=subprocess.DEVNULL)
    try:
        status, sheet = certify(None, "--listen", f"127.0.0.1:{port}", "--no-restart", patience_s=30)
        assert device.poll() is None
    finally:
        device.kill()
        device.wait()
    assert lines(sheet, "failed") == set(), sheet
    assert lines(sheet, "not tried") == {"survives_restart", "new_boot"}
    assert status == 0


def test_a_device_that_says_nothing_fails_the_first_line_only() -> None:
    status, sheet = certify(f"{sys.executable} -c pass", patience_s=2)
    assert lines(sheet, "failed") == {"heard"}
    assert status == 1
