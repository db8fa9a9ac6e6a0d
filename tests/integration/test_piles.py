"""Incidents of waste in the transaction that stores what cameras saw, over the real database."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from uuid6 import uuid7

from app.waste.judging import pile_judge
from events.ids import SourceId, ZoneId
from events.intake import Intake
from events.observation import Phase
from storage.pictures import PictureStore
from storage.seed import seed
from storage.writer import Writer
from tests.material import NOON, NoRules, at, canary, statement, telemetry
from tests.waste_town import WASTE_CITY


class Clock:
    """The present of the test."""

    def __init__(self) -> None:
        self.now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def city(each_database: str) -> str:
    seed(each_database, WASTE_CITY)
    return each_database


@pytest.fixture
def writer(city: str, tmp_path: Path, clock: Clock) -> Iterator[Writer]:
    writer = Writer(
        city,
        NoRules(),
        PictureStore(tmp_path / "pictures"),
        clock,
        piles=pile_judge(WASTE_CITY),
        camera_units={"coverage": "1"},
    )
    yield writer
    writer.close()


def pile(name: str, phase: Phase, at_s: float, zone: str = "sudut", **changes: Any) -> Intake:
    given = {"kind": "waste_pile", "zone": ZoneId(zone), "started_at": at(min(at_s, 0)), "attrs": {}} | changes
    return statement(name, phase, at_s, **given)


def covered(at_s: float, share: float) -> Intake:
    return telemetry("cam", at_s, {"coverage.sudut": share})


def rows(url: str, text: str, *parameters: object) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(text.encode(), list(parameters)).fetchall()


def incidents(url: str) -> list[dict[str, Any]]:
    return rows(url, "SELECT * FROM gareng_mesem.incident ORDER BY detected_at, id")


def life(url: str) -> list[tuple[str, str, str]]:
    found = rows(url, "SELECT action, state, actor FROM gareng_mesem.incident_event ORDER BY seq")
    return [(row["action"], row["state"], row["actor"]) for row in found]


def claim(url: str, at_s: float) -> None:
    """Have a person claim that the pile is gone, as far as the database knows."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE gareng_mesem.incident SET state = 'cleared', cleared_at = %s", [at(at_s)])


def test_a_pile_is_one_incident_however_often_it_is_told_and_ends_with_the_camera(city: str, writer: Writer) -> None:
    begin, update = pile("a", Phase.BEGIN, 0, evidence="aa" * 32), pile("a", Phase.UPDATE, 5)
    end = pile("a", Phase.END, 60, attrs={"evidence_after": "bb" * 32})
    for batch in ([begin], [begin, update], [update], [end, begin], [end]):
        writer.commit(batch)
    (found,) = incidents(city)
    assert (found["state"], found["waste_site_id"], found["kecamatan"], found["title"]) == (
        "closed",
        "tps-pasar",
        "33.17.10",
        "TPS Pasar",
    )
    assert (found["evidence_before"], found["evidence_after"]) == ("aa" * 32, "bb" * 32)
    assert (found["detected_at"], found["cleared_at"], found["closed_at"]) == (at(0), at(60), at(60))
    assert life(city) == [("detect", "detected", "cam"), ("clear", "cleared", "cam"), ("close", "closed", "cam")]


def test_a_batch_that_is_refused_leaves_no_incident_behind_and_one_that_is_offered_again_makes_one(
    city: str, writer: Writer
) -> None:
    bad = statement("bad", Phase.BEGIN, 0, kind="crowding", attrs={"text": "\0"})
    writer.commit([pile("a", Phase.BEGIN, 0), bad, pile("b", Phase.BEGIN, 1, zone="jalan")])
    assert [(one["zone"], one["waste_site_id"]) for one in incidents(city)] == [("sudut", "tps-pasar"), ("jalan", None)]
    assert len(rows(city, "SELECT * FROM quarantine")) == 1


def test_a_camera_that_lost_sight_closes_nothing_and_finds_its_incident_again(city: str, writer: Writer) -> None:
    writer.commit([pile("a", Phase.BEGIN, 0), pile("a", Phase.END, 30, attrs={"lost": True})])
    assert [(one["state"], one["seen"]) for one in incidents(city)] == [("detected", False)]
    writer.commit([pile("b", Phase.BEGIN, 60)])
    assert [(one["state"], one["seen"]) for one in incidents(city)] == [("detected", True)]
    writer.commit([pile("b", Phase.END, 90)])
    assert [action for action, _, _ in life(city)] == ["detect", "lose", "see", "clear", "close"]


def test_a_claim_that_the_camera_still_contradicts_is_reopened(city: str, writer: Writer, clock: Clock) -> None:
    writer.commit([pile("a", Phase.BEGIN, 0)])
    claim(city, 600)
    writer.commit([pile("a", Phase.UPDATE, 800)])
    clock.now = at(1400)
    writer.commit([canary(1400)])
    assert incidents(city)[0]["state"] == "cleared"  # a quarter of an hour has not passed
    clock.now = at(1600)
    writer.commit([pile("a", Phase.UPDATE, 1550), canary(1600)])
    (found,) = incidents(city)
    assert (found["state"], found["cleared_at"], found["reopened"]) == ("reopened", None, 1)


def test_a_claim_is_proven_by_coverage_where_the_camera_never_saw_the_pile(
    city: str, writer: Writer, clock: Clock
) -> None:
    writer.commit([pile("a", Phase.BEGIN, 0), pile("a", Phase.END, 10, attrs={"lost": True})])
    claim(city, 100)
    writer.commit([covered(50, 0.4)])  # before the claim
    clock.now = at(500)
    writer.commit([canary(500)])
    assert incidents(city)[0]["state"] == "cleared"  # nothing was seen since
    writer.commit([covered(300, 0.3), covered(450, 0.02), canary(501)])
    assert incidents(city)[0]["state"] == "cleared"  # within the last five minutes it was covered
    clock.now = at(620)
    writer.commit([covered(615, 0.03), canary(620)])
    (found,) = incidents(city)
    assert (found["state"], found["closed_at"]) == ("closed", at(620))
    (event,) = rows(city, "SELECT reason FROM gareng_mesem.incident_event WHERE action = 'close'")
    assert event["reason"].startswith("coverage at most 0.030")


def test_a_pile_that_comes_back_within_thirty_days_is_a_repeat_and_a_later_one_is_not(
    city: str, writer: Writer
) -> None:
    day_s = 86_400
    for name, day in (("a", -70), ("b", -40), ("c", -15), ("d", 0)):
        begun = at(day * day_s)
        writer.commit(
            [
                pile(name, Phase.BEGIN, day * day_s, started_at=begun),
                pile(name, Phase.END, day * day_s + 60, started_at=begun),
            ]
        )
    writer.commit([pile("e", Phase.BEGIN, 300, zone="jalan", started_at=at(300))])
    found = incidents(city)
    spots = {one["id"]: position for position, one in enumerate(found)}
    repeats = [None if one["repeat_of"] is None else spots[one["repeat_of"]] for one in found]
    # 25 days lie between the second and the third; the last stands at another corner, 0 m away by its camera's place.
    assert repeats == [None, None, 1, 2, 3]
    (spot,) = rows(city, "SELECT * FROM gareng_mesem.repeat_spots(%s)", at(day_s))
    assert (spot["piles"], spot["open"], spot["title"]) == (3, 1, "Pasar")


def test_a_false_alarm_is_no_earlier_pile(city: str, writer: Writer) -> None:
    writer.commit([pile("a", Phase.BEGIN, 0)])
    with psycopg.connect(city) as connection:
        connection.execute("UPDATE gareng_mesem.incident SET state = 'false_alarm'")
    writer.commit([pile("a", Phase.UPDATE, 5), pile("a", Phase.END, 10), pile("b", Phase.BEGIN, 20)])
    assert [(one["state"], one["repeat_of"]) for one in incidents(city)] == [("false_alarm", None), ("detected", None)]


def weighed(at_s: float, source: str = "timbang", **attrs: Any) -> Intake:
    said = {"reference": "L-1", "gross_kg": 9000, "tare_kg": 4000} | attrs
    return statement(
        f"{uuid7()}", Phase.END, at_s, source=SourceId(source), kind="weighbridge_load", started_at=at(at_s), attrs=said
    )


def test_a_load_over_mqtt_counts_once_and_its_double_with_another_weight_is_quarantined(
    city: str, writer: Writer
) -> None:
    report = writer.commit([weighed(0), weighed(0), weighed(0, gross_kg=9001), weighed(5, reference="L-2")])
    assert [(row["reference"], row["net_kg"]) for row in rows(city, "SELECT * FROM gareng_mesem.load ORDER BY id")] == [
        ("L-1", 5000),
        ("L-2", 5000),
    ]
    assert (report.conflicts, [rejection.reason for _, rejection in report.rejections]) == (1, ["conflict"])
    report = writer.commit([weighed(9, source="cam", reference="L-3")])
    assert [rejection.reason for _, rejection in report.rejections] == ["no_weighbridge"]
    assert [row["reason"] for row in rows(city, "SELECT reason FROM quarantine ORDER BY id")] == [
        "conflict",
        "no_weighbridge",
    ]


def test_the_site_file_is_what_stands_in_the_database_and_what_it_forgets_is_unlisted(city: str) -> None:
    fewer = WASTE_CITY.waste.model_copy(update={"bins": WASTE_CITY.waste.bins[:1], "sites": WASTE_CITY.waste.sites[:2]})
    seed(city, WASTE_CITY.model_copy(update={"waste": fewer}))
    assert [row["id"] for row in rows(city, "SELECT id FROM gareng_mesem.waste_site WHERE NOT listed")] == [
        "liar-utara"
    ]
    assert [row["id"] for row in rows(city, "SELECT id FROM gareng_mesem.bin WHERE NOT listed")] == ["kontainer-2"]
    seed(city, WASTE_CITY)
    (setting,) = rows(city, "SELECT * FROM gareng_mesem.setting")
    assert (setting["demo"], setting["clear"], setting["regency"]) == (True, timedelta(hours=24), "Kota uji")
