import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.web.conftest import Client
from tests.unit.web.fakes import City
from web.guard import is_loopback

HOST = {"Host": "127.0.0.1:8080"}


@pytest.mark.parametrize(
    "authority", ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "LOCALHOST", "[::1]:80", "127.9.9.9"]
)
def test_loopback_names_are_served(authority: str) -> None:
    assert is_loopback(authority)


@pytest.mark.parametrize(
    "authority",
    [
        "",
        "rembang.go.id",
        "10.0.0.5:8080",
        "localhost.evil.id",
        "127.0.0.1.evil.id",
        "a@localhost",
        "localhost:x",
        "[::1",
    ],
)
def test_other_names_are_not(authority: str) -> None:
    assert not is_loopback(authority)


@given(st.text())
def test_no_text_upsets_the_check_of_names(authority: str) -> None:
    is_loopback(authority)


@given(st.ip_addresses())
def test_addresses_are_served_just_where_they_are_loopback(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    authority = f"[{address}]:80" if address.version == 6 else f"{address}:80"
    assert is_loopback(authority) == address.is_loopback


async def test_a_foreign_name_that_resolves_here_sees_nothing(client: Client, city: City) -> None:
    city.raise_alarm("rahasia")
    response = await client.get("/api/v1/alarms", headers={"Host": "evil.example:8080"})
    assert response.status == 421
    assert "rahasia" not in await response.text()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_origin_commands_nothing(client: Client, city: City, headers: dict[str, str]) -> None:
    record = city.raise_alarm()
    response = await client.post(f"/api/v1/alarms/{record.change.alarm.id}/ack", headers=HOST | headers)
    assert response.status == 403
    assert len(city.alarms.records) == 1


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
)
async def test_the_own_page_and_plain_clients_command(client: Client, city: City, headers: dict[str, str]) -> None:
    record = city.raise_alarm()
    response = await client.post(f"/api/v1/alarms/{record.change.alarm.id}/ack", headers=HOST | headers)
    assert response.status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_only_json_commands_are_read(client: Client, city: City, content_type: str) -> None:
    record = city.raise_alarm()
    response = await client.post(
        f"/api/v1/alarms/{record.change.alarm.id}/ack", data=b"{}", headers={"Content-Type": content_type}
    )
    assert response.status == 415


@pytest.mark.parametrize("path", ["/", "/api/v1/alarms", "/api/v1/alarms/stream", "/nowhere"])
async def test_every_answer_carries_the_security_headers(client: Client, path: str) -> None:
    async with client.get(path) as response:
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
