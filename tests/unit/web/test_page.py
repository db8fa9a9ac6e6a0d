from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.unit.web.conftest import Client
from web.page import PageRoutes


async def test_a_page_that_is_not_built_says_how_to_build_it(client: Client) -> None:
    response = await client.get("/")
    assert response.status == 503
    assert "make pages" in await response.text()


async def test_the_built_page_and_its_parts_are_served(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "wall-abc.js").write_text("1")
    (tmp_path / "assets" / "notes.exe").write_text("1")
    (tmp_path / "secret.js").write_text("1")
    app = web.Application()
    app.add_routes(PageRoutes(tmp_path).table())
    async with TestClient(TestServer(app)) as client:
        index = await client.get("/")
        assert (index.content_type, index.headers["Cache-Control"]) == ("text/html", "no-cache")
        part = await client.get("/assets/wall-abc.js")
        assert part.content_type == "text/javascript"
        assert "immutable" in part.headers["Cache-Control"]


async def test_nothing_beside_the_page_is_served(client: Client) -> None:
    for name in ("..%2Fserver.py", "notes.exe", "%2e%2e%2fsecret.js", "missing.js"):
        assert (await client.get(f"/assets/{name}")).status == 404
