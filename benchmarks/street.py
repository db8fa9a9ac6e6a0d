"""A street, drawn and encoded: what the speed benchmarks look at, and the camera that looks at it with everything.

The clip has what makes real pictures dear to decode and to look at: texture, sensor noise and people-sized shapes that
walk, at a constant bit rate as cameras send it.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from configs.cameras import Camera
from events.ids import SourceId
from ingest.decoding import video_of
from vision.attention import Attention
from vision.detector import Detector
from vision.detectors import build_detectors
from vision.pipeline import Pipeline
from vision.reference import FirstSettledReferences

RATE_HZ = 25
BITS_PER_PIXEL = 4_000_000 / (1920 * 1080)
"""Four megabits a second at 1080p, as cameras are commonly set."""
STARTED_AT = datetime(2026, 1, 1, 5, tzinfo=UTC)
"""Midday in Rembang, when everything is measured."""
CAMERA_ID = SourceId("bench")
_GRAINS, _NOISE = 8, 3.0
_CELL_PX = 24


def all_detectors(*, crowding: bool = True) -> Camera:
    """Return a camera with every detector, each in a zone of its own; without crowding nobody is counted."""
    zones: dict[str, tuple[dict[str, Any], list[list[float]]]] = {
        "plaza": ({"crowding": {"count": 60}}, [[0.0, 0.35], [1.0, 0.35], [1.0, 1.0], [0.0, 1.0]]),
        "road": ({"abandoned_object": {}}, [[0.0, 0.4], [1.0, 0.4], [1.0, 1.0], [0.0, 1.0]]),
        "corner": ({"waste_pile": {}}, [[0.6, 0.6], [0.95, 0.6], [0.95, 0.95], [0.6, 0.95]]),
        "quay": ({"water_level": {}}, [[0.05, 0.6], [0.4, 0.6], [0.4, 0.98], [0.05, 0.98]]),
        "park": ({"green_cover": {}}, [[0.0, 0.0], [1.0, 0.0], [1.0, 0.35], [0.0, 0.35]]),
    }
    return Camera.model_validate(
        {
            "id": CAMERA_ID,
            "name": "Bench",
            "site": "bench",
            "url": "rtsp://127.0.0.1/bench",
            "zones": [
                {"id": name, "polygon": polygon, "detect": detect}
                for name, (detect, polygon) in zones.items()
                if crowding or "crowding" not in detect
            ],
        }
    )


def pipeline_of(camera: Camera, attention: Attention | None = None) -> Pipeline:
    """Return a pipeline with the camera's detectors, as a worker makes it; without a network by default."""
    detectors: list[Detector] = build_detectors(camera, FirstSettledReferences())
    return Pipeline(camera, detectors, attention or Attention(None))


def stream_of(container: InputContainer) -> VideoStream:
    """Return a clip's video, to be decoded by one thread."""
    video = video_of(container)
    if video is None:
        raise ValueError("the clip holds no video")
    return video


def plane_of(picture: VideoFrame) -> None:
    """Take a view of the Y plane, the least that can be done with a picture."""
    plane = picture.planes[0]
    np.frombuffer(memoryview(plane), np.uint8).reshape(picture.height, plane.line_size)


def render(
    path: Path, *, size: tuple[int, int] = (1920, 1080), length_s: float = 12.0, gop_s: float = 2.0, walkers: int = 12
) -> Path:
    """Write the clip as H.264 without B-pictures, 25 pictures a second, and return its path.

    Args:
        path: File to write.
        size: Width and height in pixels.
        length_s: How long it is.
        gop_s: Time between keyframes.
        walkers: How many people-sized shapes walk through it.
    """
    width_px, height_px = size
    draw = np.random.default_rng(7)
    coarse = draw.integers(75, 175, (height_px // _CELL_PX, width_px // _CELL_PX), np.uint8)
    street = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC).astype(np.int16)
    grain = [draw.normal(0, _NOISE, (height_px, width_px)).astype(np.int16) for _ in range(_GRAINS)]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.bit_rate = int(BITS_PER_PIXEL * width_px * height_px)
        stream.options = {
            "preset": "veryfast",
            "g": str(round(gop_s * RATE_HZ)),
            "bf": "0",
            "sc_threshold": "0",
            "maxrate": str(stream.bit_rate),
            "bufsize": str(stream.bit_rate // 2),
        }
        for number in range(round(length_s * RATE_HZ)):
            picture = street + grain[number % _GRAINS]
            for walker in range(walkers):
                _walk(picture, walker, number)
            luma = np.clip(picture, 16, 235).astype(np.uint8)
            file.mux(stream.encode(_as_frame(luma)))
        file.mux(stream.encode(None))
    return path


def _walk(picture: npt.NDArray[np.int16], walker: int, number: int) -> None:
    """Draw one walker, sized and placed for 1080 rows."""
    height_px, width_px = picture.shape
    scale = height_px / 1080
    wide, tall = round(56 * scale), round(170 * scale)
    left = round((walker * 331 + number * (2 + walker % 4)) * scale) % (width_px - wide)
    top = round((380 + (walker * 97) % 500) * scale)
    picture[top : top + tall, left : left + wide] = 30 + 15 * (walker % 14)


def _as_frame(luma: npt.NDArray[np.uint8]) -> av.VideoFrame:
    height_px, width_px = luma.shape
    chroma = np.full((height_px // 2, width_px), 128, np.uint8)
    return av.VideoFrame.from_ndarray(np.vstack((luma, chroma)), format="yuv420p")
