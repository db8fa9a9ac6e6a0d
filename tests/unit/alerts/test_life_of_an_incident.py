"""A random walk through the life of a pile of waste beside a model written from the table of the docs alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from uuid6 import uuid7

from alerts.waste import STEPS, PileJudge
from events.errors import ConflictError, ForbiddenError, LimitError
from events.ids import SourceId, ZoneId
from events.observation import Observation, Phase
from events.waste import OVER, Incident, IncidentChange, IncidentCommand, IncidentState, Origin
from tests.unit.alerts.town import START

CAMERA, ZONE = SourceId("cam"), ZoneId("sudut")
CONFIRM, RECHECK = timedelta(minutes=5), timedelta(minutes=15)
JUDGE = PileJudge(confirm=CONFIRM, recheck=RECHECK, pile_from={(CAMERA, ZONE): 0.15})
PICTURE = "ab" * 32

TABLE = {
    "verify": ({"detected"}, "verified"),
    "dispatch": ({"verified", "reopened"}, "dispatched"),
    "clear": ({"dispatched"}, "cleared"),
    "close": ({"cleared"}, "closed"),
    "reopen": ({"cleared", "closed"}, "reopened"),
    "reject": ({"detected", "verified", "dispatched", "reopened"}, "false_alarm"),
}
"""From docs/gareng-mesem.md: from which states a person's step leads where."""


def incident(*, camera: bool = True, seen: bool = True) -> Incident:
    identity = uuid7()
    return Incident(
        id=identity,
        origin=Origin.CAMERA if camera else Origin.REPORT,
        camera=CAMERA if camera else None,
        zone=ZONE if camera else None,
        observation=uuid7() if camera and seen else None,
        seen=camera and seen,
        title="TPS Pasar",
        detected_at=START,
        updated_at=START,
        spot=identity,
    )


def told(known: Incident, phase: Phase, minutes: float, **changes: object) -> Observation:
    seen = Observation(
        id=known.observation or uuid7(),
        source=CAMERA,
        kind="waste_pile",
        phase=phase,
        at=START + timedelta(minutes=minutes),
        started_at=START,
        zone=ZONE,
    )
    return replace(seen, **changes)  # type: ignore[arg-type]  # the caller names fields


def command(minutes: float = 1, **given: object) -> IncidentCommand:
    asked = IncidentCommand(
        actor="siti", at=START + timedelta(minutes=minutes), supervisor=True, reason="uji", crew="K1"
    )
    return replace(asked, **given)  # type: ignore[arg-type]  # likewise


class LifeOfAnIncident(RuleBasedStateMachine):
    """Walks at random and compares with the table."""

    @initialize(camera=st.booleans(), seen=st.booleans(), state=st.sampled_from(IncidentState))
    def begin(self, *, camera: bool, seen: bool, state: IncidentState) -> None:
        """Begin anywhere, since most walks from the beginning end soon."""
        self.minutes = self.claimed_at = 0.0
        self.steps = 0
        self.state, self.seen = str(state), camera and seen
        self.known = replace(
            incident(camera=camera, seen=seen),
            state=state,
            verified_at=None if state == "detected" else START,
            cleared_at=START if state in {"cleared", "closed"} else None,
            closed_at=START if state == "closed" else None,
        )

    @rule(step=st.sampled_from((*sorted(TABLE), "verify", "dispatch", "clear")), minutes=st.sampled_from([1, 20]))
    def person(self, step: str, minutes: int) -> None:
        self.minutes += minutes
        allowed, leads_to = TABLE[step]
        before = self.known
        if self.state not in allowed:
            with pytest.raises(ConflictError) as refusal:
                STEPS[step](before, command(self.minutes))
            assert str(before.id) in str(refusal.value)
            return
        self.take([STEPS[step](before, command(self.minutes))])
        self.state = leads_to
        if leads_to == "cleared":
            self.claimed_at = self.minutes

    @rule(minutes=st.sampled_from([1, 20]), lost=st.booleans())
    def camera_ends(self, minutes: int, *, lost: bool) -> None:
        self.minutes += minutes
        if self.known.camera is None or not self.seen:
            return
        attrs = {"lost": True} if lost else {"evidence_after": PICTURE}
        changes = JUDGE.ended(self.known, told(self.known, Phase.END, self.minutes, attrs=attrs))
        if self.state in {"closed", "false_alarm"}:
            assert changes == ()
            self.known = replace(self.known, seen=False)  # what the camera says of it is no longer followed
        else:
            self.take(changes)
            if not lost:
                self.state = "closed"
                assert self.known.after == PICTURE
        self.seen = False

    @rule(minutes=st.sampled_from([1, 20]))
    def camera_begins(self, minutes: int) -> None:
        """A pile at a spot whose incident is open belongs to it."""
        self.minutes += minutes
        if self.known.camera is None or self.seen or self.state in {"closed", "false_alarm"}:
            return
        seen = replace(told(self.known, Phase.BEGIN, self.minutes), id=uuid7())
        self.take(JUDGE.begun(self.known, seen))
        assert self.known.observation == seen.id
        self.seen = True
        self.state = "reopened" if self.state == "cleared" else self.state

    @rule(minutes=st.sampled_from([1, 20]), coverage=st.sampled_from([None, 0.02, 0.3]))
    def claim_is_looked_at(self, minutes: int, coverage: float | None) -> None:
        self.minutes += minutes
        now = START + timedelta(minutes=self.minutes)
        changes = JUDGE.looked(self.known, told_at=now if self.seen else None, coverage=coverage, now=now)
        since = self.minutes - self.claimed_at
        if self.state != "cleared" or self.known.camera is None:
            expected = self.state
        elif self.seen:
            expected = "reopened" if since >= 15 else "cleared"
        else:
            expected = "closed" if coverage == 0.02 and since >= 5 else "cleared"
        self.take(changes)
        self.state = expected

    def take(self, changes: Sequence[IncidentChange]) -> None:
        for change in changes:
            assert change.was == self.known.state
            assert change.incident.version == self.known.version + 1
            assert change.incident.updated_at == change.at
            self.known = change.incident
            self.steps += 1

    @invariant()
    def agrees_with_the_table(self) -> None:
        known = self.known
        assert known.state == self.state
        assert known.seen == self.seen
        assert known.version == 1 + self.steps
        assert (known.cleared_at is not None) == (self.state in {"cleared", "closed"})
        assert (known.closed_at is not None) == (self.state == "closed")
        if self.state in {"verified", "dispatched"} and known.reopened == 0:
            assert known.verified_at is not None

    @invariant()
    def every_step_of_a_person_is_taken_or_refused_as_the_table_says(self) -> None:
        """Tried on the frozen incident and thrown away, so that no walk must come by."""
        for step, (allowed, leads_to) in TABLE.items():
            try:
                after = STEPS[step](self.known, command(self.minutes)).incident
            except ConflictError:
                assert self.state not in allowed, step
            else:
                assert (self.state in allowed, after.state) == (True, leads_to), step


TestLifeOfAnIncident = LifeOfAnIncident.TestCase
TestLifeOfAnIncident.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("state", list(IncidentState))
def test_from_every_state_each_step_leads_where_the_table_says_or_is_refused(state: IncidentState) -> None:
    known = replace(incident(), state=state)
    for step, (allowed, leads_to) in TABLE.items():
        if state in allowed:
            assert STEPS[step](known, command()).incident.state == leads_to
        else:
            with pytest.raises(ConflictError, match=str(known.id)):
                STEPS[step](known, command())


def test_a_false_alarm_and_a_reopening_need_a_reason_and_a_dispatch_a_name() -> None:
    new = incident()
    with pytest.raises(LimitError, match="reason"):
        STEPS["reject"](new, command(reason=" "))
    verified = STEPS["verify"](new, command(reason="")).incident
    with pytest.raises(LimitError, match="crew"):
        STEPS["dispatch"](verified, command(crew=" "))
    cleared = replace(verified, state=IncidentState.CLEARED, cleared_at=START)
    with pytest.raises(LimitError, match="reason"):
        STEPS["reopen"](cleared, command(reason=""))


def test_where_a_camera_watches_only_a_supervisor_closes_and_elsewhere_a_picture_or_a_reason_does() -> None:
    watched = replace(incident(), state=IncidentState.CLEARED, cleared_at=START)
    with pytest.raises(ForbiddenError, match="cam watches"):
        STEPS["close"](watched, command(supervisor=False, evidence=PICTURE))
    with pytest.raises(LimitError, match="reason"):
        STEPS["close"](watched, command(reason=""))
    alone = replace(incident(camera=False), state=IncidentState.CLEARED, cleared_at=START)
    with pytest.raises(LimitError, match="picture"):
        STEPS["close"](alone, command(supervisor=False, reason=""))
    closed = STEPS["close"](alone, command(supervisor=False, reason="", evidence=PICTURE)).incident
    assert (closed.state, closed.after) == ("closed", PICTURE)


def test_a_pile_that_vanishes_before_anybody_came_is_cleared_and_closed_by_the_camera() -> None:
    new = incident()
    cleared, closed = JUDGE.ended(new, told(new, Phase.END, 7))
    assert [(c.action, c.was, c.incident.state, c.actor) for c in (cleared, closed)] == [
        ("clear", "detected", "cleared", "cam"),
        ("close", "cleared", "closed", "cam"),
    ]
    assert closed.incident.cleared_at == closed.incident.closed_at == START + timedelta(minutes=7)
    assert closed.incident.state in OVER


def test_a_zone_whose_limit_nobody_knows_proves_nothing() -> None:
    blind = PileJudge(confirm=CONFIRM, recheck=RECHECK, pile_from={})
    claimed = replace(incident(seen=False), state=IncidentState.CLEARED, cleared_at=START)
    now = START + timedelta(hours=1)
    assert blind.looked(claimed, told_at=None, coverage=0.0, now=now) == ()
    (closed,) = JUDGE.looked(claimed, told_at=None, coverage=0.0, now=now)
    assert closed.incident.state == "closed"
