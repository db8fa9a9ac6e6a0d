"""Keeps the state of every source, judged with each canary."""

from collections.abc import Sequence
from typing import Protocol

from events.ids import SourceId
from events.liveness import Hearing, LifeState, Liveness, SourceLife
from storage.database import Cursor
from storage.queries import query


class LifeJudge(Protocol):
    """Judges whether a source keeps to its interval."""

    def judge(self, life: SourceLife, known: Liveness | None, hearing: Hearing) -> Sequence[Liveness]:
        """Return what becomes of the source, every new state in order; nothing where nothing changes."""


class NobodyWatched:
    """Judges nobody."""

    def judge(self, _life: SourceLife, _known: Liveness | None, _hearing: Hearing) -> Sequence[Liveness]:
        """Return nothing."""
        return ()


def follow_lives(cursor: Cursor, judge: LifeJudge, hearing: Hearing) -> None:
    """Judge the sources that may have changed, and write what did; one that keeps to its interval costs nothing."""
    states: list[tuple[SourceId, Liveness]] = []
    changes: list[tuple[SourceId, Liveness]] = []
    for source, last_at, online, status_at, state, since, *runs in cursor.execute(
        query("lives"), {"until": hearing.listened_until}
    ):
        life = SourceLife(source=SourceId(source), last_at=last_at, online=online, status_at=status_at)
        known = None if state is None else Liveness(LifeState(state), since, *runs)
        judged = judge.judge(life, known, hearing)
        if not judged:
            continue
        states.append((life.source, judged[-1]))
        before = None if known is None else known.state
        for step in judged:
            if step.state is not before:
                changes.append((life.source, step))
            before = step.state
    if states:
        _write(cursor, states, changes)


def _write(
    cursor: Cursor, states: Sequence[tuple[SourceId, Liveness]], changes: Sequence[tuple[SourceId, Liveness]]
) -> None:
    parameters = {
        "source_ids": [source for source, _ in states],
        "states": [liveness.state.value for _, liveness in states],
        "sinces": [liveness.since for _, liveness in states],
        "heard_ats": [liveness.heard_at for _, liveness in states],
        "steady_sinces": [liveness.steady_since for _, liveness in states],
        "near_sinces": [liveness.near_since for _, liveness in states],
    }
    cursor.execute(query("write_liveness"), parameters)
    if changes:
        parameters = {
            "source_ids": [source for source, _ in changes],
            "ats": [liveness.since for _, liveness in changes],
            "states": [liveness.state.value for _, liveness in changes],
        }
        cursor.execute(query("add_liveness_changes"), parameters)
