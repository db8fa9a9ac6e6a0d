"""What people say about alarms: notes, assignments, links, attachments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class EntryKind(StrEnum):
    """What an entry is."""

    NOTE = "note"
    ASSIGN = "assign"
    LINK = "link"
    ATTACH = "attach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A paper or picture kept with an alarm.

    Attributes:
        sha256: Digest of its content (hex), under which it is kept.
        media_type: What it is, such as `application/pdf`.
        size_bytes: Its length.
    """

    sha256: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an alarm's journal.

    Attributes:
        id: Number of the line; 0 before it is kept.
        alarm: Of which alarm.
        at: When it was said, aware UTC.
        actor: Who.
        origin: From where: the client's address.
        kind: What it is.
        text: The note itself; the name of a file; why something is linked.
        assignee: Who takes care of the alarm from now on, None where nobody does any more.
        linked: The other alarm.
        attachment: The paper.
    """

    id: int = 0
    alarm: UUID
    at: datetime
    actor: str
    origin: str
    kind: EntryKind
    text: str = ""
    assignee: str | None = None
    linked: UUID | None = None
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of the account of who changed what.

    Attributes:
        id: Its number, growing.
        at: When, aware UTC.
        actor: Who.
        action: What, such as `alarm.acknowledge`.
        subject: Of what: the id of an alarm or device.
        detail: More, such as from where.
    """

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]
