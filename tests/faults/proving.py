"""One fault, start to verdict: two publishers at work, the fault in the middle, and their records against the rows."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.balance import Balance, require_balance
from tests.faults.city import START_S, FaultCity, Progress
from tests.faults.matrix import Fault, lacks_mosquitto
from tests.faults.publishers import CAREFUL, PLAIN, CarefulPublisher, PlainPublisher
from tests.needs import lacking

SHORT_MESSAGES = 2_000
SHORT_RATE_HZ = 400.0
PATIENCE_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the publishers' messages.

    Attributes:
        acknowledged: Messages of the plain device that the broker acknowledged.
        receipted: Messages of the careful device that Pantau receipted.
        committed: Rows in the database, of both.
        repeats: Messages that came again and were recognised, as far as the living processes counted them.
        forgotten: Acknowledged messages that the broker itself forgot, where its configuration says that it may.
        lost: Acknowledged messages that are not committed though nothing excuses it, and receipted ones.
        doubled: Rows too many.
        recovery_s: From the mending to the first new row, None where nothing had stopped.
        restarts: Ingest processes the supervisor had to start again.
    """

    acknowledged: int
    receipted: int
    committed: int
    repeats: int
    forgotten: int
    lost: tuple[tuple[str, int], ...]
    doubled: int
    recovery_s: float | None
    restarts: int


def prove(
    fault: Fault,
    messages: int,
    *,
    rate_hz: float,
    for_s: float,
    say: Callable[[str], None],
    sabotage: str | None = None,
) -> Verdict:
    """Inflict a fault on a city under load and judge what became of every message.

    Args:
        fault: The fault.
        messages: To publish, half of them by each publisher.
        rate_hz: Messages a second, of both together.
        for_s: How long the fault lasts.
        say: Told of each step.
        sabotage: Python that breaks the ingest process on purpose, None for the real one.

    Raises:
        AssertionError: the city did not recover, or the books of an ingest process do not balance.
    """
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="pantau-fault-")))
        say("starting")
        settings: dict[str, Any] = dict(fault.city(folder))
        city = ending.enter_context(FaultCity(**settings, sabotage=sabotage))
        ending.enter_context(_log_on_failure(city))
        city.ingest.wait_until_it_hears()
        progress = ending.enter_context(Progress(city))
        half = messages // 2
        careful = CarefulPublisher(city.broker.port, folder, half, rate_hz / 2)
        ending.callback(careful.stop)
        plain = PlainPublisher(city.broker.port, half, rate_hz / 2)
        ending.callback(plain.stop)
        say("publishing")
        wait_for(lambda: plain.sent > half * 0.2 and progress.rows > 0, START_S, "a fifth is published")
        say(f"fault ({for_s:.0f} s)" if for_s else "fault")
        fault.inflict(city, for_s)
        say("recovering")
        assert plain.finish(PATIENCE_S), f"the broker acknowledged only {len(plain.acknowledged)} of {half}"
        assert careful.finish(PATIENCE_S), f"only {careful.receipted} of {half} were receipted"
        # All receipted says that everything before has been through; what only the broker promised may follow.
        wait_for(lambda: not _lost(city, plain, half)[1], 10.0, "all that was acknowledged is committed", fail=False)
        say("judging")
        books = [wait_for_books(ingest.balance) for ingest in city.ingests]
        forgotten, lost = _lost(city, plain, half)
        rows = city.rows()
        return Verdict(
            acknowledged=len(plain.acknowledged),
            receipted=careful.receipted,
            committed=sum(times for _, _, times in rows),
            repeats=sum(book.outcomes["messages"].get("duplicate", 0) for book in books),
            forgotten=forgotten,
            lost=tuple(lost),
            doubled=sum(times - 1 for _, _, times in rows),
            recovery_s=progress.recovery_s(city.mended_s) if city.mended_s else None,
            restarts=city.restarts,
        )


def _lost(city: FaultCity, plain: PlainPublisher, half: int) -> tuple[int, list[tuple[str, int]]]:
    """Return how many the broker may have forgotten and did, and which are lost."""
    stored = {(source, number) for source, number, _ in city.rows()}
    begin_s, end_s = city.forgettable or (0.0, 0.0)
    forgotten = Counter[bool]()
    lost = [(CAREFUL, number) for number in range(half) if (CAREFUL, number) not in stored]
    for number, at_s in plain.acknowledged.items():
        if (PLAIN, number) not in stored:
            excused = begin_s <= at_s <= end_s
            forgotten[excused] += 1
            if not excused:
                lost.append((PLAIN, number))
    return forgotten[True], lost


def wait_for(condition: Callable[[], object], timeout_s: float, what: str, *, fail: bool = True) -> None:
    """Wait for a condition.

    Raises:
        AssertionError: it did not come to hold.
    """
    deadline_s = time.monotonic() + timeout_s
    while True:
        if condition():
            return
        if time.monotonic() > deadline_s:
            assert not fail, f"not within {timeout_s:.0f} s: {what}"
            return
        time.sleep(0.1)


def wait_for_books(read: Callable[[], Balance], timeout_s: float = 10.0) -> Balance:
    """Return the books once they balance: between two counters of one batch they cannot.

    Raises:
        AssertionError: they do not come to balance.
    """
    deadline_s = time.monotonic() + timeout_s
    while True:
        balance = read()
        try:
            require_balance(balance)
        except AssertionError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)
        else:
            return balance


def prove_briefly(fault: Fault) -> None:
    """Prove a fault as the normal test run does.

    Raises:
        AssertionError: the promise is broken.
    """
    missing = lacks_mosquitto()
    if missing is not None:
        lacking(missing, "every fault is inflicted on a real broker")
    missing = fault.lacking()
    if missing is not None:
        pytest.skip(f"needs {missing}")
    assert fault.short_s is not None
    verdict = prove(fault, SHORT_MESSAGES, rate_hz=SHORT_RATE_HZ, for_s=fault.short_s, say=print)
    assert not verdict.lost
    assert not verdict.doubled
    assert verdict.acknowledged == verdict.receipted == SHORT_MESSAGES // 2
    assert verdict.committed == SHORT_MESSAGES - verdict.forgotten


class _log_on_failure:  # noqa: N801 - reads as a statement where it is used
    """Shows the end of the ingest processes' log when something fails; a context manager."""

    LINES = 30

    def __init__(self, city: FaultCity) -> None:
        self._city = city

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _traceback: object) -> None:
        if error is not None:
            log = (self._city.folder / "ingest.log").read_text(errors="replace").splitlines()
            error.add_note("the ingest log ends:\n" + "\n".join(log[-self.LINES :]))
