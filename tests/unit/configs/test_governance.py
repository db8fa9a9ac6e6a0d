"""The register of datasets in the site file: what does not fit is told with its place and remedy."""

from pathlib import Path

import pytest

from configs.load import find_mistakes
from configs.programs import dimensions, programme_ids

SITE = """
city: {name: Kota}
offices: [{id: dlh, name: DLH}]
sites: [{id: a, name: A, kecamatan: "33.17.10", position: {lat: -6.7, lon: 111.3}}]
sensors: [{id: bin-1, name: Bin, site: a, metrics: {fill: {unit: "%"}}}]
"""


def complaints(tmp_path: Path, governance: str) -> list[tuple[str, str]]:
    file = tmp_path / "site.yaml"
    file.write_text(SITE + governance)
    return [(mistake.path, mistake.problem) for mistake in find_mistakes(file, {})]


def test_the_plan_has_six_dimensions_and_no_programme_twice() -> None:
    assert len(dimensions()) == 6
    assert len(set(programme_ids())) == len(programme_ids()) == 11


def test_a_dataset_may_name_an_office_a_programme_and_a_sensor_by_which_it_reports(tmp_path: Path) -> None:
    text = "governance: {walidata: dlh, datasets: [{id: x, title: X, opd: dlh, programme: bang-joger, source: bin-1}]}"
    assert complaints(tmp_path, text) == []


@pytest.mark.parametrize(
    ("governance", "path", "word"),
    [
        ("{datasets: [{id: x, title: X, opd: dkh}]}", "governance.datasets[0].opd", "offices"),
        (
            "{datasets: [{id: x, title: X, opd: dlh, programme: bang-jogre}]}",
            "governance.datasets[0].programme",
            "prog",
        ),
        ("{datasets: [{id: x, title: X, opd: dlh, source: bin-2}]}", "governance.datasets[0].source", "sensors"),
        ("{datasets: [{id: bin-1, title: X, opd: dlh}]}", "governance.datasets[0].id", "camera or sensor"),
        ("{datasets: [{id: x, title: X, opd: dlh}, {id: x, title: Y, opd: dlh}]}", "governance.datasets[1].id", "both"),
        ("{datasets: [{id: x, title: X, opd: dlh, every_days: 0}]}", "governance.datasets[0].every_days", "0"),
        ("{walidata: kominfo}", "governance.walidata", "offices"),
        ("{digest: {to: [sekda]}}", "governance.digest.to[0]", "channels"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(tmp_path: Path, governance: str, path: str, word: str) -> None:
    ((where, problem),) = complaints(tmp_path, f"governance: {governance}")
    assert where == path
    assert word in problem
