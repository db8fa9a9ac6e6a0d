from datetime import timedelta

from events.ids import SourceId
from events.liveness import LifeState, SourceLife, Takers
from events.reading import LatestValue, Quality, Reading
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import JPEG, NOON, City
from web.snapshots import LatestSnapshots


def value(source: str, metric: str, number: float, unit: str, quality: Quality = Quality.OK) -> LatestValue:
    reading = Reading(SourceId(source), metric, NOON, NOON, number, number, quality)
    return LatestValue(reading, unit)


async def test_latest_values_carry_names_units_and_quality(client: Client, city: City) -> None:
    city.readings.values = [
        value("tide-1", "tide", 1.04, "m", Quality.STUCK),
        value("cam-plaza", "people_count.plaza", 12, "1"),
        value("air-1", "pm25", float("inf"), "ug/m3"),
        value("left-1", "odd", 1, "1"),
    ]
    city.lives.hear(NOON, NOON - timedelta(hours=1))
    city.lives.known = [SourceLife(source=SourceId("air-1"), last_at=NOON, online=None, state=LifeState.ONLINE)]
    items = (await (await client.get("/api/v1/latest")).json())["items"]
    stranger, *items = items
    assert (stranger["source_id"], stranger["source_state"], stranger["site"]) == ("left-1", "unknown", None)
    assert [item["source_state"] for item in items] == ["silent", "up", "silent"]
    assert [(item["source_id"], item["metric"], item["zone"]) for item in items] == [
        ("cam-plaza", "people_count", "plaza"),
        ("air-1", "pm25", None),
        ("tide-1", "tide", None),
    ]
    assert [item["name"] for item in items] == ["Jumlah orang", "pm25", "Tinggi muka air"]
    assert [item["value"] for item in items] == [12, None, 1.04]
    assert items[2]["quality"] == "stuck"
    assert items[2]["unit"] == "m"
    assert items[0]["site_name"] == "Alun-alun (demo)"


async def test_latest_values_of_one_quality_can_be_asked_for(client: Client, city: City) -> None:
    city.readings.values = [value("tide-1", "tide", 1, "m", Quality.STUCK), value("air-1", "pm25", 2, "ug/m3")]
    items = (await (await client.get("/api/v1/latest?quality=ok")).json())["items"]
    assert [item["source_id"] for item in items] == ["air-1"]
    refusal = await client.get("/api/v1/latest?quality=good")
    assert refusal.status == 400
    assert "out_of_range" in (await refusal.json())["detail"]


async def test_sites_say_where_they_are_and_who_answers(client: Client) -> None:
    items = (await (await client.get("/api/v1/sites")).json())["items"]
    assert items[0]["opd_name"] == "Dinas Lingkungan Hidup"
    assert (items[0]["lat"], items[0]["lon"], items[0]["kecamatan"]) == (-6.706, 111.3467, "33.17.10")
    assert [(item["cameras"], item["sensors"]) for item in items] == [(1, 1), (1, 1)]


async def test_cameras_say_how_old_their_picture_is_and_never_their_address(
    client: Client, city: City, snapshots: LatestSnapshots
) -> None:
    city.lives.hear(NOON, NOON - timedelta(hours=1))
    city.lives.known = [SourceLife(source=SourceId("cam-plaza"), last_at=NOON, online=None, state=LifeState.ONLINE)]
    snapshots.put(SourceId("cam-plaza"), JPEG, NOON - timedelta(seconds=3))
    response = await client.get("/api/v1/cameras")
    plaza, harbour = (await response.json())["items"]
    assert (plaza["state"], plaza["picture_age_s"]) == ("up", 3)
    assert plaza["picture_url"] == "/api/v1/cameras/cam-plaza/latest.jpg"
    assert (harbour["state"], harbour["picture_at"], harbour["picture_url"]) == ("silent", None, None)
    text = await response.text()
    assert "rtsp" not in text
    assert "secret" not in text


async def test_the_state_of_the_platform_at_a_glance(client: Client, city: City) -> None:
    city.lives.hear(NOON - timedelta(seconds=2), NOON - timedelta(hours=1))
    city.lives.known = [
        SourceLife(source=SourceId("tide-1"), last_at=NOON, online=True, state=LifeState.LATE),
        SourceLife(source=SourceId("vision-1"), last_at=NOON, online=True),
    ]
    status = await (await client.get("/api/v1/status")).json()
    assert (status["city"], status["demo"], status["timezone"]) == ("Rembang", True, "Asia/Jakarta")
    assert status["operator"] == "Siti"
    assert (status["data_age_s"], status["hearing"]) == (2, True)
    assert status["ingest"] == {"state": "hears", "waiting": 0}
    assert status["cameras"] == {"up": 0, "total": 2}
    assert status["sensors"] == {"up": 1, "total": 2}


async def test_before_anything_was_heard_nothing_is_claimed(client: Client) -> None:
    status = await (await client.get("/api/v1/status")).json()
    assert (status["data_age_s"], status["hearing"]) == (None, False)
    assert status["ingest"] == {"state": "deaf", "waiting": 0}
    assert status["sensors"] == {"up": 0, "total": 2}


async def test_an_ingest_that_waits_is_shown(client: Client, city: City) -> None:
    city.lives.taking = Takers(works=False, waiting=1)
    status = await (await client.get("/api/v1/status")).json()
    assert status["ingest"] == {"state": "absent", "waiting": 1}
