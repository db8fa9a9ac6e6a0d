"""From a rule to the limit that judges one series: thresholds, rates, standstill, aggregates."""

from datetime import timedelta
from functools import partial
from math import inf, nextafter
from types import MappingProxyType

from alerts import titles, window
from alerts.figure import VALUE, FigureLimit, Method
from alerts.limit import SHOWN_STEP, Limit
from alerts.movement import movement, standstill
from alerts.rules import subject_of
from alerts.series import Series
from configs.rules import AggregateRule, MetricRule, RateRule, StuckRule, ThresholdRule
from events.reading import Quality
from indices.ispu import BREAKPOINTS, Category, begins_above
from indices.noise import LIMITS_DB, TOLERANCE_DB
from indices.rain import RainClass, begins_at

TO_UG_M3 = MappingProxyType({"ug/m3": 1.0, "mg/m3": 1000.0})
"""Units in which a concentration makes an ISPU; parts per million would need temperature and pressure."""

RAIN_UNITS = frozenset({"mm", "mm/h"})

CATEGORIES = MappingProxyType({name.name.lower(): name for name in Category})
RAIN_CLASSES = MappingProxyType({name.name.lower(): name for name in RainClass})


def threshold_limits(rule: ThresholdRule, series: Series) -> Limit | FigureLimit | None:
    """Return the limit on a value, of the station's own level where it has one."""
    level = None if rule.levels is None else rule.levels.get(series.source.id)
    above, below = (rule.above, rule.below) if level is None else (level.above, level.below)
    hysteresis = rule.hysteresis if level is None or level.hysteresis is None else level.hysteresis
    if above is None and below is None:
        return None
    side, limit = (1.0, above) if above is not None else (-1.0, below or 0.0)
    words = partial(titles.of_threshold, rule.title, series.name, above=side > 0, unit=series.unit)
    made = _limit(rule, series, side=side, limit=limit, hysteresis=hysteresis, unit=series.unit, words=words)
    return made if not rule.settle_s else _of_figure(made, VALUE, rule)


def rate_limits(rule: RateRule, series: Series) -> FigureLimit:
    """Return the limit on how far a value moved within the window."""
    side, limit = (1.0, rule.rises) if rule.rises is not None else (-1.0, rule.falls)
    if limit is None:
        raise ValueError(f"rule {rule.id} has neither rises nor falls")
    words = partial(titles.of_rate, rule.title, series.name, rises=side > 0, window_s=rule.window_s, unit=series.unit)
    made = _limit(rule, series, side=1.0, limit=limit, hysteresis=rule.hysteresis, unit=series.unit, words=words)
    return _of_figure(made, movement(rule.window_s, side), rule)


def stuck_limits(rule: StuckRule, series: Series) -> FigureLimit:
    """Return the limit on how long a value has stood still."""
    limit = Limit(
        subject=subject_of(rule, series.source, series.zone, kind=rule.kind),
        side=1.0,
        on=rule.for_s,
        off=0.0,
        hold=timedelta(),
        clear_hold=timedelta(),
        shown_step=0.0,
        words=partial(titles.of_stuck, rule.title, series.name),
        unit="s",
    )
    method = standstill(rule.tolerance, gap_s=series.gap_s, enough_s=rule.for_s)
    return FigureLimit(
        limit=limit,
        method=method,
        settle=timedelta(seconds=rule.settle_s),
        hears=_heard(rule) | {Quality.STUCK},
    )


def aggregate_limits(rule: AggregateRule, series: Series) -> FigureLimit | None:
    """Return the limit on a figure over a window; None where the series has no such figure."""
    side, limit = _side(rule)
    found = _method(rule, series)
    if found is None:
        return None
    method, unit = found
    words = partial(
        titles.of_figure,
        rule.title,
        series.name,
        figure=rule.figure,
        above=side > 0,
        window_s=rule.window_s,
        unit=unit,
    )
    made = _limit(rule, series, side=side, limit=limit, hysteresis=rule.hysteresis, unit=unit, words=words)
    return _of_figure(made, method, rule)


def _side(rule: AggregateRule) -> tuple[float, float]:
    """Return the side and the limit. A class that begins at a limit is met at it: the limit is just below."""
    if rule.category is not None:
        return 1.0, float(begins_above(CATEGORIES[rule.category]))
    if rule.rain_class is not None:
        least = begins_at(RAIN_CLASSES[rule.rain_class])
        return 1.0, least if rule.rain_class == "ekstrem" else nextafter(least, -inf)
    if rule.land_use is not None:
        return 1.0, LIMITS_DB[rule.land_use] + TOLERANCE_DB
    if rule.above is not None:
        return 1.0, rule.above
    if rule.below is not None:
        return -1.0, rule.below
    raise ValueError(f"rule {rule.id} has no limit")


def _method(rule: AggregateRule, series: Series) -> tuple[Method, str | None] | None:
    """Return how to make the figure, and its unit."""
    made: Method | None = None
    unit = series.unit
    match rule.figure:
        case "ispu":
            factor, unit = TO_UG_M3.get(series.unit or ""), "1"
            if factor is not None and series.metric in BREAKPOINTS:
                made = window.air(
                    series.metric, factor=factor, interval_s=series.interval_s, provisional=rule.provisional
                )
        case "rain":
            unit = "mm"
            if series.unit in RAIN_UNITS:
                made = window.rain(rule.window_s, hourly=series.unit == "mm/h")
        case "lsm":
            made = window.day_and_night(series.source.local)
        case "mean":
            made = window.mean(rule.window_s)
        case _:
            made = window.extreme(rule.window_s, greatest=rule.figure == "maximum")
    return None if made is None else (made, unit)


def _limit(
    rule: ThresholdRule | RateRule | AggregateRule,
    series: Series,
    *,
    side: float,
    limit: float,
    hysteresis: float,
    unit: str | None,
    words: partial[str],
) -> Limit:
    return Limit(
        subject=subject_of(rule, series.source, series.zone, kind=rule.kind),
        side=side,
        on=side * limit,
        # Rounded, because 0.2 + 0.1 is a little more than 0.3, and a sensor that says 0.3 is back.
        off=round(side * limit - hysteresis, 9) if hysteresis else side * limit,
        hold=timedelta(seconds=rule.hold_s),
        clear_hold=timedelta(seconds=rule.clear_hold_s),
        shown_step=rule.deadband or max(hysteresis, SHOWN_STEP * abs(limit)),
        words=lambda value: words(value=value),
        unit=unit,
    )


def _of_figure(limit: Limit, method: Method, rule: ThresholdRule | RateRule | AggregateRule) -> FigureLimit:
    return FigureLimit(limit=limit, method=method, settle=timedelta(seconds=rule.settle_s), hears=_heard(rule))


def _heard(rule: MetricRule) -> frozenset[Quality]:
    """Return the qualities heard: what waits for late readings believes them, and leaves out what is too late."""
    return frozenset({Quality.OK, Quality.LATE} if rule.settle_s else {Quality.OK})
