from hypothesis import given
from hypothesis import strategies as st

from vision.detector import Measurement
from vision.metrics import MOST_VALUES, Window


def test_one_odd_picture_changes_nothing() -> None:
    window = Window()
    for value in (3.0, 3.0, 40.0, 3.0, 4.0):
        window.add([Measurement(metric="people_count.plaza", value=value)])
    assert window.drain() == {"people_count.plaza": 3.0}


def test_a_metric_without_a_value_since_the_last_report_is_absent() -> None:
    window = Window()
    window.add([Measurement(metric="coverage.corner", value=0.1)])
    window.drain()
    assert window.drain() == {}


def test_memory_is_bounded_when_nobody_asks() -> None:
    window = Window()
    for _ in range(3 * MOST_VALUES):
        window.add([Measurement(metric="people_count", value=1.0)])
    assert len(window._values["people_count"]) == MOST_VALUES


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_what_is_told_lies_within_what_was_measured(values: list[float]) -> None:
    window = Window()
    window.add([Measurement(metric="people_count", value=value) for value in values])
    assert min(values) <= window.drain()["people_count"] <= max(values)
