"""The wall as an operator meets it: in a real browser, over a city in memory."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from events.alarm import AlarmState, Priority
from events.liveness import Takers
from tests.needs import lacking
from tests.pages.browser import Page, browser
from tests.pages.fake_city import FakeCity, picture
from web.page import DIST

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TITLES = "[...document.querySelectorAll('.row .title')].map(one => one.textContent)"
LIVE = "document.querySelector('.badge.live.live')"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    if not (DIST / "index.html").is_file():
        lacking("the built pages", "make pages")
    async with browser(tmp_path_factory.mktemp("chromium")) as page:
        yield page
        await page.call("Page.navigate", url="about:blank")


@pytest_asyncio.fixture(loop_scope="module")
async def city() -> FakeCity:
    city = FakeCity()
    city.breathe()
    return city


@pytest_asyncio.fixture(loop_scope="module")
async def server(city: FakeCity) -> AsyncIterator[TestServer]:
    server = TestServer(city.app())
    await server.start_server()
    yield server
    await server.close()


async def test_it_shows_the_worst_first_and_asks_nobody_outside(page: Page, city: FakeCity, server: TestServer) -> None:
    city.fill()
    page.complaints.clear()
    await page.open(str(server.make_url("/")))
    await page.until(f"{TITLES}.length === 8 && {LIVE}")
    titles = await page.ask(TITLES)
    assert titles[:3] == ["Hujan sangat lebat 112 mm/jam", "Kerumunan 14 orang", "Tumpukan sampah 31 %"]
    await page.until("document.querySelector('.badge.demo')?.textContent === 'DEMO'")
    assert await page.ask("document.title") == "(7) Pantau"
    await page.until("document.querySelectorAll('.tile img').length === 4")
    await page.until("document.querySelector('.values')?.innerText.includes('38,2 µg/m³')")
    assert await page.ask("[...document.querySelectorAll('.row')].every(row => row.offsetHeight === 32)")
    assert page.complaints == []
    assert len(await page.screenshot()) > 20_000


async def test_the_devices_behind_the_values_are_one_click_away_worst_first(
    page: Page, city: FakeCity, server: TestServer
) -> None:
    await page.open(str(server.make_url("/")))
    await page.until("document.querySelector('.values')?.innerText.includes('38,2 µg/m³')")
    await page.ask("document.querySelector('.values .other').click()")
    await page.until("document.querySelectorAll('.sensors tbody tr').length === 6")
    rows = await page.ask("[...document.querySelectorAll('.sensors tbody tr')].map(row => row.innerText)")
    assert "hilang 28 m" in rows[0]
    assert "terlambat" in rows[1]
    assert "belum terdengar" in rows[2]
    assert any("baterai 71 %" in row and "100 %" in row for row in rows)
    assert page.complaints == []


async def test_a_new_alarm_appears_by_itself_and_a_accepts_it(page: Page, city: FakeCity, server: TestServer) -> None:
    await page.open(str(server.make_url("/")))
    await page.until(f"document.querySelector('.empty') && {LIVE}")
    record = city.raise_alarm("Pasang rob 1,21 m", value=1.21)
    await page.until(f"{TITLES}.includes('Pasang rob 1,21 m')")
    await page.press("j")
    await page.until("document.querySelector('.preview .big')")
    assert await page.ask("document.querySelector('.preview .big').textContent") == "1,21 m"
    assert str(record.change.alarm.id) in await page.ask("location.search")
    await page.press("a")
    await page.until("document.querySelector('.settled')")
    assert city.alarms.latest[record.change.alarm.id].change.alarm.state is AlarmState.ACKED
    assert await page.ask("document.querySelector('.settled').textContent") == "✓ Diterima oleh Siti"
    await page.press("Escape")
    await page.until("document.querySelector('.choose')")
    assert await page.ask("location.search") == ""


async def test_s_shelves_with_a_reason_and_a_click_brings_it_back(
    page: Page, city: FakeCity, server: TestServer
) -> None:
    await page.open(str(server.make_url("/")))
    await page.until(f"document.querySelector('.empty') && {LIVE}")
    record = city.raise_alarm("Pasang rob 1,21 m", value=1.21)
    await page.until(f"{TITLES}.includes('Pasang rob 1,21 m')")
    await page.press("j")
    await page.until("document.querySelector('.preview .big')")
    await page.press("s")
    await page.until("document.querySelector('dialog.shelving[open]')")
    assert await page.ask("document.querySelector('dialog.shelving .primary').disabled"), "without a reason"
    await page.call("Input.insertText", text="kabel dikerjakan")
    assert await page.ask("document.activeElement.value") == "kabel dikerjakan"
    await page.ask("document.querySelector('dialog.shelving .primary').click()")
    await page.until("document.querySelector('.aside')")
    alarm = city.alarms.latest[record.change.alarm.id].change.alarm
    assert alarm.state is AlarmState.SHLVD
    assert alarm.shelf is not None
    assert (alarm.shelf.reason, alarm.shelf.until - alarm.shelf.at) == ("kabel dikerjakan", timedelta(hours=2))
    assert "kabel dikerjakan" in await page.ask("document.querySelector('.aside').textContent")
    await page.ask("document.querySelectorAll('.tabs button')[2].click()")
    await page.until(f"{TITLES}.length === 1 && document.querySelector('.row .age').textContent.endsWith('lagi')")
    await page.ask("document.querySelector('.preview footer .primary').click()")
    await page.until("document.querySelector('.preview footer .primary kbd')")
    assert city.alarms.latest[record.change.alarm.id].change.alarm.state is AlarmState.UNACK


async def test_enter_opens_and_then_enters_the_details(page: Page, city: FakeCity, server: TestServer) -> None:
    city.raise_alarm("Pasang rob 1,21 m", value=1.21)
    await page.open(str(server.make_url("/")))
    await page.until(f"document.querySelector('.row') && {LIVE}")
    await page.press("Enter")
    await page.until("document.querySelector('.preview .big')")
    await page.press("Enter")
    await page.until("document.activeElement.matches('.preview .scroll')")


@pytest.mark.parametrize("width", [1024, 390])
async def test_the_figure_is_never_cut_short(page: Page, city: FakeCity, server: TestServer, width: int) -> None:
    city.raise_alarm("Hujan sangat lebat di atas semua ambang (sesaat, demo) 112 mm/jam")
    await page.open(str(server.make_url("/")), width=width, height=844)
    await page.until("document.querySelector('.row')")
    assert await page.ask("document.querySelector('.row .words').scrollWidth > innerWidth / 4")
    edges = (
        "['.row .title .figure', '.row .title'].map(one => document.querySelector(one).getBoundingClientRect().right)"
    )
    figure, title = await page.ask(edges)
    assert figure <= title
    assert await page.ask("document.querySelector('.row .title .figure').textContent") == " 112 mm/jam"


async def test_a_conflict_is_said_and_the_truth_is_shown(page: Page, city: FakeCity, server: TestServer) -> None:
    record = city.raise_alarm()
    city.alarms.tick_s = 60
    await page.open(str(server.make_url("/")) + f"?alarm={record.change.alarm.id}")
    await page.until(f"document.querySelector('.primary') && {LIVE}")
    city.alarms.wakes = False  # a colleague was quicker, and this wall does not know yet
    city.acknowledge(record, "Budi")
    await page.ask("document.querySelector('.primary').click()")
    await page.until("document.querySelector('[role=alert]')")
    city.alarms.wake()
    await page.until("document.querySelector('.settled')?.textContent.includes('Budi')")


async def test_nothing_moves_under_the_pointer(page: Page, city: FakeCity, server: TestServer) -> None:
    city.raise_alarm("pertama")
    await page.open(str(server.make_url("/")))
    await page.until(f"document.querySelector('.row') && {LIVE}")
    await page.point(".row")
    city.raise_alarm("kedua", priority=Priority.DARURAT)
    city.raise_alarm("ketiga")
    await page.until("document.querySelector('.pill')?.textContent.includes('2 baru')")
    assert await page.ask(TITLES) == ["pertama"]
    await page.ask("document.querySelector('.pill').click()")
    await page.until(f"{TITLES}.join() === 'kedua,ketiga,pertama'")


async def test_a_picture_on_its_way_is_shown_when_it_comes(page: Page, city: FakeCity, server: TestServer) -> None:
    sha256 = "ab" * 32
    record = city.raise_alarm("Kerumunan", source="cam-alun-alun", site="alun-alun", evidence=sha256)
    await page.open(str(server.make_url("/")) + f"?alarm={record.change.alarm.id}")
    await page.until("document.querySelector('.preview')?.innerText.includes('Gambar menyusul')")
    city.pictures.kept[sha256] = picture(1, "bukti")
    await page.until("document.querySelector('.preview figure img')?.naturalWidth === 640")


async def test_a_filmstrip_keeps_its_shape_and_a_click_shows_it_large(
    page: Page, city: FakeCity, server: TestServer
) -> None:
    record = city.raise_alarm(
        "Tumpukan sampah", source="cam-pasar", site="leteh", kind="waste_pile", evidence=city.evidence(11, "bukti")
    )
    await page.open(str(server.make_url("/")) + f"?alarm={record.change.alarm.id}")
    strip = "document.querySelector('.preview .film img')"
    await page.until(f"{strip}?.clientWidth > 300")
    shape = f"[{strip}.clientWidth / {strip}.clientHeight, {strip}.naturalWidth / {strip}.naturalHeight]"
    shown, true = await page.ask(shape)
    assert shown == pytest.approx(true, rel=0.02)
    assert "terpenuhi" in await page.ask("document.querySelector('.preview figcaption').textContent")
    await page.ask(f"{strip}.click()")
    await page.until("document.querySelector('dialog.large[open] img')?.clientWidth > 600")
    await page.press("a")
    assert city.alarms.latest[record.change.alarm.id].change.alarm.state is AlarmState.UNACK
    await page.press("Escape")
    await page.until("!document.querySelector('dialog')")
    assert await page.ask("document.querySelector('.preview') !== null")


async def test_a_thumbnail_shows_the_panel_of_now(page: Page, city: FakeCity, server: TestServer) -> None:
    city.raise_alarm("Tumpukan sampah", source="cam-pasar", site="leteh", evidence=city.evidence(11, "bukti"))
    await page.open(str(server.make_url("/")))
    await page.until("document.querySelector('.thumb img')?.naturalWidth > 0")
    style = "getComputedStyle(document.querySelector('.thumb img'))"
    assert await page.ask(f"{style}.objectPosition") == "50% 0%"
    # As wide as the sheet, the crop ends above the earlier panels.
    box = "document.querySelector('.thumb img')"
    cropped = f"{box}.clientHeight / {box}.clientWidth * {box}.naturalWidth / {box}.naturalHeight"
    assert 0.6 < await page.ask(cropped) < 0.7


async def test_old_pictures_and_stopped_data_say_so(page: Page, city: FakeCity, server: TestServer) -> None:
    await page.open(str(server.make_url("/")))
    await page.until("document.querySelector('.tile .across')?.textContent.includes('4 m')")
    assert await page.ask("document.querySelectorAll('.tile .stale').length") == 1
    assert await page.ask("document.querySelector('.banner')") is None
    city.lives.heard = None
    await page.until("document.querySelector('.banner')?.textContent.includes('Belum ada data')")
    city.lives.taking = Takers(works=False, waiting=1)
    await page.until("document.querySelector('.banner')?.textContent.includes('Tidak ada penerima data')")
    assert "1 penerima menunggu" in await page.ask("document.querySelector('.banner').textContent")
    city.lives.away = True
    await page.until("document.querySelector('.banner')?.textContent.includes('Basis data tidak menjawab')")
    assert "tenang" not in await page.ask("document.querySelector('.sites ul').textContent")
    city.alarms.away = True


async def test_after_a_cut_nothing_is_missing(page: Page, city: FakeCity) -> None:
    server = TestServer(city.app())
    await server.start_server()
    port = server.port
    await page.open(str(server.make_url("/")))
    await page.until(f"document.querySelector('.empty') && {LIVE}")
    await server.close()
    await page.until("document.querySelector('.badge.lost')")
    await page.until("document.querySelector('.banner')?.textContent.includes('Server tidak menjawab')")
    await page.until("document.querySelector('.fleet')?.textContent.includes('\u2013/4')")
    for number in range(3):
        city.raise_alarm(f"semasa terputus {number}")
    async with TestServer(city.app(), port=port):
        await page.until(f"{TITLES}.length === 3 && {LIVE}", timeout_s=30)
        city.raise_alarm("sesudahnya")
        await page.until(f"{TITLES}.length === 4")


async def test_what_devices_write_is_text_never_markup(page: Page, city: FakeCity, server: TestServer) -> None:
    page.complaints.clear()
    city.raise_alarm("<img src=x onerror=document.title=1>", source="<b>", unit="<i>")
    await page.open(str(server.make_url("/")))
    await page.until("document.querySelector('.row')")
    assert await page.ask(TITLES) == ["<img src=x onerror=document.title=1>"]
    assert page.complaints == []


@pytest.mark.parametrize("width", [1600, 1024, 390])
@pytest.mark.parametrize("dark", [False, True])
async def test_no_width_makes_the_page_scroll_sideways(
    page: Page, city: FakeCity, server: TestServer, width: int, *, dark: bool
) -> None:
    city.fill()
    await page.open(str(server.make_url("/")) + "?lang=en", width=width, height=844, dark=dark)
    await page.until(f"{TITLES}.length === 8")
    assert await page.ask("document.documentElement.scrollWidth <= innerWidth")
    assert await page.ask("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    assert await page.ask("document.documentElement.lang") == "en"


async def test_in_a_flood_alarms_of_one_place_and_cause_are_one_row_that_opens(
    page: Page, city: FakeCity, server: TestServer
) -> None:
    await page.open(str(server.make_url("/")))
    await page.until(f"document.querySelector('.empty') && {LIVE}")
    for number in range(11):
        city.raise_alarm(f"Sensor diam {number}", kind="absence", value=None)
    city.raise_alarm("Kerumunan", kind="crowding", site="alun-alun", priority=Priority.TINGGI)
    await page.until("document.querySelector('.banner')?.innerText.startsWith('Banjir alarm sejak')")
    await page.until(f"{TITLES}.length === 2")
    assert (await page.ask(TITLES))[0].startswith("Kerumunan")
    assert await page.ask("document.querySelector('.behind').textContent") == "+10"
    await page.ask("document.querySelector('.behind').click()")
    await page.until(f"{TITLES}.length === 12")
    await page.ask("document.querySelector('.tabs .listing[aria-pressed=true]').click()")
    await page.until("!document.querySelector('.behind')")
    assert "kelompok=0" in await page.ask("location.search")
    assert page.complaints == []


async def test_the_wall_does_not_say_that_it_sounds_when_sound_was_stopped(page: Page, server: TestServer) -> None:
    made = "class extends AudioContext { constructor() { super(); window.sounding = this } }"
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=f"window.AudioContext = {made}")
    await page.open(str(server.make_url("/")))
    await page.until(f"document.querySelector('.badge.sound') && {LIVE}")
    await page.press("j")
    await page.until("document.querySelector('.badge.sound').title.startsWith('Suara hidup')")
    await page.ask("void window.sounding.suspend()")
    await page.until("document.querySelector('.badge.sound').title.startsWith('Suara belum boleh')")


async def test_m_mutes_the_sound_for_this_person_and_it_stays_visible(
    page: Page, city: FakeCity, server: TestServer
) -> None:
    await page.open(str(server.make_url("/")))
    await page.until(f"document.querySelector('.badge.sound') && {LIVE}")
    assert "Suara belum boleh" in await page.ask("document.querySelector('.badge.sound').title")
    await page.press("j")  # a browser lets a page sound once somebody has pressed something on it
    await page.until("document.querySelector('.badge.sound').title.startsWith('Suara hidup')")
    city.raise_alarm("Pasang rob 1,21 m", priority=Priority.DARURAT)
    await page.until(f"{TITLES}.length === 1")
    await page.press("m")
    await page.until("document.querySelector('.badge.sound').title.startsWith('Suara mati')")
    await page.open(str(server.make_url("/?lang=en")))
    await page.until("document.querySelector('.badge.sound')?.title.startsWith('Sound off')")
    await page.press("m")
    assert page.complaints == []
