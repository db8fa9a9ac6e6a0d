"""Rules for the API: blocking work on a thread of its own, trials on another."""

import asyncio
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from uuid6 import uuid7

from app.device.registered import merged
from app.rules.in_force import definition as as_kept
from app.rules.in_force import problem_of
from app.rules.shadows import compare_shadows
from app.rules.trial import Trial, count_readings, try_rules
from configs.load import judge_rules
from configs.mistakes import Mistake
from configs.rules import AnyRule
from configs.site import SiteFile
from events.comparison import Comparison
from events.errors import ConflictError, LimitError, PlatformError
from events.rule_version import RuleVersion
from runtime.clock import Clock, utc_now
from storage.devices import read_devices
from storage.rule_versions import RuleBook
from web.rule_ports import RuleFault, RuleFile, RuleRefusedError, TrialFired, TrialState

T = TypeVar("T")

LONGEST_TRIAL = timedelta(days=92)
MOST_READINGS = 5_000_000
"""Most readings of one trial: what a web process may chew on beside its other work."""
MOST_KEPT = 20
"""Most trials remembered; the oldest is forgotten beyond it."""


MOST_STARTS = 200
"""Most times of one key that are listed one by one."""

_PLACE = re.compile(r"^rules\[(\d+)\]")


class _StoppedError(Exception):
    """Somebody stopped the trial."""


class RuleOffice:
    """Implements `web.ports.RuleDesk`; one request and one trial at a time.

    Args:
        site: The site file.
        url: Gives the database's address.
        actor: In whose name changes are made.
        clock: The present.
    """

    def __init__(self, site: SiteFile, url: Callable[[], str], *, actor: str, clock: Clock = utc_now) -> None:
        self._site = site
        self._url = url
        self._actor = actor
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "rule-office")
        self._bench = ThreadPoolExecutor(1, "rule-trial")
        self._trials: dict[UUID, TrialState] = {}
        self._stopped: set[UUID] = set()
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the threads; a trial under way ends at its next reading."""
        with self._lock:
            self._stopped.update(self._trials)
        for pool in (self._thread, self._bench):
            pool.shutdown(wait=False, cancel_futures=True)

    async def all(self) -> Sequence[RuleFile]:
        """Return the newest version of every rule, by id."""

        def work(book: RuleBook) -> list[RuleFile]:
            adoptions = book.adoptions()
            adopted = adoptions[-1].number if adoptions else 0
            return [_file(one, adopted) for one in book.newest()]

        return await self._do(work)

    async def history(self, rule: str, /) -> Sequence[RuleVersion]:
        """Return every version of a rule, oldest first; empty where there is none."""
        return await self._do(lambda book: book.history(rule))

    async def since(self, number: int, /) -> Sequence[RuleVersion]:
        """Return every version of every rule after the one with a number, in the order they were written."""
        return await self._do(lambda book: book.since(number))

    async def shadows(self, start: datetime, end: datetime, /) -> Sequence[Comparison]:
        """Return every rule on trial beside the one it may replace, over a period."""
        return await self._do(lambda _book: compare_shadows(self._site, self._url(), start, end))

    async def check(self, definition: Mapping[str, Any], /) -> Sequence[RuleFault]:
        """Return every mistake in a rule among those in force, warnings among them."""
        return await self._do(lambda book: self._judged(book, str(definition.get("id", "")), definition)[1])

    async def activate(
        self, rule: str, definition: Mapping[str, Any] | None, reason: str, expected_version: int | None, /
    ) -> RuleVersion:
        """Put a version of a rule in force, or with None withdraw it."""

        def work(book: RuleBook) -> RuleVersion:
            found, told = self._judged(book, rule, definition)
            faults = [fault for fault in told if not fault.warning]
            if found is None or faults:
                raise RuleRefusedError(faults)
            return book.add(
                rule,
                None if definition is None else as_kept(found[-1]),
                actor=self._actor,
                reason=reason,
                now=self._clock(),
                expected_version=expected_version,
            )

        return await self._do(work)

    async def roll_back(self, rule: str, version: int, reason: str, expected_version: int | None, /) -> RuleVersion:
        """Put an earlier version's text in force again, as a new version."""
        wanted = next((one for one in await self.history(rule) if one.version == version), None)
        if wanted is None:
            raise ConflictError(f"rule {rule} has no version {version}")
        return await self.activate(rule, wanted.definition, reason, expected_version)

    async def begin_trial(self, rules: Sequence[Mapping[str, Any]], start: datetime, end: datetime, /) -> TrialState:
        """Begin to judge stored history by rules; of one id they take the place of that in force."""
        if end - start > LONGEST_TRIAL:
            raise LimitError(f"a trial is of {LONGEST_TRIAL.days} days at most; choose a shorter time")

        def work(book: RuleBook) -> SiteFile:
            city = self._city()
            # What a combination is made of is judged too.
            every = [*_in_force(book, without={str(one.get("id", "")) for one in rules}), *rules]
            found, mistakes = judge_rules(every, city)
            faults = [fault for fault in _faults(mistakes, every) if not fault.warning]
            if found is None or faults:
                raise RuleRefusedError(faults)
            return city.model_copy(update={"rules": found})

        site = await self._do(work)
        trial = TrialState(
            id=UUID(int=uuid7().int), start=start, end=end, rules=tuple(str(one.get("id", "")) for one in rules)
        )
        with self._lock:
            if any(one.state in {"waiting", "running"} for one in self._trials.values()):
                raise LimitError("a trial is under way; wait until it is done, or stop it")
            self._trials[trial.id] = trial
            while len(self._trials) > MOST_KEPT:
                del self._trials[next(iter(self._trials))]
        self._bench.submit(self._run, trial, site)
        return trial

    def trial(self, id_: UUID, /) -> TrialState | None:
        """Return how a trial stands, None where there is none (any more)."""
        with self._lock:
            return self._trials.get(id_)

    def stop_trial(self, id_: UUID, /) -> None:
        """End a trial at its next reading; one that is done stays."""
        with self._lock:
            if id_ in self._trials:
                self._stopped.add(id_)

    def _run(self, trial: TrialState, site: SiteFile) -> None:
        def on_progress(share: float) -> None:
            with self._lock:
                if trial.id in self._stopped:
                    raise _StoppedError
                self._trials[trial.id] = replace(trial, state="running", share=min(share, 1.0))

        try:
            readings = count_readings(site.rules, self._url(), trial.start, trial.end)
            if readings > MOST_READINGS:
                raise LimitError(f"{readings} readings are more than one trial may judge; choose a shorter time")
            on_progress(0.0)
            done = _done(trial, try_rules(site, self._url(), trial.start, trial.end, on_progress=on_progress))
        except _StoppedError:
            done = replace(trial, state="stopped")
        except (PlatformError, RuntimeError) as error:
            done = replace(trial, state="failed", problem=str(error))
        with self._lock:
            if trial.id in self._trials:
                self._trials[trial.id] = done

    def _city(self) -> SiteFile:
        return merged(self._site, read_devices(self._url())[0])

    def _judged(
        self, book: RuleBook, rule: str, definition: Mapping[str, Any] | None
    ) -> tuple[Sequence[AnyRule] | None, list[RuleFault]]:
        """Return the rules as a change of one would leave them, it last; and every mistake, in it or in others."""
        others = _in_force(book, without={rule})
        changed = others if definition is None else [*others, definition]
        found, mistakes = judge_rules(changed, self._city())
        return found, _faults(mistakes, changed)

    async def _do(self, work: Callable[[RuleBook], T]) -> T:
        def whole() -> T:
            with RuleBook(self._url()) as book:
                return work(book)

        return await asyncio.get_running_loop().run_in_executor(self._thread, whole)


def _in_force(book: RuleBook, *, without: set[str]) -> list[Mapping[str, Any]]:
    """Return the definitions in force that this release can use, but some."""
    newest = [one for one in book.newest() if one.rule not in without and one.definition is not None]
    return [one.definition for one in newest if one.definition is not None and problem_of(one.definition) is None]


def _faults(mistakes: Sequence[Mistake], rules: Sequence[Mapping[str, Any]]) -> list[RuleFault]:
    return [
        RuleFault(
            path=_PLACE.sub(lambda place: f"{rules[int(place[1])].get('id', '?')}", one.path),
            problem=one.problem,
            remedy=one.remedy,
            warning=one.warning,
        )
        for one in mistakes
    ]


def _file(version: RuleVersion, adopted: int) -> RuleFile:
    problem = None if version.definition is None else problem_of(version.definition)
    return RuleFile(version=version, problem=problem, judged=version.number <= adopted)


def _done(trial: TrialState, found: Trial) -> TrialState:
    nuisances = {one.key: one for one in found.nuisances}
    fired = []
    for key, times in found.by_key():
        if key.rule not in trial.rules:
            continue
        lengths = [(one.end or found.end) - one.start for one in times]
        nuisance = nuisances.get(key)
        fired.append(
            TrialFired(
                key=key,
                times=len(times),
                active=sum(lengths, timedelta()),
                longest=max(lengths),
                chattered=0 if nuisance is None else nuisance.chattered,
                fleeting=0 if nuisance is None else nuisance.fleeting,
                starts=tuple(one.start for one in times[:MOST_STARTS]),
            )
        )
    return replace(
        trial,
        state="done",
        share=1.0,
        readings=found.readings,
        fired=tuple(fired),
        not_judged=tuple(rule for rule in found.not_judged if rule in trial.rules),
    )
