"""Shifts: stretches of a day's work that begin at the same clock times every day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple


class Shift(NamedTuple):
    """One shift, aware UTC."""

    start: datetime
    end: datetime


def shifts_between(begins: Sequence[time], zone: tzinfo, start: datetime, end: datetime) -> Iterator[Shift]:
    """Yield the shifts that lie wholly within a period, in order.

    Args:
        begins: Clock times at which shifts begin, in order.
        zone: Time zone of these.
        start: Start of the period, aware.
        end: Its end.
    """
    day = start.astimezone(zone).date() - timedelta(days=1)
    moments: list[datetime] = []
    while not moments or moments[-1] < end:
        moments += [datetime.combine(day, begin, zone).astimezone(UTC) for begin in begins]
        day += timedelta(days=1)
    for begun, ended in pairwise(moments):
        if begun >= start and ended <= end:
            yield Shift(begun, ended)
