from datetime import UTC, datetime, timedelta

from events.availability import LifeHistory
from events.clock import ClockOffset
from events.ids import SourceId
from events.liveness import LifeChange, LifeState, SourceLife
from events.reading import LatestValue, Quality, Reading
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import NOON, City

TIDE = SourceId("tide-1")
MIDNIGHT = datetime(2026, 11, 22, 17, tzinfo=UTC)
"""Midnight in Rembang before `NOON`, which is twelve hours later."""


def latest(metric: str, value: float, unit: str) -> LatestValue:
    return LatestValue(Reading(TIDE, metric, NOON, NOON, value, value, Quality.OK), unit)


async def test_a_sensor_tells_its_state_and_its_share_of_each_day_of_the_city(client: Client, city: City) -> None:
    changes = [
        LifeChange(TIDE, MIDNIGHT - timedelta(hours=12), LifeState.ONLINE),
        LifeChange(TIDE, MIDNIGHT + timedelta(hours=3), LifeState.LATE),
        LifeChange(TIDE, MIDNIGHT + timedelta(hours=6), LifeState.ONLINE),
    ]
    city.lives.past = LifeHistory(changes={TIDE: changes}, listening=[(MIDNIGHT - timedelta(days=9), NOON)])
    city.lives.known = [SourceLife(source=TIDE, last_at=NOON, online=None)]
    city.lives.offsets = [ClockOffset(TIDE, NOON, -3.5, 0.1, 31)]
    city.readings.values = [latest("battery", 71, "%"), latest("linkquality", 88, "1"), latest("rssi", -70, "dB[mW]")]
    tide, air = (await (await client.get("/api/v1/sensors")).json())["items"]
    assert (tide["state"], tide["since"], tide["last_at"]) == ("online", "2026-11-22T23:00:00Z", "2026-11-23T05:00:00Z")
    assert [day["share"] for day in tide["days"]] == [0.75, 1.0, None, None, None, None, None]
    assert [day["day"] for day in tide["days"][:2]] == ["2026-11-23", "2026-11-22"]
    assert tide["share_of_week"] == 21 / 24
    assert tide["battery"] == {"value": 71, "unit": "%"}
    assert tide["signal"] == {"value": -70, "unit": "dB[mW]"}
    assert tide["clock_offset_s"] == -3.5
    assert (air["state"], air["since"], air["battery"], air["share_of_week"]) == (None, None, None, None)
