"""Simulated sensors measure what such sensors could."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.demo.quantities import Moment
from app.device.plausible import plausible
from configs.sensors import Sensor

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - zone follows
    lambda at: Moment(at, 0.0)
)


def sensor(**metrics: dict[str, object]) -> Sensor:
    return Sensor.model_validate({"id": "s", "name": "S", "site": "x", "metrics": metrics})


@given(MOMENTS, st.integers(1, 50), st.floats(-500, 500), st.floats(1, 500))
def test_every_value_is_within_the_limits_of_its_metric(at: Moment, seed: int, low: float, width: float) -> None:
    limits = {"minimum": round(low, 1), "maximum": round(low, 1) + round(width, 1)}
    one = sensor(pm25={"unit": "ug/m3", **limits}, level={"unit": "m", **limits}, temperature={"unit": "K", **limits})
    values = plausible(one, at, seed)
    assert values.keys() == one.metrics.keys()
    assert all(limits["minimum"] - 0.05 <= value <= limits["maximum"] + 0.05 for value in values.values())


@given(MOMENTS, st.integers(1, 50))
def test_a_metric_of_the_demo_city_follows_its_rhythm_only_in_its_own_unit(at: Moment, seed: int) -> None:
    values = plausible(sensor(temperature={"unit": "Cel"}, water_level={"unit": "m"}), at, seed)
    assert 20 < values["temperature"] < 36
    assert 0 <= values["water_level"] <= 100
