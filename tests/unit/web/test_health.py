from datetime import timedelta

from events.liveness import Takers
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import NOON, City


async def test_the_process_is_alive_whatever_else_is_not(client: Client, city: City) -> None:
    city.lives.away = True
    assert (await client.get("/healthz")).status == 200


async def test_readiness_means_a_database_and_recent_hearing(client: Client, city: City) -> None:
    city.lives.hear(NOON - timedelta(seconds=3), NOON - timedelta(hours=1))
    assert (await client.get("/readyz")).status == 200


async def test_readiness_gives_its_reasons(client: Client, city: City) -> None:
    async def reasons() -> list[str]:
        response = await client.get("/readyz")
        assert response.status == 503
        found: list[str] = (await response.json())["reasons"]
        return found

    assert "nothing has been heard yet: the ingest process works" in (await reasons())[0]
    city.lives.taking = Takers(works=False)
    assert "no ingest process holds the lease" in (await reasons())[0]
    city.lives.taking = Takers(works=True, silent_s=20)
    assert "has stopped speaking" in (await reasons())[0]
    city.lives.hear(NOON - timedelta(seconds=60), NOON - timedelta(hours=1))
    assert "60 s" in (await reasons())[0]
    city.lives.away = True
    assert await reasons() == ["the database does not answer"]


async def test_metrics_name_routes_and_never_addresses(client: Client) -> None:
    await client.get("/api/v1/alarms/not-a-label")
    await client.get("/also-not-a-label")
    text = await (await client.get("/metrics")).text()
    assert 'route="/api/v1/alarms/{id}"' in text
    assert "not-a-label" not in text
