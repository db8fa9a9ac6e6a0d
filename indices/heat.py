"""Heat index of the US National Weather Service (Rothfusz 1990, SR 90-23). No index of BMKG's."""

import math
from enum import StrEnum
from typing import Final

WARM_F = 80.0
"""Below this Rothfusz' regression does not hold; the simple formula of Steadman does."""

BANDS_C: Final = (27.0, 32.0, 41.0, 54.0)
"""Where each band begins, degrees Celsius."""


class HeatBand(StrEnum):
    """What heat does to people."""

    NONE = "none"
    CAUTION = "caution"
    EXTREME_CAUTION = "extreme caution"
    DANGER = "danger"
    EXTREME_DANGER = "extreme danger"


def heat_index(celsius: float, humidity: float) -> float:
    """Return how hot it feels in the shade, in degrees Celsius.

    Args:
        celsius: Air temperature.
        humidity: Relative humidity in per cent, 0..100.

    Raises:
        ValueError: the humidity is no percentage.
    """
    if not 0 <= humidity <= 100:  # noqa: PLR2004 - per cent
        raise ValueError(f"{humidity} % is no relative humidity")
    t = celsius * 9.0 / 5.0 + 32.0
    simple = 0.5 * (t + 61.0 + (t - 68.0) * 1.2 + humidity * 0.094)
    feels = (simple + t) / 2.0
    if feels >= WARM_F:
        feels = _rothfusz(t, humidity) + _adjustment(t, humidity)
    return (feels - 32.0) * 5.0 / 9.0


def band(index_c: float) -> HeatBand:
    """Return what a heat index in degrees Celsius means."""
    return list(HeatBand)[sum(index_c >= start for start in BANDS_C)]


def _rothfusz(t: float, r: float) -> float:
    return (
        -42.379
        + 2.04901523 * t
        + 10.14333127 * r
        - 0.22475541 * t * r
        - 6.83783e-3 * t * t
        - 5.481717e-2 * r * r
        + 1.22874e-3 * t * t * r
        + 8.5282e-4 * t * r * r
        - 1.99e-6 * t * t * r * r
    )


def _adjustment(t: float, r: float) -> float:
    """Return the service's corrections for dry and for very humid air."""
    if r < 13 and 80 <= t <= 112:  # noqa: PLR2004 - the service's own limits
        return -((13.0 - r) / 4.0) * math.sqrt((17.0 - abs(t - 95.0)) / 17.0)
    if r > 85 and 80 <= t <= 87:  # noqa: PLR2004 - likewise
        return ((r - 85.0) / 10.0) * ((87.0 - t) / 5.0)
    return 0.0
