"""Values such as a sensor might send: daily rhythms where the metric is known, else a wander within its limits."""

from collections.abc import Mapping
from math import pi, sin

from app.demo.quantities import Moment, Rhythm, air, bin_fill, noise, rain, tide, weather
from configs.sensors import Metric, Sensor

_KNOWN: Mapping[str, tuple[Rhythm, str]] = {
    "water_level": (tide, "cm"),
    "pm25": (air, "ug/m3"),
    "pm10": (air, "ug/m3"),
    "rain": (rain, "mm/h"),
    "fill": (bin_fill, "%"),
    "battery": (bin_fill, "V"),
    "noise": (noise, "dB[A]"),
    "temperature": (weather, "Cel"),
    "humidity": (weather, "%"),
    "pressure": (weather, "hPa"),
}
"""Rhythm and unit of the metrics that the demo city measures too."""

_SHARE = 0.2
"""Share of its range within which an unknown metric wanders around the middle."""


def plausible(sensor: Sensor, moment: Moment, seed: int) -> dict[str, float]:
    """Return a value for each metric of a sensor, within its limits, rounded to a tenth as such devices do."""
    return {
        name: round(_within(metric, _value(name, metric, moment, seed)), 1) for name, metric in sensor.metrics.items()
    }


def _value(name: str, metric: Metric, moment: Moment, seed: int) -> float:
    rhythm, unit = _KNOWN.get(name, (None, None))
    if rhythm is not None and unit == metric.unit:
        return rhythm(moment, seed)[name]
    low = 0.0 if metric.minimum is None else metric.minimum
    high = low + 100 if metric.maximum is None else metric.maximum
    wander = sin(2 * pi * moment.epoch_s / 600 + seed)
    return (low + high) / 2 + _SHARE * (high - low) * wander


def _within(metric: Metric, value: float) -> float:
    low = value if metric.minimum is None else metric.minimum
    high = value if metric.maximum is None else metric.maximum
    return min(max(value, low), high)
