"""What must fit together where a sensor speaks a dialect."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.configs.city import Tree, found, only

Change = Callable[[Tree], object]


def speaking(city: Tree) -> Tree:
    """Let the city's sensor speak Tasmota; return the entry."""
    speech: Tree = {"dialect": "tasmota", "topic": "tele/a/SENSOR", "fields": {"PMS5003.PM2.5": "pm25"}}
    city["sensors"][0]["speaks"] = [speech]
    return speech


def second_sensor(city: Tree, **changes: object) -> None:
    sensor = city["sensors"][0]
    city["sensors"].append({**sensor, "id": "udara-02", "speaks": [{**sensor["speaks"][0], **changes}]})


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        (lambda city, speech: speech.update(dialect="tasmotta"), "dialect", 'write "tasmota"'),
        (lambda city, speech: speech.update(topic="tele/+/SENSOR"), "topic", "wildcard"),
        (lambda city, speech: speech.update(topic="$SYS/SENSOR"), "topic", "the broker's own"),
        (lambda city, speech: speech.update(topic="pantau/v1/x/SENSOR"), "topic", "Pantau's own contract"),
        (lambda city, speech: speech.update(topic="tele/\0/SENSOR"), "topic", "cannot be shown"),
        (lambda city, speech: speech.update(fields={}), "fields", "at least 1"),
        (lambda city, speech: speech.update(fields={"a..b": "pm25"}), "fields.…", "no way to a field"),
        (lambda city, speech: speech["fields"].update({"PM2": "pm2"}), "fields.PM2", 'write "pm25" if that is meant'),
        (lambda city, speech: speech["fields"].update({"PM2": "pm25"}), "fields.PM2", "two fields"),
        (lambda city, speech: speech.update(units={"PM10": "ug/m3"}), "units.PM10", "not among fields"),
        (lambda city, speech: speech.update(units={"PMS5003.PM2.5": "Cel"}), "units.…", "cannot be converted"),
        (lambda city, speech: speech.update(time_field="Time"), "time_field", "only the dialect json"),
        (lambda city, speech: speech.update(records="data"), "records", "only the dialect json"),
        (lambda city, speech: speech.update(rebirth=False), "rebirth", "only Sparkplug"),
        (lambda city, speech: speech.update(scale={"PM10": 2}), "scale.PM10", "not among fields"),
        (lambda city, speech: speech.update(offset={"PM10": 2}), "offset.PM10", "not among fields"),
        (lambda city, speech: speech.update(scale={"PMS5003.PM2.5": 0}), "scale.…", "makes every value 0"),
        (
            lambda city, speech: speech.update(dialect="sparkplug_b", topic="spBv1.0/G/DBIRTH/N/D"),
            "topic",
            "spBv1.0/GROUP/DDATA/NODE/DEVICE",
        ),
        (
            lambda city, speech: speech.update(dialect="sparkplug_b", topic="spBv1.0/G/NDATA/N", status_topic="s"),
            "status_topic",
            "heard anyway",
        ),
        (
            lambda city, speech: speech.update(dialect="chirpstack", topic="a/event/up", status_topic="s"),
            "status_topic",
            "do not say online",
        ),
        (lambda city, speech: speech.update(status_topic="tele/a/SENSOR"), "status_topic", "values are read from"),
    ],
)
def test_what_cannot_be_is_an_error_at_its_place(
    tmp_path: Path, change: Callable[[Tree, Tree], object], path: str, words: str
) -> None:
    mistake = only(found(tmp_path, lambda city: change(city, speaking(city))))
    assert (mistake.path, mistake.warning) == (f"sensors[0].speaks[0].{path}", False)
    assert words in f"{mistake.problem}; {mistake.remedy}"
    assert mistake.line is not None


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({}, "fields.…", 'already read for "udara-01"'),
        ({"dialect": "json", "fields": {"PM10": "pm25"}}, "dialect", "two dialects"),
    ],
)
def test_sensors_that_share_a_topic_must_agree(tmp_path: Path, changes: Tree, path: str, words: str) -> None:
    def change(city: Tree) -> None:
        speaking(city)
        second_sensor(city, **changes)

    mistake = only(found(tmp_path, change))
    assert mistake.path == f"sensors[1].speaks[0].{path}"
    assert words in mistake.problem


def test_sensors_may_share_a_topic_and_a_status(tmp_path: Path) -> None:
    def change(city: Tree) -> None:
        speaking(city)["status_topic"] = "tele/a/LWT"
        second_sensor(city, fields={"OTHER.PM2.5": "pm25"})

    assert found(tmp_path, change) == []


def test_a_topic_that_carries_no_values_is_a_warning(tmp_path: Path) -> None:
    mistake = only(found(tmp_path, lambda city: speaking(city).update(topic="stat/a/RESULT")))
    assert (mistake.path, mistake.warning) == ("sensors[0].speaks[0].topic", True)


def test_a_unit_that_converts_is_good(tmp_path: Path) -> None:
    assert found(tmp_path, lambda city: speaking(city).update(units={"PMS5003.PM2.5": "mg/m3"})) == []


@pytest.mark.parametrize("records", ["*", "data.list"])
def test_a_list_of_moments_may_be_the_message_itself_or_stand_in_it(tmp_path: Path, records: str) -> None:
    changes = {"dialect": "json", "topic": "logger/1", "records": records, "time_field": "t"}

    assert found(tmp_path, lambda city: speaking(city).update(changes)) == []
