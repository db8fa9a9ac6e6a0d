"""ISPU, Indonesia's air pollution standard index (Peraturan Menteri LHK P.14/2020).

Each pollutant's mean over 24 hours is turned into a sub-index by straight lines between breakpoints; the greatest
sub-index is the index, and its pollutant the dominant one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

INDEX_POINTS: Final = (0.0, 50.0, 100.0, 200.0, 300.0, 500.0)

BREAKPOINTS: Final = MappingProxyType(
    {
        "pm10": (0.0, 50.0, 150.0, 350.0, 420.0, 500.0),
        "pm25": (0.0, 15.5, 55.4, 150.4, 250.4, 500.0),
        "so2": (0.0, 52.0, 180.0, 400.0, 800.0, 1200.0),
        "co": (0.0, 4000.0, 8000.0, 15000.0, 30000.0, 45000.0),
        "o3": (0.0, 120.0, 235.0, 400.0, 800.0, 1000.0),
        "no2": (0.0, 80.0, 200.0, 1130.0, 2260.0, 3000.0),
        "hc": (0.0, 45.0, 100.0, 215.0, 432.0, 648.0),
    }
)
"""Concentrations in ug/m3 of the index points, from the regulation's annex. Keys are metrics."""

STEPS: Final = MappingProxyType({"pm25": 0.1})
"""Where a class begins above the breakpoint in the stepped form: a tenth for PM2.5, else one (15.6, 51, ...)."""

HIGHEST: Final = 500
PERIOD: Final = timedelta(hours=24)

SHARE_LEAST: Final = 0.9
SPAN_LEAST: Final = timedelta(hours=23, minutes=45)
GAP_MOST: Final = timedelta(minutes=15)
"""Below these an index is provisional. The regulation has no such rule; this one is a public Indonesian project's."""


class Category(StrEnum):
    """What the index means, in the regulation's words."""

    BAIK = "Baik"
    SEDANG = "Sedang"
    TIDAK_SEHAT = "Tidak Sehat"
    SANGAT_TIDAK_SEHAT = "Sangat Tidak Sehat"
    BERBAHAYA = "Berbahaya"


_UPPER: Final = (
    (50, Category.BAIK),
    (100, Category.SEDANG),
    (200, Category.TIDAK_SEHAT),
    (300, Category.SANGAT_TIDAK_SEHAT),
)

COLOURS: Final = MappingProxyType(
    {
        Category.BAIK: "#00cc00",
        Category.SEDANG: "#0000cc",
        Category.TIDAK_SEHAT: "#cccc00",
        Category.SANGAT_TIDAK_SEHAT: "#cc0000",
        Category.BERBAHAYA: "#000000",
    }
)
"""As in the ministry's own feed: green, blue, yellow, red, black."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How completely a period was measured.

    Attributes:
        received: Readings of quality ok.
        expected: Readings that a sensor of this interval makes in the period.
        span: From the first to the last of them.
        longest_gap: Longest time between two of them.
        gap_allowed: Longest that is no loss.
    """

    received: int
    expected: int
    span: timedelta
    longest_gap: timedelta
    gap_allowed: timedelta = GAP_MOST

    @property
    def sufficient(self) -> bool:
        """Whether an index of it is more than provisional."""
        enough = self.received >= SHARE_LEAST * self.expected
        return enough and self.span >= SPAN_LEAST and self.longest_gap <= self.gap_allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class SubIndex:
    """The index of one pollutant.

    Attributes:
        pollutant: Metric.
        concentration: Mean over 24 hours in ug/m3.
        value: The index, 0..500, rounded half up.
        beyond: Whether it would be above 500.
        provisional: Whether too little was measured: *ISPU Sementara*.
    """

    pollutant: str
    concentration: float
    value: int
    beyond: bool
    provisional: bool

    @property
    def category(self) -> Category:
        """What it means."""
        return category(self.value)


def sub_index(pollutant: str, concentration: float, *, stepped: bool = False) -> float:
    """Return a pollutant's sub-index, not rounded, at most 500.

    Args:
        pollutant: Metric, one of `BREAKPOINTS`.
        concentration: Mean over 24 hours in ug/m3.
        stepped: Begin each class one step above the breakpoint and one above the index point (51, 101, ...), as the
            ministry's portal seems to; joined lines are the default.

    Raises:
        ValueError: the pollutant is unknown, or the concentration is negative or not finite.
    """
    points = BREAKPOINTS.get(pollutant)
    if points is None:
        raise ValueError(f"{pollutant} has no ISPU; known are {', '.join(BREAKPOINTS)}")
    if not (math.isfinite(concentration) and concentration >= 0):
        raise ValueError(f"{concentration} is no concentration")
    for step in range(1, len(points)):
        if concentration <= points[step] or step == len(points) - 1:
            break
    below, above = points[step - 1], points[step]
    index_below, index_above = INDEX_POINTS[step - 1], INDEX_POINTS[step]
    if stepped and step > 1:
        below, index_below = below + STEPS.get(pollutant, 1.0), index_below + 1.0
    share = (concentration - below) / (above - below)
    return min(index_below + max(share, 0.0) * (index_above - index_below), float(HIGHEST))


def rounded(index: float) -> int:
    """Return the index as it is published: rounded half up."""
    return math.floor(index + 0.5)


def category(value: int) -> Category:
    """Return what a rounded index means."""
    return next((name for upper, name in _UPPER if value <= upper), Category.BERBAHAYA)


def begins_above(name: Category) -> int:
    """Return the greatest rounded index that is not yet of a category."""
    uppers = [-1, *(upper for upper, _ in _UPPER)]
    return uppers[list(Category).index(name)]


def judged(pollutant: str, concentration: float, coverage: Coverage, *, stepped: bool = False) -> SubIndex:
    """Return a pollutant's index with whether it is provisional.

    Raises:
        ValueError: as `sub_index`.
    """
    return SubIndex(
        pollutant=pollutant,
        concentration=concentration,
        value=rounded(sub_index(pollutant, concentration, stepped=stepped)),
        beyond=concentration > BREAKPOINTS[pollutant][-1],
        provisional=not coverage.sufficient,
    )


def dominant(indices: Mapping[str, SubIndex]) -> SubIndex | None:
    """Return the greatest sub-index, which is the index; None where there is none. Of equal ones the first in order."""
    return max(indices.values(), key=lambda one: one.value, default=None)
