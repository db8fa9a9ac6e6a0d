from datetime import timedelta

import pytest

from events.ids import SourceId
from events.reading import Window
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import City


def window(
    metric: str, mean: float, *, unit: str = "ug/m3", received: int = 1440, gap_s: float = 60, hours: float = 24
) -> Window:
    return Window(
        SourceId("air-1"),
        metric,
        unit,
        received,
        mean,
        timedelta(hours=hours) - timedelta(minutes=1),
        timedelta(seconds=gap_s),
    )


async def test_a_station_shows_its_index_its_dominant_pollutant_and_every_other(client: Client, city: City) -> None:
    city.readings.figures = [window("pm25", 35.0), window("co", 6.0, unit="mg/m3")]
    answer = await (await client.get("/api/v1/ispu")).json()
    assert (answer["start"], answer["end"]) == ("2026-11-22T05:00:00Z", "2026-11-23T05:00:00Z")
    (station,) = answer["items"]
    assert (station["index"], station["category"], station["dominant"]) == (75, "Sedang", "co")
    assert (station["label"], station["colour"], station["provisional"]) == ("ISPU", "#0000cc", False)
    assert [(p["pollutant"], p["index"]) for p in station["pollutants"]] == [("co", 75), ("pm25", 74)]


async def test_too_little_data_makes_it_an_ispu_sementara(client: Client, city: City) -> None:
    city.readings.figures = [window("pm25", 35.0, received=700)]
    (station,) = (await (await client.get("/api/v1/ispu")).json())["items"]
    assert (station["index"], station["provisional"], station["label"]) == (74, True, "ISPU Sementara")


async def test_a_station_without_data_has_no_index_and_is_not_clean(client: Client) -> None:
    (station,) = (await (await client.get("/api/v1/ispu")).json())["items"]
    assert (station["index"], station["category"], station["pollutants"]) == (None, None, [])


async def test_a_unit_that_makes_no_ispu_is_left_out(client: Client, city: City) -> None:
    city.readings.figures = [window("o3", 40.0, unit="[ppb]")]
    (station,) = (await (await client.get("/api/v1/ispu")).json())["items"]
    assert station["index"] is None


async def test_the_stepped_form_is_had_by_asking(client: Client, city: City) -> None:
    city.readings.figures = [window("pm25", 19.71)]
    joined, stepped = [
        (await (await client.get("/api/v1/ispu", params={"form": form})).json())["items"][0]["index"]
        for form in ("joined", "stepped")
    ]
    assert (joined, stepped) == (55, 56)


@pytest.mark.parametrize("query", ["form=other", "at=yesterday"])
async def test_a_bad_question_is_answered_with_what_to_ask(client: Client, query: str) -> None:
    response = await client.get(f"/api/v1/ispu?{query}")
    assert response.status == 400
    assert "want" in (await response.json())["detail"]
