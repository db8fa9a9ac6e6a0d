"""The governance page in a real browser, over the real database."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from aiohttp.test_utils import TestServer

from storage.seed import seed
from tests.integration.test_governance import SITE, serving
from tests.material import NOON
from tests.needs import lacking
from tests.pages.browser import browser
from web.page import DIST

pytestmark = [pytest.mark.browser, pytest.mark.database]


async def test_it_shows_who_has_not_delivered_worst_first_and_asks_nobody_outside(
    database_url: str, tmp_path: Path
) -> None:
    if not (DIST / "tata-kelola.html").is_file():
        lacking("the built pages", "make pages")
    seed(database_url, SITE)
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE source SET since = %s", [NOON - timedelta(days=40)])
        connection.execute("UPDATE governance.dataset SET since = %s", [NOON - timedelta(days=40)])
        connection.execute(
            "INSERT INTO governance.report (dataset_id, updated_at, records, reported_at, reporter, reference) "
            "VALUES ('gareng', %s, 1, now(), 'x', 'x'), ('taman', %s, 1, now(), 'x', 'x')",
            [NOON, NOON - timedelta(days=4)],
        )
    async with serving(database_url, tmp_path, DIST) as app, browser(tmp_path) as page:
        server = TestServer(app)
        await server.start_server()
        await page.open(str(server.make_url("/tata-kelola")))
        await page.until("document.querySelectorAll('.matrix tbody tr').length === 2")
        offices = await page.ask("[...document.querySelectorAll('.matrix .office')].map(one => one.textContent)")
        assert offices == ["Badan Penanggulangan Bencana Daerah", "Dinas Lingkungan Hidup"]
        await page.ask("document.querySelectorAll('.matrix .office')[1].click()")
        missing = "[...document.querySelectorAll('.panel:nth-of-type(2) tbody th .office')].map(one => one.textContent)"
        await page.until(f"JSON.stringify({missing}) === '[\"Taman\"]'")
        assert await page.ask("location.search") == "?opd=dlh"
        await page.ask("document.querySelector('.panel:nth-of-type(2) tbody th .office').click()")
        await page.until("document.querySelector('dl.facts')?.innerText.includes('0295-000')")
        for width in (920, 390):
            await page.open(str(server.make_url("/tata-kelola?lang=en&opd=bpbd")), width=width, height=844)
            await page.until("document.querySelectorAll('.matrix thead th.day').length === 30")
            assert await page.ask("document.querySelector('.pages [aria-current=page]').textContent") == "Governance"
            assert await page.ask("document.documentElement.scrollWidth <= innerWidth"), width
            assert "Rembang 33.17.10" in await page.ask("document.body.innerText")
            parts = "[...document.querySelectorAll('.top .pages, .top button')].map(one => one.getBoundingClientRect())"
            middles = [y + height / 2 for y, height in await page.ask(f"{parts}.map(one => [one.y, one.height])")]
            assert max(middles) - min(middles) < 10, f"pages and buttons share no line at {width}"
        assert page.complaints == []
        await server.close()
