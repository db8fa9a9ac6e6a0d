"""Reads what an administrator says of a calibration, and computes the past again."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.device.registered import merged
from configs.site import SiteFile
from devices.registry import Registry
from events.calibration import Curve, Linear, Piecewise
from events.errors import ConfigError
from events.ids import SourceId
from runtime.clock import Clock, utc_now
from storage.calibrations import CalibrationBook, SeriesKey
from storage.devices import DeviceRegistry


def series_of(registry: DeviceRegistry, device: str, metric: str) -> SeriesKey:
    """Return a device's series.

    Raises:
        ConfigError: there is no such device, or it has no such metric.
    """
    known = registry.get(device)
    metrics = known.settings.get("metrics")
    names = sorted(metrics) if isinstance(metrics, dict) else []
    if metric not in names:
        raise ConfigError(f"{device} has no metric {metric}; it has {', '.join(names)}")
    return known.id, metric


def curve_of(gain: float | None, offset: float | None, points: str | None) -> Curve:
    """Return the curve meant by `--gain` and `--offset`, or by `--points`.

    Args:
        gain: What the raw value is multiplied by; 1 where only an offset is given.
        offset: What is added then; 0 where only a gain is given.
        points: `RAW:VALUE` pairs, separated by blanks or commas.

    Raises:
        ConfigError: it is no calibration.
    """
    given = gain is not None or offset is not None
    if given == (points is not None):
        raise ConfigError("want --gain and --offset (one of them suffices), or --points")
    try:
        if points is None:
            return Linear(1.0 if gain is None else gain, 0.0 if offset is None else offset)
        return Piecewise(tuple(_point(text) for text in points.replace(",", " ").split()))
    except ValueError as error:
        raise ConfigError(f"this is no calibration: {error}") from error


def moment_of(text: str | None, site: SiteFile, now: datetime) -> datetime:
    """Return when a calibration begins: the present, or as given, in the city's time where no zone is named.

    Raises:
        ConfigError: it is no time.
    """
    if text is None:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r}: want a time such as 2026-11-01 or 2026-11-01T08:30") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(site.city.timezone))
    return moment.astimezone(UTC)


def finish(
    site: SiteFile,
    registry: DeviceRegistry,
    book: CalibrationBook,
    *,
    on_step: Callable[[int], None] = lambda _: None,
    wanted: Callable[[], bool] = lambda: True,
    clock: Clock = utc_now,
) -> int:
    """Do what there is to be computed again, jobs that were broken off too, as long as that is wanted.

    Returns:
        How many readings were looked at.

    Raises:
        StorageError: the database is away; what was done is kept.
    """
    limits = Registry.from_site(merged(site, registry.all())).quantities()
    return sum(book.recalculate(job, limits, clock, on_step=on_step, wanted=wanted) for job in book.unfinished())


def source_of(registry: DeviceRegistry, device: str) -> SourceId:
    """Return a device's id as the rooms know it.

    Raises:
        ConfigError: there is no such device.
    """
    return registry.get(device).id


def _point(text: str) -> tuple[float, float]:
    raw, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r}: want RAW:VALUE")
    return float(raw), float(value)
