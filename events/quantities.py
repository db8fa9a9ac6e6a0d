"""What cameras measure, in which unit and within which bounds: the one table every room reads."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from events.calibration import Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What is known of one metric of one source.

    Attributes:
        unit: UCUM unit.
        minimum: Lowest value that can be true.
        maximum: Highest value that can be true.
        stuck_after: Equal values in a row after which it counts as stuck, 0 for never.
        max_step: How far it can move from one reading to the next.
        calibrations: What makes a value of a raw one, oldest first.
    """

    unit: str
    minimum: float = -math.inf
    maximum: float = math.inf
    stuck_after: int = 0
    max_step: float = math.inf
    calibrations: tuple[Calibration, ...] = ()


BATTERY_METRICS = ("battery", "battery_voltage")
SIGNAL_METRICS = ("rssi", "signal", "linkquality", "snr")
"""Metrics that speak of the device itself, by name; of several the first one counts."""

CAMERA_QUANTITIES: Mapping[str, Quantity] = {
    "pictures_per_s": Quantity(unit="/s", minimum=0.0),
    "view_kept": Quantity(unit="1", minimum=0.0, maximum=1.0),
    "people_count": Quantity(unit="{people}", minimum=0.0),
    "people_density": Quantity(unit="{people}/m2", minimum=0.0),
    "coverage": Quantity(unit="1", minimum=0.0, maximum=1.0),
    "left_objects": Quantity(unit="{objects}", minimum=0.0),
    "flooded": Quantity(unit="1", minimum=0.0, maximum=1.0),
    "water_level": Quantity(unit="cm"),
    "green_cover": Quantity(unit="1", minimum=0.0, maximum=1.0),
}
"""By metric, each for the whole picture (`coverage`) or, after a dot, for a zone (`coverage.corner`).

`view_kept` is the share of the camera's usual view that is still there (camera health); `coverage` the share of a zone
under waste, `flooded` the share under water, `green_cover` the share of vegetation.
"""
