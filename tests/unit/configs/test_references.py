"""What must fit together across the sections of a site file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from configs.load import load_site
from configs.site import SiteFile
from tests.unit.configs.city import Tree, found, only, small_city, write_city

Change = Callable[[Tree], object]


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (lambda city: city["offices"].append(city["offices"][0]), "offices[1].id", "both have the id"),
        (lambda city: city["sites"].append(city["sites"][0]), "sites[1].id", "both have the id"),
        (lambda city: city["cameras"].append(city["cameras"][0]), "cameras[1].id", "both have the id"),
        (lambda city: city["sensors"].append(city["sensors"][0]), "sensors[1].id", "both have the id"),
        (lambda city: city["rules"].append(city["rules"][0]), "rules[3].id", "both have the id"),
        (lambda city: city["sensors"][0].update(id="cam-1"), "sensors[0].id", "a camera already"),
        (lambda city: city["cameras"][0].update(id="vision-0"), "cameras[0].id", "Pantau itself"),
        (lambda city: city["sensors"][0].update(id="pantau-ingest"), "sensors[0].id", "Pantau itself"),
        (lambda city: city["cameras"][0].update(site="alunalun"), "cameras[0].site", 'write "alun-alun"'),
        (lambda city: city["sensors"][0].update(site="elsewhere"), "sensors[0].site", "not among sites"),
        (lambda city: city["sites"][0].update(opd="bpbd"), "sites[0].opd", "not among offices"),
        (lambda city: city["sensors"][0].update(opd="dhl"), "sensors[0].opd", 'write "dlh"'),
        (lambda city: city["rules"][0].update(sources=["udara-02"]), "rules[0].sources[0]", 'write "udara-01"'),
        (lambda city: city["rules"][0].update(metric="pm52"), "rules[0].metric", 'write "pm25"'),
        (
            lambda city: city["rules"][0].update(sources=["udara-01"], metric="no2"),
            "rules[0].sources[0]",
            '"udara-01" does not have the metric "no2"',
        ),
        (lambda city: city.update(web={"port": 1883}, broker={}), "web.port", "same port"),
    ],
)
def test_what_does_not_fit_is_an_error_at_its_place(tmp_path: Path, change: Change, path: str, words: str) -> None:
    mistake = only(found(tmp_path, change))
    assert (mistake.path, mistake.warning) == (path, False)
    assert mistake.line is not None
    assert words in f"{mistake.problem}; {mistake.remedy}"


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (lambda city: city["rules"][1].update(observes="tumpukan"), "rules[1].observes", "no zone"),
        (
            lambda city: city["cameras"][0]["zones"][0]["detect"].pop("crowding"),
            "rules[1].observes",
            "add it under detect",
        ),
        (lambda city: city["rules"][1].update(observes="crowdng"), "rules[1].observes", 'write "crowding"'),
        (
            lambda city: city["rules"][1].update(observes="tamper", classes=["coverd"]),
            "rules[1].classes[0]",
            'write "covered"',
        ),
        (lambda city: city["rules"][2].update(of="sensors", after_s=60), "rules[2].after_s", "better 180"),
        (lambda city: city["rules"][0].update(above=1000), "rules[0].above", "maximum of the metric is 1000"),
        (
            lambda city: city["sensors"].append(
                {**city["sensors"][0], "id": "udara-02", "metrics": {"pm25": {"unit": "mg/m3"}}}
            ),
            "rules[0].metric",
            "different units",
        ),
    ],
)
def test_a_rule_that_cannot_do_what_it_says_is_a_warning(tmp_path: Path, change: Change, path: str, words: str) -> None:
    mistake = only(found(tmp_path, change))
    assert (mistake.path, mistake.warning) == (path, True)
    assert words in f"{mistake.problem}; {mistake.remedy}"


@pytest.mark.parametrize(
    "change",
    [
        lambda city: city["rules"][0].update(metric="people_count"),
        lambda city: city["rules"][0].update(metric="people_count", sources=["cam-1"]),
        lambda city: city["rules"][1].update(observes="tamper", classes=["no_signal"]),
        lambda city: city["rules"][1].update(observes="door_open", sources=["udara-01"]),
        lambda city: city["rules"][2].update(of="cameras", after_s=10),
    ],
)
def test_rules_on_what_is_there_are_good(tmp_path: Path, change: Change) -> None:
    assert found(tmp_path, change) == []


def test_a_missing_list_of_sites_is_one_mistake_and_not_one_for_each_reference(tmp_path: Path) -> None:
    mistake = only(found(tmp_path, lambda city: city.pop("sites")))
    assert mistake.path == "sites"


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ({"crowding": {}}, "detect.crowding"),
        ({"crowding": {"density_per_m2": 3}}, "detect.crowding.density_per_m2"),
        ({"crowding": {"count": 3, "area_m2": 3, "density_per_m2": 2}}, "detect.crowding.count"),
    ],
)
def test_a_crowd_is_defined_once(tmp_path: Path, section: Tree, path: str) -> None:
    mistake = only(
        found(
            tmp_path,
            lambda city: (
                city["cameras"][0]["zones"][0].update(detect=section | {"waste_pile": {}}) or city["rules"].pop(1)
            ),
        )
    )
    assert mistake.path == f"cameras[0].zones[0].{path}"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda city: city["rules"][0].pop("above"), "rules[0]"),
        (lambda city: city["rules"][0].update(below=3), "rules[0].below"),
        (lambda city: city["sensors"][0]["metrics"]["pm25"].update(minimum=2000), "sensors[0].metrics.pm25.maximum"),
        (lambda city: city.update(broker={"host": "broker.example"}), "broker.host"),
        (lambda city: city.update(broker={"password": "${WORD}"}), "broker.password"),
        (lambda city: city.update(database={"embedded": False}), "database.embedded"),
        (lambda city: city.update(database={"embedded": "${NO}"}), "database.embedded"),
        (lambda city: city.update(database={"url": "postgresql://u@127.0.0.1/d"}), "database.url"),
        (lambda city: city.update(database={"embedded": False, "url": "mysql://u@127.0.0.1/d"}), "database.url"),
    ],
)
def test_keys_of_one_section_that_contradict_each_other_are_told_beside_other_mistakes(
    tmp_path: Path, change: Change, path: str
) -> None:
    def spoil_something_else_too(city: Tree) -> None:
        change(city)
        city["rules"][0]["hold_s"] = "long"
        city["city"]["nme"] = "Kota"
        for section in ("broker", "database"):
            if section in city:
                city[section]["tsl"] = True
        city["sensors"][0]["metrics"]["pm25"]["unit"] = []

    paths = [mistake.path for mistake in found(tmp_path, spoil_something_else_too, {"WORD": "word", "NO": "no"})]
    assert path in paths
    assert {"rules[0].hold_s", "city.nme", "sensors[0].metrics.pm25.unit"} <= set(paths)


def test_a_site_made_in_code_is_held_to_the_same_rules() -> None:
    city = small_city()
    assert SiteFile.model_validate(city).sites[0].id == "alun-alun"
    city["cameras"][0]["site"] = "nowhere"
    with pytest.raises(ValidationError, match="not among sites"):
        SiteFile.model_validate(city)


@pytest.mark.parametrize(
    ("broker", "problem"),
    [
        ({}, "asks nobody"),
        ({"embedded": False}, "sign in too"),
        ({"embedded": False, "username": "pantau"}, "sign in too"),
    ],
)
def test_access_files_need_a_broker_of_one_s_own_and_a_name_there(
    tmp_path: Path, broker: dict[str, object], problem: str
) -> None:
    files = {"passwords": "passwords", "acl": "/etc/acl"}
    mistake = only(found(tmp_path, lambda city: city.update(broker={**broker, "files": files})))
    assert mistake.path == "broker.files"
    assert problem in mistake.problem


def test_access_files_lie_beside_the_site_file(tmp_path: Path) -> None:
    broker = {"embedded": False, "username": "pantau", "password": "${WORD}"}
    files = {"passwords": "passwords", "acl": "/etc/acl"}
    path = write_city(tmp_path, lambda city: city.update(broker={**broker, "files": files}))
    named = load_site(path, {"WORD": "x"}).broker.files
    assert named is not None
    assert (named.passwords, named.acl, named.pid_file) == (tmp_path / "passwords", Path("/etc/acl"), None)
