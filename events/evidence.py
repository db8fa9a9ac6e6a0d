"""The picture that proves an observation."""

from dataclasses import dataclass
from datetime import datetime

from events.ids import SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A JPEG in which people are already pixelated.

    Attributes:
        sha256: Hex digest of the bytes; its name everywhere.
        source: The camera.
        jpeg: The picture itself, at most 256 KB.
        received_at: When Pantau received it, aware UTC.
    """

    sha256: str
    source: SourceId
    jpeg: bytes
    received_at: datetime
