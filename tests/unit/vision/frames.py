"""Frames made of arrays, for the tests of pipeline and worker."""

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import numpy.typing as npt

from events.frame import Frame, Picture
from events.ids import SourceId

CAMERA = SourceId("cam-1")
STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
Gray = npt.NDArray[np.uint8]


def texture(width_px: int = 640, height_px: int = 360, *, cell_px: int = 8, seed: int = 3) -> Gray:
    """Return a checkered scene, uint8, (height, width)."""
    draw = np.random.default_rng(seed)
    coarse = draw.integers(60, 190, (height_px // cell_px + 1, width_px // cell_px + 1), np.uint8)
    return coarse.repeat(cell_px, 0).repeat(cell_px, 1)[:height_px, :width_px]


def frame(luma: Gray, t_s: float, *, media_s: float | None = None, camera: SourceId = CAMERA) -> Frame:
    """Wrap a grey picture taken `t_s` after the start."""

    def to_bgr() -> Picture:
        return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR), np.uint8)

    return Frame(
        camera=camera,
        taken_at=STARTED_AT + timedelta(seconds=t_s),
        media_s=media_s,
        keyframe=True,
        luma=luma,
        to_bgr=to_bgr,
    )
