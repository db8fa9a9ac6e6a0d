"""The description of the API, and that the API keeps to it."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.fix_logins import WEB, by
from tests.fuzz_api import application, fuzz
from web.description import DescriptionRoutes
from web.openapi import PREFIX


@pytest.mark.database
@pytest.mark.slow
async def test_the_api_keeps_to_its_description_whatever_is_asked_of_it_by_its_limited_login(
    limited: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = "--phases", "coverage,fuzzing", "--max-examples", "2", "--seed", "1"
    status, printed = await fuzz(limited, tmp_path, *asked, asked_by=by(limited, WEB))
    assert status == 0, printed
    logged = "".join(capfd.readouterr())
    assert "permission denied" not in logged, [line for line in logged.splitlines() if "permission denied" in line]


@pytest.mark.database
async def test_every_address_of_the_api_is_described_and_on_the_page(database_url: str, tmp_path: Path) -> None:
    async with application(database_url, tmp_path) as app, TestClient(TestServer(app)) as client:
        document: dict[str, Any] = await (await client.get("/api/v1/openapi.json")).json()
        page = await (await client.get("/api/docs")).text()
    served = {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith(PREFIX) and route.method != "HEAD"
    }
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert described == served
    assert document["openapi"] == "3.1.0"
    for path, _ in served:
        assert f"<code>{path}</code>" in page


def test_a_route_that_nobody_described_is_a_mistake() -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/api/v1/secret", handler)])
    with pytest.raises(TypeError, match="/api/v1/secret"):
        DescriptionRoutes("x").of(app)
