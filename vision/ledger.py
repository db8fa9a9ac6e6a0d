"""What a worker has begun to tell and not yet ended, kept on disk so that a killed worker leaves nothing open."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import structlog

from events.ids import SourceId, ZoneId
from events.observation import Observation, Phase

log = structlog.get_logger(__name__)


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    source: str
    kind: str
    zone: str | None
    started_at: datetime
    evidence: str | None


class Ledger:
    """A small file rewritten at every begin and end, by one worker only.

    A begin is written before it is told and an end after it was told: killed in between, the worker ends
    something twice or something never begun, both harmless, but leaves nothing open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: dict[UUID, _Entry] = {}

    def left_over(self, at: datetime) -> list[Observation]:
        """Return an end, marked as lost, for everything the last run left open; `ended` strikes each out."""
        try:
            entries = msgspec.json.decode(self._path.read_bytes(), type=list[_Entry])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            log.warning(
                "what the last run left open cannot be read and stays open", file=str(self._path), why=str(error)
            )
            return []
        self._open = {entry.id: entry for entry in entries}
        return [
            Observation(
                id=entry.id,
                source=SourceId(entry.source),
                kind=entry.kind,
                phase=Phase.END,
                at=max(at, entry.started_at),
                started_at=entry.started_at,
                zone=None if entry.zone is None else ZoneId(entry.zone),
                evidence=entry.evidence,
                attrs={"lost": True},
            )
            for entry in entries
        ]

    def begun(self, observation: Observation) -> None:
        """Write down that this is going to be told as begun."""
        self._open[observation.id] = _Entry(
            id=observation.id,
            source=observation.source,
            kind=observation.kind,
            zone=observation.zone,
            started_at=observation.started_at,
            evidence=observation.evidence,
        )
        self._write()

    def ended(self, observation: Observation) -> None:
        """Strike out what was told as ended."""
        if self._open.pop(observation.id, None) is not None:
            self._write()

    def _write(self) -> None:
        part = self._path.with_suffix(".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(list(self._open.values())))
            part.replace(self._path)
        except OSError as error:
            # A full disk must not keep a crowd from being told.
            log.warning("what is open cannot be written down", file=str(self._path), why=error.strerror)
