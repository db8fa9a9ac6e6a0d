import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.seed import unit_by_name
from storage.series import join_metric, split_metric

SLUGS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)


@given(SLUGS, st.one_of(st.just(""), SLUGS))
def test_metric_and_zone_come_apart_and_together(metric: str, zone: str) -> None:
    assert split_metric(join_metric(metric, zone)) == (metric, zone)


@pytest.mark.parametrize(
    ("metric", "unit"),
    [("people_count", "1"), ("coverage", "1"), ("pictures_per_s", "1/s"), ("picture_age_s", "s"), ("delay_ms", "ms")],
)
def test_a_workers_metric_is_named_with_its_unit(metric: str, unit: str) -> None:
    assert unit_by_name(metric) == unit
