"""The city as its roles see it: the site file, and the devices registered since."""

import math
import time
from collections.abc import Callable, Sequence

import structlog
from pydantic import ValidationError

from app.database import connect_url
from configs.references import is_own_name
from configs.sensors import Sensor
from configs.site import SiteFile
from events.device import Device, Origin
from events.errors import StorageError
from storage.devices import read_devices, registry_version

log = structlog.get_logger(__name__)

LOOK_S = 2.0
"""A device registered now is heard within this time."""


class RegistryWatch:
    """Notices that devices were registered or disabled; for one thread.

    Args:
        site: The site file.
        monotonic: Seconds that only run forward.
    """

    def __init__(self, site: SiteFile, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._site = site
        self._monotonic = monotonic
        self._version = ""
        self.devices: Sequence[Device] = ()
        """The registry as it was last seen."""
        self._looked_s = -math.inf

    def settle(self) -> SiteFile:
        """Return the city as it is now.

        Raises:
            StorageError: the database is away.
        """
        self.devices, self._version = read_devices(connect_url(self._site))
        self._looked_s = self._monotonic()
        return merged(self._site, self.devices)

    def changed(self) -> bool:
        """Tell whether the registry differs from what `settle` saw, looking every few seconds."""
        if self._monotonic() - self._looked_s < LOOK_S:
            return False
        self._looked_s = self._monotonic()
        try:
            return registry_version(connect_url(self._site)) != self._version
        except StorageError:
            return False  # the database is away: whoever writes to it says so


def merged(site: SiteFile, devices: Sequence[Device]) -> SiteFile:
    """Return the site without its disabled devices and with the registered ones.

    A registered device whose site or office has left the site file is passed over, with a word in the log: its data
    would belong nowhere.
    """
    disabled = {device.id for device in devices if not device.enabled}
    sensors = [sensor for sensor in site.sensors if sensor.id not in disabled]
    taken = {sensor.id for sensor in site.sensors} | {camera.id for camera in site.cameras}
    for device in devices:
        if device.origin is not Origin.REGISTRY or not device.enabled or device.id in taken:
            continue
        sensor = sensor_of(device)
        problem = misplaced(sensor, site) or claimed(device.id, site)
        if problem is None:
            sensors.append(sensor)
        else:
            log.warning("a registered device is not heard", device=device.id, problem=problem)
    return site.model_copy(update={"sensors": tuple(sensors)})


def sensor_of(device: Device) -> Sensor:
    """Return a device as a sensor section.

    Raises:
        ValidationError: it is none; what is in the registry was checked before it got there.
    """
    return Sensor.model_validate({**device.settings, "id": device.id})


def misplaced(sensor: Sensor, site: SiteFile) -> str | None:
    """Return what of a sensor's surroundings is missing in the site file, None where all is there."""
    if sensor.site not in {place.id for place in site.sites}:
        return f"the site file has no site {sensor.site}"
    if sensor.opd is not None and sensor.opd not in {office.id for office in site.offices}:
        return f"the site file has no office {sensor.opd}"
    return None


def claimed(device_id: str, site: SiteFile) -> str | None:
    """Return why a device cannot have an id that Pantau itself goes by at the broker, None where it can."""
    if is_own_name(device_id, site.broker.client_id, site.broker.username):
        return "Pantau itself goes by this name at the broker; choose another id"
    return None


def in_words(error: ValidationError) -> str:
    """Return what is wrong with a sensor section, one mistake after the other."""
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
