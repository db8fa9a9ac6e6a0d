"""A batch of messages, sorted by what is in them, and its reckoning afterwards."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from events.clock import ClockOffset, SentTime
from events.evidence import Evidence
from events.ids import SourceId
from events.intake import Decoded, Intake, Rejection
from events.judgement import Facts
from events.liveness import Canary, SignOfLife
from events.message import Message
from events.observation import Observation
from events.reading import Reading
from events.receipt import Number, Receipt
from storage.judging import Judgement
from storage.listening import Heard
from storage.receipts import Run, Told
from storage.report import CommitReport
from storage.telemetry import StoredReadings

_new = tuple.__new__
"""Makes a named tuple at half the cost of its own `__new__`, a function in Python."""

CONFLICT = "conflict"
"""Reason of a message with another value for a reading that is stored already."""


@dataclass(slots=True)
class Batch:
    """What a transaction is to store, each list in order of arrival.

    Attributes:
        intakes: The messages.
        readings: Their values.
        reading_counts: How many values each message has.
        observations: Their statements.
        observers: Position of the message behind each statement.
        evidence: Their pictures.
        heard: What they say about their sources' lives.
        canaries: Pantau's own messages with their receive times.
        sent_times: What stood in messages in the place of a time.
        clocks: What is newly known of devices' clocks.
        refused: Messages that were not understood.
    """

    intakes: Sequence[Intake]
    readings: list[Reading] = field(default_factory=list)
    reading_counts: list[int] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    observers: list[int] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    heard: dict[SourceId, Heard] = field(default_factory=dict)
    canaries: list[tuple[Canary, datetime]] = field(default_factory=list)
    sent_times: list[SentTime] = field(default_factory=list)
    clocks: list[ClockOffset] = field(default_factory=list)
    refused: list[tuple[Message, Rejection]] = field(default_factory=list)

    @classmethod
    def of(cls, intakes: Sequence[Intake]) -> "Batch":
        """Sort messages by what is in them."""
        batch = cls(intakes)
        for position, (message, decoded, rejection) in enumerate(intakes):
            if decoded is None:
                batch.reading_counts.append(0)
                batch.refused.append((message, rejection or _unexplained()))
                continue
            batch.readings += decoded.readings
            batch.reading_counts.append(len(decoded.readings))
            if decoded.live or decoded.status is not None:
                batch._add_life(decoded, message.received_at)
            if decoded.observation is not None:
                batch.observations.append(replace(decoded.observation, received_at=message.received_at))
                batch.observers.append(position)
            if decoded.evidence is not None:
                batch.evidence.append(decoded.evidence)
            if decoded.canary is not None:
                batch.canaries.append((decoded.canary, message.received_at))
                batch.clocks += decoded.clocks
            if decoded.sent_times:
                batch.sent_times += decoded.sent_times
        return batch

    @property
    def signs(self) -> list[SignOfLife]:
        """Latest sign of life of each source heard."""
        return [SignOfLife(source, life.last_at) for source, life in self.heard.items() if life.last_at is not None]

    def facts(self, stored: StoredReadings, are_new: Sequence[bool]) -> Facts:
        """Return what the batch newly says."""
        readings: Sequence[Reading] = self.readings
        old = stored.known | stored.conflicts
        if old:
            readings = [reading for position, reading in enumerate(self.readings) if position not in old]
        observations = [o for o, is_new in zip(self.observations, are_new, strict=True) if is_new]
        return Facts(readings=readings, observations=observations, signs=self.signs)

    def told(self, stored: StoredReadings, are_new: Sequence[bool]) -> dict[Run, Told]:
        """Return which numbered messages came, by the run of their device; refused ones are kept too."""
        told: dict[Run, Told] = {}
        observed = dict(zip(self.observers, are_new, strict=True))
        old = stored.known | stored.conflicts
        start = 0
        for position, (message, decoded, rejection) in enumerate(self.intakes):
            said = decoded or rejection
            readings = () if decoded is None else decoded.readings
            begin, start = start, start + len(readings)
            if said is None or said.source is None or not said.numbers:
                continue
            if readings and not old and readings[0].ts != message.received_at:
                is_new = True  # as nearly always
            else:
                is_new = observed.get(position, False) or _bring_news(readings, begin, old, message.received_at)
            _tell(told, said.source, said.numbers, is_new=is_new)
        return told

    @property
    def asking(self) -> dict[SourceId, str | None]:
        """Devices that said they are online, with their present run: they want to know how far they were kept."""
        online = [life.status for life in self.heard.values() if life.status is not None and life.status.online]
        return {source: status.boot for status in online for source in (status.source, *status.speaks_for)}

    def conflicts(self, stored: StoredReadings) -> list[tuple[Message, Rejection]]:
        """Return the messages that contradict a stored reading, with what their senders should be told."""
        if not stored.conflicts:
            return []
        conflicts = []
        start = 0
        for (message, decoded, _), count in zip(self.intakes, self.reading_counts, strict=True):
            names = [self.readings[p].metric for p in range(start, start + count) if p in stored.conflicts]
            start += count
            if names and decoded is not None:
                conflicts.append((message, _contradiction(decoded.source, names)))
        return conflicts

    def refusals(self, refused: Sequence[tuple[int, Rejection]]) -> list[tuple[Message, Rejection]]:
        """Return the messages behind statements that were stored and lead to nothing further, by their positions."""
        return [(self.intakes[self.observers[position]].message, rejection) for position, rejection in refused]

    def report(
        self,
        stored: StoredReadings,
        are_new: Sequence[bool],
        conflicts: Sequence[tuple[Message, Rejection]],
        judgement: Judgement,
        receipts: Sequence[Receipt] = (),
    ) -> CommitReport:
        """Count every message once."""
        duplicates = self._count_duplicates(stored, are_new)
        return CommitReport(
            accepted=len(self.intakes) - duplicates - len(conflicts) - len(self.refused),
            duplicates=duplicates,
            conflicts=len(conflicts),
            quarantined=len(self.refused),
            rows=stored.inserted,
            known_values=len(stored.known),
            conflicting_values=len(stored.conflicts),
            observations=sum(are_new),
            rejections=(*self.refused, *conflicts),
            receipts=tuple(receipts),
            records=judgement.records,
            faults=judgement.faults,
        )

    def _add_life(self, decoded: Decoded, received_at: datetime) -> None:
        if decoded.canary is not None:
            return
        heard = self.heard
        for source in (decoded.source, *decoded.also) if decoded.also else (decoded.source,):
            life = heard.get(source)
            if life is None:
                life = heard[source] = Heard()
            if decoded.live and (life.last_at is None or received_at > life.last_at):
                life.last_at = received_at
            if decoded.status is not None and (life.status is None or decoded.status.at >= life.status.at):
                life.status = decoded.status

    def _count_duplicates(self, stored: StoredReadings, are_new: Sequence[bool]) -> int:
        """Count the messages that brought readings or a statement, and nothing of it was new."""
        if not stored.known and all(are_new):
            return 0
        stale = {position for position, is_new in zip(self.observers, are_new, strict=True) if not is_new}
        duplicates = 0
        start = 0
        for position, count in enumerate(self.reading_counts):
            brought_known = count > 0 and all(p in stored.known for p in range(start, start + count))
            duplicates += brought_known or (count == 0 and position in stale)
            start += count
        return duplicates


def _bring_news(readings: Sequence[Reading], begin: int, old: AbstractSet[int], received_at: datetime) -> bool:
    """Tell whether readings, the first at position `begin`, were stored for the first time under a time of their own.

    A message without a time makes new rows whenever it is delivered: no sign of a lost counter.
    """
    for place, reading in enumerate(readings, begin):  # noqa: SIM110 - `any` costs twice as much, for every message
        if place not in old and reading.ts != received_at:
            return True
    return False


def _tell(told: dict[Run, Told], source: SourceId, numbers: Sequence[Number], *, is_new: bool) -> None:
    alone = is_new and len(numbers) == 1
    for boot, seq, oldest in numbers:
        run = _new(Run, (source, boot))
        said = told.get(run)
        if said is None:
            said = told[run] = Told()
        said.seqs.append(seq)
        if alone:
            said.news.append(seq)
        if oldest is not None:
            said.oldest = max(said.oldest or 0, oldest)


def _unexplained() -> Rejection:
    return Rejection(source=None, reason="unexplained", detail="The message was neither understood nor refused.")


def _contradiction(source: SourceId, metrics: Sequence[str]) -> Rejection:
    return Rejection(
        source=source,
        reason=CONFLICT,
        detail=f"Another value of {', '.join(metrics)} is stored under the same time; the first one stays. "
        "Send each value once, or with a time of its own.",
    )
