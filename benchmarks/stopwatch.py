"""Processor time of the pipeline's stages, told apart without touching them."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from vision.background import Background
from vision.green import GreenCoverDetector
from vision.health import HealthDetector
from vision.left_object import LeftObjectDetector
from vision.people import CrowdingDetector
from vision.pipeline import Pipeline
from vision.seconds import Seconds
from vision.shrinker import Shrinker
from vision.waste import WastePileDetector
from vision.water import WaterLevelDetector
from vision.witness import Witness

DECODING = "decoding"
SNAPSHOT = "snapshot"
REST = "the pipeline itself"
STAGES: dict[str, tuple[type[Any], str]] = {
    "small picture": (Shrinker, "shrink"),
    "background model": (Background, "apply"),
    "median of the second": (Seconds, "begins"),
    "memory for evidence": (Witness, "see"),
    "camera health": (HealthDetector, "look"),
    "people and crowding": (CrowdingDetector, "look"),
    "things left behind": (LeftObjectDetector, "look"),
    "waste pile": (WastePileDetector, "look"),
    "water level": (WaterLevelDetector, "look"),
    "green cover": (GreenCoverDetector, "look"),
    SNAPSHOT: (Pipeline, "snapshot"),
}
"""Name of each stage and the method that is it; none of them calls another."""
_WHOLE = "whole"


class Stopwatch:
    """Adds up this thread's processor time by stage, in seconds.

    Reading the clock takes about half a microsecond, some forty times a picture: below a hundredth of what is measured.
    """

    def __init__(self) -> None:
        self._spent_s: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure the stages of every pipeline that runs meanwhile."""
        with ExitStack() as stack:
            for name, (owner, method) in {**STAGES, _WHOLE: (Pipeline, "take")}.items():
                stack.enter_context(patch.object(owner, method, self._timed(name, getattr(owner, method))))
            yield

    def timed(self, name: str, began_s: float) -> None:
        """Add the time since `began_s` by `time.thread_time` to a stage."""
        self._spent_s[name] += time.thread_time() - began_s

    def clear(self) -> None:
        """Begin anew."""
        self._spent_s.clear()

    @property
    def spent_s(self) -> dict[str, float]:
        """Seconds by stage, those that took any, with what the pipeline spends between its stages."""
        spent_s = {name: self._spent_s[name] for name in (DECODING, *STAGES) if self._spent_s[name] > 0.0}
        within_s = sum(self._spent_s[name] for name in STAGES if name != SNAPSHOT)
        return {**spent_s, REST: max(self._spent_s[_WHOLE] - within_s, 0.0)}

    def _timed(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            began_s = time.thread_time()
            try:
                return method(*args, **kwargs)
            finally:
                self.timed(name, began_s)

        return wrapped
