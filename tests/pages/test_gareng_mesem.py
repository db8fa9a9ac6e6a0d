"""The page of the waste programme in a real browser, over the real database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psycopg
import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from app.waste.judging import pile_judge
from events.ids import ZoneId
from events.observation import Phase
from storage.pictures import PictureStore
from storage.seed import seed
from storage.writer import Writer
from tests.integration.test_waste_api import PATH, serving
from tests.integration.test_waste_figures import measure
from tests.material import NOON, NoRules, at, picture, statement
from tests.needs import lacking
from tests.pages.browser import Page, browser
from tests.waste_town import WASTE_CITY
from web.page import DIST

pytestmark = [pytest.mark.browser, pytest.mark.database]


def drawn(word: str) -> bytes:
    canvas = np.full((90, 320, 3), 120, np.uint8)
    cv2.putText(canvas, word, (10, 50), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2)
    return bytes(cv2.imencode(".jpg", canvas)[1])


@dataclass
class Town:
    page: Page
    address: str
    writer: Writer

    async def post(self, what: str, body: Mapping[str, object]) -> Any:
        async with ClientSession() as session, session.post(f"{self.address}{PATH}/{what}", json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    if not (DIST / "gareng-mesem.html").is_file():
        lacking("the built pages", "make pages")
    seed(database_url, WASTE_CITY)
    async with _open(database_url, tmp_path) as town:
        yield town


@asynccontextmanager
async def _open(url: str, folder: Path) -> AsyncIterator[Town]:
    writer = Writer(url, NoRules(), PictureStore(folder / "pictures"), lambda: NOON, piles=pile_judge(WASTE_CITY))
    async with serving(url, folder, DIST) as app, browser(folder) as page:
        server = TestServer(app)
        await server.start_server()
        yield Town(page, str(server.make_url("")).rstrip("/"), writer)
        await server.close()
    writer.close()


CARDS = "[...document.querySelectorAll('[data-column={}] .card h3')].map(one => one.textContent)"


async def in_column(page: Page, column: str, *titles: str) -> None:
    wanted = str(list(titles)).replace("'", '"').replace(", ", ",")
    await page.until(f"JSON.stringify({CARDS.format(column)}) === '{wanted}'")


async def press(page: Page, step: str) -> None:
    await page.ask(f"document.querySelector('[data-step={step}]').click()")


async def test_a_pile_is_walked_over_the_board_by_a_person_and_closed_by_the_camera(town: Town) -> None:
    page = town.page
    before, after = drawn("sebelum"), drawn("sesudah")
    seen = {"kind": "waste_pile", "zone": ZoneId("sudut"), "attrs": {}, "started_at": at(-3600)}
    evidence = sha256(before).hexdigest()
    await asyncio.to_thread(
        town.writer.commit, [picture(before), statement("a", Phase.BEGIN, -3600, evidence=evidence, **seen)]
    )
    await page.open(f"{town.address}/gareng-mesem")
    await in_column(page, "detected", "TPS Pasar")
    assert await page.ask("document.querySelector('.card .late').textContent.trim()") == "Terlambat"
    await page.until("document.querySelector('.card img')?.naturalWidth === 320")
    await press(page, "verify")
    await in_column(page, "verified", "TPS Pasar")
    await press(page, "dispatch")
    await page.until("document.querySelector('.asked input') === document.activeElement")
    assert await page.ask("document.querySelector('.asked [type=submit]').disabled")
    await page.call("Input.insertText", text="Regu 3")
    await page.until("!document.querySelector('.asked [type=submit]').disabled")
    await page.ask("document.querySelector('.asked [type=submit]').click()")
    await in_column(page, "dispatched", "TPS Pasar")
    assert "Regu 3" in await page.ask("document.querySelector('.card .facts').textContent")
    gone = seen | {"attrs": {"evidence_after": sha256(after).hexdigest()}}
    await asyncio.to_thread(town.writer.commit, [picture(after), statement("a", Phase.END, -60, **gone)])
    await page.open(f"{town.address}/gareng-mesem?lang=en")
    await in_column(page, "closed", "TPS Pasar")
    await page.until("document.querySelectorAll('.card img').length === 2")
    assert await page.ask("document.querySelector('.pages [aria-current=page]').textContent") == "Gareng Mesem"
    assert page.complaints == []


async def test_what_is_refused_is_said_on_the_card_and_figures_and_map_stand_beside(
    town: Town, database_url: str
) -> None:
    page = town.page
    for number, site in enumerate(("liar-utara", "tpa-landoh")):
        told_at = at(-600 + 60 * number).isoformat()
        body = {"reference": f"L-{number}", "text": "Sampah", "waste_site": site, "reported_at": told_at}
        await town.post("reports", body)
    measure(database_url, [(at(-3600 * 6 + 600 * k), 20 + k) for k in range(36)])
    await town.post(
        "loads",
        {
            "waste_site": "tpa-landoh",
            "reference": "T-1",
            "weighed_at": NOON.isoformat(),
            "gross_kg": 9000,
            "tare_kg": 4000,
        },
    )
    await page.open(f"{town.address}/gareng-mesem")
    await in_column(page, "detected", "Tepi jalan utara", "TPA Landoh")
    strip = await page.ask("[...document.querySelectorAll('.strip dd.figure')].map(one => one.textContent)")
    assert strip == ["2", "\N{EN DASH}", "0", "5 t", "0/2", "2/3"]
    assert await page.ask("document.querySelectorAll('.map .site').length") == 3
    assert await page.ask("document.querySelectorAll('.map .pile').length") == 2
    assert "jam (" in await page.ask("document.querySelector('aside .panel:nth-of-type(2) tbody tr').textContent")
    # Somebody else is quicker.
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE gareng_mesem.incident SET version = version + 1")
    await press(page, "verify")
    await page.until("document.querySelector('.refused')?.textContent.includes('has changed')")
    await page.ask("document.querySelector('.map .place').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    await page.until("document.querySelectorAll('.card.marked').length === 1")
    assert "incident=" in await page.ask("location.search")
    await page.open(f"{town.address}/gareng-mesem", width=390, height=844)
    await in_column(page, "detected", "Tepi jalan utara", "TPA Landoh")
    assert await page.ask("document.documentElement.scrollWidth <= 390")
    assert [one for one in page.complaints if "409" not in one] == []
