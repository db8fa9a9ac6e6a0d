"""What people read on their telephones about an alarm: short, and with the id that tells repeats apart."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from configs.site import SiteFile
from events.notice import DueNotice

WAITED_LEAST_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message.

    Attributes:
        title: One line.
        body: The rest.
    """

    title: str
    body: str


class Writer:
    """Writes messages of one city."""

    def __init__(self, site: SiteFile) -> None:
        self._zone = ZoneInfo(site.city.timezone)
        self._city = site.city
        self._places = {place.id: place for place in site.sites}
        self._names = {camera.id: camera.name for camera in site.cameras}
        self._names |= {sensor.id: sensor.name for sensor in site.sensors}

    def of(self, due: DueNotice) -> Message:
        """Return the message of a notice."""
        alarm, notice = due.alarm, due.notice
        place = self._places.get(alarm.site)
        since = alarm.met_at.astimezone(self._zone)
        lines = [
            f"{alarm.title}",
            f"Lokasi: {alarm.site if place is None else place.name}",
            f"Sumber: {self._names.get(alarm.key.source, alarm.key.source)}",
            f"Sejak: {since:%d/%m/%Y %H.%M.%S}",
        ]
        waited_s = (notice.due_at - notice.raised_at).total_seconds()
        if waited_s >= WAITED_LEAST_S:
            lines.append(f"Belum diterima selama {waited_s / 60:.0f} menit (langkah {notice.step + 1}).")
        if place is not None:
            lines.append(f"Peta: {place.position.lat}, {place.position.lon}")
        lines.append(f"Pantau {notice.id}")
        prefix = "[DEMO] " if self._city.demo else ""
        return Message(title=f"{prefix}[{alarm.priority.name}] {alarm.title}", body="\n".join(lines))
