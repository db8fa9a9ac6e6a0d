"""The drawing page's server: only who has the address may enter, and it ends by itself."""

import asyncio
from pathlib import Path

import cv2
import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer

from app.camera.drawing_page import SILENT_S, UNOPENED_S, DrawingPage
from app.camera.sheet import LooseSheet
from app.camera.source import Source
from app.camera.still import LONGEST_PX, PictureFile, StreamPictures
from app.camera.zones import draw
from events.errors import ConfigError, SourceError
from tests.clips import write_clip
from tests.unit.vision.scenes import street


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "street.png"
    cv2.imwrite(str(file), street())
    return file


@pytest.fixture
def page(picture: Path, tmp_path: Path) -> DrawingPage:
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "zones.html").write_text("<!doctype html>")
    return DrawingPage(LooseSheet(picture, tmp_path / "out.yaml"), PictureFile(picture), dist=dist, monotonic=Clock())


async def test_without_the_token_nothing_is_told(page: DrawingPage) -> None:
    async with TestClient(TestServer(page.app())) as client:
        for path in ("/", "/state", "/wrong/", "/wrong/state", f"/{page.token[:-1]}/state"):
            assert (await client.get(path)).status == 404
        assert (await client.get(f"/{page.token}/")).status == 200
        assert len(page.token) >= 32


async def test_another_site_or_name_may_neither_read_nor_change(page: DrawingPage) -> None:
    async with TestClient(TestServer(page.app())) as client:
        start = f"/{page.token}"
        assert (await client.get(f"{start}/", headers={"Host": "evil.example"})).status == 421
        foreign = {"Origin": "http://evil.example", "Content-Type": "application/json"}
        assert (await client.post(f"{start}/save", data="{}", headers=foreign)).status == 403
        assert (await client.post(f"{start}/save", data="a=1")).status in {403, 415}
        answer = await client.get(f"{start}/")
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_a_drawing_is_judged_saved_and_kept(page: DrawingPage, tmp_path: Path) -> None:
    async with TestClient(TestServer(page.app())) as client:
        start = f"/{page.token}"
        wrong = await (await client.post(f"{start}/check", json={"zones": [{"id": "A"}]})).json()
        assert wrong["mistakes"][0]["path"] == "zones[0].id"
        refused = await client.post(f"{start}/save", json={"zones": [{"id": "A"}]})
        assert refused.status == 422
        assert (await refused.json())["mistakes"]
        assert not page.saved
        good = {"zones": [{"id": "a", "detect": {"crowding": {"count": 5}}}], "evil": 1}
        saved = await (await client.post(f"{start}/save", json=good)).json()
        assert "evil" not in saved["yaml"]
        assert page.saved
        assert "crowding" in (await asyncio.to_thread((tmp_path / "out.yaml").read_text))
        assert (await client.post(f"{start}/check", json=[1])).status == 400
        assert (
            await client.post(f"{start}/check", data="{", headers={"Content-Type": "application/json"})
        ).status == 400


def test_it_ends_when_nobody_comes_and_when_the_tab_is_closed(picture: Path) -> None:
    clock = Clock()
    page = DrawingPage(LooseSheet(picture, None), PictureFile(picture), monotonic=clock)
    clock.now_s += UNOPENED_S - 1
    assert not page.is_over
    clock.now_s += 2
    assert page.is_over


async def test_a_page_that_was_open_ends_after_silence(picture: Path, tmp_path: Path) -> None:
    clock = Clock()
    page = DrawingPage(LooseSheet(picture, None), PictureFile(picture), monotonic=clock)
    async with TestClient(TestServer(page.app())) as client:
        await client.post(f"/{page.token}/alive", json={})
        clock.now_s += UNOPENED_S
        await client.post(f"/{page.token}/alive", json={})
        assert not page.is_over
        clock.now_s += SILENT_S + 1
        assert page.is_over


async def test_it_serves_the_picture_on_loopback_until_done(page: DrawingPage) -> None:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(page.serve(ready.set_result))
    address = await ready
    assert address.startswith("http://127.0.0.1:")
    async with ClientSession() as session:
        state = await (await session.get(f"{address}state")).json()
        assert (state["width"], state["height"]) == (320, 180)
        assert {one["name"] for one in state["detectors"]} >= {"crowding", "waste_pile"}
        assert (await (await session.get(address + state["picture"])).read()).startswith(b"\xff\xd8")
        await session.post(f"{address}done", json={})
    await asyncio.wait_for(serving, 5)


def test_a_video_shows_another_picture_each_time_and_begins_anew(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "street.mp4", pictures=12 * 25)
    stills = StreamPictures(Source(shown="street.mp4", address=str(clip), is_file=True))
    first, second, third = (stills.take() for _ in range(3))
    assert first.jpeg != second.jpeg
    assert first.jpeg == third.jpeg


def test_large_pictures_are_made_smaller_and_no_picture_is_an_error(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    cv2.imwrite(str(large), cv2.resize(street(), (3840, 2160)))
    still = PictureFile(large).take()
    assert (still.width_px, still.height_px) == (3840, 2160)
    assert len(still.jpeg) < 3_000_000
    assert LONGEST_PX == 1920
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"x")
    with pytest.raises(SourceError, match="broken"):
        PictureFile(broken).take()


def test_what_does_not_fit_together_is_refused_before_anything_is_served(tmp_path: Path, picture: Path) -> None:
    from rich.console import Console  # noqa: PLC0415 - one test needs it

    site = tmp_path / "site.yaml"
    site.write_text("cameras:\n  - {id: a}\n  - {id: b}\n")
    options = {"picture": None, "output": None, "browser": False, "port": 0, "console": Console(quiet=True)}
    with pytest.raises(ConfigError, match="no site file"):
        draw(picture, "a", **options)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="a, b"):
        draw(site, None, **options)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="--output"):
        draw(site, "a", **{**options, "output": tmp_path / "x.yaml"})  # type: ignore[arg-type]
