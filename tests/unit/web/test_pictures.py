from datetime import timedelta, timezone

from events.ids import SourceId
from tests.unit.web.conftest import Client
from tests.unit.web.fakes import JPEG, NOON, City
from web.snapshots import LatestSnapshots

SHA = "0f" * 32


async def test_evidence_may_be_kept_for_ever(client: Client, city: City) -> None:
    city.pictures.kept[SHA] = JPEG
    response = await client.get(f"/api/v1/evidence/{SHA}.jpg")
    assert response.content_type == "image/jpeg"
    assert "immutable" in response.headers["Cache-Control"]
    assert await response.read() == JPEG
    again = await client.get(f"/api/v1/evidence/{SHA}.jpg", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status == 304


async def test_evidence_still_on_its_way_is_not_remembered_as_missing(client: Client, city: City) -> None:
    response = await client.get(f"/api/v1/evidence/{SHA}.jpg")
    assert response.status == 404
    assert "gambar menyusul" in (await response.json())["detail"]
    assert response.headers["Cache-Control"] == "no-store"
    city.pictures.kept[SHA] = JPEG
    assert (await client.get(f"/api/v1/evidence/{SHA}.jpg")).status == 200


async def test_the_latest_picture_says_when_it_was_taken(client: Client, snapshots: LatestSnapshots) -> None:
    snapshots.put(SourceId("cam-plaza"), JPEG, NOON.astimezone(timezone(timedelta(hours=7))))
    response = await client.get("/api/v1/cameras/cam-plaza/latest.jpg")
    assert await response.read() == JPEG
    assert response.headers["X-Taken-At"] == "2026-11-23T05:00:00Z"
    assert response.headers["Last-Modified"] == "Mon, 23 Nov 2026 05:00:00 GMT"
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_camera_without_picture_is_told_from_one_that_does_not_exist(client: Client) -> None:
    assert (await client.get("/api/v1/cameras/cam-plaza/latest.jpg")).status == 404
    assert (await client.get("/api/v1/cameras/cam-nowhere/latest.jpg")).status == 404
