import asyncio
import socket
from typing import cast

import pytest
from aiohttp import ClientSession, web

from alerts.operating import STEPS
from alerts.performance import performance
from alerts.timeline import timeline
from events.errors import ConfigError
from tests.ports import free_ports
from tests.unit.web.fakes import SITE, City
from web.rule_ports import RuleDesk
from web.server import make_app, serve
from web.snapshots import LatestSnapshots


async def until_served(port: int) -> None:
    async with ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz") as response:
                    assert response.status == 200
                    return
            except OSError:
                await asyncio.sleep(0.01)


async def test_it_serves_until_told_to_stop(app: web.Application) -> None:
    stop, port = asyncio.Event(), free_ports()
    serving = asyncio.create_task(serve(app, host="127.0.0.1", port=port, stop=stop))
    await until_served(port)
    stop.set()
    async with asyncio.timeout(2):
        await serving


async def test_a_taken_port_is_named_with_its_remedy(app: web.Application) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"web\.port: {port} .* taken; stop"):
            await serve(app, host="127.0.0.1", port=port, stop=asyncio.Event())


async def test_a_bug_in_the_stream_stops_the_process_loudly(
    app: web.Application, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_seq: int, _limit: int) -> list[object]:
        raise ZeroDivisionError

    monkeypatch.setattr(city.alarms, "events_after", broken)
    async with asyncio.timeout(5):
        with pytest.raises(ZeroDivisionError):
            await serve(app, host="127.0.0.1", port=free_ports(), stop=asyncio.Event())


async def test_so_does_a_bug_beside_the_stream(city: City) -> None:
    class BrokenDesk:
        async def since(self, _number: int) -> list[object]:
            raise ZeroDivisionError

    app = make_app(
        SITE,
        alarms=city.alarms,
        readings=city.readings,
        lives=city.lives,
        pictures=city.pictures,
        snapshots=LatestSnapshots([]),
        steps=STEPS,
        review=performance,
        traces=city.traces,
        tell=timeline,
        rules=cast("RuleDesk", BrokenDesk()),
        clock=city.clock,
    )
    async with asyncio.timeout(5):
        with pytest.raises(ZeroDivisionError):
            await serve(app, host="127.0.0.1", port=free_ports(), stop=asyncio.Event())
