from collections.abc import Sequence

import pytest

from events.reading import LatestValue
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import City

MEMBERS = {"type", "title", "status", "detail", "instance"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/evidence/short.jpg", 400),
        ("DELETE", "/api/v1/alarms", 405),
        ("GET", "/api/v1/alarms/x", 400),
        ("PUT", "/nowhere", 404),
    ],
)
async def test_every_refusal_is_a_problem_document(client: Client, method: str, path: str, status: int) -> None:
    response = await client.request(method, path)
    assert response.status == status
    assert response.content_type == "application/problem+json"
    document = await response.json()
    assert document.keys() >= MEMBERS
    assert document["status"] == status
    assert document["instance"] == path


async def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    response = await client.delete("/api/v1/alarms")
    assert "GET" in response.headers["Allow"]


async def test_a_bug_tells_the_client_nothing_of_its_insides(
    client: Client, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> Sequence[LatestValue]:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(city.readings, "latest", broken)
    response = await client.get("/api/v1/latest")
    assert response.status == 500
    assert response.content_type == "application/problem+json"
    assert "hunter2" not in await response.text()
    assert (await client.get("/healthz")).status == 200


async def test_an_absent_database_is_said_without_its_address(client: Client, city: City) -> None:
    city.alarms.away = True
    response = await client.get("/api/v1/alarms")
    assert response.status == 503
    assert response.headers["Retry-After"] == "2"
    assert "10.0.0.5" not in await response.text()
