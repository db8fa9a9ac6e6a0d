"""Sections of the site file for devices that announced themselves."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from configs.sensors import Sensor
from devices.discovery.announced import Announced, Offer, Omission, slug

INTERVAL_S = 300
"""Announcements do not say how often values come; the operator does."""


def gathered(announced: Iterable[Announced]) -> list[Announced]:
    """Return each device once: entities are announced one by one."""
    devices: dict[str, Announced] = {}
    for one in announced:
        known = devices.setdefault(one.key, Announced(key=one.key, name=one.name, model=one.model))
        known.offers += [offer for offer in one.offers if offer not in known.offers]
        known.omissions += [omission for omission in one.omissions if omission not in known.omissions]
    return [*devices.values()]


def without_known(device: Announced, sensors: Iterable[Sensor]) -> Announced:
    """Return a device without the values that the site file already reads."""
    known = {(speech.topic, path) for sensor in sensors for speech in sensor.speaks for path in speech.fields}
    offers = [offer for offer in device.offers if (offer.topic, offer.path) not in known]
    return Announced(
        key=device.key, name=device.name, model=device.model, offers=offers, omissions=list(device.omissions)
    )


def section(device: Announced, site: str, taken: set[str]) -> dict[str, Any]:
    """Return a device as a sensor of the site file; an offer that cannot stand in one becomes an omission.

    Args:
        device: With at least one offer.
        site: Id of the site where it is to stand.
        taken: Ids that other sensors and cameras have; the device's own is added.
    """
    identifier = _unique(slug(device.name, slug(device.key, "device")), taken)
    taken.add(identifier)
    made: dict[str, Any] = {}
    kept: list[tuple[str, Offer]] = []
    names: set[str] = set()
    for offer in device.offers:
        if any((other.topic, other.path) == (offer.topic, offer.path) for _, other in kept):
            device.omissions.append(Omission(name=offer.name, why="it is another name for a value that is read"))
            continue
        # Two values of one kind: the device's own word for them tells them apart.
        metric = offer.metric if offer.metric not in names else _unique(slug(offer.name, offer.metric), names)
        tried = _written(identifier, device.name, site, [*kept, (metric, offer)])
        try:
            Sensor.model_validate(tried)
        except ValidationError as error:
            why = "; ".join(fault["msg"] for fault in error.errors())
            device.omissions.append(Omission(name=offer.name, why=why))
            continue
        names.add(metric)
        kept.append((metric, offer))
        made = tried
    return made


def _written(identifier: str, name: str, site: str, offers: Iterable[tuple[str, Offer]]) -> dict[str, Any]:
    metrics: dict[str, Any] = {}
    speaks: dict[str, dict[str, Any]] = {}
    for metric, offer in offers:
        metrics[metric] = {"unit": offer.unit, "name": offer.name}
        entry = speaks.setdefault(offer.topic, {"dialect": offer.dialect, "topic": offer.topic})
        if offer.status_topic is not None:
            entry.setdefault("status_topic", offer.status_topic)
        entry.setdefault("fields", {})[offer.path] = metric
        if offer.inverted:
            entry.setdefault("scale", {})[offer.path] = -1
            entry.setdefault("offset", {})[offer.path] = 1
    made: Mapping[str, Any] = {
        "id": identifier,
        "name": name,
        "site": site,
        "interval_s": INTERVAL_S,
        "metrics": metrics,
        "speaks": [*speaks.values()],
    }
    return dict(made)


def _unique(wanted: str, taken: set[str]) -> str:
    number, unique = 2, wanted
    while unique in taken:
        unique, number = f"{wanted}-{number}", number + 1
    return unique
