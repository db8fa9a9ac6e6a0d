from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.sensors import LandUse
from indices.noise import LIMITS_DB
from indices.tide import Thresholds, TideRank, standing

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
DEMO = Thresholds(waspada=80, siaga=100, awas=120, hysteresis=5, hold=timedelta(minutes=10))


def levels(*cm: float, every_min: int = 5) -> list[tuple[datetime, float]]:
    return [(NOON + timedelta(minutes=every_min * n), level) for n, level in enumerate(cm)]


@pytest.mark.parametrize(
    ("cm", "rank"), [(79, "AMAN"), (80, "WASPADA"), (99.9, "WASPADA"), (100, "SIAGA"), (120, "AWAS"), (300, "AWAS")]
)
def test_a_level_has_the_rank_of_the_highest_threshold_it_reached(cm: float, rank: str) -> None:
    assert DEMO.rank(cm) is TideRank[rank]


@pytest.mark.parametrize(
    ("series", "rank", "minutes"),
    [
        ([70, 85, 70, 85], "AMAN", 0),  # a wave is no tide
        ([70, 85, 85, 85], "WASPADA", 5),
        ([70, 85, 105, 125], "WASPADA", 5),  # the least rank that held for ten minutes
        ([70, 125, 125, 125], "AWAS", 5),
        ([85, 78, 78, 78], "WASPADA", 0),  # within the hysteresis
        ([85, 70, 70, 70], "AMAN", 5),
        ([125, 70, 85, 70], "WASPADA", 5),
        ([85], "WASPADA", 0),
    ],
)
def test_a_rank_changes_once_the_water_stayed_beyond_a_threshold(series: list[float], rank: str, minutes: int) -> None:
    found = standing(levels(*series), DEMO)
    assert found is not None
    assert (found.rank, found.since) == (TideRank[rank], NOON + timedelta(minutes=minutes))


def test_no_reading_is_no_rank() -> None:
    assert standing([], DEMO) is None


@given(st.lists(st.floats(0, 200), min_size=1, max_size=60), st.integers(1, 30))
def test_the_standing_rank_lies_within_what_was_reached(series: list[float], every_min: int) -> None:
    found = standing(levels(*series, every_min=every_min), DEMO)
    assert found is not None
    assert min(DEMO.rank(level) for level in series) <= found.rank <= max(DEMO.rank(level) for level in series)
    assert found.level == series[-1]


def test_every_use_of_land_in_the_site_file_has_its_limit() -> None:
    assert set(get_args(LandUse)) == set(LIMITS_DB)
