"""Maintenance windows: stretches of time in which alarms of some sources or sites are suppressed by design."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.alarm import Alarm
from events.ids import SiteId, SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """One window.

    Attributes:
        id: UUIDv7.
        sources: Cameras and sensors that are worked on.
        sites: Sites of which everything is worked on.
        starts_at: Beginning, aware UTC.
        ends_at: End, later than the beginning.
        reason: Why, in the words of whoever made it.
        actor: Who made it.
        made_at: When.
    """

    id: UUID
    sources: frozenset[SourceId]
    sites: frozenset[SiteId]
    starts_at: datetime
    ends_at: datetime
    reason: str
    actor: str
    made_at: datetime

    def covers(self, alarm: Alarm, at: datetime) -> bool:
        """Tell whether an alarm is to be hidden for this window at a moment."""
        return self.starts_at <= at < self.ends_at and (alarm.key.source in self.sources or alarm.site in self.sites)
