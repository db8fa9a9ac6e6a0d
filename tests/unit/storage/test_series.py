from hypothesis import given
from hypothesis import strategies as st

from storage.series import join_metric, split_metric

SLUGS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)


@given(SLUGS, st.one_of(st.just(""), SLUGS))
def test_metric_and_zone_come_apart_and_together(metric: str, zone: str) -> None:
    assert split_metric(join_metric(metric, zone)) == (metric, zone)
