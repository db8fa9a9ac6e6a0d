"""Turns what detectors hold to be the case into things that begin, change and end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from uuid6 import uuid7

from events.ids import SourceId, ZoneId
from events.observation import Attr, Observation, Phase
from vision.detector import Finding
from vision.evidence import EvidencePicture

UPDATE_S = 5.0
"""Seconds between updates of something open; whoever misses three of them may take it for lost."""

SIGNIFICANT_SHARE = 0.25
"""Growth of count or score since the last picture that deserves a new picture."""

LEAST_RISE_CM = 5.0
"""Of water near the gauge's zero, where shares of a level mean nothing."""

PICTURE_EVERY_S = 60.0
"""Least time between two pictures of one thing: a crowd that gathers is seen by the minute, not by the person."""


SHOWN_AFTER = frozenset({"waste_pile"})
"""Kinds whose end is shown too: that a place is clean again is as much worth a picture as that it was not."""

AFTER = "evidence_after"
"""Fact of an end that names the picture of what it looks like afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One observation to tell.

    Attributes:
        observation: What is told.
        picture: A picture to tell before it, None where there is no new one.
    """

    observation: Observation
    picture: EvidencePicture | None = None


class _Key(NamedTuple):
    kind: str
    zone: ZoneId | None
    sort: Attr
    since_s: float


@dataclass(slots=True, kw_only=True)
class _Episode:
    id: UUID
    finding: Finding
    started_at: datetime
    told_s: float
    evidence: str | None = None
    veiled: bool = False
    pictured: Finding
    pictured_s: float


class Episodes:
    """What is open at one camera.

    Each thing begins once and ends once under one id. `since_s` belongs to its identity, so a detector that ends
    and begins between two pictures makes two things of it.
    """

    def __init__(self, camera: SourceId) -> None:
        self._camera = camera
        self._open: dict[_Key, _Episode] = {}

    def take(
        self,
        findings: Sequence[Finding],
        t_s: float,
        at: datetime,
        picture: Callable[[Finding], EvidencePicture | None],
    ) -> list[Statement]:
        """Compare with what was open and say what changed: ends first, so that a change of class reads in order.

        Args:
            findings: Everything that is the case now.
            t_s: Now on the view's clock.
            at: Now, aware UTC.
            picture: Makes the evidence of one finding; called at its begin, at most once a minute when it grew
                significantly or nothing could be shown before, and at the end of what is shown afterwards too.
        """
        present = {_key(finding): finding for finding in findings}
        gone = [key for key in self._open if key not in present]
        statements = [self._end(key, at, picture) for key in gone]
        for key, finding in present.items():
            episode = self._open.get(key)
            if episode is None:
                statements.append(self._begin(key, finding, t_s, at, picture))
            elif t_s - episode.told_s >= UPDATE_S:
                statements.append(self._update(episode, finding, t_s, at, picture))
            else:
                episode.finding = finding
        return statements

    def abandon(self, at: datetime) -> list[Statement]:
        """End everything open, marked as lost: nobody can tell any more whether it is still the case."""
        return [
            Statement(observation=self._told(self._open.pop(key), Phase.END, at, {"lost": True}))
            for key in list(self._open)
        ]

    def _begin(
        self,
        key: _Key,
        finding: Finding,
        t_s: float,
        at: datetime,
        picture: Callable[[Finding], EvidencePicture | None],
    ) -> Statement:
        shown = picture(finding)
        episode = _Episode(
            id=uuid7(),
            finding=finding,
            started_at=at - timedelta(seconds=max(t_s - finding.since_s, 0.0)),
            told_s=t_s,
            evidence=None if shown is None else shown.sha256,
            veiled=shown is None or shown.veiled,
            pictured=finding,
            pictured_s=t_s,
        )
        self._open[key] = episode
        return Statement(observation=self._told(episode, Phase.BEGIN, at), picture=shown)

    def _update(
        self,
        episode: _Episode,
        finding: Finding,
        t_s: float,
        at: datetime,
        picture: Callable[[Finding], EvidencePicture | None],
    ) -> Statement:
        episode.finding = finding
        episode.told_s = t_s
        worth = episode.veiled or _grew(episode.pictured, finding)
        shown = picture(finding) if worth and t_s - episode.pictured_s >= PICTURE_EVERY_S else None
        if shown is not None:
            episode.evidence = shown.sha256
            episode.veiled = shown.veiled
            episode.pictured = finding
            episode.pictured_s = t_s
        return Statement(observation=self._told(episode, Phase.UPDATE, at), picture=shown)

    def _end(self, key: _Key, at: datetime, picture: Callable[[Finding], EvidencePicture | None]) -> Statement:
        episode = self._open.pop(key)
        # Without the box, which would lie around nothing.
        shown = picture(replace(episode.finding, box=None)) if key.kind in SHOWN_AFTER else None
        more: dict[str, Attr] = {} if shown is None else {AFTER: shown.sha256}
        return Statement(observation=self._told(episode, Phase.END, at, more), picture=shown)

    def _told(
        self, episode: _Episode, phase: Phase, at: datetime, more: Mapping[str, Attr] = MappingProxyType({})
    ) -> Observation:
        finding = episode.finding
        return Observation(
            id=episode.id,
            source=self._camera,
            kind=finding.kind,
            phase=phase,
            at=max(at, episode.started_at),  # the wall clock may have been set back meanwhile
            started_at=episode.started_at,
            zone=finding.zone,
            box=finding.box,
            count=finding.count,
            score=finding.score,
            evidence=episode.evidence,
            attrs={**finding.attrs, **more} if more else finding.attrs,
        )


def _key(finding: Finding) -> _Key:
    return _Key(finding.kind, finding.zone, finding.attrs.get("class"), finding.since_s)


def _grew(before: Finding, now: Finding) -> bool:
    """Tell whether count, score or a height in centimetres rose significantly."""
    grown = 1 + SIGNIFICANT_SHARE
    if before.count is not None and now.count is not None and now.count > before.count * grown:
        return True
    if any(_rose(before.attrs[name], now.attrs.get(name)) for name in before.attrs if name.endswith("_cm")):
        return True
    return now.score > before.score * grown


def _rose(before_cm: Attr, now_cm: Attr) -> bool:
    if not isinstance(before_cm, int | float) or not isinstance(now_cm, int | float):
        return False
    return now_cm > max(before_cm * (1 + SIGNIFICANT_SHARE), before_cm + LEAST_RISE_CM)
