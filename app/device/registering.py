"""Registers devices: what is asked for is checked whole before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from app.device.registered import claimed, in_words, misplaced, sensor_of
from configs.site import SiteFile
from devices.credentials import hashed, new_secret
from events.device import Device, Origin
from events.errors import ConfigError
from events.ids import SourceId
from runtime.clock import Clock, utc_now
from storage.devices import DeviceRegistry

SETTINGS = frozenset({"name", "site", "opd", "interval_s", "metrics"})
"""What a sensor section says of a device."""

LIMITS = 2
"""Parts of a metric after its unit: lowest and highest possible value."""


def draft(
    device_id: str,
    settings: Mapping[str, object],
    *,
    gateway: str | None = None,
    position: str | tuple[float, float] | None = None,
    installed_on: date | None = None,
    calibrated_on: date | None = None,
) -> Device:
    """Return a device as somebody asks for it.

    Args:
        device_id: Its id.
        settings: As a sensor section, `metrics` also as a list of `NAME=UNIT[:MIN:MAX]`; what is None is left out.
        gateway: Device that publishes for it.
        position: `LAT,LON` or `LAT LON`, or both as numbers.
        installed_on: When it was put up.
        calibrated_on: When it was calibrated.

    Raises:
        ConfigError: something of it makes no sense.
    """
    given = {key: value for key, value in settings.items() if value is not None}
    wanted = given.get("metrics")
    if isinstance(wanted, list):
        given["metrics"] = dict(metric_of(str(text)) for text in wanted)
    device = Device(
        id=SourceId(device_id),
        origin=Origin.REGISTRY,
        settings=given,
        gateway=None if gateway is None else SourceId(gateway),
        position=None if position is None else _position(position),
        installed_on=installed_on,
        calibrated_on=calibrated_on,
    )
    try:
        sensor = sensor_of(device)
    except ValidationError as error:
        raise ConfigError(f"{device_id}: {in_words(error)}") from error
    return Device(
        id=device.id,
        origin=device.origin,
        settings=sensor.model_dump(mode="json", exclude={"id"}, exclude_defaults=True),
        gateway=device.gateway,
        position=device.position,
        installed_on=installed_on,
        calibrated_on=calibrated_on,
    )


def register(
    site: SiteFile, registry: DeviceRegistry, devices: Sequence[Device], clock: Clock = utc_now
) -> dict[str, str]:
    """Register devices, all or none, and return the password of each that signs in by itself.

    Raises:
        ConfigError: one of them cannot be registered; every mistake is named.
        StorageError: the database is away.
    """
    with registry.alone():
        mistakes = list(_mistakes(site, devices, {device.id: device for device in registry.all()}))
        if mistakes:
            raise ConfigError("nothing was registered: " + "; ".join(mistakes))
        made = {str(device.id): new_secret() for device in devices if device.gateway is None}
        registry.add([_with_secret(device, made.get(device.id)) for device in devices], clock())
    return made


def _mistakes(site: SiteFile, devices: Sequence[Device], known: Mapping[SourceId, Device]) -> Iterator[str]:
    cameras = {camera.id for camera in site.cameras}
    new = {device.id: device for device in devices}
    if len(new) < len(devices):
        yield "two devices have the same id"
    for device in devices:
        for problem in (misplaced(sensor_of(device), site), claimed(device.id, site)):
            if problem is not None:
                yield f"{device.id}: {problem}"
        if device.id in known or device.id in cameras:
            yield f"{device.id}: there is a device or camera of this id already"
        if device.gateway is not None:
            problem = _no_gateway(device.id, device.gateway, {**known, **new})
            if problem is not None:
                yield problem


def _no_gateway(device_id: str, gateway: SourceId, known: Mapping[SourceId, Device]) -> str | None:
    """Return why a device cannot publish for another, None where it can.

    One that has a gateway itself does not sign in, and nobody would: two that name each other fall silent.
    """
    if gateway == device_id or gateway not in known:
        return f"{device_id}: its gateway {gateway} is no other device of the registry"
    if known[gateway].gateway is not None:
        return f"{device_id}: its gateway {gateway} has a gateway itself: name {known[gateway].gateway}"
    served = sorted(device.id for device in known.values() if device.gateway == device_id)
    if served:
        return f"{device_id}: it is the gateway of {', '.join(served)[:200]}, so it needs to sign in itself"
    return None


def revise(
    site: SiteFile, registry: DeviceRegistry, device_id: str, changes: Mapping[str, object], clock: Clock = utc_now
) -> Device:
    """Change what is known of a device.

    Args:
        site: The site file.
        registry: Where it is known.
        device_id: Which.
        changes: New values by name: `enabled`, `gateway`, `position`, `installed_on`, `calibrated_on` as in `Device`,
            and those of a sensor section; None takes a setting out.
        clock: The present.

    Raises:
        ConfigError: there is no such device, the site file describes it, or the outcome makes no sense.
        StorageError: the database is away.
    """
    with registry.alone():
        return _revised(site, registry, device_id, changes, clock())


def _revised(
    site: SiteFile, registry: DeviceRegistry, device_id: str, changes: Mapping[str, object], now: datetime
) -> Device:
    known = registry.get(device_id)
    settings = {name: value for name, value in changes.items() if name in SETTINGS}
    if settings and known.origin is Origin.FILE:
        raise ConfigError(f"{device_id} is described by the site file: change {', '.join(settings)} there")
    fields: dict[str, Any] = {name: value for name, value in changes.items() if name not in SETTINGS}
    if fields.get("position") is not None:
        fields["position"] = _position(fields["position"])
    if fields.get("gateway") is not None:
        problem = _no_gateway(device_id, fields["gateway"], {device.id: device for device in registry.all()})
        if problem is not None:
            raise ConfigError(problem)
    if settings:
        outcome = {name: value for name, value in {**known.settings, **settings}.items() if value is not None}
        try:
            sensor = sensor_of(replace(known, settings=outcome))
        except ValidationError as error:
            raise ConfigError(f"{device_id}: {in_words(error)}") from error
        problem = misplaced(sensor, site)
        if problem is not None:
            raise ConfigError(f"{device_id}: {problem}")
        fields["settings"] = sensor.model_dump(mode="json", exclude={"id"}, exclude_defaults=True)
    action = "device.change"
    if fields.keys() == {"enabled"}:
        action = "device.enable" if fields["enabled"] else "device.disable"
    return registry.change(device_id, action, fields, now)


def rotate(registry: DeviceRegistry, device_id: str, clock: Clock = utc_now) -> str:
    """Give a device a new password and return it.

    Raises:
        ConfigError: there is no such device, or another signs in for it.
        StorageError: the database is away.
    """
    known = registry.get(device_id)
    if known.gateway is not None:
        raise ConfigError(f"{device_id} does not sign in itself: give its gateway {known.gateway} a new password")
    secret = new_secret()
    registry.change(device_id, "device.rotate", {"secret_hash": hashed(secret)}, clock())
    return secret


def _with_secret(device: Device, secret: str | None) -> Device:
    return Device(
        id=device.id,
        origin=device.origin,
        settings=device.settings,
        gateway=device.gateway,
        position=device.position,
        installed_on=device.installed_on,
        calibrated_on=device.calibrated_on,
        secret_hash=None if secret is None else hashed(secret),
    )


def metric_of(text: str) -> tuple[str, dict[str, object]]:
    """Read `NAME=UNIT[:MIN:MAX]` and return name and settings.

    Raises:
        ConfigError: it is none.
    """
    name, equals, rest = text.partition("=")
    unit, *limits = rest.split(":")
    if not equals or not unit or len(limits) not in {0, LIMITS}:
        raise ConfigError(f"{text!r}: want NAME=UNIT or NAME=UNIT:MIN:MAX, such as pm25=ug/m3:0:1000")
    metric: dict[str, object] = {"unit": unit}
    for key, limit in zip(("minimum", "maximum"), limits, strict=False):
        if limit:
            metric[key] = _number(limit, text)
    return name, metric


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{where!r}: {text!r} is no number") from None


def _position(given: str | tuple[float, float]) -> tuple[float, float]:
    if isinstance(given, str):
        parts = given.replace(",", " ").split()
        if len(parts) != LIMITS:
            raise ConfigError(f"{given!r}: want LAT,LON in degrees, such as -6.7028,111.3376")
        lat, lon = (_number(part, given) for part in parts)
    else:
        lat, lon = given
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004 - the ends of the earth
        raise ConfigError(f"{given!r}: latitude runs from -90 to 90, longitude from -180 to 180")
    return lat, lon
