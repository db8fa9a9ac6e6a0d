"""Overview routes: the city's sites, cameras, latest values and state."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from aiohttp import web

from configs.site import SiteFile
from events.ids import SiteId, SourceId
from events.liveness import Hearing, SourceLife
from events.reading import Quality
from runtime.clock import Clock
from web.directory import Directory
from web.operations import get
from web.ports import LatestReadings, Lives, Snapshots
from web.presence import Presence, data_age_s, hearing_limit_s, ingest_state, is_deaf, presence, silence_limits
from web.wire import ValueItem, value_item

GROUP: Final = "City"


class SiteItem(msgspec.Struct, frozen=True, kw_only=True):
    """A place; `lat` and `lon` are WGS84 degrees."""

    id: str
    name: str
    kecamatan: str
    opd: str | None
    opd_name: str | None
    lat: float
    lon: float
    cameras: int
    sensors: int


class CameraItem(msgspec.Struct, frozen=True, kw_only=True):
    """A camera; `picture_url` is null until a picture has come."""

    id: str
    name: str
    site: str
    site_name: str
    state: str
    last_at: datetime | None
    picture_at: datetime | None
    picture_age_s: float | None
    picture_url: str | None


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a kind are there: online or late, as their liveness says."""

    up: int
    total: int


class IngestItem(msgspec.Struct, frozen=True, kw_only=True):
    """What the ingest role is about, and how many further processes wait to take over from it."""

    state: str
    waiting: int


class StatusItem(msgspec.Struct, frozen=True, kw_only=True):
    """The platform at a glance; `data_age_s` is null before anything was heard."""

    city: str
    demo: bool
    timezone: str
    operator: str
    now: datetime
    data_age_s: float | None
    hearing: bool
    ingest: IngestItem
    cameras: Present
    sensors: Present


class SiteListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every site of the site file."""

    items: list[SiteItem]


class CameraListing(msgspec.Struct, frozen=True, kw_only=True):
    """Every camera of the site file."""

    items: list[CameraItem]


class LatestListing(msgspec.Struct, frozen=True, kw_only=True):
    """The newest value of every series, by site, source and metric."""

    items: list[ValueItem]


class LatestQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which values are wanted."""

    quality: Annotated[Quality | None, msgspec.Meta(description="The newest of this quality; default of any.")] = None


class OverviewRoutes:
    """Serves what surrounds the alarms."""

    def __init__(
        self,
        *,
        site: SiteFile,
        readings: LatestReadings,
        lives: Lives,
        snapshots: Snapshots,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._site = site
        self._readings = readings
        self._lives = lives
        self._snapshots = snapshots
        self._directory = directory
        self._clock = clock
        self._limits = silence_limits(site)
        self._hearing_limit_s = hearing_limit_s(site)

    def table(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            get("/api/v1/sites", self.sites, group=GROUP),
            get("/api/v1/cameras", self.cameras, group=GROUP),
            get("/api/v1/latest", self.latest, group=GROUP),
            get("/api/v1/status", self.status, group=GROUP),
        ]

    async def sites(self, _request: web.Request) -> SiteListing:
        """Return every site of the site file."""
        offices = {office.id: office.name for office in self._site.offices}
        items = [
            SiteItem(
                id=place.id,
                name=place.name,
                kecamatan=place.kecamatan,
                opd=place.opd,
                opd_name=None if place.opd is None else offices.get(place.opd),
                lat=place.position.lat,
                lon=place.position.lon,
                cameras=sum(camera.site == place.id for camera in self._site.cameras),
                sensors=sum(sensor.site == place.id for sensor in self._site.sensors),
            )
            for place in self._site.sites
        ]
        return SiteListing(items=items)

    async def cameras(self, _request: web.Request) -> CameraListing:
        """Return every camera with its state and the age of its latest picture."""
        now = self._clock()
        hearing = await self._lives.hearing()
        lives = await self._known_lives()
        items = []
        for camera in self._site.cameras:
            source = SourceId(camera.id)
            snapshot = await self._snapshots.latest(source)
            picture_at = None if snapshot is None else snapshot.taken_at.astimezone(UTC)
            life = lives.get(source)
            items.append(
                CameraItem(
                    id=camera.id,
                    name=camera.name,
                    site=camera.site,
                    site_name=self._directory.site_name(SiteId(camera.site)),
                    state=self._presence(source, life, hearing, now).value,
                    last_at=None if life is None or life.last_at is None else life.last_at.astimezone(UTC),
                    picture_at=picture_at,
                    picture_age_s=None if picture_at is None else max((now - picture_at).total_seconds(), 0.0),
                    picture_url=None if picture_at is None else f"/api/v1/cameras/{camera.id}/latest.jpg",
                )
            )
        return CameraListing(items=items)

    async def latest(self, _request: web.Request, query: LatestQuery) -> LatestListing:
        """Return the newest value of every series, by site, source and metric; `quality` asks for one quality only."""
        now = self._clock()
        hearing = await self._lives.hearing()
        lives = await self._known_lives()
        states: dict[SourceId, Presence] = {}  # of thousands of series, but hundreds of sources
        items = []
        for latest in await self._readings.latest(query.quality):
            source = latest.reading.source
            state = states.get(source)
            if state is None:
                state = states[source] = self._presence(source, lives.get(source), hearing, now)
            items.append(value_item(latest, self._directory, state))
        items.sort(key=_reading_order)
        return LatestListing(items=items)

    async def status(self, _request: web.Request) -> StatusItem:
        """Return the platform at a glance."""
        now = self._clock()
        hearing = await self._lives.hearing()
        lives = await self._known_lives()
        deaf = self._is_deaf(hearing, now)
        takers = await self._lives.takers(self._site.broker.client_id)

        def present(sources: list[str]) -> Present:
            ids = [SourceId(source) for source in sources]
            up = sum(self._presence(source, lives.get(source), hearing, now) is Presence.UP for source in ids)
            return Present(up=up, total=len(ids))

        return StatusItem(
            city=self._site.city.name,
            demo=self._site.city.demo,
            timezone=self._site.city.timezone,
            operator=self._site.web.operator,
            now=now.astimezone(UTC),
            data_age_s=data_age_s(hearing, now),
            hearing=not deaf,
            ingest=IngestItem(state=ingest_state(takers, deaf=deaf).value, waiting=takers.waiting),
            cameras=present([camera.id for camera in self._site.cameras]),
            sensors=present([sensor.id for sensor in self._site.sensors]),
        )

    async def _known_lives(self) -> dict[SourceId, SourceLife]:
        return {life.source: life for life in await self._lives.sources()}

    def _is_deaf(self, hearing: Hearing | None, now: datetime) -> bool:
        return is_deaf(hearing, now, self._hearing_limit_s)

    def _presence(self, source: SourceId, life: SourceLife | None, hearing: Hearing | None, now: datetime) -> Presence:
        limit_s = self._limits.get(source)
        if limit_s is None:
            return Presence.UNKNOWN  # a gateway, or what the site file no longer names
        return presence(life, hearing, limit_s=limit_s, deaf=self._is_deaf(hearing, now))


def _reading_order(item: ValueItem) -> tuple[str, str, str, str]:
    return item.site_name or "", item.source_name, item.metric, item.zone or ""
