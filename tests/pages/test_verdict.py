"""Verdicts on the wall, in a real browser over the real database."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from storage.pictures import PictureStore
from storage.writer import Writer
from tests.integration.test_journal import serving
from tests.material import NOON, LimitRule, telemetry
from tests.needs import lacking
from tests.pages.browser import browser
from web.page import DIST

pytestmark = [pytest.mark.browser, pytest.mark.database]

PRESSED = "document.querySelector('.verdict button[aria-pressed=true]')?.innerText"


async def test_an_operator_says_that_an_alarm_was_false_and_sees_it_again(database_url: str, tmp_path: Path) -> None:
    if not (DIST / "index.html").is_file():
        lacking("the built pages", "make pages")
    writer = Writer(database_url, LimitRule(), PictureStore(tmp_path / "pictures"), lambda: NOON)
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    writer.close()
    async with serving(database_url, tmp_path, DIST) as app, browser(tmp_path) as page:
        server = TestServer(app)
        await server.start_server()
        address = str(server.make_url(f"/?alarm={record.change.alarm.id}"))
        await page.open(address)
        await page.until("document.querySelectorAll('.verdict button').length === 3")
        await page.ask("document.querySelectorAll('.verdict button')[1].click()")
        await page.until(f"{PRESSED} !== undefined")
        await page.open(address)
        await page.until(f"{PRESSED} !== undefined")
        assert await page.ask(PRESSED) == "Palsu"
        assert "Siti" in await page.ask("document.querySelector('.verdict h3').innerText")
        assert page.complaints == []
        await server.close()
