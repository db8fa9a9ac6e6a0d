"""The one place where any error is caught: a bug in one part must not stop the others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, TypeVarTuple

import structlog
from prometheus_client import Counter

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = structlog.get_logger(__name__)

FAULTS = Counter("pantau_isolated_faults_total", "Errors caught at the boundary of isolation", ["part"])


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that was caught instead of a result."""

    part: str
    error: Exception

    def __str__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


def isolated(part: str, work: Callable[[*Ts], T], *given: *Ts) -> T | Fault:
    """Run work; an error is logged with its traceback, counted, and returned as a Fault.

    Args:
        part: Kind of part, such as `pipeline` or `rule`: a metric label, so never taken from payloads.
        work: What to run.
        given: What it is given.
    """
    try:
        return work(*given)
    except Exception as error:
        FAULTS.labels(part).inc()
        log.exception("a part failed and was isolated", part=part)
        return Fault(part, error)
