"""Whether a source keeps to its interval: online, late or gone, with hysteresis, judged only while Pantau listens."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from devices.registry import Registry, SourceKind
from events.ids import SourceId
from events.liveness import Hearing, LifeState, Liveness, SourceLife

LATE_AFTER = 2
"""Intervals of silence after which a source is late; so long its signs must keep coming before it is online again."""

GONE_AFTER = 3
"""Intervals of silence after which it is gone: the platform's meaning of `stale`, and that of absence rules."""

GONE_AFTER_WORD = 1.5
"""Intervals after the word `offline`, its own or its will, without a sign of life. Long enough for a reconnection, and
for a device that speaks on time although its old word is still retained."""

LEAST_INTERVAL_S = 10 / 3
"""A source is gone after ten seconds at the earliest, like a silent camera: connections take seconds to open again."""

AHEAD = timedelta(minutes=5)
"""A sign of life so far ahead of what Pantau has heard is from a wrong clock of Pantau's own."""

_INSTANT = timedelta(microseconds=1)


class LivenessJudge:
    """Judges sources by their intervals. Holds no state: what it must remember comes in and goes out.

    A source leaves `online` after a silence and comes back only after signs of life that keep coming for as long as
    that silence: one message of a dying device changes nothing, and no source changes to and fro faster than in
    several of its intervals.

    Args:
        intervals_s: Expected seconds between signs of life, of every source that is watched.
        canary_s: Seconds between canaries: what comes faster cannot be told apart.
    """

    def __init__(self, intervals_s: Mapping[SourceId, float], canary_s: float = 0.0) -> None:
        self._intervals = {
            source: timedelta(seconds=max(interval_s, canary_s, LEAST_INTERVAL_S))
            for source, interval_s in intervals_s.items()
        }

    @classmethod
    def of(cls, registry: Registry, canary_s: float) -> "LivenessJudge":
        """Return the judge of every sensor and camera."""
        watched = (source for source in registry if source.kind in {SourceKind.SENSOR, SourceKind.CAMERA})
        return cls({source.id: source.interval_s for source in watched if source.interval_s is not None}, canary_s)

    def judge(self, life: SourceLife, known: Liveness | None, hearing: Hearing) -> list[Liveness]:
        """Return what becomes of a source: every new state in order, or what is to be remembered; mostly nothing.

        Args:
            life: When it was heard, and its last word.
            known: What was judged before, None where nothing was.
            hearing: How far Pantau has certainly heard, and since when without a gap.
        """
        interval = self._intervals.get(life.source)
        if interval is None:
            return _unwatched(known, hearing)
        last_at = life.last_at
        if last_at is None or last_at - hearing.listened_until > AHEAD:
            return []
        if known is not None and known.state is LifeState.UNWATCHED:
            known = None if last_at > known.since else known
        if known is None:
            begun = Liveness(LifeState.ONLINE, last_at)
            return [begun, *_missed(begun, last_at, life, hearing, interval)]
        if known.state in {LifeState.ONLINE, LifeState.UNWATCHED}:
            return _missed(known, last_at, life, hearing, interval)
        followed = _followed(known, last_at, hearing, interval)
        missed = _missed(followed, last_at, life, hearing, interval)
        if missed:
            return missed
        returned = _returned(followed, last_at, interval)
        return [] if returned == known else [returned]


def _unwatched(known: Liveness | None, hearing: Hearing) -> list[Liveness]:
    if known is None or known.state is LifeState.UNWATCHED:
        return []
    return [Liveness(LifeState.UNWATCHED, max(hearing.listened_until, known.since + _INSTANT))]


def _missed(
    known: Liveness, last_at: datetime, life: SourceLife, hearing: Hearing, interval: timedelta
) -> list[Liveness]:
    """Return the states a source has sunk to. Silence counts from the last sign, or from when Pantau could hear one."""
    if known.state in {LifeState.GONE, LifeState.UNWATCHED}:
        return []
    quiet_since = max(last_at, hearing.listening_since)
    late_at = quiet_since + LATE_AFTER * interval
    gone_at = quiet_since + GONE_AFTER * interval
    if life.online is False and life.status_at is not None and life.status_at > last_at:
        gone_at = min(gone_at, max(life.status_at, hearing.listening_since) + GONE_AFTER_WORD * interval)
    states = []
    if known.state is LifeState.ONLINE and late_at < hearing.listened_until and late_at < gone_at:
        known = _sunk(known, LifeState.LATE, late_at, last_at)
        states.append(known)
    if gone_at < hearing.listened_until:
        states.append(_sunk(known, LifeState.GONE, gone_at, last_at))
    return states


def _sunk(known: Liveness, state: LifeState, at: datetime, last_at: datetime) -> Liveness:
    return Liveness(state, max(at, known.since + _INSTANT), heard_at=last_at)


def _followed(known: Liveness, last_at: datetime, hearing: Hearing, interval: timedelta) -> Liveness:
    """Follow the run of signs of a source that is not online; a pause, or a gap in the listening, begins it anew."""
    heard_at = known.heard_at
    if heard_at is not None and last_at <= heard_at:
        return known
    unbroken = heard_at is not None and heard_at >= hearing.listening_since
    pause = timedelta.max if heard_at is None else last_at - heard_at
    return known._replace(
        heard_at=last_at,
        steady_since=(unbroken and pause <= LATE_AFTER * interval and known.steady_since) or last_at,
        near_since=(unbroken and pause <= GONE_AFTER * interval and known.near_since) or last_at,
    )


def _returned(known: Liveness, last_at: datetime, interval: timedelta) -> Liveness:
    """Return the source as it is after the signs that came: better only when they have kept coming."""
    at = max(last_at, known.since + _INSTANT)
    if known.steady_since is not None and last_at - known.steady_since >= LATE_AFTER * interval:
        return Liveness(LifeState.ONLINE, at)
    near = known.near_since is not None and last_at - known.near_since >= GONE_AFTER * interval
    return known._replace(state=LifeState.LATE, since=at) if known.state is LifeState.GONE and near else known
