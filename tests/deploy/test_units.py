"""The systemd units: what systemd itself says of them, and that they start what the program knows."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from configs.load import find_mistakes, load_site
from runtime.shutdown import stop_event
from tests.deploy.shipped import ROLES, ROOT, SYSTEMD, parsed
from tests.needs import lacking

UNITS = ("pantau@.service", "pantau-vision@.service", "pantau.target")
ROLE, VISION = (SYSTEMD / name for name in UNITS[:2])

MOST_EXPOSED = 1.9
"""Measured with systemd 252: 1.6 of 10. A little room, since each release weighs anew."""

TOWN = """
city: {name: Kota uji}
sites: [{id: dermaga, name: Dermaga, kecamatan: "33.17.10", position: {lat: -6.7028, lon: 111.3376}}]
"""


@pytest.fixture
def analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        lacking("systemd-analyze", "install Debian's package systemd")
    return program


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with a program that is there."""
    for name in UNITS:
        text = (SYSTEMD / name).read_text().replace("/opt/pantau/bin/pantau", "/usr/bin/true")
        (tmp_path / name).write_text(text)
    return tmp_path


def lines(unit: Path, key: str) -> list[str]:
    return [line.removeprefix(f"{key}=") for line in unit.read_text().splitlines() if line.startswith(f"{key}=")]


def command(unit: Path, instance: str) -> list[str]:
    (line,) = lines(unit, "ExecStart")
    program, *arguments = shlex.split(line.replace("%i", instance))
    assert program == "/opt/pantau/bin/pantau"
    return [argument for argument in arguments if argument != "$PANTAU_OPTIONS"]


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong(analyze: str, installed: Path, name: str) -> None:
    checked = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", str(installed / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.mark.parametrize("name", UNITS[:2])
def test_little_is_exposed(analyze: str, installed: Path, name: str) -> None:
    judged = subprocess.run(
        [analyze, "security", "--offline=yes", f"--threshold={round(MOST_EXPOSED * 10)}", str(installed / name)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", judged.stdout)
    assert exposure is not None, judged.stdout
    assert float(exposure[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_is_started_by_a_command_that_the_program_takes(role: str) -> None:
    name, parameters = parsed(command(ROLE, role))
    assert (name, parameters["role"], parameters["worker"]) == ("run", role, 0)
    assert parameters["config"] == Path("/etc/pantau/city.yaml")


def test_a_further_vision_worker_is_started_by_its_number() -> None:
    name, parameters = parsed(command(VISION, "3"))
    assert (name, parameters["role"], parameters["worker"]) == ("run", "vision", 3)


def test_the_option_that_the_unit_suggests_is_one() -> None:
    suggested = re.findall(r"PANTAU_OPTIONS=(--\S+ \d+)", ROLE.read_text())
    assert len(suggested) == 1
    assert parsed([*command(ROLE, "web"), *suggested[0].split()])[1]["metrics_port"] == 9101


@pytest.mark.parametrize("file", [ROLE, ROOT / "docs/deploy.md", ROOT / "README.md"], ids=lambda file: file.name)
def test_exactly_the_roles_are_named(file: Path) -> None:
    assert {name for name in re.findall(r"pantau@([a-z]+)", file.read_text()) if name != "service"} == ROLES


def test_both_services_are_alike_but_for_what_they_start() -> None:
    own = (
        "#",
        "Description=",
        "ExecStart=",
        "ExecCondition=",
        "EnvironmentFile=-/etc/pantau/%i",
        "EnvironmentFile=-/etc/pantau/v",
    )

    def rest(unit: Path) -> list[str]:
        return [line for line in unit.read_text().splitlines() if not line.startswith(own)]

    assert rest(ROLE) == rest(VISION)


def test_no_restart_is_the_last_one_and_a_signal_is_one_that_roles_hear() -> None:
    assert lines(ROLE, "Restart") == ["always"]
    assert lines(ROLE, "StartLimitIntervalSec") == ["0"]
    assert lines(ROLE, "KillSignal") == []  # SIGTERM, as `stop_event` says
    assert "SIGTERM" in (stop_event.__doc__ or "")


def test_everything_written_is_below_the_state_directory() -> None:
    (state,) = lines(ROLE, "StateDirectory")
    (variables,) = lines(ROLE, "Environment")
    named = dict(pair.split("=", 1) for pair in variables.split())
    assert named["PANTAU_DATA"] == f"/var/lib/{state}"
    assert named["PANTAU_MODELS"].startswith(f"/var/lib/{state}/")


def test_what_the_page_says_to_write_into_the_site_file_is_good(tmp_path: Path) -> None:
    (section,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/deploy.md").read_text(), re.DOTALL)
    file = tmp_path / "city.yaml"
    file.write_text(f"{TOWN}{section}")
    for name, secret in (
        ("broker_password", "stand-in"),
        ("database_url", "postgresql://pantau@database.example/pantau"),
    ):
        (tmp_path / name).write_text(secret)
        (tmp_path / name).chmod(0o640)
    (variables,) = lines(ROLE, "Environment")
    environ = dict(pair.split("=", 1) for pair in variables.split()) | {"PANTAU_SECRETS": str(tmp_path)}
    assert find_mistakes(file, environ) == []
    assert load_site(file, environ).data_dir == Path(environ["PANTAU_DATA"])
