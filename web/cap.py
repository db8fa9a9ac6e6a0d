"""An alarm as messages of the Common Alerting Protocol 1.2 (OASIS, 2010), and a feed of them (Atom, RFC 4287).

The first raise is an Alert, what changes after it an Update, the end a Cancel that says all clear; Update and Cancel
name the messages they follow. What operators do with an alarm (accepting, shelving) is no news to the public.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET  # only ever written here, never read
from zoneinfo import ZoneInfo

from configs.site import SiteFile
from events.alarm import Alarm, AlarmAction, AlarmRecord, Priority
from web.directory import Directory
from web.rule_facts import RuleFacts

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM: Final = "http://www.w3.org/2005/Atom"
CONTENT_TYPE: Final = "application/cap+xml"


class Hazard(NamedTuple):
    """What is said of a kind of warning.

    Attributes:
        categories: CAP categories.
        event: What it is called.
        response: What to do, a CAP responseType.
    """

    categories: tuple[str, ...]
    event: str
    response: str


HAZARDS: Final[Mapping[str, Hazard]] = {
    "kerumunan": Hazard(("Safety",), "Kerumunan", "Monitor"),
    "tumpukan_sampah": Hazard(("Env",), "Tumpukan sampah", "Assess"),
    "rob": Hazard(("Met",), "Banjir rob", "Prepare"),
    "hujan_lebat": Hazard(("Met",), "Hujan lebat", "Prepare"),
    "kualitas_udara": Hazard(("Health", "Env"), "Kualitas udara", "Avoid"),
    "kebakaran": Hazard(("Fire",), "Asap / kebakaran", "Evacuate"),
}

SEVERITIES: Final = {
    Priority.DARURAT: "Extreme",
    Priority.TINGGI: "Severe",
    Priority.SEDANG: "Moderate",
    Priority.RENDAH: "Minor",
}

_UNSPEAKABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

TYPES: Final = {AlarmAction.RAISE: "Alert", AlarmAction.UPDATE: "Update", AlarmAction.RETURN: "Cancel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One CAP message.

    Attributes:
        alarm: The alarm as of the message.
        sent: When, aware.
        kind: Alert, Update or Cancel.
        warned: What of, a key of `HAZARDS`.
        follows: The messages it updates or cancels, oldest first.
    """

    alarm: Alarm
    sent: datetime
    kind: str
    warned: str
    follows: tuple["Message", ...] = ()

    @property
    def identifier(self) -> str:
        """Its name, unique for the sender."""
        return f"{self.alarm.id}.{self.alarm.version}"


def messages(history: Sequence[AlarmRecord], facts: RuleFacts) -> list[Message]:
    """Return the messages of an alarm's life, oldest first; one that came back begins with a new Alert.

    Whether the public is warned, and of what, is said by the version of the rule that raised it: a change of the rule
    meanwhile neither silences the all-clear nor begins a warning in its middle.

    Args:
        history: Every change of one alarm in its order.
        facts: What versions of rules say.
    """
    told: list[Message] = []
    following: tuple[Message, ...] = ()
    warned: str | None = None
    for record in history:
        change = record.change
        kind = TYPES.get(change.action)
        if kind is None:
            continue
        if kind == "Alert":
            following = ()
            warned = facts.warned(change.alarm.key.rule, change.alarm.rule_version)
        if warned is None or warned not in HAZARDS:
            continue
        message = Message(alarm=change.alarm, sent=change.at, kind=kind, warned=warned, follows=following)
        following = (*following, message)
        told.append(message)
    return told


class Warner:
    """Writes the warnings of one city.

    Args:
        site: The city; it has `warnings`.
        directory: Names.

    Raises:
        ValueError: It has none.
    """

    def __init__(self, site: SiteFile, directory: Directory) -> None:
        if site.warnings is None:
            raise ValueError("the site file has no warnings")
        self._settings = site.warnings
        self._city = site.city
        self._zone: tzinfo = ZoneInfo(site.city.timezone)
        self._status = "Exercise" if site.city.demo or site.warnings.exercise else "Actual"
        self._directory = directory
        self._places = {place.id: place for place in site.sites}

    @property
    def rules(self) -> list[str]:
        """Rules whose alarms may warn the public."""
        return sorted(self._directory.rules.warning)

    def messages(self, history: Sequence[AlarmRecord]) -> list[Message]:
        """Return the messages of an alarm's life, oldest first; none where the public is not warned of it."""
        return messages(history, self._directory.rules)

    def document(self, message: Message) -> bytes:
        """Return the message as XML, UTF-8."""
        ET.register_namespace("", NAMESPACE)
        alert = ET.Element(f"{{{NAMESPACE}}}alert")
        # The schema fixes the order.
        _say(alert, "identifier", message.identifier)
        _say(alert, "sender", self._settings.sender)
        _say(alert, "sent", self._time(message.sent))
        _say(alert, "status", self._status)
        _say(alert, "msgType", message.kind)
        _say(alert, "scope", "Public")
        if self._status == "Exercise":
            _say(alert, "note", "LATIHAN. Bukan kejadian sebenarnya. / EXERCISE.")
        if message.follows:
            _say(alert, "references", " ".join(self._reference(earlier) for earlier in message.follows))
        self._inform(alert, message)
        return _xml(alert)

    def feed(self, latest: Sequence[Message], *, root: str, updated: datetime) -> bytes:
        """Return an Atom feed of the latest message of each alarm.

        Args:
            latest: Messages, newest first.
            root: Address that `/api/v1` hangs on.
            updated: When the newest was sent, aware; now where there is none.
        """
        ET.register_namespace("", ATOM)
        feed = ET.Element(f"{{{ATOM}}}feed")
        _say(feed, "id", f"{root}/api/v1/cap/feed.atom", ATOM)
        _say(feed, "title", f"Peringatan {self._city.name}", ATOM)
        _say(feed, "updated", self._time(updated), ATOM)
        _say(_say(feed, "author", None, ATOM), "name", self._sender_name, ATOM)
        _say(feed, "link", None, ATOM).attrib.update(rel="self", href=f"{root}/api/v1/cap/feed.atom")
        for message in latest:
            entry = _say(feed, "entry", None, ATOM)
            _say(entry, "id", f"urn:uuid:{message.alarm.id}", ATOM)
            _say(entry, "title", message.alarm.title, ATOM)
            _say(entry, "updated", self._time(message.sent), ATOM)
            event = HAZARDS[message.warned].event
            _say(entry, "summary", f"{event}: {self._area(message.alarm)}", ATOM)
            address = f"{root}/api/v1/cap/{message.alarm.id}.xml"
            _say(entry, "link", None, ATOM).attrib.update(rel="alternate", type=CONTENT_TYPE, href=address)
        return _xml(feed)

    def _inform(self, alert: ET.Element, message: Message) -> None:
        alarm, over = message.alarm, message.kind == "Cancel"
        hazard = HAZARDS[message.warned]
        info = _say(alert, "info", None)
        _say(info, "language", "id-ID")
        for category in hazard.categories:
            _say(info, "category", category)
        _say(info, "event", hazard.event)
        _say(info, "responseType", "AllClear" if over else hazard.response)
        _say(info, "urgency", "Past" if over else "Immediate" if alarm.priority is Priority.DARURAT else "Expected")
        _say(info, "severity", SEVERITIES[alarm.priority])
        _say(info, "certainty", "Observed")
        _say(info, "effective", self._time(message.sent))
        _say(info, "onset", self._time(alarm.met_at))
        _say(info, "senderName", self._sender_name)
        _say(info, "headline", f"Berakhir: {alarm.title}" if over else alarm.title)
        _say(
            info, "description", f"{alarm.title}. {self._directory.source_name(alarm.key.source)}, {self._area(alarm)}."
        )
        if self._settings.contact is not None:
            _say(info, "contact", self._settings.contact)
        area = _say(info, "area", None)
        _say(area, "areaDesc", self._area(alarm))
        place = self._places.get(alarm.site)
        if place is not None:
            _say(area, "circle", f"{place.position.lat},{place.position.lon} {self._settings.radius_km:g}")
            code = _say(area, "geocode", None)
            _say(code, "valueName", "Kemendagri")
            _say(code, "value", place.kecamatan)

    @property
    def _sender_name(self) -> str:
        return self._settings.sender_name or self._city.name

    def _area(self, alarm: Alarm) -> str:
        return f"{self._directory.site_name(alarm.site)}, {self._city.name}"

    def _reference(self, message: Message) -> str:
        return f"{self._settings.sender},{message.identifier},{self._time(message.sent)}"

    def _time(self, at: datetime) -> str:
        """Return whole seconds with a numeric offset; CAP (3.3.2) wants -00:00 for UTC, and never a Z."""
        text = at.astimezone(self._zone).isoformat(timespec="seconds")
        return text.replace("+00:00", "-00:00")


def _say(parent: ET.Element, name: str, text: str | None, namespace: str = NAMESPACE) -> ET.Element:
    child = ET.SubElement(parent, f"{{{namespace}}}{name}")
    # XML 1.0 (2.2) has no control characters, not even escaped.
    child.text = None if text is None else _UNSPEAKABLE.sub(" ", text)
    return child


def _xml(root: ET.Element) -> bytes:
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
