"""What `deploy` ships, read as the tests need it."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer.main
from ruamel.yaml import YAML

from app.cli import app
from app.roles import Role
from tests.needs import lacking

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "deploy" / "systemd"
COMPOSE = ROOT / "deploy" / "compose"
SITE = COMPOSE / "site" / "city.yaml"

ROLES = {role.value for role in Role} - {Role.ALL.value}

ACCESS = "/var/lib/pantau-broker"
"""Where the containers keep Mosquitto's access files."""


def compose() -> dict[str, Any]:
    """Return the Compose file, its anchors followed."""
    document: dict[str, Any] = YAML(typ="safe").load(COMPOSE / "compose.yaml")
    return document


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def parsed(arguments: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
    """Return what the real command line makes of arguments, command and parameters; a mistake is raised."""
    command: Any = typer.main.get_command(app)
    rest = list(arguments)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    context = command.make_context(command.name, rest)
    return command.name, context.params


def committed() -> set[str]:
    """Return the files that git knows."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        lacking("a git checkout", "clone the repository")
    return set(listed.stdout.splitlines())


def dockerfile() -> list[list[str]]:
    """Return the Dockerfile's instructions as words, continued lines joined."""
    text = (COMPOSE / "Dockerfile").read_text().replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line and not line.startswith("#")]
