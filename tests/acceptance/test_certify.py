"""`pantau device certify`: good devices pass every line, bad ones fail exactly the lines they should."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.device.certify.sheet import LINES
from tests.fix_broker import ROOT, free_port

pytestmark = [pytest.mark.slow, pytest.mark.broker]

BAD = """
import runpy, sys, time, json
from datetime import UTC, datetime, timedelta
device = runpy.run_path({example!r}, run_name="example")
Device, inside = device["Device"], device["Device"].keep.__globals__
{change}
inside["main"]()
"""

NO_RESEND = """
class Bad(Device):
    def send(self, where, values, most):
        super().send(where, values, most)
        self.file.execute("DELETE FROM held WHERE id <= ?", (self.sent,))
inside["Device"] = Bad
"""

COUNTER_RESET = """
class Bad(Device):
    def __init__(self, options):
        super().__init__(options)
        self.boot = "always-the-same"
    def renew(self):
        pass
inside["Device"] = Bad
"""

QOS_0 = """
publish = inside["Client"].publish
inside["Client"].publish = lambda self, topic, payload, qos, retain=False: publish(
    self, topic, payload, 0 if topic.endswith("telemetry") else qos, retain)
"""

IGNORES_RECEIPTS = """
inside["MOST_UNDER_WAY"], inside["PATIENCE_S"] = 10**6, 10**6
Device.receipt = lambda *_: None
"""

WRONG_TIME = """
class Slow(datetime):
    @classmethod
    def now(cls, zone):
        return datetime.now(zone) - timedelta(hours=7)
inside["datetime"] = Slow
"""

NO_WILL = """
inside["Client"].will_set = lambda *_, **_more: None
"""

WRONG_METRIC = """
inside["Device"].keep_right = Device.keep
Device.keep = lambda self, metric, value: self.keep_right("debu", value)
"""

UNNUMBERED = """
dumps = json.dumps
class Dumps:
    loads = staticmethod(json.loads)
    @staticmethod
    def dumps(body):
        return dumps({key: body[key] for key in body if key not in ("seq", "oldest")})
inside["json"] = Dumps
"""

NEEDS_NUMBERS = frozenset(LINES) - {"heard", "qos1", "accepted", "numbered", "clock", "online"}


def certify(device: str, *words: str, patience_s: float) -> tuple[int, dict[str, Any]]:
    """Return exit status and sheet."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "app", "device", "certify", "udara-01", "--metric", "pm25=ug/m3", "--json"),
            *("--listen", f"127.0.0.1:{free_port()}", "--patience-s", str(patience_s), "--run", device, *words),
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
    port = free_port()
    site = tmp_path / "site.yaml"
    site.write_text(SITE % port)
    simulate = f"{sys.executable} -m app device simulate udara-01 -c {site} --every-s 0.2 --kill-safe"
    status, sheet = certify(simulate, "--listen", f"127.0.0.1:{port}", patience_s=30)
    assert lines(sheet, "passed") == set(LINES), sheet
    assert status == 0


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        pytest.param(
            NO_RESEND, {"resends", "fills_gaps", "odd_receipts", "survives_restart"}, id="forgets once it has sent"
        ),
        pytest.param(COUNTER_RESET, {"new_boot", "counter_lost"}, id="counts from 1 again under the same boot"),
        pytest.param(QOS_0, {"qos1"}, id="publishes at QoS 0"),
        pytest.param(IGNORES_RECEIPTS, {"fills_gaps", "forgets", "counter_lost"}, id="ignores receipts"),
        pytest.param(WRONG_TIME, {"clock"}, id="takes local time for UTC"),
        pytest.param(NO_WILL, {"will"}, id="has no last will"),
        pytest.param(WRONG_METRIC, {"accepted"}, id="sends a metric nobody knows"),
    ],
)
def test_a_bad_device_fails_exactly_the_lines_it_should(tmp_path: Path, change: str, fails: set[str]) -> None:
    program = tmp_path / "bad.py"
    program.write_text(BAD.format(example=str(ROOT / "examples/device.py"), change=change))
    status, sheet = certify(example(tmp_path, program), patience_s=15)
    assert lines(sheet, "failed") == fails, sheet
    assert lines(sheet, "passed") == set(LINES) - fails, sheet
    assert (status, sheet["passed"]) == (1, False)
    assert all(("remedy" in line) == (line["result"] != "passed") for line in sheet["lines"])


def test_what_needs_numbers_is_not_tried_with_a_device_that_has_none(tmp_path: Path) -> None:
    program = tmp_path / "bad.py"
    program.write_text(BAD.format(example=str(ROOT / "examples/device.py"), change=UNNUMBERED))
    status, sheet = certify(example(tmp_path, program), patience_s=8)
    assert lines(sheet, "failed") == {"numbered"} | ({"online"} & lines(sheet, "failed"))
    assert lines(sheet, "not tried") == NEEDS_NUMBERS
    assert status == 1


def test_a_device_that_says_nothing_fails_the_first_line_and_a_port_in_use_is_explained(tmp_path: Path) -> None:
    status, sheet = certify(f"{sys.executable} -c pass", patience_s=2)
    assert lines(sheet, "failed") == {"heard"}
    assert status == 1
