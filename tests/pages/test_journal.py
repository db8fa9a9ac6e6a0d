"""Notes and assignments on the wall, in a real browser over the real database."""

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

NOTES = "[...document.querySelectorAll('.journal li')].map(one => one.innerText)"


async def test_n_writes_a_note_o_takes_the_alarm_and_both_print(database_url: str, tmp_path: Path) -> None:
    if not (DIST / "index.html").is_file():
        lacking("the built pages", "make pages")
    writer = Writer(database_url, LimitRule(), PictureStore(tmp_path / "pictures"), lambda: NOON)
    (record,) = writer.commit([telemetry("tide-1", 0, {"tide": 150})]).records
    writer.close()
    async with serving(database_url, tmp_path, DIST) as app, browser(tmp_path) as page:
        server = TestServer(app)
        await server.start_server()
        await page.open(str(server.make_url(f"/?alarm={record.change.alarm.id}")))
        await page.until("document.querySelector('.journal textarea')")
        await page.press("n")
        assert await page.ask("document.activeElement.id") == "journal-note"
        for key in "as ok":  # letters that are keys of the wall elsewhere
            await page.press(key)
        assert await page.ask("document.activeElement.value") == "as ok"
        await page.ask("document.querySelector('.journal form button[type=submit]').click()")
        await page.until(f"{NOTES}.length === 1")
        assert "as ok" in (await page.ask(NOTES))[0]
        await page.press("Escape")
        await page.ask("document.activeElement.blur()")
        await page.press("o")
        await page.until(f"{NOTES}.length === 2 && document.querySelector('.journal h3').innerText.includes('Siti')")
        for address in (f"/api/v1/alarms/{record.change.alarm.id}/record?format=html", "/api/v1/handover?format=html"):
            await page.open(str(server.make_url(address)))
            await page.until("document.body?.innerText.includes('as ok')")
            assert await page.ask("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"
        assert page.complaints == []
        await server.close()
