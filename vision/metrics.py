"""How many values of a camera's measurements become one."""

from collections.abc import Iterable
from statistics import median

from vision.detector import Measurement

MOST_VALUES = 1000
"""Values of one metric kept between two reports; far above 30 pictures a second for the default two seconds."""


class Window:
    """Values gathered between two reports. Each metric's median is told: one odd picture changes nothing."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def add(self, measurements: Iterable[Measurement]) -> None:
        """Take in what one picture yielded."""
        for measurement in measurements:
            values = self._values.setdefault(measurement.metric, [])
            if len(values) < MOST_VALUES:
                values.append(measurement.value)

    def drain(self) -> dict[str, float]:
        """Return each metric's median and start anew; a metric without a value is absent."""
        medians = {metric: float(median(values)) for metric, values in self._values.items()}
        self._values.clear()
        return medians
