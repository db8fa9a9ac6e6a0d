"""Rain classes of BMKG, by day and by hour."""

from enum import StrEnum


class RainClass(StrEnum):
    """How heavy a day's rain was (BMKG)."""

    BERAWAN = "berawan"
    RINGAN = "ringan"
    SEDANG = "sedang"
    LEBAT = "lebat"
    SANGAT_LEBAT = "sangat lebat"
    EKSTREM = "ekstrem"


class HourlyRain(StrEnum):
    """How heavy an hour's rain was (practice of a river-basin office)."""

    TIDAK_HUJAN = "tidak hujan"
    SANGAT_RINGAN = "sangat ringan"
    RINGAN = "ringan"
    SEDANG = "sedang"
    LEBAT = "lebat"
    SANGAT_LEBAT = "sangat lebat"


_DAILY = ((0.5, RainClass.BERAWAN), (20.0, RainClass.RINGAN), (50.0, RainClass.SEDANG), (100.0, RainClass.LEBAT))
_EXTREME_MM = 150.0
_HOURLY = (
    (1.0, HourlyRain.SANGAT_RINGAN),
    (5.0, HourlyRain.RINGAN),
    (10.0, HourlyRain.SEDANG),
)
_VERY_HEAVY_MM = 20.0


def daily(mm: float) -> RainClass:
    """Return the class of a day's rain in millimetres; below half a millimetre it counts as none.

    Raises:
        ValueError: it is negative.
    """
    _not_negative(mm)
    for upper, name in _DAILY:
        if mm < upper:
            return name
    return RainClass.EKSTREM if mm > _EXTREME_MM else RainClass.SANGAT_LEBAT


def hourly(mm: float) -> HourlyRain:
    """Return the class of an hour's rain in millimetres.

    Raises:
        ValueError: it is negative.
    """
    _not_negative(mm)
    if mm == 0:
        return HourlyRain.TIDAK_HUJAN
    for upper, name in _HOURLY:
        if mm < upper:
            return name
    return HourlyRain.SANGAT_LEBAT if mm > _VERY_HEAVY_MM else HourlyRain.LEBAT


def _not_negative(mm: float) -> None:
    if not mm >= 0:
        raise ValueError(f"{mm} mm is no amount of rain")


def begins_at(name: RainClass) -> float:
    """Return the millimetres a day at which a class begins; `ekstrem` begins beyond them."""
    if name is RainClass.EKSTREM:
        return _EXTREME_MM
    begins = [0.0, *(upper for upper, _ in _DAILY)]
    return begins[list(RainClass).index(name)]
