from datetime import timedelta

import pytest

from events.ids import SourceId
from tests.unit.web.fakes import JPEG, NOON
from web.snapshots import LARGEST_BYTES, LatestSnapshots

CAMERA = SourceId("cam-plaza")


async def test_the_newest_picture_replaces_the_one_before() -> None:
    snapshots = LatestSnapshots([CAMERA])
    assert await snapshots.latest(CAMERA) is None
    snapshots.put(CAMERA, JPEG + b"1", NOON)
    snapshots.put(CAMERA, JPEG + b"2", NOON + timedelta(seconds=2))
    snapshot = await snapshots.latest(CAMERA)
    assert snapshot is not None
    assert snapshot.jpeg == JPEG + b"2"


@pytest.mark.parametrize(
    ("camera", "payload"),
    [
        ("cam-stranger", JPEG),
        ("cam-plaza", b"<script>alert(1)</script>"),
        ("cam-plaza", b""),
        ("cam-plaza", JPEG + b"0" * LARGEST_BYTES),
    ],
)
async def test_what_is_no_picture_of_a_known_camera_is_left_out(camera: str, payload: bytes) -> None:
    snapshots = LatestSnapshots([CAMERA])
    snapshots.put(SourceId(camera), payload, NOON)
    assert await snapshots.latest(SourceId(camera)) is None
