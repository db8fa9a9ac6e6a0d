"""When rules are judged: hours of the day, days of the week, market days and dates, in the city's time."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from configs.hours import Hours

DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
"""In the order of `datetime.weekday`."""

PASARAN = ("legi", "pahing", "pon", "wage", "kliwon")
"""In the order of the Javanese market week."""

A_LEGI = date(1945, 8, 17)
"""The day of Indonesia's proclamation was a Jumat Legi."""

LONGEST_PAUSE_DAYS = 400
"""How far back the end of the last hours is looked for."""


def pasaran(day: date) -> str:
    """Return the day of the Javanese market week, which runs on without a break."""
    return PASARAN[(day - A_LEGI).days % len(PASARAN)]


def is_within(hours: Sequence[Hours], at: datetime, zone: tzinfo) -> bool:
    """Tell whether a moment, aware, lies within any of some hours of the day; their ends do not belong to them."""
    local = at.astimezone(zone)
    return any(_holds(one, local) for one in hours)


def last_end(hours: Sequence[Hours], at: datetime, zone: tzinfo) -> datetime | None:
    """Return when some hours ended last before a moment outside them, or at it; None when that is too long ago.

    Args:
        hours: The hours.
        at: The moment, aware.
        zone: The city's time.
    """
    today = at.astimezone(zone).date()
    for back in range(LONGEST_PAUSE_DAYS):
        day = today - timedelta(days=back)
        ends = [_end(one, day, zone) for one in hours if _on(one, day)]
        past = [end for end in ends if end <= at]
        if past:
            return max(past).astimezone(at.tzinfo)
    return None


def _end(hours: Hours, day: date, zone: tzinfo) -> datetime:
    begin, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    return datetime.combine(day if begin < end else day + timedelta(days=1), end, zone)


def _holds(hours: Hours, local: datetime) -> bool:
    begin, end, now = time.fromisoformat(hours.start), time.fromisoformat(hours.end), local.time()
    if begin < end:
        return begin <= now < end and _on(hours, local.date())
    # Over midnight: what began yesterday may still last.
    yesterday = local.date() - timedelta(days=1)
    return (now >= begin and _on(hours, local.date())) or (now < end and _on(hours, yesterday))


def _on(hours: Hours, day: date) -> bool:
    return (
        (hours.days is None or DAYS[day.weekday()] in hours.days)
        and (hours.pasaran is None or pasaran(day) in hours.pasaran)
        and (hours.dates is None or day in hours.dates)
    )
