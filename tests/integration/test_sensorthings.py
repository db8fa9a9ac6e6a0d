"""SensorThings 1.1 by the requirements of OGC 18-088: each test names the one it holds, `/req/...`."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from events.sensorthings import MODELS, Kind
from tests.sensorthings_town import AIR, PEOPLE, PILES, Service, town
from web.sensorthings.conformance import REQUIREMENTS

pytestmark = pytest.mark.database

MANDATORY = {
    "Things": {"name", "description"},
    "Locations": {"name", "description", "encodingType", "location"},
    "Datastreams": {"name", "description", "unitOfMeasurement", "observationType"},
    "Sensors": {"name", "description", "encodingType", "metadata"},
    "ObservedProperties": {"name", "definition", "description"},
    "Observations": {"phenomenonTime", "result", "resultTime"},
    "FeaturesOfInterest": {"name", "description", "encodingType", "feature"},
}
"""Mandatory properties, tables 4 to 19; historical locations there are none."""


@pytest.fixture
async def service(database_url: str, tmp_path: Path) -> AsyncIterator[Service]:
    async with town(database_url, tmp_path) as root, ClientSession() as session:
        yield Service(session, root)


async def test_the_root_lists_every_set_and_what_is_met(service: Service) -> None:
    """/req/resource-path/resource-path-to-entities: the service root."""
    root = await service.told("")
    assert root["value"] == [{"name": kind.value, "url": f"{service.root}/{kind.value}"} for kind in Kind]
    assert root["serverSettings"]["conformance"] == list(REQUIREMENTS)
    assert not [one for one in REQUIREMENTS if "create" in one or "mqtt" in one or "query-functions" in one]


async def test_every_entity_has_its_properties_its_links_and_an_address_that_leads_to_it(service: Service) -> None:
    """/req/datamodel/*/properties, /relations, /entity-control-information/common-control-information."""
    for name, mandatory in MANDATORY.items():
        answer = await service.told(name, top=2)
        assert answer["value"], name
        for entity in answer["value"]:
            assert mandatory <= entity.keys(), name
            assert await service.told(entity["@iot.selfLink"]) == entity
            for link, about in MODELS[Kind(name)].links.items():
                status, there = await service.asked(entity[f"{link}@iot.navigationLink"])
                if status == 404:
                    assert not about.many
                elif about.many:
                    assert isinstance(there["value"], list)
                else:
                    assert there["@iot.selfLink"].startswith(f"{service.root}/{about.target.value}(")
    assert (await service.told("HistoricalLocations"))["value"] == []


async def test_units_places_and_times_are_those_that_are_stored(service: Service) -> None:
    """/req/datamodel/datastream/properties, /location/properties, /observation/properties."""
    air = await service.told(AIR)
    assert air["unitOfMeasurement"]["symbol"] == "ug/m3"
    assert air["phenomenonTime"] == "2026-03-01T12:00:00.000Z/2026-03-01T12:30:00.000Z"
    assert air["observedArea"] == {"type": "Point", "coordinates": [111.35, -6.706]}
    assert (await service.told("Locations('lasem')"))["location"]["coordinates"] == [111.45, -6.7]
    (newest,) = (await service.told(f"{AIR}/Observations", orderby="phenomenonTime desc", top=1))["value"]
    assert newest["result"] == 900.0
    assert newest["resultQuality"] == "spike"
    assert newest["phenomenonTime"] == newest["resultTime"] == "2026-03-01T12:30:00.000Z"


async def test_cameras_count_and_see(service: Service) -> None:
    """/req/datamodel/observation/properties: of readings of a camera, and of things it saw, with their times."""
    assert await service.results(f"{PEOPLE}/Observations") == [0.0, 1.0, 2.0, 3.0, 4.0]
    ended, lasting = (await service.told(f"{PILES}/Observations"))["value"]
    assert ended["phenomenonTime"] == "2026-03-01T12:01:00.000Z/2026-03-01T12:10:00.000Z"
    assert (ended["result"], ended["parameters"]["phase"]) == (0.5, "end")
    assert (lasting["phenomenonTime"], lasting["result"]) == ("2026-03-01T12:15:00.000Z", 0.75)
    assert (await service.told(f"Observations('{ended['@iot.id']}')/Datastream"))["@iot.id"] == "cam:waste_pile.pojok"
    assert await service.ids("Things('cam')/Datastreams", orderby="id") == [
        "cam.people_count.plaza",
        "cam:waste_pile.pojok",
    ]
    assert (await service.told("ObservedProperties('seen:waste_pile')/Datastreams"))["value"][0]["@iot.id"] == (
        "cam:waste_pile.pojok"
    )


async def test_addresses_lead_along_links_to_properties_values_and_references(service: Service) -> None:
    """/req/resource-path/resource-path-to-entities."""
    (first,) = await service.ids(f"Things('air-1')/{AIR}/Observations", top=1)
    way = f"Things('air-1')/{AIR}/Observations('{first}')"
    assert await service.told(f"{way}/result") == {"result": 10.0}
    assert await service.told(f"{way}/result/$value") == "10.0"
    assert await service.told(f"{AIR}/Thing/Locations('alun-alun')/name/$value") == "Alun-alun"
    assert (await service.told("Locations('lasem')"))["name"] == "Pasar 'Lasem'"
    assert (await service.told(f"Observations('{first}')/FeatureOfInterest"))["@iot.id"] == "alun-alun"
    assert await service.told("Sensors('air-1')/Datastreams/$ref", orderby="id") == {
        "value": [
            {"@iot.selfLink": f"{service.root}/Datastreams('air-1.{metric}')"} for metric in ("pm25", "temperature")
        ]
    }
    assert len(await service.ids("FeaturesOfInterest('lasem')/Observations")) == 7
    assert (await service.asked("FeaturesOfInterest('lasem')/Observations('1.0')"))[0] == 404


MISSING: list[tuple[str, int]] = [
    ("Nothings", 404),
    ("Things('nobody')", 404),
    ("Things(1)", 404),
    ("Things('cam')/Observations", 404),
    ("Things('cam')/Datastreams('air-1.pm25')", 404),
    ("Things/name", 404),
    ("Things('cam')/name/first", 404),
    ("Observations('x')", 404),
    ("Observations('99999999999999999999.1')", 404),
    ("Things('cam", 400),
    ("Datastreams('air-1.pm25')/Thing('x')", 400),
    ("Things('%00')", 400),
]


async def test_what_is_not_there_is_said_so(service: Service) -> None:
    """/req/request-data/status-code."""
    for address, status in MISSING:
        found, answer = await service.asked(address)
        assert found == status, (address, answer)
        assert answer["status"] == status
        assert answer["detail"]


REFUSED: list[tuple[dict[str, str], int]] = [
    ({"filter": "name eq"}, 400),
    ({"filter": "nam eq 'x'"}, 400),
    ({"filter": "name eq 1"}, 400),
    ({"filter": "name"}, 400),
    ({"filter": "(name eq 'x'"}, 400),
    ({"filter": "nofunction(name)"}, 400),
    ({"filter": "geo.distance(properties,geography'POINT(1 1)') lt 1"}, 501),
    ({"filter": "st_within(properties, geography'POLYGON((1 1))')"}, 501),
    ({"filter": "(" * 500 + "name eq 'x'" + ")" * 500}, 400),
    ({"orderby": "Datastreams/name"}, 400),
    ({"orderby": "nothing"}, 400),
    ({"top": "-1"}, 400),
    ({"top": "x"}, 400),
    ({"skip": "1.5"}, 400),
    ({"skip": "99999999999"}, 400),
    ({"count": "1"}, 400),
    ({"select": "nothing"}, 400),
    ({"expand": "Nothing"}, 400),
    ({"expand": "Datastreams($top=1"}, 400),
    ({"expand": "Datastreams/Thing/Datastreams/Thing/Datastreams"}, 400),
    ({"expand": "Datastreams($expand=Thing($top=1))"}, 400),
    ({"skiptoken": "AAAA"}, 400),
    ({"skiptoken": "WzEsMl0"}, 400),
    ({"nonsense": "1"}, 400),
    ({"resultFormat": "dataArray"}, 400),
    ({"resultFormat": "GeoJSON"}, 501),
]


async def test_questions_that_mean_nothing_are_refused_with_a_reason(service: Service) -> None:
    """/req/request-data/query-status-code: 400 what cannot be understood, 501 what is known and not offered."""
    for options, status in REFUSED:
        found, answer = await service.asked("Things", **options)
        assert found == status, (options, answer)
        assert answer["status"] == status
        assert answer["detail"]


async def test_options_of_single_entities_are_refused_and_those_given_twice(service: Service) -> None:
    """/req/request-data/query-status-code."""
    assert (await service.asked("Things('cam')", top=1))[0] == 400
    assert (await service.asked(f"{service.root}/Things?$top=1&$top=2"))[0] == 400


async def test_nothing_can_be_changed(service: Service) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        async with service.session.request(method, f"{service.root}/Things('cam')", json={}) as response:
            assert response.status == 405, method
            assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_what_is_expanded_stands_inside_with_options_of_its_own(service: Service) -> None:
    """/req/request-data/expand, /req/request-data/order."""
    inner = "$select=result;$orderby=phenomenonTime desc;$top=2;$count=true;$filter=resultQuality eq 'ok'"
    answer = await service.told(
        "Things",
        filter="id eq 'air-1'",
        expand=f"Datastreams($orderby=id;$expand=Observations({inner}),Sensor),Locations",
    )
    (thing,) = answer["value"]
    assert [one["@iot.id"] for one in thing["Locations"]] == ["alun-alun"]
    pm25, temperature = thing["Datastreams"]
    assert pm25["Observations"] == [{"result": 39.0}, {"result": 38.0}]
    assert pm25["Observations@iot.count"] == 30
    assert temperature["Sensor"]["@iot.id"] == "air-1"
    following = await service.told(pm25["Observations@iot.nextLink"])
    assert [one["result"] for one in following["value"]] == [37.0, 36.0]
    same = await service.told("Things('air-1')", expand="Datastreams/Sensor,Datastreams/Observations")
    assert {one["Sensor"]["@iot.id"] for one in same["Datastreams"]} == {"air-1"}
    up = await service.told(
        "Observations", top=1, expand="Datastream($expand=Thing,ObservedProperty),FeatureOfInterest"
    )
    assert up["value"][0]["Datastream"]["Thing"]["@iot.id"] == "air-1"


async def test_only_what_is_selected_is_told(service: Service) -> None:
    """/req/request-data/select."""
    answer = await service.told("Things", select="name,id", filter="id eq 'cam'")
    assert answer["value"] == [
        {"@iot.id": "cam", "@iot.selfLink": f"{service.root}/Things('cam')", "name": "Kamera Pasar"}
    ]
    linked = await service.told("Things('cam')", select="Datastreams")
    assert linked == {"Datastreams@iot.navigationLink": f"{service.root}/Things('cam')/Datastreams"}


async def test_sets_are_ordered_also_by_what_links_lead_to(service: Service) -> None:
    """/req/request-data/orderby."""
    assert await service.results(f"{PEOPLE}/Observations", orderby="result desc") == [4.0, 3.0, 2.0, 1.0, 0.0]
    by_thing = await service.ids("Datastreams", orderby="Thing/name desc,name asc")
    assert by_thing == ["air-1.pm25", "air-1.temperature", "cam.people_count.plaza", "cam:waste_pile.pojok"]
    everything = (await service.told("Observations", orderby="phenomenonTime desc,result desc", top=1000))["value"]
    keys = [(one["phenomenonTime"].split("/")[0], one["result"]) for one in everything]
    assert keys == sorted(keys, reverse=True)
    assert len(keys) == 31 + 30 + 5 + 2


async def test_pages_follow_each_other_without_gaps_or_repeats(service: Service) -> None:
    """/req/request-data/top, /skip, /count, /pagination: also where many have the same key, or none."""
    for options in (
        {},
        {"orderby": "result desc"},
        {"orderby": "Datastream/id,result"},
        {"orderby": "parameters/phase"},
    ):
        answer = await service.told("Observations", top=7, count="true", **options)
        assert answer["@iot.count"] == 68
        found = [one["@iot.id"] for one in answer["value"]]
        while "@iot.nextLink" in answer:
            answer = await service.told(answer["@iot.nextLink"])
            assert len(answer["value"]) <= 7
            found += [one["@iot.id"] for one in answer["value"]]
        assert len(found) == len(set(found)) == 68, options
        assert await service.ids("Observations", skip=5, top=3, **options) == found[5:8]
    assert "@iot.nextLink" not in await service.told("Things")
    nothing = await service.told("Things", top=0, count="true")
    assert nothing["value"] == []
    assert nothing["@iot.count"] >= 2


CONDITIONS: list[tuple[str, list[float]]] = [
    ("result gt 38 and resultQuality eq 'ok'", [39.0]),
    ("result ge 38 and not (result ge 39)", [38.0]),
    ("result lt 11 or result eq 11", [10.0, 11.0]),
    ("result le 10", [10.0]),
    ("result ne 900 and result gt 37", [38.0, 39.0]),
    ("result add 1 eq 11", [10.0]),
    ("result sub 1 eq 10 or result mul 2 eq 24", [11.0, 12.0]),
    ("result div 2 eq 6.5", [13.0]),
    ("result mod 10 eq 5", [15.0, 25.0, 35.0]),
    ("result div 0 eq 1", []),
    ("(result gt 10 or result eq 10) and result lt 12", [10.0, 11.0]),
    ("phenomenonTime lt 2026-03-01T12:02:00Z", [10.0, 11.0]),
    ("phenomenonTime le 2026-03-01T19:01:00+07:00", [10.0, 11.0]),
    ("phenomenonTime ge 2026-03-01T12:30:00Z", [900.0]),
    ("phenomenonTime eq 2026-03-01T12:05:00.000Z", [15.0]),
    ("phenomenonTime gt 2026-03-01T12:00:00Z add duration'PT29M'", [900.0]),
    ("phenomenonTime lt 2026-03-01T12:01:00Z/2026-03-01T13:00:00Z", [10.0]),
    ("resultTime sub 2026-03-01T12:00:00Z lt duration'PT2M'", [10.0, 11.0]),
    ("parameters/raw eq 12", [12.0]),
    ("parameters/nothing eq null and result lt 11", [10.0]),
    ("Datastream/Thing/Locations/name eq 'Alun-alun' and result lt 11", [10.0]),
    ("not (Datastream/id ne 'air-1.pm25') and result lt 11", [10.0]),
    ("Datastream/Thing/id eq 'cam' and result lt 11", []),
    ("Datastream/Thing/id eq 'cam' or result lt 11", [10.0]),
    ("Datastream/properties/metric eq 'pm25' and (result lt 11 or Datastream/id eq null)", [10.0]),
    ("Datastream/unitOfMeasurement/symbol eq 'Cel'", []),
    ("FeatureOfInterest/id eq 'alun-alun' and result gt 39", [900.0]),
    ("FeatureOfInterest/id eq 'lasem'", []),
    ("id eq '0.0'", []),
    ("@iot.id ne null and result lt 11", [10.0]),
]


async def test_conditions_choose(service: Service) -> None:
    """/req/request-data/filter, /req/request-data/built-in-filter-operations."""
    for condition, results in CONDITIONS:
        assert await service.results(f"{AIR}/Observations", filter=condition) == results, condition
        counted = await service.told(f"{AIR}/Observations", filter=condition, count="true", top=0)
        assert counted["@iot.count"] == len(results), condition


FUNCTIONS: list[tuple[str, list[str]]] = [
    ("substringof('dara', name)", ["air-1"]),
    ("startswith(name, 'Kamera') and endswith(name, 'Pasar')", ["cam"]),
    ("length(name) eq 5", ["air-1"]),
    ("indexof(name, 'Pasar') eq 7", ["cam"]),
    ("substring(name, 7) eq 'Pasar' and substring(name, 0, 3) eq 'Kam'", ["cam"]),
    ("tolower(name) eq 'udara' and toupper(name) eq 'UDARA'", ["air-1"]),
    ("trim(concat(' ', name)) eq 'Udara'", ["air-1"]),
    ("properties/kind eq 'camera'", ["cam"]),
    ("properties/interval_s eq 60 and properties/listed eq true and id eq 'air-1'", ["air-1"]),
    ("Datastreams/Observations/result gt 800", ["air-1"]),
    ("Datastreams/ObservedProperty/id eq 'people_count'", ["cam"]),
    ("not Datastreams/id ne null", ["vision-0"]),
    ("Locations/location/type eq 'Point' and properties/kind eq 'camera'", ["cam"]),
    ("id eq 'x'' OR 1=1 --'", []),
    ("startswith(name, '%') or name eq '{}' or name eq '%(root)s'", []),
    ("properties/kind eq 'camera''; DROP TABLE reading; --'", []),
    (
        "year(Datastreams/phenomenonTime) eq 2026 and month(Datastreams/phenomenonTime) eq 3 and id eq 'cam'",
        ["cam"],
    ),
    ("date(Datastreams/phenomenonTime) eq 2026-03-01 and hour(Datastreams/phenomenonTime) eq 12", ["air-1", "cam"]),
    ("Datastreams/phenomenonTime lt now() and now() lt maxdatetime() and mindatetime() lt now()", ["air-1", "cam"]),
    ("minute(Datastreams/resultTime) eq 0 and second(Datastreams/resultTime) eq 0", ["air-1", "cam"]),
    ("time(Datastreams/resultTime) eq 12:00:00 and day(Datastreams/resultTime) eq 1", ["air-1", "cam"]),
    ("fractionalseconds(now()) lt 1 and totaloffsetminutes(now()) eq 0 and id eq 'cam'", ["cam"]),
    ("round(1.5) eq 2 and floor(1.5) eq 1 and ceiling(1.5) eq 2 and id eq 'cam'", ["cam"]),
]


async def test_observations_of_everywhere_are_chosen_by_their_datastream(service: Service) -> None:
    """/req/request-data/filter."""
    counting = "Datastream/ObservedProperty/id eq 'people_count'"
    assert await service.results("Observations", filter=f"{counting} and result ge 3") == [3.0, 4.0]
    assert await service.results("Observations", filter="Datastream/properties/seen ne null") == [0.5, 0.75]
    assert await service.results("Observations", filter="Datastream/Thing/id eq 'cam' and result gt 2") == [3.0, 4.0]
    both = "Datastream/Thing/Locations/id eq 'lasem' and result gt 0 and result lt 2"
    assert await service.results("Observations", filter=both) == [1.0, 0.5, 0.75]


async def test_functions_and_links_choose(service: Service) -> None:
    """/req/request-data/filter; /req/request-data/built-in-query-functions but those on shapes, hence not claimed."""
    for condition, ids in FUNCTIONS:
        assert await service.ids("Things", filter=condition, orderby="id") == ids, condition


async def test_numbers_too_large_are_refused_and_hurt_nobody(service: Service) -> None:
    assert (await service.asked("Observations", filter="result mul 1e308 mul 1e308 gt 1"))[0] == 400
    assert len(await service.ids("Observations")) == 68


async def test_observations_come_as_rows_of_a_table(service: Service) -> None:
    """/req/data-array/data-array, the reading half."""
    answer = await service.told(
        "Observations", resultFormat="dataArray", select="id,result", filter="result lt 1", count="true", top=2
    )
    assert answer["@iot.count"] == 3
    (people,) = [one for one in answer["value"] if "people" in one["Datastream@iot.navigationLink"]]
    assert people["components"] == ["id", "result"]
    assert people["dataArray@iot.count"] == len(people["dataArray"]) == 1
    assert people["dataArray"][0][1] == 0.0
    following = await service.told(answer["@iot.nextLink"])
    assert following["value"][0]["dataArray"][0][1] == 0.75


async def test_no_address_of_a_camera_and_no_password_is_told(service: Service) -> None:
    told = [json.dumps(await service.told(kind.value, top=1000)) for kind in Kind]
    for text in told:
        assert "rahasia" not in text
        assert "rtsp" not in text
        assert "192.0.2.7" not in text


async def test_a_question_that_takes_too_long_is_ended(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sensorthings.store.PATIENCE_S", 0.001)
    status, answer = await service.asked("Observations", filter="Datastream/Observations/result gt 1e9", top=1000)
    assert status == 503
    assert "takes longer" in answer["detail"]


async def test_every_edition_tells_the_same(each_database: str, tmp_path: Path) -> None:
    async with town(each_database, tmp_path) as root, ClientSession() as session:
        service = Service(session, root)
        answer = await service.told("Observations", orderby="phenomenonTime desc,result", top=30, count="true")
        found = [one["result"] for one in answer["value"]]
        while "@iot.nextLink" in answer:
            answer = await service.told(answer["@iot.nextLink"])
            found += [one["result"] for one in answer["value"]]
        assert found[:4] == [900.0, 27.5, 39.0, 27.5]
        assert len(found) == 68
        streams = (await service.told("Datastreams", orderby="id", expand="Observations($top=1;$count=true)"))["value"]
        assert [one["Observations@iot.count"] for one in streams] == [31, 30, 5, 2]
        assert streams[2]["phenomenonTime"] == "2026-03-01T12:00:00.000Z/2026-03-01T12:04:00.000Z"
