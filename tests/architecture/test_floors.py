"""The floors of the house hold, and nothing escapes the linter by being forgotten."""

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in {"tests", "benchmarks"}
)


def test_every_package_is_known_to_the_import_linter() -> None:
    assert sorted(PROJECT["tool"]["importlinter"]["root_packages"]) == PACKAGES


def test_every_package_is_shipped_and_typed() -> None:
    assert sorted(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES
    assert set(PACKAGES) <= set(PROJECT["tool"]["mypy"]["packages"])


@pytest.mark.parametrize("package", PACKAGES)
def test_top_level_names_resolve_inside_this_repository(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "core", "base", "manager"])
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    assert not [path for package in PACKAGES for path in (ROOT / package).rglob(f"{name}.py")]


def test_the_floors_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
