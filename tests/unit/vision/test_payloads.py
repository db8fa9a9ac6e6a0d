"""What a worker publishes is what the ingest side accepts: both ends of the contract in one test."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid6 import uuid7

from configs.cameras import Camera
from configs.site import SiteFile
from devices.decoder import Decoder
from devices.registry import Registry
from events.geometry import Box
from events.ids import SourceId, ZoneId
from events.intake import Decoded
from events.message import Delivery, Message
from events.observation import Observation, Phase
from runtime.clock import utc_now
from vision import payloads
from vision.evidence import sealed

AT = datetime(2026, 1, 1, 7, 0, tzinfo=UTC)
CAMERA = SourceId("cam-1")
SITE = SiteFile.model_validate(
    {
        "city": {"name": "Rembang"},
        "sites": [{"id": "plaza", "name": "Plaza", "kecamatan": "33.17.10", "position": {"lat": -6.7, "lon": 111.3}}],
        "cameras": [
            {
                "id": "cam-1",
                "name": "Camera",
                "site": "plaza",
                "url": "rtsp://127.0.0.1/x",
                "zones": [
                    {"id": "plaza", "detect": {"crowding": {"count": 8}, "waste_pile": {"coverage": 0.2}}},
                ],
            }
        ],
    }
)


def understood(kind: str, payload: bytes) -> Decoded:
    message = Message(payloads.topic(CAMERA, kind), payload, AT, retained=False, delivery=Delivery(1, 1))
    intake = Decoder(Registry.from_site(SITE), utc_now).decode(message)
    assert intake.rejection is None, intake.rejection
    assert intake.decoded is not None
    return intake.decoded


BOXES = st.builds(Box, st.floats(-0.2, 1.2), st.floats(-0.2, 1.2), st.floats(0, 1.5), st.floats(0, 1.5))
OBSERVATIONS = st.builds(
    Observation,
    id=st.builds(lambda: UUID(str(uuid7()))),
    source=st.just(CAMERA),
    kind=st.sampled_from(["crowding", "waste_pile", "tamper", "pipeline_fault"]),
    phase=st.sampled_from(Phase),
    at=st.just(AT),
    started_at=st.timedeltas(timedelta(0), timedelta(days=2)).map(lambda ago: AT - ago),
    zone=st.sampled_from([None, ZoneId("plaza")]),
    box=st.none() | BOXES,
    count=st.none() | st.floats(0, 500),
    score=st.floats(0, 1),
    evidence=st.none() | st.just("0" * 64),
    attrs=st.dictionaries(
        st.sampled_from(["class", "method", "threshold", "lost"]),
        st.one_of(st.booleans(), st.integers(-5, 5), st.floats(-9, 9), st.just("network"), st.none()),
    ),
)


@given(OBSERVATIONS)
def test_every_event_is_accepted_and_means_the_same(observation: Observation) -> None:
    told = understood("event", payloads.event(observation)).observation
    assert told is not None
    same = ("id", "kind", "phase", "at", "started_at", "zone", "count", "evidence", "attrs")
    assert [getattr(told, name) for name in same] == [getattr(observation, name) for name in same]
    assert told.score == pytest.approx(observation.score, abs=1e-4)


@given(BOXES)
def test_a_box_reaches_the_other_side_cut_at_the_pictures_edge(box: Box) -> None:
    observation = Observation(
        id=UUID(str(uuid7())), source=CAMERA, kind="crowding", phase=Phase.BEGIN, at=AT, started_at=AT, box=box
    )
    told = understood("event", payloads.event(observation)).observation
    assert told is not None
    if told.box is not None:
        assert told.box.x == pytest.approx(min(max(box.x, 0), 1), abs=1e-4)
        assert told.box.x + told.box.width == pytest.approx(min(max(box.x + box.width, 0), 1), abs=3e-4)


def test_telemetry_arrives_as_readings_of_zones() -> None:
    values = {"pictures_per_s": 25.0, "people_count.plaza": 12.0, "coverage.plaza": 0.1}
    readings = understood("telemetry", payloads.telemetry(values, AT)).readings
    assert {reading.metric: reading.value for reading in readings} == values
    assert {reading.ts for reading in readings} == {AT}


def test_evidence_is_accepted_under_its_own_digest() -> None:
    picture = sealed(np.zeros((90, 160, 3), np.uint8))
    evidence = understood(f"evidence/{picture.sha256}", picture.jpeg).evidence
    assert evidence is not None
    assert hashlib.sha256(evidence.jpeg).hexdigest() == picture.sha256


def test_the_camera_used_here_is_a_valid_one() -> None:
    assert isinstance(SITE.cameras[0], Camera)
