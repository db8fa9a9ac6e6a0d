"""What became of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from events.alarm import AlarmKey, AlarmRecord
from events.intake import Rejection
from events.message import Message
from events.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitReport:
    """What one or more committed transactions did. Every message is counted once, under one outcome.

    Attributes:
        accepted: Messages of which something was stored for the first time, or that only keep somebody alive.
        duplicates: Messages that brought nothing new.
        conflicts: Messages with another value for a reading already stored; kept in quarantine, the rest stored.
        quarantined: Messages refused, by Pantau or by the database.
        rows: Readings stored for the first time.
        known_values: Readings that were stored already, with the same value.
        conflicting_values: Readings whose place is taken by another value.
        refused_values: Readings of messages that were understood, and then refused by the database.
        observations: Statements stored for the first time.
        rejections: Messages in conflict or refused, with what their senders should be told.
        receipts: How far each device whose numbered messages came, or who came online, has been kept.
        records: Alarm changes, as they stand in the stream.
        faults: Rules that failed, with the error's text.
    """

    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0
    rows: int = 0
    known_values: int = 0
    conflicting_values: int = 0
    refused_values: int = 0
    observations: int = 0
    rejections: tuple[tuple[Message, Rejection], ...] = ()
    receipts: tuple[Receipt, ...] = ()
    records: tuple[AlarmRecord, ...] = ()
    faults: Mapping[AlarmKey, str] = field(default_factory=dict)

    @property
    def received(self) -> int:
        """Messages in all."""
        return self.accepted + self.duplicates + self.conflicts + self.quarantined

    @property
    def outcomes(self) -> dict[str, int]:
        """Messages by outcome."""
        return {
            "accepted": self.accepted,
            "duplicate": self.duplicates,
            "conflict": self.conflicts,
            "quarantined": self.quarantined,
        }

    @property
    def value_outcomes(self) -> dict[str, int]:
        """Values by outcome."""
        return {
            "inserted": self.rows,
            "duplicate": self.known_values,
            "conflict": self.conflicting_values,
            "quarantined": self.refused_values,
        }

    def __add__(self, other: "CommitReport") -> "CommitReport":
        return CommitReport(
            accepted=self.accepted + other.accepted,
            duplicates=self.duplicates + other.duplicates,
            conflicts=self.conflicts + other.conflicts,
            quarantined=self.quarantined + other.quarantined,
            rows=self.rows + other.rows,
            known_values=self.known_values + other.known_values,
            conflicting_values=self.conflicting_values + other.conflicting_values,
            refused_values=self.refused_values + other.refused_values,
            observations=self.observations + other.observations,
            rejections=self.rejections + other.rejections,
            receipts=self.receipts + other.receipts,
            records=self.records + other.records,
            faults={**self.faults, **other.faults},
        )
