"""A small town behind a real server: an air sensor, and a camera that counts people and saw two piles."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from configs.site import SiteFile
from events.ids import ZoneId
from events.observation import Phase
from events.reading import Quality
from storage.pictures import PictureStore
from storage.seed import seed
from storage.writer import Writer
from tests.fuzz_api import application
from tests.material import NOON, NoRules, at, statement, telemetry
from tests.ports import free_ports
from web.server import serve

SITE = SiteFile.model_validate(
    {
        "city": {"name": "Rembang", "demo": True},
        "offices": [{"id": "dlh", "name": "Dinas Lingkungan Hidup"}],
        "sites": [
            {
                "id": "alun-alun",
                "name": "Alun-alun",
                "kecamatan": "33.17.10",
                "position": {"lat": -6.706, "lon": 111.35},
                "opd": "dlh",
            },
            {"id": "lasem", "name": "Pasar 'Lasem'", "kecamatan": "33.17.14", "position": {"lat": -6.7, "lon": 111.45}},
        ],
        "cameras": [
            {"id": "cam", "name": "Kamera Pasar", "site": "lasem", "url": "rtsp://admin:rahasia@192.0.2.7/live"}
        ],
        "sensors": [
            {
                "id": "air-1",
                "name": "Udara",
                "site": "alun-alun",
                "interval_s": 60,
                "metrics": {"pm25": {"unit": "ug/m3"}, "temperature": {"unit": "Cel"}},
            }
        ],
    }
)

AIR = "Datastreams('air-1.pm25')"
PEOPLE = "Datastreams('cam.people_count.plaza')"
PILES = "Datastreams('cam:waste_pile.pojok')"


def fill(url: str, folder: Path) -> None:
    """Store thirty minutes of air, five of people, and two piles of which one is there still."""
    seed(url, SITE)
    writer = Writer(url, NoRules(), PictureStore(folder), lambda: NOON)
    writer.commit([telemetry("air-1", 60 * n, {"pm25": 10.0 + n, "temperature": 27.5}) for n in range(30)])
    odd = telemetry("air-1", 60 * 30, {"pm25": 900.0})
    assert odd.decoded is not None
    spike = tuple(one._replace(quality=Quality.SPIKE) for one in odd.decoded.readings)
    writer.commit([odd._replace(decoded=odd.decoded._replace(readings=spike))])
    writer.commit([telemetry("cam", 60 * n, {"people_count.plaza": float(n)}) for n in range(5)])
    zone = ZoneId("pojok")
    writer.commit(
        [
            statement("first", Phase.BEGIN, 60, started_at=at(60), kind="waste_pile", zone=zone, score=0.5),
            statement("first", Phase.END, 600, started_at=at(60), kind="waste_pile", zone=zone, score=0.5),
            statement("second", Phase.BEGIN, 900, started_at=at(900), kind="waste_pile", zone=zone, score=0.75),
        ]
    )
    writer.close()


@asynccontextmanager
async def town(url: str, folder: Path) -> AsyncIterator[str]:
    """Serve the town and yield the address of its SensorThings service."""
    await asyncio.to_thread(fill, url, folder)
    port, stop = free_ports(), asyncio.Event()
    async with application(url, folder, SITE) as app:
        serving = asyncio.create_task(serve(app, host="127.0.0.1", port=port, stop=stop))
        try:
            while not serving.done():
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionError:
                    await asyncio.sleep(0.01)
                    continue
                writer.close()
                break
            yield f"http://127.0.0.1:{port}/sensorthings/v1.1"
        finally:
            stop.set()
            await serving


class Service:
    """Asks the service."""

    def __init__(self, session: ClientSession, root: str) -> None:
        self.session = session
        self.root = root

    async def told(self, address: str, **options: str | int) -> Any:
        status, answer = await self.asked(address, **options)
        assert status == 200, answer
        return answer

    async def asked(self, address: str, **options: str | int) -> tuple[int, Any]:
        url = address if address.startswith("http") else f"{self.root}/{address}"
        named = {f"${name}": str(text) for name, text in options.items()}
        async with self.session.get(url, params=named or None) as response:
            text = await response.text()
            is_json = "json" in response.content_type
            return response.status, json.loads(text) if is_json else text

    async def ids(self, address: str, **options: str | int) -> list[str]:
        return [one["@iot.id"] for one in (await self.told(address, **options))["value"]]

    async def results(self, address: str, **options: str | int) -> list[float]:
        return [one["result"] for one in (await self.told(address, **options))["value"]]
