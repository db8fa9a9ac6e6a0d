"""The drawing page in a real browser: what a person does with mouse, finger and keys ends up in the site file."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import cv2
import pytest
import pytest_asyncio

from app.camera.drawing_page import DrawingPage
from app.camera.sheet import CameraSheet
from app.camera.still import PictureFile
from configs.load import find_mistakes
from tests.needs import lacking
from tests.pages.browser import Page, browser
from tests.unit.vision.scenes import street
from web.page import DIST

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SITE = """\
# The city of this test.
city: {name: Kota}
sites:
  - {id: pasar, name: Pasar, kecamatan: 33.17.10, position: {lat: -6.7, lon: 111.3}}
cameras:
  - id: cam-1
    name: Pasar utara   # by the gate
    site: pasar
    url: rtsp://${CAM_USER}:${CAM_PASSWORD}@192.0.2.10/stream1
    zones:
      # Measured with a tape on 3 May.
      - id: plaza
        polygon: [[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]]
        detect:
          crowding: {count: 50, hold_s: 30}   # agreed with the police
# Sensors follow.
sensors: []
"""

Open = Callable[..., Awaitable[DrawingPage]]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    if not (DIST / "zones.html").is_file():
        lacking("the built pages", "make pages")
    async with browser(tmp_path_factory.mktemp("chromium")) as page:
        yield page
        await page.call("Page.navigate", url="about:blank")


@pytest_asyncio.fixture(loop_scope="module")
async def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    assert [one for one in find_mistakes(file, {"CAM_USER": "a", "CAM_PASSWORD": "b"}) if not one.warning] == []
    return file


@pytest_asyncio.fixture(loop_scope="module")
async def draw(page: Page, site: Path) -> AsyncIterator[Open]:
    picture = site.with_name("street.png")
    cv2.imwrite(str(picture), cv2.resize(street(), (1280, 720)))
    sittings: list[asyncio.Task[None]] = []

    async def begin(
        *, width: int = 1400, height: int = 900, dark: bool = False, query: str = "?lang=en"
    ) -> DrawingPage:
        sitting = DrawingPage(CameraSheet(site, "cam-1"), PictureFile(picture))
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        sittings.append(asyncio.create_task(sitting.serve(ready.set_result)))
        page.complaints.clear()
        await page.open(await ready + query, width=width, height=height, dark=dark)
        await page.until("document.querySelector('.result pre')?.textContent.includes('plaza')")
        return sitting

    yield begin
    for task in sittings:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def click(page: Page, selector: str) -> None:
    await page.ask(f"document.querySelector({selector!r}).click()")


async def at(page: Page, x: float, y: float) -> tuple[float, float]:
    box = await page.ask(
        "(r => [r.x, r.y, r.width, r.height])(document.querySelector('.canvas svg').getBoundingClientRect())"
    )
    return box[0] + x * box[2], box[1] + y * box[3]


async def mouse(page: Page, kind: str, x: float, y: float) -> None:
    across, down = await at(page, x, y)
    button = "none" if kind == "mouseMoved" else "left"
    await page.call("Input.dispatchMouseEvent", type=kind, x=across, y=down, button=button, clickCount=1, buttons=1)


async def press_at(page: Page, x: float, y: float) -> None:
    await mouse(page, "mousePressed", x, y)
    await mouse(page, "mouseReleased", x, y)


YAML = "document.querySelector('.result pre').textContent"
COMMENTS = (
    "# The city of this test.",
    "# by the gate",
    "# Measured with a tape",
    "# agreed with the police",
    "# Sensors follow.",
)


def text_of(file: Path) -> str:
    return file.read_text()


async def test_a_zone_is_drawn_given_a_detector_and_saved_with_all_comments_kept(
    page: Page, draw: Open, site: Path
) -> None:
    sitting = await draw()
    await click(page, ".tool.zone")
    for x, y in ((0.2, 0.3), (0.5, 0.3), (0.5, 0.6)):
        await press_at(page, x, y)
    await page.press("Enter")
    await page.until("document.querySelectorAll('.card.zone').length === 2")
    await page.ask(
        "(box => box.click())([...document.querySelectorAll('.card.chosen .check')]"
        ".find(one => one.textContent === 'Waste pile').querySelector('input'))"
    )
    await page.until(f"{YAML}.includes('waste_pile')")
    await page.until("document.querySelector('.result .primary:not(:disabled)')")
    await click(page, ".result .primary")
    await page.until("document.querySelector('.message')?.textContent.includes('Saved')")
    assert sitting.saved
    text = text_of(site)
    assert all(comment in text for comment in COMMENTS)
    saved = CameraSheet(site, "cam-1").drawing()["zones"]
    assert isinstance(saved, list)
    assert saved[0]["detect"] == {"crowding": {"count": 50, "hold_s": 30}}
    assert saved[1]["id"] == "zona-2"
    assert saved[1]["polygon"] == [pytest.approx(point, abs=0.002) for point in ([0.2, 0.3], [0.5, 0.3], [0.5, 0.6])]
    assert "${CAM_PASSWORD}" in text
    assert page.complaints == []


async def test_a_corner_is_dragged_moved_by_keys_and_undone(page: Page, draw: Open) -> None:
    await draw()
    await mouse(page, "mousePressed", 0.1, 0.2)
    await mouse(page, "mouseMoved", 0.15, 0.25)
    await mouse(page, "mouseMoved", 0.2, 0.3)
    await mouse(page, "mouseReleased", 0.2, 0.3)
    await page.until(f"{YAML}.includes('[0.2, 0.3')")
    await page.ask("document.querySelector('.shape.chosen .handle').focus()")
    await page.press("ArrowRight")
    await page.until(f"{YAML}.includes('[0.2008, 0.3')")
    await page.ask("document.activeElement.blur()")
    for _ in range(2):
        await page.call("Input.dispatchKeyEvent", type="keyDown", key="z", modifiers=2)
    await page.until(f"{YAML}.includes('[[0.1, 0.2]')")


async def test_a_corner_is_added_on_an_edge_and_taken_away(page: Page, draw: Open) -> None:
    await draw()
    await click(page, ".card.zone .title")
    await page.until("document.querySelectorAll('.middle').length === 4")
    await page.ask("document.querySelector('.middle').focus()")
    await page.press("Enter")
    await page.until("document.querySelectorAll('.shape.zone .handle').length === 5")
    await page.until(f"{YAML}.includes('[0.5, 0.2]')")
    await page.ask("document.querySelectorAll('.shape.zone .handle')[1].focus()")
    await page.press("Delete")
    await page.until("document.querySelectorAll('.shape.zone .handle').length === 4")


async def test_a_mistake_stands_beside_its_field_and_cannot_be_saved(page: Page, draw: Open, site: Path) -> None:
    await draw()
    before = text_of(site)
    await page.ask(
        "(field => { field.value = 'Plaza Utama'; field.dispatchEvent(new Event('input', {bubbles: true})); })"
        "(document.querySelector('.card.zone input'))"
    )
    await page.until("document.querySelector('.card.zone .wrong')?.textContent.includes('plaza-utama')")
    assert await page.ask("document.querySelector('.result .primary').disabled")
    assert text_of(site) == before


async def test_ground_gauge_and_people_are_placed_with_their_measures(page: Page, draw: Open) -> None:
    await draw()
    for tool in ("ground", "gauge", "person", "person", "mask"):
        await click(page, f".tool.{tool}")
    await page.press("Enter")  # without corners, a mask begins as a rectangle
    await page.until("document.querySelectorAll('.grid line').length > 5")
    await page.until(f"['homography', 'gauge', 'people', 'mask'].every(key => {YAML}.includes(key))")
    text = await page.ask(YAML)
    assert "metres: [4, 6]" in text
    assert "cm: 100" in text
    assert text.count("head:") == 2
    assert await page.ask("document.querySelector('.tool.person').disabled")
    await page.ask(
        "(field => { field.value = '120'; field.dispatchEvent(new Event('input', {bubbles: true})); })"
        "(document.querySelector('.card.gauge input'))"
    )
    await page.until(f"{YAML}.includes('cm: 120')")


@pytest.mark.parametrize(("width", "height"), [(1600, 900), (1024, 768), (390, 844)])
async def test_it_fits_every_width_in_both_themes(page: Page, draw: Open, width: int, height: int) -> None:
    await draw(width=width, height=height, dark=width == 1024, query="")
    assert await page.ask("document.documentElement.scrollWidth <= innerWidth")
    assert await page.ask("document.querySelector('.tool.zone').textContent") == "Zona"
    size = "(one => { const r = one.getBoundingClientRect(); return Math.min(r.width, r.height); })"
    assert await page.ask(f"{size}(document.querySelector('.handle .reach'))") >= 40
    assert len(await page.screenshot()) > 20_000


async def test_done_ends_the_sitting(page: Page, draw: Open) -> None:
    sitting = await draw()
    await page.ask("[...document.querySelectorAll('.top .framed')].at(-1).click()")
    await page.until("document.querySelector('.whole')?.textContent.includes('close this tab')")
    assert sitting.is_over
