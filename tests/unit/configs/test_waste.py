"""What the section `waste` of a site file must and must not say."""

from pathlib import Path

import pytest

from configs.load import find_mistakes, load_site

SITE = """
city: {name: Rembang}
offices: [{id: dlh, name: DLH}]
sites: [{id: pasar, name: Pasar, kecamatan: 33.17.10, position: {lat: -6.7, lon: 111.3}}]
cameras:
  - {id: cam-1, name: Kamera, site: pasar, url: "rtsp://127.0.0.1/x", purpose: uji, zones: [
      {id: sudut, polygon: [[0, 0], [1, 0], [1, 1]], detect: {waste_pile: {}}},
      {id: jalan, polygon: [[0, 0], [1, 0], [1, 1]], detect: {crowding: {count: 9}}}]}
sensors:
  - {id: isi-1, name: Isi, site: pasar, metrics: {fill: {unit: "%"}, depth: {unit: cm}}}
"""
WATCHED = "{{id: {}, name: X, kind: tps, site: pasar, camera: cam-1}}"
TPS = "{id: tps, name: TPS, kind: tps, site: pasar}"


def complaints(tmp_path: Path, waste: str) -> list[tuple[str, str]]:
    file = tmp_path / "site.yaml"
    file.write_text(SITE + f"waste: {waste}\n")
    return [(mistake.path, mistake.problem) for mistake in find_mistakes(file)]


def test_a_whole_programme_is_read_with_the_targets_of_the_demo_where_nobody_says_others(tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    watched = (
        "{id: liar, name: Liar, kind: hot_spot, kecamatan: 33.17.14, position: {lat: -6.7, lon: 111.4}, camera: cam-1}"
    )
    file.write_text(SITE + f"waste: {{sites: [{TPS}, {watched}], bins: [{{id: bak, site: tps, sensor: isi-1}}]}}\n")
    waste = load_site(file).waste
    assert (waste.targets.accept_min, waste.targets.dispatch_h, waste.targets.clear_h) == (30, 4, 24)
    assert (waste.repeat_days, waste.density_t_m3, waste.bins[0].volume_m3) == (30, 0.16, 6)


@pytest.mark.parametrize(
    ("waste", "path", "word"),
    [
        (f"{{sites: [{TPS}, {TPS}]}}", "waste.sites[1].id", "both"),
        ("{sites: [{id: x, name: X, kind: tps}]}", "waste.sites[0].site", "where it lies"),
        ("{sites: [{id: x, name: X, kind: tps, site: pasr}]}", "waste.sites[0].site", "not among sites"),
        ("{sites: [{id: x, name: X, kind: dump, site: pasar}]}", "waste.sites[0].kind", "dump"),
        ("{sites: [{id: x, name: X, kind: tps, site: pasar, zone: sudut}]}", "waste.sites[0].zone", "no camera"),
        ("{sites: [{id: x, name: X, kind: tps, site: pasar, camera: cam-2}]}", "waste.sites[0].camera", "cameras"),
        (
            "{sites: [{id: x, name: X, kind: tps, site: pasar, camera: cam-1, zone: jalan}]}",
            "waste.sites[0].zone",
            "waste_pile",
        ),
        (
            "{sites: [{id: x, name: X, kind: tps, site: pasar, weighbridge: y}]}",
            "waste.sites[0].weighbridge",
            "sensors",
        ),
        (
            f"{{sites: [{WATCHED.format('x')}, {WATCHED.format('y')}]}}",
            "waste.sites[1].zone",
            "already",
        ),
        ("{bins: [{id: b, site: tps, sensor: isi-1}]}", "waste.bins[0].site", "sites of waste"),
        (f"{{sites: [{TPS}], bins: [{{id: b, site: tps, sensor: isi-9}}]}}", "waste.bins[0].sensor", "sensors"),
        (
            f"{{sites: [{TPS}], bins: [{{id: b, site: tps, sensor: isi-1, metric: depth}}]}}",
            "waste.bins[0].metric",
            "cm",
        ),
        ("{composition: {food: 60, plastic: 30}}", "waste.composition", "100 %"),
        ("{targets: {clear_h: 0}}", "waste.targets.clear_h", "0"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(tmp_path: Path, waste: str, path: str, word: str) -> None:
    ((where, problem),) = complaints(tmp_path, waste)
    assert (where, word in problem) == (path, True), problem
