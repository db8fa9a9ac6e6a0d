"""One read of a site file tells every mistake at once, each with its place and what to write instead."""

from pathlib import Path

import pytest

from configs.load import DEFAULT_CROWD_PEOPLE, default_camera, find_mistakes, load_camera, load_site
from events.errors import ConfigError
from tests.unit.configs.city import Tree, found, only, write_city

REPOSITORY = Path(__file__).parents[3]


def test_a_good_file_has_no_mistakes_and_loads(tmp_path: Path) -> None:
    path = write_city(tmp_path)
    assert find_mistakes(path, {}) == []
    site = load_site(path, {})
    assert site.cameras[0].zones[0].id == "plaza"
    assert site.rules[0].kind == "threshold"


def test_load_reports_every_mistake_with_its_line_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(
        """\
city: {name: Kota, timezone: Asia/Jakata}
broker:
  embeded: false
  port: "${BROKER_PORT}"
sites:
  - id: pasar
    name: Pasar
    kecamatan: 33.17
    position: {lat: -6.7, lon: 111.3}
    opd: dhl
offices:
  - {id: dlh, name: DLH}
cameras:
  - id: cam-1
    name: Kamera
    site: pasr
    url: http://127.0.0.1/
    decode: keyframe
    zones:
      - id: a
        polygon: [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]]
        detect: {crowding: {hold_s: 3}}
      - id: a
        polygon: [[0, 0], [1280, 0], [1, 1]]
    analyse_fps: fast
sensors:
  - id: cam-1
    site: pasar
    metrics: {pm25: {unit: ug/m3}}
rules:
  - {id: r, kind: threshold, metric: pm52, above: 3}
  - {id: r, kind: observation, observes: crowding, sources: [cam-2]}
  - {id: s, kind: tresh}
  - {id: t, kind: absence, after_s: 0}
"""
    )
    lines = {(mistake.line, mistake.path): mistake for mistake in find_mistakes(path, {}) if not mistake.warning}
    expected = {
        (1, "city.timezone"): "IANA",
        (3, "broker.embeded"): "embedded",
        (4, "broker.port"): "set it",
        (8, "sites[0].kecamatan"): "33.17.10",
        (10, "sites[0].opd"): '"dlh"',
        (16, "cameras[0].site"): '"pasar"',
        (17, "cameras[0].url"): "rtsp://host",
        (18, "cameras[0].decode"): "keyframes",
        (21, "cameras[0].zones[0].polygon"): "order",
        (22, "cameras[0].zones[0].detect.crowding"): "count",
        (23, "cameras[0].zones[1].id"): "own",
        (24, "cameras[0].zones[1].polygon[1][0]"): "not as pixels",
        (25, "cameras[0].analyse_fps"): "a number",
        (27, "sensors[0].id"): "own",
        (27, "sensors[0].name"): "name: Udara",
        (31, "rules[0].metric"): '"pm25"',
        (32, "rules[1].id"): "own",
        (32, "rules[1].sources[0]"): '"cam-1"',
        (33, "rules[2].kind"): "threshold",
        (34, "rules[3].after_s"): "more than 0",
    }
    assert lines.keys() == expected.keys()
    for place, words in expected.items():
        assert words in lines[place].remedy, lines[place]
    with pytest.raises(ConfigError) as caught:
        load_site(path, {})
    assert all(f"{path}:{line}:" in str(caught.value) and where in str(caught.value) for line, where in expected)
    assert f"{len(expected)} mistakes" in str(caught.value)


def test_a_mistake_names_its_column(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("city: {name: x}\nsites: 3\nweb: {port: 80, hots: localhost}\n")
    places = {mistake.path: (mistake.line, mistake.column) for mistake in find_mistakes(path, {})}
    assert places == {"sites": (2, 8), "web.hots": (3, 17)}


def test_warnings_do_not_keep_a_file_from_loading(tmp_path: Path) -> None:
    def change(city: Tree) -> None:
        city["cameras"][0]["live_url"] = "rtsp://127.0.0.1/live"

    path = write_city(tmp_path, change)
    mistakes = find_mistakes(path, {})
    assert [mistake.path for mistake in mistakes] == ["cameras[0].live_url"]
    assert all(mistake.warning for mistake in mistakes)
    assert load_site(path, {}).cameras[0].live_url is not None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mask", [[[0, 0], [1, 1], [0, 1]]]),
        ("ptz", True),
        ("homography", [{"at": [x, y], "metres": [9 * x, 20 * y]} for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]),
        ("gauge", [{"at": [0.5, 0.9], "cm": 0}, {"at": [0.5, 0.1], "cm": 200}]),
        ("people", [{"head": [0.5, 0.5], "feet": [0.5, 0.9]}]),
        ("cadence", 60),
        ("detect_url", "rtsp://127.0.0.1/sub"),
        ("live_url", "rtsp://127.0.0.1/live"),
        ("purpose", "Keamanan"),
        ("legal_basis", "Perda"),
        ("public", True),
    ],
)
def test_reserved_camera_keys_are_accepted_from_the_start(tmp_path: Path, key: str, value: object) -> None:
    path = write_city(tmp_path, lambda city: city["cameras"][0].update({key: value}))
    load_site(path, {})


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("mask", [[[0, 0], [1, 1]]], "cameras[0].mask[0]"),
        ("mask", [[[0, 0], [0.5, 0.5], [1, 1]]], "cameras[0].mask[0]"),
        ("cadence", 0, "cameras[0].cadence"),
        ("cadence", "often", "cameras[0].cadence"),
    ],
)
def test_masks_enclose_something_and_a_cadence_is_a_time(tmp_path: Path, key: str, value: object, place: str) -> None:
    path = write_city(tmp_path, lambda city: city["cameras"][0].update({key: value}))
    assert [mistake.path for mistake in find_mistakes(path, {})] == [place]


def test_the_smaller_stream_is_the_one_looked_at(tmp_path: Path) -> None:
    path = write_city(tmp_path, lambda city: city["cameras"][0].update({"detect_url": "rtsp://127.0.0.1/sub"}))
    small, full = load_site(path, {}).cameras[0], load_site(write_city(tmp_path, lambda _: None), {}).cameras[0]
    assert small.analysed_url.get_secret_value() == "rtsp://127.0.0.1/sub"
    assert full.analysed_url == full.url


def test_relative_paths_start_at_the_folder_of_the_site_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(city: Tree) -> None:
        city["cameras"][0]["zones"][0]["detect"]["waste_pile"] = {"reference": "pictures/clean.png"}
        city["broker"] = {"tls": True, "ca_file": "/etc/ca.pem"}

    path = write_city(tmp_path, change)
    monkeypatch.chdir(tmp_path)
    site = load_site(Path(path.name), {})
    pile = site.cameras[0].zones[0].detect.waste_pile
    assert site.data_dir == tmp_path / ".pantau"
    assert pile is not None
    assert pile.reference == str(tmp_path / "pictures/clean.png")
    assert site.broker.ca_file == Path("/etc/ca.pem")
    missing = [mistake for mistake in find_mistakes(path, {}) if "not there" in mistake.problem]
    assert [mistake.path for mistake in missing] == [
        "cameras[0].zones[0].detect.waste_pile.reference",
        "broker.ca_file",
    ]
    assert all(mistake.warning for mistake in missing)


def test_an_empty_list_section_counts_as_left_out(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(
        "city: {name: x}\nbroker:\nrules:\ncameras:\n"
        "sites: [{id: a, name: A, kecamatan: 33.17.10, position: {lat: 0, lon: 0}}]\n"
    )
    site = load_site(path, {})
    assert site.rules == ()
    assert site.broker.embedded


def test_a_detector_without_settings_is_never_silently_off(tmp_path: Path) -> None:
    def change(city: Tree) -> None:
        city["cameras"][0]["zones"][0]["detect"]["waste_pile"] = None

    mistake = only(found(tmp_path, change))
    assert mistake.path.endswith("waste_pile")
    assert "waste_pile: {}" in mistake.remedy


def test_a_truth_value_is_no_number(tmp_path: Path) -> None:
    mistake = only(found(tmp_path, lambda city: city["cameras"][0].update(analyse_fps=True)))
    assert mistake.path == "cameras[0].analyse_fps"


def test_a_missing_file_is_one_clear_mistake(tmp_path: Path) -> None:
    mistake = only(find_mistakes(tmp_path / "nowhere.yaml", {}))
    assert mistake.line is None
    assert "No such file" in mistake.problem
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        load_site(tmp_path / "nowhere.yaml", {})
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        load_camera(tmp_path / "nowhere.yaml", {})


class TestCamera:
    """The camera section that recordings are analysed by."""

    def test_may_stand_alone_without_name_site_and_address(self, tmp_path: Path) -> None:
        path = tmp_path / "camera.yaml"
        path.write_text("id: cam-x\nzones:\n  - id: plaza\n    detect: {crowding: {count: 14, hold_s: 5}}\n")
        camera = load_camera(path, {})
        assert (camera.id, camera.name) == ("cam-x", "cam-x")
        assert camera.zones[0].detect.crowding is not None

    def test_may_lack_even_its_id(self, tmp_path: Path) -> None:
        path = tmp_path / "camera.yaml"
        path.write_text("health: false\nzones: []\n")
        assert not load_camera(path, {}).health

    def test_is_found_in_a_site_file_with_one_camera(self, tmp_path: Path) -> None:
        assert load_camera(write_city(tmp_path), {}).name == "Kamera"

    def test_is_refused_where_there_are_several(self, tmp_path: Path) -> None:
        path = write_city(tmp_path, lambda city: city["cameras"].append({**city["cameras"][0], "id": "cam-2"}))
        with pytest.raises(ConfigError, match="there are 2"):
            load_camera(path, {})

    def test_needs_no_secrets(self, tmp_path: Path) -> None:
        path = tmp_path / "camera.yaml"
        path.write_text("id: c\nurl: rtsp://${USER_OF_CAMERA}:${PASSWORD_OF_CAMERA}@10.0.0.1/\nlive_url: file:none\n")
        assert "USER_OF_CAMERA" not in load_camera(path, {}).url.get_secret_value()

    def test_finds_its_reference_beside_its_file(self, tmp_path: Path) -> None:
        path = tmp_path / "camera.yaml"
        path.write_text("zones: [{id: a, detect: {waste_pile: {reference: clean.png}}}]\n")
        pile = load_camera(path, {}).zones[0].detect.waste_pile
        assert pile is not None
        assert pile.reference == str(tmp_path / "clean.png")

    def test_reports_its_mistakes_with_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "camera.yaml"
        path.write_text("cameras:\n  - id: c\n    analyse_fps: 0\n    zones:\n      - ide: a\n")
        with pytest.raises(ConfigError) as caught:
            load_camera(path, {})
        text = str(caught.value)
        assert f"{path}:3:18: cameras[0].analyse_fps" in text
        assert f"{path}:5:9: cameras[0].zones[0].ide" in text
        assert "3 mistakes" in text

    @pytest.mark.parametrize("text", ["", "just text", "[1, 2]", "cameras: 3"])
    def test_is_refused_where_there_is_none(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "camera.yaml"
        path.write_text(text)
        with pytest.raises(ConfigError, match="1 mistake"):
            load_camera(path, {})

    def test_default_looks_at_the_whole_picture_for_crowds_and_things_left_behind(self) -> None:
        camera = default_camera("cam-x")
        (zone,) = camera.zones
        assert zone.polygon is None
        assert zone.detect.abandoned_object is not None
        assert zone.detect.waste_pile is None, "a pile there would own every thing left behind"
        assert zone.detect.crowding is not None
        assert zone.detect.crowding.threshold_people(None) == DEFAULT_CROWD_PEOPLE
        assert camera.health


class TestTemplate:
    """`configs/pantau.yaml`, from which an administrator starts."""

    template = REPOSITORY / "configs/pantau.yaml"

    def environ(self, folder: Path) -> dict[str, str]:
        secret = folder / "cam-tps-url"
        secret.write_text("rtsp://user:word@192.0.2.11/stream1\n")
        secret.chmod(0o600)
        return {
            "CAMERA_USER": "user",
            "CAMERA_PASSWORD": "word",
            "PANTAU_SECRETS": str(folder),
            "MQTT_PASSWORD": "word",
            "DATABASE_URL": "postgresql://pantau:word@timescale.example/pantau",
        }

    def test_loads_without_a_warning(self, tmp_path: Path) -> None:
        environ = self.environ(tmp_path)
        assert find_mistakes(self.template, environ) == []
        site = load_site(self.template, environ)
        assert site.cameras[1].url.get_secret_value() == "rtsp://user:word@192.0.2.11/stream1"

    def test_external_servers_load_when_uncommented(self, tmp_path: Path) -> None:
        lines = self.template.read_text(encoding="utf-8").splitlines()
        chosen: list[str] = []
        external = dropped = False
        for line in lines:
            if line.startswith(("broker:", "database:")):
                dropped = True
            elif not line.startswith((" ", "#")):
                dropped = external = False
            if line.startswith("# Instead, "):
                external = True
            elif external:
                chosen.append(line.removeprefix("# "))
            elif not dropped:
                chosen.append(line)
        path = tmp_path / "site.yaml"
        path.write_text("\n".join(chosen), encoding="utf-8")
        environ = self.environ(tmp_path)
        assert find_mistakes(path, environ) == []
        site = load_site(path, environ)
        assert (site.broker.host, site.broker.port, site.broker.tls) == ("mosquitto.example", 8883, True)
        assert site.database.url is not None
        assert not site.database.embedded

    def test_says_what_to_set_where_nothing_is_set(self) -> None:
        problems = {mistake.path: mistake.problem for mistake in find_mistakes(self.template, {})}
        assert "CAMERA_USER and CAMERA_PASSWORD" in problems["cameras[0].url"]
        assert "cameras[1].url" in problems


def test_the_demo_city_has_no_mistakes() -> None:
    demo = REPOSITORY / "configs/demo.yaml"
    if not demo.exists():
        pytest.skip("configs/demo.yaml is not written yet")
    assert [str(mistake) for mistake in find_mistakes(demo, {}) if not mistake.warning] == []
