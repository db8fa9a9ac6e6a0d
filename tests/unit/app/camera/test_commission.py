import json
import math
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.camera.abilities import Ability, Conditions, abilities
from app.camera.commission import commission
from app.camera.figures import StreamFigures
from app.camera.record import Record, noise_between
from app.camera.report import html
from app.camera.scale import PERSON_M, scale_of
from app.camera.source import Source
from configs.cameras import Camera
from events.errors import SourceError
from events.geometry import Box
from tests.clips import Gray, street, write_clip
from tests.unit.app.camera.test_figures import heard, stream
from tests.unit.vision.frames import frame

PEOPLE = [
    {"head": [0.3, 0.6], "feet": [0.3, 0.9]},
    {"head": [0.6, 0.4], "feet": [0.6, 0.5]},
]
GROUND = [
    {"at": [0.25, 0.9], "metres": [0, 0]},
    {"at": [0.75, 0.9], "metres": [4, 0]},
    {"at": [0.6, 0.5], "metres": [4, 6]},
    {"at": [0.4, 0.5], "metres": [0, 6]},
]


def camera(detect: dict[str, object] | None = None, **keys: object) -> Camera:
    polygon = keys.pop("polygon", [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]])
    zones = [] if detect is None else [{"id": "a", "polygon": polygon, "detect": detect}]
    return Camera.model_validate(
        {"id": "cam", "name": "Pasar <utara>", "site": "x", "url": "rtsp://127.0.0.1/x", "zones": zones, **keys}
    )


def judged(settings: Camera, record: Record | None = None, figures: StreamFigures | None = None) -> dict[str, Ability]:
    scale = scale_of(settings, (), width_px=1920, height_px=1080)
    conditions = Conditions(
        camera=settings,
        figures=(figures or stream()).figures(),
        record=record or Record(),
        scale=scale,
        width_px=1920,
        height_px=1080,
    )
    return {one.detector: one for one in abilities(conditions)}


def says(ability: Ability) -> str:
    return "; ".join(ability.says)


def test_two_marked_people_say_how_tall_people_look_everywhere() -> None:
    scale = scale_of(camera(people=PEOPLE), (), width_px=1920, height_px=1080)
    assert scale is not None
    assert scale.person_share(0.9) == pytest.approx(0.3)
    assert scale.person_share(0.5) == pytest.approx(0.1)
    assert scale.person_share(0.3) == 0.0
    assert scale.px_per_m(0.5, 0.9) == pytest.approx(0.3 * 1080 / PERSON_M)
    assert scale.area_m2([(0, 0), (1, 0), (1, 1)]) is None


def test_marked_ground_gives_metres_and_areas() -> None:
    scale = scale_of(camera(homography=GROUND), (), width_px=1920, height_px=1080)
    assert scale is not None
    assert scale.px_per_m(0.5, 0.9) == pytest.approx(0.5 * 1920 / 4, rel=0.01)
    assert scale.px_per_m(0.5, 0.5) == pytest.approx(0.2 * 1920 / 4, rel=0.01)
    assert scale.area_m2([point["at"] for point in GROUND]) == pytest.approx(24.0, rel=1e-3)  # type: ignore[misc]
    assert scale.person_share(0.9) > scale.person_share(0.5) > 0


@given(k=st.floats(0.1, 1.0), feet=st.lists(st.floats(0.3, 0.9), min_size=8, max_size=30))
def test_people_who_were_seen_do_where_nothing_is_marked(k: float, feet: list[float]) -> None:
    people = [Box(0.4, y - k * (y + 0.08), 0.1, k * (y + 0.08)) for y in feet if y - k * (y + 0.08) > 0.02]
    scale = scale_of(camera(), people, width_px=1920, height_px=1080)
    if len(people) < 8:
        assert scale is None
    else:
        assert scale is not None
        assert scale.person_share(0.7) == pytest.approx(k * 0.78, rel=1e-6)


def test_people_cut_by_an_edge_say_nothing() -> None:
    assert scale_of(camera(), [Box(0.4, 0.5, 0.1, 0.5)] * 20, width_px=1920, height_px=1080) is None


def test_crowding_says_whether_people_are_large_enough() -> None:
    near = judged(camera({"crowding": {"count": 8}}, people=PEOPLE))["crowding"]
    assert near.verdict == "limited"
    assert "108 px tall at the far edge and 324 px at the near one" in says(near)
    assert "beyond row 0.54" in says(near)
    zone = [[0.1, 0.7], [0.9, 0.7], [0.9, 0.9], [0.1, 0.9]]
    assert judged(camera({"crowding": {"count": 8}}, people=PEOPLE, polygon=zone))["crowding"].verdict == "good"
    far = [[0.1, 0.31], [0.9, 0.31], [0.9, 0.36], [0.1, 0.36]]
    assert judged(camera({"crowding": {"count": 8}}, people=PEOPLE, polygon=far))["crowding"].verdict == "cannot"
    unmarked = judged(camera({"crowding": {"count": 8}}))["crowding"]
    assert "pantau camera zones" in says(unmarked)


def test_waste_says_its_size_on_the_ground_and_asks_for_a_reference() -> None:
    told = judged(camera({"waste_pile": {"coverage": 0.25}}, homography=GROUND))["waste_pile"]
    area = scale_of(camera(homography=GROUND), (), width_px=1920, height_px=1080)
    assert area is not None
    assert "clean reference" in says(told)
    assert re.search(r"25 % of the zone, about [\d.]+ of \d+ m²", says(told))


def test_a_left_object_says_its_least_size_near_and_far() -> None:
    told = says(judged(camera({"abandoned_object": {}}, homography=GROUND))["abandoned_object"])
    assert "72 px across (30 cm near, 75 cm far)" in told


def test_a_gauge_says_its_centimetres_a_row() -> None:
    gauge = [{"at": [0.5, 0.5], "cm": 100}, {"at": [0.5, 0.9], "cm": 0}]
    fine = judged(camera({"water_level": {}}, gauge=gauge))["water_level"]
    assert "a centimetre of the gauge is 4.32 px" in says(fine)
    assert "1.4 cm" in says(fine)
    coarse = [{"at": [0.5, 0.5], "cm": 400}, {"at": [0.5, 0.6], "cm": 0}]
    assert judged(camera({"water_level": {}}, gauge=coarse))["water_level"].verdict == "limited"
    assert "no gauge" in says(judged(camera({"water_level": {}}))["water_level"])


def test_green_cover_needs_colours() -> None:
    record = Record()
    record.saturation.append(2.0)
    assert judged(camera({"green_cover": {}}), record)["green_cover"].verdict == "cannot"
    record.saturation.append(80.0)
    assert judged(camera({"green_cover": {}}), record)["green_cover"].verdict == "good"


def test_a_tiny_zone_is_said_to_be_one() -> None:
    tiny = [[0.1, 0.1], [0.13, 0.1], [0.13, 0.13], [0.1, 0.13]]
    assert "draw it larger" in says(judged(camera({"waste_pile": {}}, polygon=tiny))["waste_pile"])


def test_keyframes_add_their_wait() -> None:
    told = says(judged(camera({"crowding": {"count": 8}}, people=PEOPLE))["crowding"])
    assert "30 s, and up to 2 s more" in told
    whole = says(judged(camera({"crowding": {"count": 8}}, people=PEOPLE, decode="all"))["crowding"])
    assert "more with keyframes" not in whole
    slow = says(judged(camera({"crowding": {"count": 8}}, decode="keyframes"), figures=stream(gop=250))["crowding"])
    assert "does not suit" in slow


@pytest.mark.parametrize("sigma", [1.5, 4.0, 9.0])
def test_noise_is_measured_beside_what_moves(sigma: float) -> None:
    random = np.random.default_rng(1)
    scene = np.kron(random.integers(60, 190, (20, 36)), np.ones((9, 9)))
    one, other = (np.clip(scene + random.normal(0, sigma, scene.shape), 0, 255).astype(np.int16) for _ in range(2))
    other[40:90, 100:200] = 250
    assert noise_between(one, other) == pytest.approx(sigma, rel=0.15)
    assert math.isnan(noise_between(None, one))


def test_shake_and_night_are_recorded() -> None:
    record = Record()
    raw = np.random.default_rng(2).integers(0, 255, (360, 640)).astype(np.uint8)
    scene = np.asarray(cv2.GaussianBlur(raw, (9, 9), 3), np.uint8)
    for second in range(40):
        shift = 8 * (second % 2) if second < 20 else 0
        light = 1 if second < 20 else 8
        picture = np.asarray(np.roll(scene, shift, axis=1) // light, np.uint8)
        small = cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA)
        record.add(frame(picture, float(second)), np.asarray(small, np.uint8), float(second))
    steady, most = record.shake_px()
    assert steady == pytest.approx(8.0, abs=1.5)
    assert most >= steady
    day, night = record.light()
    assert (day.share, night.share) == (0.5, 0.5)
    assert night.brightness < day.brightness
    assert record.darkest is not None
    assert record.brightest is not None
    assert record.darkest[0] < record.brightest[0]
    scenery = record.scenery()
    assert scenery is not None
    assert scenery.shape == (360, 640, 3)


def test_passers_by_are_gone_from_the_scenery() -> None:
    record = Record()
    for second in range(12):
        picture = np.full((180, 320), 120, np.uint8)
        picture[60:120, 20 + 24 * second : 40 + 24 * second] = 250
        record.add(frame(picture, float(second)), picture, float(second))
    scenery = record.scenery()
    assert scenery is not None
    assert int(scenery.max()) < 140


def test_a_day_is_kept_in_few_pictures_spread_over_it() -> None:
    record = Record()
    picture = np.full((180, 320), 120, np.uint8)
    for second in range(2_000):
        record.add(frame(picture, float(second)), picture, float(second))
    times = [t_s for t_s, _ in record.pictures]
    assert len(times) <= 18
    assert times[0] == 0.0
    assert times[-1] > 1_500


def flicker(number: int) -> Gray:
    return street(320, 180, number)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "street.mp4", pictures=200, group=50, scene=flicker)


def test_a_file_is_commissioned_into_one_page_that_needs_nothing_else(clip: Path) -> None:
    settings = camera({"crowding": {"count": 8}, "waste_pile": {}}, people=PEOPLE)
    source = Source(shown="street.mp4", address=str(clip), is_file=True, camera=settings)
    shares: list[float] = []
    found = commission(source, minutes=0.2, finder=None, on_progress=shares.append)
    assert shares == sorted(shares)
    assert found.outages == ()
    assert [one.detector for one in found.abilities] == ["health", "crowding", "waste_pile"]
    page = html(found, None)
    assert "Pasar &lt;utara&gt;" in page
    assert "<utara>" not in page
    addresses = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert addresses
    assert all(address.startswith("data:image/") for address in addresses)
    assert "<script" not in page
    assert "http://" not in page
    assert len(page) < 2_000_000
    told = json.loads(json.dumps(found.as_json()))
    assert told["figures"]["fps"] == pytest.approx(25.0, rel=0.01)
    assert told["scale"]["how"] == "marks"


def test_without_the_network_single_pictures_are_pixelated_whole(clip: Path) -> None:
    from app.camera.report_pictures import lit  # noqa: PLC0415 - one test needs it

    source = Source(shown="street.mp4", address=str(clip), is_file=True, camera=camera())
    found = commission(source, minutes=0.1, finder=None)
    assert found.record.brightest is not None
    shown = cv2.cvtColor(lit(found.record.brightest[1], None), cv2.COLOR_BGR2GRAY)
    # Cells of a mosaic: nearly all neighbours are alike.
    assert float((np.diff(shown.astype(np.int16), axis=1) == 0).mean()) > 0.8


def test_a_trial_that_is_stopped_reports_what_it_saw(clip: Path) -> None:
    source = Source(shown="street.mp4", address=str(clip), is_file=True, camera=camera())

    def stop(share: float) -> None:
        if share > 0.05:
            raise KeyboardInterrupt

    found = commission(source, minutes=0.5, finder=None, on_progress=stop)
    assert 1.0 < found.figures.seconds < 3.0


def test_too_little_is_said_to_be_too_little(tmp_path: Path) -> None:
    one = write_clip(tmp_path / "one.mp4", pictures=1)
    with pytest.raises(SourceError, match=r"one\.mp4"):
        commission(Source(shown="one.mp4", address=str(one), is_file=True), minutes=1, finder=None)


def test_heard_packets_without_content_are_no_pictures() -> None:
    figures = StreamFigures(is_file=True)
    figures.add(heard(0.0, 0.0, size=0))
    assert figures.packets == 0
