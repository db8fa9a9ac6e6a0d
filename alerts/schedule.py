"""When rules are judged: hours of the day and days of the week, in the city's time."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from configs.rules import Hours
from configs.site import SiteFile
from events.ids import RuleId

DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
"""In the order of `datetime.weekday`."""


class Schedule:
    """The hours of every rule of a site file."""

    def __init__(self, site: SiteFile) -> None:
        self._zone = ZoneInfo(site.city.timezone)
        self._hours = {RuleId(rule.id): rule.hours for rule in site.rules if rule.hours is not None}

    def off(self, at: datetime) -> frozenset[RuleId]:
        """Return the rules that are not judged at a moment, aware; one without hours always is."""
        return frozenset(rule for rule, hours in self._hours.items() if not is_within(hours, at, self._zone))


def is_within(hours: Sequence[Hours], at: datetime, zone: tzinfo) -> bool:
    """Tell whether a moment, aware, lies within any of some hours of the day; their ends do not belong to them."""
    local = at.astimezone(zone)
    return any(_holds(one, local) for one in hours)


def _holds(hours: Hours, local: datetime) -> bool:
    begin, end, now = time.fromisoformat(hours.start), time.fromisoformat(hours.end), local.time()
    if begin < end:
        return begin <= now < end and _on(hours, local)
    # Over midnight: what began yesterday may still last.
    return (now >= begin and _on(hours, local)) or (now < end and _on(hours, local - timedelta(days=1)))


def _on(hours: Hours, local: datetime) -> bool:
    return hours.days is None or DAYS[local.weekday()] in hours.days
