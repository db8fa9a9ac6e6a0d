"""Noise over a day and night, Lsm (Keputusan Menteri LH 48/1996). Levels are averaged as energy, never in decibels."""

import math
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

DAY_H, NIGHT_H = 16, 8
"""Day is 06:00 to 22:00, night the rest."""
NIGHT_PENALTY_DB = 5.0
TOLERANCE_DB = 3.0
DAY_SAMPLES_LEAST, NIGHT_SAMPLES_LEAST = 4, 3

LIMITS_DB: Final = MappingProxyType(
    {
        "perumahan": 55.0,
        "perdagangan": 70.0,
        "perkantoran": 65.0,
        "ruang_terbuka_hijau": 50.0,
        "industri": 70.0,
        "pemerintahan": 60.0,
        "rekreasi": 70.0,
        "pelabuhan": 70.0,
        "cagar_budaya": 60.0,
        "rumah_sakit": 55.0,
        "sekolah": 55.0,
        "ibadah": 55.0,
    }
)
"""Limits on Lsm by the use of the land, dBA."""


def energy_mean(levels_db: Iterable[float]) -> float:
    """Return the equivalent level of levels in dBA that lasted equally long.

    Raises:
        ValueError: there are none.
    """
    energies = [10.0 ** (0.1 * level) for level in levels_db]
    if not energies:
        raise ValueError("want at least one level")
    return 10.0 * math.log10(math.fsum(energies) / len(energies))


def lsm(day_db: float, night_db: float) -> float:
    """Return Lsm in dBA from the equivalent levels of day (Ls) and night (Lm)."""
    day, night = 10.0 ** (0.1 * day_db), 10.0 ** (0.1 * (night_db + NIGHT_PENALTY_DB))
    return 10.0 * math.log10((DAY_H * day + NIGHT_H * night) / (DAY_H + NIGHT_H))


def is_too_loud(lsm_db: float, land_use: str) -> bool:
    """Tell whether Lsm is above the limit by more than the tolerance.

    Raises:
        ValueError: the land use is unknown.
    """
    limit = LIMITS_DB.get(land_use)
    if limit is None:
        raise ValueError(f"{land_use} has no limit; known are {', '.join(LIMITS_DB)}")
    return lsm_db > limit + TOLERANCE_DB
