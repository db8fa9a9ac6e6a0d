from datetime import timedelta

import pytest

from events.ids import SourceId
from tests.unit.web.fakes import JPEG, NOON
from web.snapshots import LARGEST_BYTES, SnapshotBoard

CAMERA = SourceId("cam-plaza")


async def test_the_newest_picture_replaces_the_one_before() -> None:
    board = SnapshotBoard([CAMERA])
    assert await board.latest(CAMERA) is None
    board.take(CAMERA, JPEG + b"1", NOON)
    board.take(CAMERA, JPEG + b"2", NOON + timedelta(seconds=2))
    snapshot = await board.latest(CAMERA)
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
    board = SnapshotBoard([CAMERA])
    board.take(SourceId(camera), payload, NOON)
    assert await board.latest(SourceId(camera)) is None
