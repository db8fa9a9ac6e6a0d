"""Rules over the API: look, check, try on history, put in force, roll back."""

from collections.abc import Coroutine
from dataclasses import asdict
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from aiohttp import web

from events.errors import ConflictError, LimitError
from events.rule_version import RuleVersion
from runtime.clock import Clock
from web.moments import PeriodQuery, moment
from web.operations import answers, delete, get, post, put
from web.problems import ProblemError
from web.rule_ports import RuleDesk, RuleFault, RuleFile, RuleRefusedError, TrialFired, TrialState

GROUP: Final = "Rules"
PATH: Final = "/api/v1/rules"
USUAL: Final = timedelta(days=7)

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class CheckBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a check."""

    rule: dict[str, Any]


class ActivateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of an activation; `expected_version` 0 means that there must be none yet."""

    rule: dict[str, Any]
    reason: Reason
    expected_version: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None


class ReasonBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a withdrawal."""

    reason: Reason
    expected_version: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None


class RollBackBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a roll-back: which version's text is to hold again."""

    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    reason: Reason
    expected_version: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None


class TrialBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a trial; of one id the rules take the place of that in force."""

    rules: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1, max_length=100)]
    start: Annotated[datetime, msgspec.Meta(tz=True)] = msgspec.field(name="from")
    end: Annotated[datetime, msgspec.Meta(tz=True)] = msgspec.field(name="to")


class FaultItem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake: `path` begins with the rule's id."""

    path: str
    problem: str
    remedy: str
    warning: bool


class CheckItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found; `usable` where nothing but warnings."""

    usable: bool
    mistakes: list[FaultItem]


class VersionItem(msgspec.Struct, frozen=True, kw_only=True):
    """One version; `rule` is null where it was withdrawn. `origin` is file or person."""

    id: str
    version: int
    rule: dict[str, Any] | None
    origin: str
    actor: str
    reason: str
    at: datetime


class RuleItem(VersionItem, frozen=True, kw_only=True):
    """The newest version of a rule; `judged` once ingest has taken it up, `problem` where it cannot be used."""

    judged: bool
    problem: str | None


class RuleListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule, by id."""

    items: list[RuleItem]


class VersionListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of a rule, oldest first."""

    items: list[VersionItem]


class FiredItem(msgspec.Struct, frozen=True, kw_only=True):
    """What would have fired at one source and zone; `starts` are the first of its times."""

    rule: str
    source_id: str
    zone: str | None
    times: int
    active_s: float
    longest_s: float
    chattered: int
    fleeting: int
    starts: list[datetime]


class TrialItem(msgspec.Struct, frozen=True, kw_only=True):
    """How a trial stands: waiting, running, done, failed or stopped."""

    id: str
    start: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    state: str
    share: float
    problem: str | None
    readings: int
    fired: list[FiredItem]
    not_judged: list[str]


class ComparisonItem(msgspec.Struct, frozen=True, kw_only=True):
    """A rule on trial beside the one in use: what both told of, what only one, and what verdicts say of it."""

    rule: str
    of: str | None
    times: int
    both: int
    only_trial: int
    only_use: int
    true_missed: int
    false_avoided: int


class ComparisonListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule on trial, by id."""

    items: list[ComparisonItem]


class RulePath(msgspec.Struct, frozen=True, kw_only=True):
    """A rule by its id."""

    id: str


class TrialPath(msgspec.Struct, frozen=True, kw_only=True):
    """A trial by its id."""

    id: UUID


class RuleRoutes:
    """Serves `/api/v1/rules`. Anybody may look, check and try; only a supervisor changes what is in force."""

    def __init__(self, desk: RuleDesk, *, supervisor: bool, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._supervisor = supervisor

    def table(self) -> list[web.RouteDef]:
        """Return the routes; fixed paths come before those with a variable."""
        refusals = HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
        return [
            get(PATH, self.listing, group=GROUP),
            get(f"{PATH}/shadows", self.shadows, group=GROUP),
            post(f"{PATH}/check", self.check, group=GROUP),
            post(f"{PATH}/trials", self.begin_trial, group=GROUP),
            get(f"{PATH}/trials/{{id}}", self.trial, HTTPStatus.NOT_FOUND, group=GROUP),
            delete(f"{PATH}/trials/{{id}}", self.stop_trial, HTTPStatus.NOT_FOUND, group=GROUP),
            get(f"{PATH}/{{id}}", self.one, HTTPStatus.NOT_FOUND, group=GROUP),
            put(f"{PATH}/{{id}}", self.activate, *refusals, group=GROUP),
            delete(f"{PATH}/{{id}}", self.withdraw, *refusals, group=GROUP),
            get(f"{PATH}/{{id}}/history", self.history, HTTPStatus.NOT_FOUND, group=GROUP),
            post(f"{PATH}/{{id}}/rollback", self.roll_back, *refusals, group=GROUP),
        ]

    async def listing(self, _request: web.Request) -> RuleListing:
        """Return every rule, those withdrawn among them."""
        return RuleListing(items=[_rule(one) for one in await self._desk.all()])

    async def one(self, _request: web.Request, path: RulePath) -> RuleItem:
        """Return one rule."""
        name = path.id
        found = next((one for one in await self._desk.all() if one.version.rule == name), None)
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no rule {name}")
        return _rule(found)

    async def history(self, _request: web.Request, path: RulePath) -> VersionListing:
        """Return every version of a rule."""
        found = await self._desk.history(path.id)
        if not found:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no rule {path.id}")
        return VersionListing(items=[_version(one) for one in found])

    async def shadows(self, _request: web.Request, query: PeriodQuery) -> ComparisonListing:
        """Compare rules on trial with those in use from `from` to `to`, default the last seven days."""
        end = moment(query.end, "to", self._clock())
        start = moment(query.start, "from", end - USUAL)
        if not start < end:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "from, to: want a period that ends after it starts")
        found = await self._desk.shadows(start, end)
        return ComparisonListing(items=[ComparisonItem(**asdict(one)) for one in found])

    async def check(self, _request: web.Request, body: CheckBody) -> CheckItem:
        """Return every mistake in a rule, and change nothing."""
        faults = await self._desk.check(body.rule)
        usable = all(fault.warning for fault in faults)
        return CheckItem(usable=usable, mistakes=[_fault(fault) for fault in faults])

    async def activate(self, _request: web.Request, path: RulePath, body: ActivateBody) -> VersionItem:
        """Put a version of a rule in force; ingest takes it up between two batches."""
        self._require_supervisor()
        name = path.id
        if body.rule.get("id", name) != name:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the rule's id is not that of the address, {name}")
        return await self._changed(
            self._desk.activate(name, {"id": name, **body.rule}, body.reason, body.expected_version)
        )

    async def withdraw(self, _request: web.Request, path: RulePath, body: ReasonBody) -> VersionItem:
        """Let a rule rest, until a version of it is put in force again."""
        self._require_supervisor()
        return await self._changed(self._desk.activate(path.id, None, body.reason, body.expected_version))

    async def roll_back(self, _request: web.Request, path: RulePath, body: RollBackBody) -> VersionItem:
        """Put an earlier version's text in force again, as a new version."""
        self._require_supervisor()
        return await self._changed(self._desk.roll_back(path.id, body.version, body.reason, body.expected_version))

    @answers(TrialItem, status=HTTPStatus.ACCEPTED)
    async def begin_trial(self, _request: web.Request, body: TrialBody) -> TrialItem:
        """Begin to judge stored history by rules; ask its address how it goes."""
        now = self._clock()
        start, end = moment(body.start, "from", now), moment(body.end, "to", now)
        if not start < end:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "from, to: want a period that ends after it starts")
        try:
            begun = await self._desk.begin_trial(body.rules, start, end)
        except RuleRefusedError as error:
            raise _refusal(error) from error
        except LimitError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        return _trial(begun)

    async def trial(self, _request: web.Request, path: TrialPath) -> TrialItem:
        """Return how a trial stands, and once it is done what would have fired."""
        return _trial(self._wanted(path))

    @answers(TrialItem, status=HTTPStatus.ACCEPTED)
    async def stop_trial(self, _request: web.Request, path: TrialPath) -> TrialItem:
        """End a trial."""
        found = self._wanted(path)
        self._desk.stop_trial(found.id)
        return _trial(found)

    def _wanted(self, path: TrialPath) -> TrialState:
        found = self._desk.trial(path.id)
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no trial of this id; only the latest are kept")
        return found

    def _require_supervisor(self) -> None:
        if not self._supervisor:
            raise ProblemError(HTTPStatus.FORBIDDEN, "only a supervisor may change the rules in force")

    async def _changed(self, change: Coroutine[Any, Any, RuleVersion]) -> VersionItem:
        try:
            return _version(await change)
        except RuleRefusedError as error:
            raise _refusal(error) from error
        except ConflictError as error:
            raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error


def _refusal(error: RuleRefusedError) -> ProblemError:
    count = len(error.faults)
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"the rule cannot be used: {count} mistake{'s' if count != 1 else ''}; nothing was changed",
        extra={"mistakes": [msgspec.to_builtins(_fault(fault)) for fault in error.faults]},
    )


def _fault(fault: RuleFault) -> FaultItem:
    return FaultItem(path=fault.path, problem=fault.problem, remedy=fault.remedy, warning=fault.warning)


def _version(one: RuleVersion) -> VersionItem:
    return VersionItem(**_fields(one))


def _rule(one: RuleFile) -> RuleItem:
    return RuleItem(**_fields(one.version), judged=one.judged, problem=one.problem)


def _fields(one: RuleVersion) -> dict[str, Any]:
    return {
        "id": one.rule,
        "version": one.version,
        "rule": None if one.definition is None else dict(one.definition),
        "origin": one.origin.value,
        "actor": one.actor,
        "reason": one.reason,
        "at": one.at,
    }


def _trial(one: TrialState) -> TrialItem:
    return TrialItem(
        id=str(one.id),
        start=one.start,
        end=one.end,
        state=one.state,
        share=one.share,
        problem=one.problem,
        readings=one.readings,
        fired=[_fired(fired) for fired in one.fired],
        not_judged=list(one.not_judged),
    )


def _fired(one: TrialFired) -> FiredItem:
    return FiredItem(
        rule=one.key.rule,
        source_id=one.key.source,
        zone=one.key.zone or None,
        times=one.times,
        active_s=one.active.total_seconds(),
        longest_s=one.longest.total_seconds(),
        chattered=one.chattered,
        fleeting=one.fleeting,
        starts=list(one.starts),
    )
