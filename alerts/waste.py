"""The life of a pile of waste, as pure functions on the frozen incident.

    detected --verify--> verified --dispatch--> dispatched --clear--> cleared --close--> closed
    cleared, closed --reopen--> reopened --dispatch--> dispatched
    detected, verified, dispatched, reopened --reject--> false_alarm

A camera that watches the spot closes what it saw vanish, whatever anybody claimed, and reopens what was claimed to be
gone and is still there. Every other step is refused with `ConflictError` and changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from events.errors import ConflictError, ForbiddenError, LimitError
from events.ids import SourceId, ZoneId
from events.observation import Observation
from events.waste import (
    OVER,
    Incident,
    IncidentAction,
    IncidentChange,
    IncidentCommand,
    IncidentState,
)

Step = Callable[[Incident, IncidentCommand], IncidentChange]

_WORKED_ON = frozenset(
    {IncidentState.DETECTED, IncidentState.VERIFIED, IncidentState.DISPATCHED, IncidentState.REOPENED}
)


def verify(incident: Incident, command: IncidentCommand) -> IncidentChange:
    """Confirm by eye that there is a pile.

    Raises:
        ConflictError: It is not newly detected.
    """
    _in({IncidentState.DETECTED}, incident, "verified")
    verified = replace(incident, verified_at=command.at, before=incident.before or command.evidence)
    return _moved(IncidentAction.VERIFY, incident, verified, IncidentState.VERIFIED, command)


def reject(incident: Incident, command: IncidentCommand) -> IncidentChange:
    """Say that there is, or was, no pile.

    Raises:
        ConflictError: It is cleared or over.
        LimitError: Without a reason.
    """
    _in(_WORKED_ON, incident, "called a false alarm")
    _reasoned(command)
    return _moved(IncidentAction.REJECT, incident, incident, IncidentState.FALSE_ALARM, command)


def dispatch(incident: Incident, command: IncidentCommand) -> IncidentChange:
    """Send a crew.

    Raises:
        ConflictError: It is neither verified nor reopened.
        LimitError: Nobody is named.
    """
    _in({IncidentState.VERIFIED, IncidentState.REOPENED}, incident, "given to a crew")
    crew = command.crew.strip()
    if not crew:
        raise LimitError("crew: write who is sent")
    sent = replace(incident, crew=crew, dispatched_at=incident.dispatched_at or command.at)
    return _moved(IncidentAction.DISPATCH, incident, sent, IncidentState.DISPATCHED, command)


def clear(incident: Incident, command: IncidentCommand) -> IncidentChange:
    """Claim that the pile is gone.

    Raises:
        ConflictError: No crew was sent.
    """
    _in({IncidentState.DISPATCHED}, incident, "cleared")
    gone = replace(incident, cleared_at=command.at, after=command.evidence or incident.after)
    return _moved(IncidentAction.CLEAR, incident, gone, IncidentState.CLEARED, command)


def close(incident: Incident, command: IncidentCommand) -> IncidentChange:
    """Confirm a claim by eye. Where a camera watches the spot it is the camera that does so.

    Raises:
        ConflictError: Nobody has claimed that it is gone.
        ForbiddenError: A camera watches the spot, and this is no supervisor.
        LimitError: Without a picture of the cleared place and without a reason; a supervisor always gives the reason.
    """
    _in({IncidentState.CLEARED}, incident, "closed")
    if incident.camera is not None:
        if not command.supervisor:
            raise ForbiddenError(
                f"incident {incident.id}: {incident.camera} watches this spot and closes it; "
                "without the camera only a supervisor may"
            )
        _reasoned(command)
    elif command.evidence is None and incident.after is None and not command.reason.strip():
        raise LimitError("evidence: add a picture of the cleared place, or write as reason how it is known")
    closed = replace(incident, closed_at=command.at, after=command.evidence or incident.after)
    return _moved(IncidentAction.CLOSE, incident, closed, IncidentState.CLOSED, command)


def reopen(incident: Incident, command: IncidentCommand) -> IncidentChange:
    """Say that the pile is still there, or there again.

    Raises:
        ConflictError: It is neither cleared nor closed.
        LimitError: Without a reason.
    """
    _in({IncidentState.CLEARED, IncidentState.CLOSED}, incident, "reopened")
    _reasoned(command)
    return _moved(IncidentAction.REOPEN, incident, _back(incident), IncidentState.REOPENED, command)


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        "verify": verify,
        "reject": reject,
        "dispatch": dispatch,
        "clear": clear,
        "close": close,
        "reopen": reopen,
    }
)
"""Every step of a person by the word the API calls it."""


class PileJudge:
    """What cameras do to incidents.

    Args:
        confirm: For how long a zone must be seen clean after a claim.
        recheck: From when after a claim a pile that is still seen reopens the incident.
        pile_from: Share of each zone from which its coverage is a pile; a zone that is missing proves nothing.
    """

    def __init__(
        self, *, confirm: timedelta, recheck: timedelta, pile_from: Mapping[tuple[SourceId, ZoneId], float]
    ) -> None:
        self.confirm = confirm
        self.recheck = recheck
        self._pile_from = pile_from

    def begun(self, incident: Incident, seen: Observation) -> Sequence[IncidentChange]:
        """A camera sees a pile where an incident is open: it is that one; a claim that it is gone was wrong."""
        now = replace(
            incident, seen=True, observation=seen.id, camera=seen.source, before=incident.before or seen.evidence
        )
        if incident.state is IncidentState.CLEARED:
            return (_by_camera(IncidentAction.REOPEN, incident, _back(now), IncidentState.REOPENED, seen),)
        return (_by_camera(IncidentAction.SEE, incident, now, incident.state, seen),)

    def ended(self, incident: Incident, seen: Observation) -> Sequence[IncidentChange]:
        """A camera saw the pile vanish: proof, whether or not anybody claimed it. Nothing where it only lost sight."""
        if incident.observation != seen.id or incident.state in OVER:
            return ()
        if seen.attrs.get("lost") is True:
            gone = replace(incident, seen=False)
            return (_by_camera(IncidentAction.LOSE, incident, gone, incident.state, seen),)
        after = seen.attrs.get("evidence_after")
        picture = after if isinstance(after, str) else None
        changes: list[IncidentChange] = []
        gone = replace(incident, seen=False, after=picture or incident.after)
        if incident.state is not IncidentState.CLEARED:
            cleared = replace(gone, cleared_at=max(seen.at, incident.detected_at))
            changes.append(
                _by_camera(IncidentAction.CLEAR, incident, cleared, IncidentState.CLEARED, seen, evidence=picture)
            )
            incident = gone = changes[0].incident
        closed = replace(gone, closed_at=max(seen.at, incident.cleared_at or seen.at))
        changes.append(_by_camera(IncidentAction.CLOSE, incident, closed, IncidentState.CLOSED, seen, evidence=picture))
        return changes

    def looked(
        self, incident: Incident, *, told_at: datetime | None, coverage: float | None, now: datetime
    ) -> Sequence[IncidentChange]:
        """Look at a claim by what the camera has told since.

        Args:
            incident: Claimed to be gone.
            told_at: When the camera last said that the pile is there; None where it does not.
            coverage: Greatest coverage of the zone since the claim, within the last `confirm`; None where none came.
            now: The present, aware UTC.
        """
        if incident.state is not IncidentState.CLEARED or incident.cleared_at is None or incident.camera is None:
            return ()
        if incident.seen:
            if told_at is None or told_at < incident.cleared_at + self.recheck:
                return ()
            back = _advanced(incident, _back(incident), IncidentState.REOPENED, now)
            reason = "the camera still sees the pile"
            action = IncidentAction.REOPEN
        else:
            limit = self._pile_from.get((incident.camera, incident.zone or ZoneId("")))
            if limit is None or coverage is None or coverage >= limit or now < incident.cleared_at + self.confirm:
                return ()
            back = _advanced(incident, replace(incident, closed_at=now), IncidentState.CLOSED, now)
            reason = f"coverage at most {coverage:.3f} since the claim; a pile begins at {limit:g}"
            action = IncidentAction.CLOSE
        return (
            IncidentChange(
                action=action, incident=back, was=incident.state, actor=incident.camera, at=now, reason=reason
            ),
        )


def _back(incident: Incident) -> Incident:
    return replace(incident, cleared_at=None, closed_at=None, after=None, reopened=incident.reopened + 1)


def _in(states: frozenset[IncidentState] | set[IncidentState], incident: Incident, what: str) -> None:
    if incident.state not in states:
        wanted = " or ".join(sorted(states))
        raise ConflictError(f"incident {incident.id} is {incident.state}: only one that is {wanted} can be {what}")


def _reasoned(command: IncidentCommand) -> None:
    if not command.reason.strip():
        raise LimitError("a reason is required: write why in a few words")


def _advanced(before: Incident, after: Incident, state: IncidentState, at: datetime) -> Incident:
    return replace(after, state=state, version=before.version + 1, updated_at=at)


def _moved(
    action: IncidentAction, before: Incident, after: Incident, state: IncidentState, command: IncidentCommand
) -> IncidentChange:
    return IncidentChange(
        action=action,
        incident=_advanced(before, after, state, command.at),
        was=before.state,
        actor=command.actor,
        at=command.at,
        reason=command.reason.strip(),
        evidence=command.evidence,
    )


def _by_camera(
    action: IncidentAction,
    before: Incident,
    after: Incident,
    state: IncidentState,
    seen: Observation,
    *,
    evidence: str | None = None,
) -> IncidentChange:
    return IncidentChange(
        action=action,
        incident=_advanced(before, after, state, seen.at),
        was=before.state,
        actor=seen.source,
        at=seen.at,
        evidence=evidence or (seen.evidence if action in {IncidentAction.SEE, IncidentAction.REOPEN} else None),
    )
