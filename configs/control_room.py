"""The control room: how many share the alarms, and when shifts change."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field, field_validator

from configs.model import Section, mistaken

ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ControlRoom(Section):
    """Who watches, and in what shifts."""

    operators: Annotated[int, Field(ge=1, le=100, description="Operators who share the alarms at one time.")] = 1
    shifts: Annotated[
        tuple[ClockTime, ...],
        Field(
            min_length=1, description="When shifts begin, in the city's time, in order.", examples=[["07:00", "19:00"]]
        ),
    ] = ("07:00", "15:00", "23:00")

    @field_validator("shifts")
    @classmethod
    def _in_order(cls, shifts: tuple[str, ...]) -> tuple[str, ...]:
        if any(earlier >= later for earlier, later in pairwise(shifts)):
            raise mistaken(
                "the shifts are not in order", 'write the times of one day in order, such as ["07:00", "19:00"]'
            )
        return shifts
