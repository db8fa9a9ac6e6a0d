"""When a rule is judged: hours of the day, days of the week, market days, dates."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from configs.control_room import ClockTime
from configs.model import Section

Day = Literal["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"]

Pasaran = Literal["legi", "pahing", "pon", "wage", "kliwon"]
"""Days of the Javanese market week, which has five."""


class Hours(Section):
    """A stretch of the day, on some days or on all, in the city's time. Days of several kinds must all fit."""

    days: Annotated[
        tuple[Day, ...] | None,
        Field(
            min_length=1, description="Days on which it begins; left out = every day.", examples=[["sabtu", "minggu"]]
        ),
    ] = None
    pasaran: Annotated[
        tuple[Pasaran, ...] | None,
        Field(
            min_length=1,
            description="Days of the Javanese market week on which it begins; left out = every day.",
            examples=[["pon", "kliwon"]],
        ),
    ] = None
    dates: Annotated[
        tuple[dt.date, ...] | None,
        Field(min_length=1, description="Single dates on which it begins, such as a fair's; left out = every day."),
    ] = None
    start: Annotated[ClockTime, Field(description="When it begins.", examples=["18:00"])] = "00:00"
    end: Annotated[
        ClockTime, Field(description="When it ends; not later than the beginning means on the next day.")
    ] = "00:00"
