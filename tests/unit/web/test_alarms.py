import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from events.alarm import AlarmState, Priority
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import City
from tests.unit.web.sse import next_alarm

ISSUE_KEYS = {
    *("id", "seq", "version", "kind", "state", "priority", "source_id", "site", "title", "value", "unit"),
    *("raised_at", "updated_at", "acked_by", "evidence_url"),
}


async def test_the_list_shows_every_promised_key(client: Client, city: City) -> None:
    city.raise_alarm(evidence="ab" * 32)
    listing = await (await client.get("/api/v1/alarms")).json()
    assert set(listing) == {"items", "next", "seq"}
    (item,) = listing["items"]
    assert item.keys() >= ISSUE_KEYS | {"zone", "met_at", "site_name", "source_name", "occurrences", "active", "acked"}
    assert item["priority"] == "sedang"
    assert item["priority_level"] == 3
    assert item["state"] == "UNACK"
    assert item["raised_at"] == "2026-11-23T05:00:00Z"
    assert item["met_at"] == "2026-11-23T04:59:58Z"
    assert item["site_name"] == "Tasikagung (demo)"
    assert item["source_name"] == "Pasang surut"
    assert item["evidence_url"] == f"/api/v1/evidence/{'ab' * 32}.jpg"
    assert item["change"]["action"] == "raise"


async def test_a_value_that_json_cannot_carry_is_null(client: Client, city: City) -> None:
    city.raise_alarm(value=float("nan"))
    listing = await (await client.get("/api/v1/alarms")).json()
    assert listing["items"][0]["value"] is None


async def test_the_list_keeps_to_the_states_asked_for(client: Client, city: City) -> None:
    first, second = city.raise_alarm("satu"), city.raise_alarm("dua")
    city.acknowledge(first)
    titles = {}
    for state in ("UNACK", "ACKED", "unack,acked", "NORM"):
        listing = await (await client.get("/api/v1/alarms", params={"state": state})).json()
        titles[state] = [item["title"] for item in listing["items"]]
    assert titles == {"UNACK": ["dua"], "ACKED": ["satu"], "unack,acked": ["satu", "dua"], "NORM": []}
    assert second.seq == 2


async def test_pages_follow_each_other_without_gap_or_repeat(client: Client, city: City) -> None:
    for number in range(7):
        city.raise_alarm(str(number))
    titles: list[str] = []
    after: str | None = None
    while True:
        params = {"limit": "3"} | ({} if after is None else {"after": after})
        listing = await (await client.get("/api/v1/alarms", params=params)).json()
        titles += [item["title"] for item in listing["items"]]
        after = listing["next"]
        if after is None:
            break
    assert titles == ["6", "5", "4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("state=nonsense", 400),
        ("state=", 400),
        ("limit=0", 400),
        ("limit=501", 400),
        ("limit=-1", 400),
        ("limit=99999", 400),
        ("limit=x", 400),
        ("limit=null", 400),
        ("after=x", 422),
    ],
)
async def test_a_bad_question_is_answered_with_what_to_ask(client: Client, query: str, status: int) -> None:
    response = await client.get(f"/api/v1/alarms?{query}")
    assert response.status == status
    assert response.content_type == "application/problem+json"
    assert "want" in (await response.json())["detail"]


async def test_one_alarm_is_found_by_its_id(client: Client, city: City) -> None:
    record = city.raise_alarm()
    item = await (await client.get(f"/api/v1/alarms/{record.change.alarm.id}")).json()
    assert item["title"] == "Pasang rob 1,04 m"
    assert (await client.get(f"/api/v1/alarms/{uuid4()}")).status == 404
    assert (await client.get("/api/v1/alarms/17")).status == 400


async def test_acknowledging_writes_the_operators_name(client: Client, city: City) -> None:
    record = city.raise_alarm()
    response = await client.post(f"/api/v1/alarms/{record.change.alarm.id}/ack")
    assert response.status == 200
    item = await response.json()
    assert (item["state"], item["acked_by"], item["version"]) == ("ACKED", "Siti", 2)
    assert item["acked_at"] == "2026-11-23T05:00:00Z"
    assert city.alarms.latest[record.change.alarm.id].change.alarm.state is AlarmState.ACKED


async def test_acknowledging_twice_is_a_conflict_and_changes_nothing(client: Client, city: City) -> None:
    record = city.raise_alarm()
    address = f"/api/v1/alarms/{record.change.alarm.id}/ack"
    assert (await client.post(address)).status == 200
    response = await client.post(address)
    assert response.status == 409
    assert response.content_type == "application/problem+json"
    assert len(city.alarms.records) == 2


async def test_an_expected_version_protects_from_accepting_what_was_not_seen(client: Client, city: City) -> None:
    record = city.raise_alarm()
    address = f"/api/v1/alarms/{record.change.alarm.id}/ack"
    response = await client.post(address, json={"expected_version": 7})
    assert response.status == 409
    assert "version 1" in (await response.json())["detail"]
    assert (await client.post(address, json={"expected_version": 1})).status == 200


async def test_of_many_who_acknowledge_at_once_one_succeeds(client: Client, city: City) -> None:
    record = city.raise_alarm()
    address = f"/api/v1/alarms/{record.change.alarm.id}/ack"
    responses = await asyncio.gather(*(client.post(address) for _ in range(10)))
    assert sorted(response.status for response in responses) == [200] + [409] * 9
    assert len(city.alarms.records) == 2


@pytest.mark.parametrize("body", ["{", "[]", '{"expected_version": "1"}', '{"expected": 1}', "\ud800"])
async def test_a_malformed_command_is_refused(client: Client, city: City, body: str) -> None:
    record = city.raise_alarm()
    response = await client.post(
        f"/api/v1/alarms/{record.change.alarm.id}/ack",
        data=body.encode(errors="surrogatepass"),
        headers={"Content-Type": "application/json"},
    )
    assert response.status == 400
    assert len(city.alarms.records) == 1


async def test_a_huge_command_is_refused(client: Client, city: City) -> None:
    record = city.raise_alarm()
    address = f"/api/v1/alarms/{record.change.alarm.id}/ack"
    response = await client.post(address, data=b" " * 20_000, headers={"Content-Type": "application/json"})
    assert response.status == 413
    assert response.content_type == "application/problem+json"


async def test_acknowledging_what_never_was_is_not_found(client: Client) -> None:
    assert (await client.post(f"/api/v1/alarms/{uuid4()}/ack")).status == 404


async def test_shelving_takes_a_reason_and_minutes_and_shows_until_when(client: Client, city: City) -> None:
    alarm = city.raise_alarm().change.alarm
    address = f"/api/v1/alarms/{alarm.id}"
    response = await client.post(f"{address}/shelve", json={"reason": "kabel dikerjakan", "minutes": 30})
    item = await response.json()
    assert (response.status, item["state"]) == (200, "SHLVD")
    assert item["shelf"] == {
        "kind": "timed",
        "until": "2026-11-23T05:30:00Z",
        "reason": "kabel dikerjakan",
        "by": "Siti",
        "at": "2026-11-23T05:00:00Z",
    }
    assert (await client.post(f"{address}/shelve", json={"reason": "x"})).status == 409
    assert (await client.post(f"{address}/ack")).status == 409
    item = await (await client.post(f"{address}/unshelve")).json()
    assert (item["state"], item["shelf"]) == ("UNACK", None)
    assert (await client.post(f"{address}/unshelve")).status == 409


async def test_too_long_and_too_much_are_told_apart_from_a_conflict(client: Client, city: City) -> None:
    alarm = city.raise_alarm().change.alarm
    address = f"/api/v1/alarms/{alarm.id}"
    refused = [
        await client.post(f"{address}/shelve", json={"reason": "x", "minutes": 481}),
        await client.post(f"{address}/shelve", json={}),
        await client.post(f"{address}/withdraw", json={"reason": "x"}),
        await client.post(f"{address}/reset"),
        await client.post(f"{address}/unack"),
    ]
    assert [response.status for response in refused] == [422, 422, 403, 409, 409]
    assert len(city.alarms.records) == 1


async def test_a_command_sent_twice_under_one_key_is_done_once(client: Client, city: City) -> None:
    address = f"/api/v1/alarms/{city.raise_alarm().change.alarm.id}"
    headers = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    answers = [await client.post(f"{address}/ack", headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert await answers[0].json() == await answers[1].json()
    assert len(city.alarms.records) == 2
    other = f"/api/v1/alarms/{city.raise_alarm('lain').change.alarm.id}"
    assert (await client.post(f"{other}/ack", headers=headers)).status == 409
    assert (await client.post(f"{other}/ack", headers={"Idempotency-Key": "x" * 201})).status == 400


async def test_the_figures_of_a_period_stand_beside_their_targets(client: Client, city: City) -> None:
    for number in range(12):
        city.raise_alarm(str(number))
    city.now += timedelta(minutes=1)
    answer = await (await client.get("/api/v1/alarms/performance", params={"shifts": "1"})).json()
    period = answer["period"]
    assert (period["alarms"], period["too_short"], len(period["floods"])) == (12, False, 1)
    largest = next(figure for figure in period["figures"] if figure["name"] == "largest_window")
    assert (largest["value"], largest["target"], largest["verdict"]) == (12, 10, "bad")
    assert period["most_frequent"][0]["source_name"] == "Pasang surut"
    assert len(answer["shifts"]) == 89


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=yesterday", 400),
        ("from=2026-11-23T07:00:00", 400),
        ("from=1700000000", 400),
        ("from=2027-01-01T00:00:00Z", 422),
        ("from=0001-01-01T00:00:00%2B23:59", 422),
        ("to=9999-12-31T23:59:59-23:59", 422),
    ],
)
async def test_figures_of_no_period_are_refused_with_what_to_write(client: Client, query: str, status: int) -> None:
    response = await client.get(f"/api/v1/alarms/performance?{query}")
    assert response.status == status
    assert "want" in (await response.json())["detail"]


async def test_an_alarm_says_why_it_came(client: Client, city: City) -> None:
    record = city.raise_alarm()
    city.now += timedelta(seconds=30)
    city.acknowledge(record)
    address = f"/api/v1/alarms/{record.change.alarm.id}/why"
    answer = await (await client.get(address)).json()
    assert [item["what"] for item in answer["items"]] == ["met", "raised", "acknowledged"]
    assert [item["after_s"] for item in answer["items"]] == [None, 2, 30]
    assert (await client.get(f"/api/v1/alarms/{uuid4()}/why")).status == 404
    assert (await client.get("/api/v1/alarms/17/why")).status == 400


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("priority=darurat,tinggi", ["banjir"]),
        ("kind=absence", ["diam"]),
        ("site=alun-alun", ["diam"]),
        ("opd=dlh", ["diam"]),
        ("opd=dlh&site=tasikagung", []),
        ("priority=sedang&kind=threshold", ["rob"]),
    ],
)
async def test_lists_and_streams_are_narrowed_by_the_server(
    client: Client, city: City, query: str, titles: list[str]
) -> None:
    city.raise_alarm("rob")
    city.raise_alarm("banjir", priority=Priority.DARURAT)
    city.raise_alarm("diam", kind="absence", site="alun-alun")
    listing = await (await client.get(f"/api/v1/alarms?{query}")).json()
    assert [item["title"] for item in listing["items"]] == titles
    async with client.get(f"/api/v1/alarms/stream?after=0&{query}") as stream:
        for title in reversed(titles):
            assert (await next_alarm(stream)).title == title
        city.raise_alarm("lagi")
        wanted = city.raise_alarm("terakhir", kind="absence", site="alun-alun", priority=Priority.DARURAT)
        if query in {"priority=darurat,tinggi", "kind=absence", "site=alun-alun", "opd=dlh"}:
            assert (await next_alarm(stream)).seq == wanted.seq


@pytest.mark.parametrize(("query", "status"), [("priority=gawat", 400), ("opd=tidak-ada", 422), ("opd=%00", 422)])
async def test_what_cannot_be_selected_is_said(client: Client, query: str, status: int) -> None:
    for path in ("/api/v1/alarms", "/api/v1/alarms/stream"):
        response = await client.get(f"{path}?{query}")
        assert response.status == status
