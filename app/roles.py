"""Names of the processes Pantau consists of, and how each is started from the command line."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from configs.site import SiteFile
from runtime.processes import Program


class Role(StrEnum):
    """What one process does."""

    INGEST = "ingest"
    VISION = "vision"
    WEB = "web"
    NOTIFY = "notify"
    ALL = "all"


def pantau(*arguments: str) -> Sequence[str]:
    """Return the command line that runs Pantau with this very interpreter."""
    return (sys.executable, "-m", "app", *arguments)


def broker_program(site: SiteFile) -> Program:
    """Return the embedded broker: a process of its own that holds no pipeline."""
    return Program(name="broker", argv=pantau("service", "broker", "--port", str(site.broker.port)), last=True)


def ingest_program(file: Path) -> Program:
    """Return the ingest role of a site file."""
    return Program(name="ingest", argv=pantau("run", "--role", "ingest", "--config", str(file)))


def web_program(file: Path) -> Program:
    """Return the web role of a site file."""
    return Program(name="web", argv=pantau("run", "--role", "web", "--config", str(file)))


def notify_programs(site: SiteFile, file: Path) -> list[Program]:
    """Return the notify role of a site file; none where nobody is to be told of anything."""
    if site.notifications is None:
        return []
    return [Program(name="notify", argv=pantau("run", "--role", "notify", "--config", str(file)))]


def vision_programs(site: SiteFile, file: Path) -> list[Program]:
    """Return the vision workers of a site file; none where it has no cameras."""
    return [
        Program(
            name=f"vision-{worker}",
            argv=pantau("run", "--role", "vision", "--worker", str(worker), "--config", str(file)),
        )
        for worker in range(site.vision.workers if site.cameras else 0)
    ]
