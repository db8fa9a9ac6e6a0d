"""Who may speak on the bus, and what each may measure: the site file as decoders need it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from configs.cameras import Camera
from configs.dialects import Speech
from configs.sensors import Metric, Sensor
from configs.site import SiteFile
from configs.sparkplug import EdgeNodeId
from events.calibration import Calibration
from events.errors import ConfigError
from events.ids import SourceId
from events.quantities import CAMERA_QUANTITIES, Quantity

NEVER_STILL = frozenset({"Cel", "hPa", "ug/m3"})
"""Units of what never stands still: temperature and pressure of the air, particles in it. Our choice, like the hours:
guidelines for weather stations ask for a change within one, but cheap probes round coarsely."""

STUCK_S = 6 * 3600.0
LEAST_STUCK = 60
"""How long, and for how many values, such a quantity may stand still."""


PUNCTUAL_INTERVALS = 3
LEAST_PUNCTUAL = timedelta(minutes=5)
"""What a device held back for longer than this many intervals, and than the tolerance of clocks, is late."""


Calibrations = Mapping[tuple[SourceId, str], Sequence[Calibration]]
"""By source and metric, oldest first."""


class SourceKind(StrEnum):
    """What a source is, which decides the topics it uses."""

    SENSOR = "sensor"
    CAMERA = "camera"
    GATEWAY = "gateway"
    INGEST = "ingest"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSource:
    """One source of the site file.

    Attributes:
        id: Its id.
        kind: What it is.
        quantities: What it measures, by full metric name.
        zones: Zones of a camera; empty for others.
        interval_s: Expected seconds between its messages, None where none is expected.
        speaks_for: Sources for which it publishes beside itself.
        punctual: How old what it held back may be without being late; follows from its interval.
    """

    id: SourceId
    kind: SourceKind
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    zones: frozenset[str] = frozenset()
    interval_s: float | None = None
    speaks_for: tuple[SourceId, ...] = ()
    punctual: timedelta = field(init=False)

    def __post_init__(self) -> None:
        intervals = timedelta() if self.interval_s is None else PUNCTUAL_INTERVALS * timedelta(seconds=self.interval_s)
        object.__setattr__(self, "punctual", max(LEAST_PUNCTUAL, intervals))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What one sensor says on one foreign topic.

    Attributes:
        source: The sensor.
        speech: The dialect, the topic, and the fields that are the sensor's.
    """

    source: KnownSource
    speech: Speech


def gateway_id(worker: int) -> SourceId:
    """Return the source id under which the n-th vision worker (from 0) speaks."""
    return SourceId(f"vision-{worker}")


class Registry:
    """Every source the site file knows, and the foreign topics on which some of them speak.

    Args:
        sources: By id.
        spoken: What is said on foreign topics, and by whom.
        zone: Time zone of the city: that of devices which send local time without saying which.
    """

    def __init__(
        self, sources: Mapping[SourceId, KnownSource], spoken: Iterable[Spoken] = (), zone: ZoneInfo | None = None
    ) -> None:
        self._sources = dict(sources)
        self._zone = zone
        self._on_topic: dict[str, list[Spoken]] = {}
        self._status: dict[str, list[KnownSource]] = {}
        self._edge_nodes: dict[EdgeNodeId, list[Spoken]] = {}
        for said in spoken:
            node = said.speech.edge_node
            if node is not None:
                self._edge_nodes.setdefault(node, []).append(said)
                continue
            self._on_topic.setdefault(said.speech.topic, []).append(said)
            reporting = said.speech.status_topic
            if reporting is not None and said.source not in self._status.setdefault(reporting, []):
                self._status[reporting].append(said.source)

    @classmethod
    def from_site(cls, site: SiteFile, calibrations: Calibrations | None = None) -> "Registry":
        """Gather sensors, cameras, vision workers and the ingest process itself.

        A sensor or camera that bears the id of a gateway or of the ingest process takes precedence.

        Args:
            site: The city.
            calibrations: Those of sensors' series, oldest first; None for no calibration at all.

        Raises:
            ConfigError: a sensor speaks a dialect, and this machine does not know the city's time zone.
        """
        ingest = SourceId(site.broker.client_id)
        own = [_worker(site, n) for n in range(site.vision.workers)]
        own.append(KnownSource(id=ingest, kind=SourceKind.INGEST, interval_s=site.ingest.canary_s))
        cameras = [_camera(camera, site.vision.report_s) for camera in site.cameras]
        sensors = [_sensor(sensor, calibrations or {}) for sensor in site.sensors]
        spoken = [
            Spoken(source=source, speech=speech)
            for source, sensor in zip(sensors, site.sensors, strict=True)
            for speech in sensor.speaks
        ]
        zone = _zone_of(site) if spoken else None
        return cls({source.id: source for source in [*own, *cameras, *sensors]}, spoken, zone)

    def get(self, source: str) -> KnownSource | None:
        """Return a source, None when the site file has none of that id."""
        return self._sources.get(SourceId(source))

    def __iter__(self) -> Iterator[KnownSource]:
        return iter(self._sources.values())

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the city; UTC where nobody asked for one."""
        return self._zone or ZoneInfo("UTC")

    @property
    def spoken(self) -> Mapping[str, Sequence[Spoken]]:
        """What sensors say on foreign topics, by topic; at least one entry each, all of one dialect."""
        return self._on_topic

    @property
    def status_topics(self) -> Mapping[str, Sequence[KnownSource]]:
        """Who is meant by `online` and `offline` on foreign topics, by topic."""
        return self._status

    @property
    def edge_nodes(self) -> Mapping[EdgeNodeId, Sequence[Spoken]]:
        """What sensors say through Sparkplug's edge nodes, by node; at least one entry each."""
        return self._edge_nodes

    @property
    def foreign_topics(self) -> Sequence[str]:
        """Filter of every topic outside Pantau's contract that must be heard, each once; only Sparkplug's are many."""
        edges = [topic for node in self._edge_nodes for topic in node.filters]
        return [*dict.fromkeys([*self._on_topic, *self._status, *edges])]

    def quantities(self) -> Mapping[tuple[SourceId, str], Quantity]:
        """Return what every series measures, by source and full metric name."""
        return {(source.id, metric): quantity for source in self for metric, quantity in source.quantities.items()}

    def units(self) -> Iterator[tuple[SourceId, str, str]]:
        """Yield (source, full metric name, UCUM unit) of every series there can be."""
        for source in self:
            for metric, quantity in source.quantities.items():
                yield source.id, metric, quantity.unit


def _zone_of(site: SiteFile) -> ZoneInfo:
    try:
        return ZoneInfo(site.city.timezone)
    except LookupError as error:
        raise ConfigError(
            f"this machine does not know the time zone {site.city.timezone}, which sensors with `speaks` need; "
            "install the operating system's tzdata"
        ) from error


def _worker(site: SiteFile, number: int) -> KnownSource:
    cameras = site.cameras[number :: site.vision.workers]
    return KnownSource(
        id=gateway_id(number), kind=SourceKind.GATEWAY, speaks_for=tuple(SourceId(camera.id) for camera in cameras)
    )


def _sensor(sensor: Sensor, calibrations: Calibrations) -> KnownSource:
    source = SourceId(sensor.id)
    return KnownSource(
        id=source,
        kind=SourceKind.SENSOR,
        quantities={
            name: Quantity(
                unit=metric.unit,
                minimum=-math.inf if metric.minimum is None else metric.minimum,
                maximum=math.inf if metric.maximum is None else metric.maximum,
                stuck_after=_stuck_after(metric, sensor.interval_s),
                max_step=math.inf if metric.max_step is None else metric.max_step,
                calibrations=tuple(calibrations.get((source, name), ())),
            )
            for name, metric in sensor.metrics.items()
        },
        interval_s=sensor.interval_s,
    )


def _stuck_after(metric: Metric, interval_s: float) -> int:
    if metric.stuck_after is not None:
        return metric.stuck_after
    return max(LEAST_STUCK, math.ceil(STUCK_S / interval_s)) if metric.unit in NEVER_STILL else 0


def _camera(camera: Camera, report_s: float) -> KnownSource:
    zones = [zone.id for zone in camera.zones]
    quantities = dict(CAMERA_QUANTITIES)
    for zone in zones:
        quantities |= {f"{metric}.{zone}": quantity for metric, quantity in CAMERA_QUANTITIES.items()}
    return KnownSource(
        id=SourceId(camera.id),
        kind=SourceKind.CAMERA,
        quantities=quantities,
        zones=frozenset(zones),
        interval_s=camera.report_interval_s(report_s),
    )
