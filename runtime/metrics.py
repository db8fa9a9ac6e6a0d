"""Metrics of every process of this machine, gathered into one page."""

from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client import REGISTRY as ONE_PROCESS
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from runtime import environment

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition() -> bytes:
    """Return the metrics in Prometheus' text format.

    Where roles share a folder (`PROMETHEUS_MULTIPROC_DIR`), those of all roles on this machine; else of this process.
    """
    folder = environment.metrics_folder()
    if folder is None:
        return generate_latest(ONE_PROCESS)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def forget_process(pid: int, folder: Path) -> None:
    """Leave out what a process that has ended said of its present state; what it counted stays."""
    mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
