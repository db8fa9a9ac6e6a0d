from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.camera.sheet import DRAWN, CameraSheet, LooseSheet, detectors, drawing_of
from app.camera.site_text import SiteText, section_text
from configs.load import load_camera
from events.errors import ConfigError

SITE = """\
# Kota.
city: {name: Kota}
sites:
  - {id: pasar, name: Pasar, kecamatan: 33.17.10, position: {lat: -6.70, lon: 111.30}}
cameras:
  - id: one   # first
    name: "Satu"
    site: pasar
    url: rtsp://${U}:${P}@192.0.2.1/x
    zones:
      # drawn by hand
      - id: a
        polygon: [[0.10, 0.1], [0.5, 0.1], [0.5, 0.5]]   # a triangle
        detect:
          crowding: {count: 5}
          # more later
  - {id: two, name: Dua, site: pasar, url: "rtsp://192.0.2.2/x"}   # short
# The end.
rules: []
"""

shares = st.integers(0, 10_000).map(lambda n: n / 10_000)
points = st.tuples(shares, shares).map(list)
zones = st.lists(
    st.fixed_dictionaries(
        {"id": st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)},
        optional={
            "polygon": st.lists(points, min_size=3, max_size=6),
            "detect": st.fixed_dictionaries(
                {},
                optional={
                    "crowding": st.fixed_dictionaries({"count": st.integers(1, 99)}, optional={"hold_s": st.just(2.5)}),
                    "waste_pile": st.just({}),
                    "abandoned_object": st.fixed_dictionaries({"after_s": st.integers(1, 60)}),
                },
            ),
        },
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda zone: str(zone["id"]),
)
drawings = st.fixed_dictionaries(
    {},
    optional={
        "zones": zones,
        "mask": st.lists(st.lists(points, min_size=3, max_size=4), min_size=1, max_size=2),
        "gauge": st.lists(st.fixed_dictionaries({"at": points, "cm": st.integers(-50, 300)}), min_size=2, max_size=2),
        "people": st.lists(st.fixed_dictionaries({"head": points, "feet": points}), min_size=1, max_size=2),
    },
)


def in_order(drawing: dict[str, Any]) -> dict[str, Any]:
    """Zones keep the order of the file, whichever they were drawn in."""
    return drawing | {"zones": sorted(drawing["zones"], key=lambda zone: zone["id"])} if "zones" in drawing else drawing


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return file


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(drawing=drawings, camera=st.sampled_from(["one", "two"]))
def test_a_camera_comes_back_as_it_was_changed_and_nothing_else_does(
    site: Path, drawing: dict[str, Any], camera: str
) -> None:
    site.write_text(SITE)
    text = SiteText(site)
    other = "two" if camera == "one" else "one"
    untouched = text.camera(other)
    text.change_camera(camera, {key: drawing.get(key) for key in DRAWN})
    site.write_text(text.text)
    again = SiteText(site)
    assert in_order(drawing_of(again.camera(camera))) == in_order(drawing)
    assert again.camera(other) == untouched
    for line in ("# Kota.", "# The end.", "rules: []", "city: {name: Kota}"):
        assert line in again.text.splitlines()
    assert again.text.count("rtsp://${U}:${P}@192.0.2.1/x") == 1


def test_setting_what_is_there_changes_not_one_letter(site: Path) -> None:
    text = SiteText(site)
    text.change_camera("one", CameraSheet(site, "one").drawing())
    assert text.text == SITE


def test_comments_stay_beside_what_stays(site: Path) -> None:
    drawing = CameraSheet(site, "one").drawing()
    zone = drawing["zones"][0]  # type: ignore[index]
    new = {"id": "b", "detect": {"waste_pile": {}}}
    CameraSheet(site, "one").save({"zones": [{**zone, "detect": {"crowding": {"count": 9}}}, new]})
    text = site.read_text()
    for comment in ("# first", "# drawn by hand", "# a triangle", "# more later", "# short"):
        assert comment in text
    assert "[[0.10, 0.1], [0.5, 0.1], [0.5, 0.5]]" in text
    assert "crowding: {count: 9}" in text
    assert text.index("# more later") < text.index("id: two")


def test_what_would_be_a_mistake_is_not_saved(site: Path) -> None:
    with pytest.raises(ConfigError, match="was not changed"):
        CameraSheet(site, "one").save({"zones": [{"id": "A B"}]})
    assert site.read_text() == SITE
    assert list(site.parent.iterdir()) == [site]


def test_mistakes_that_were_there_before_do_not_hinder(site: Path) -> None:
    site.write_text(SITE.replace("rules: []", "rulez: []"))
    CameraSheet(site, "two").save({"zones": [{"id": "b", "detect": {"waste_pile": {}}}]})
    assert SiteText(site).camera("two")["zones"][0]["id"] == "b"


def test_windows_lines_and_rights_are_kept(site: Path) -> None:
    site.write_bytes(SITE.replace("\n", "\r\n").encode())
    site.chmod(0o640)
    CameraSheet(site, "two").save({"zones": [{"id": "b"}]})
    assert b"\r\n" in site.read_bytes()
    assert site.read_bytes().count(b"\n") == site.read_bytes().count(b"\r\n")
    assert site.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("cameras: {", "not YAML"),
        ("- a\n", "not a site file"),
        ("city: &c {name: K}\ncameras:\n  - {id: one, x: *c}\n", "refers to other parts"),
    ],
)
def test_what_cannot_be_changed_alone_says_so(site: Path, text: str, what: str) -> None:
    site.write_text(text)
    with pytest.raises(ConfigError, match=what):
        SiteText(site).change_camera("one", {"zones": [{"id": "b"}]})


def test_an_unknown_camera_is_told_with_those_that_are_there(site: Path) -> None:
    with pytest.raises(ConfigError, match="one, two"):
        CameraSheet(site, "three")


def test_a_loose_drawing_is_what_analyze_reads(tmp_path: Path) -> None:
    output = tmp_path / "pasar.yaml"
    sheet = LooseSheet(tmp_path / "monday.mp4", output)
    sheet.save({"zones": [{"id": "a", "detect": {"crowding": {"count": 5}}}]})
    camera = load_camera(output)
    assert (camera.name, camera.zones[0].id) == ("monday", "a")
    with pytest.raises(ConfigError, match="zones"):
        sheet.save({"zones": [{"id": "A"}]})
    with pytest.raises(ConfigError, match="--output"):
        LooseSheet(tmp_path / "monday.mp4", None).save({})


def test_every_detector_is_offered_with_settings_that_can_be_typed() -> None:
    offered = {str(one["name"]): one for one in detectors()}
    assert {"crowding", "waste_pile", "abandoned_object", "water_level", "green_cover"} <= set(offered)
    fields = {field["name"]: field for field in offered["crowding"]["fields"]}  # type: ignore[attr-defined]
    assert fields["count"]["type"] == "integer"
    assert fields["hold_s"]["default"] == 30.0


def test_points_and_settings_stand_on_one_line() -> None:
    drawing = {
        "zones": [{"id": "a", "polygon": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], "detect": {"crowding": {"count": 5}}}],
        "people": [{"head": [0.1, 0.2], "feet": [0.1, 0.5]}],
    }
    assert section_text(drawing) == (
        "zones:\n  - id: a\n    polygon: [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]\n"
        "    detect:\n      crowding: {count: 5}\n"
        "people:\n  - {head: [0.1, 0.2], feet: [0.1, 0.5]}"
    )
