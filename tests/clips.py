"""Small video files for tests, encoded on the spot."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

Gray = npt.NDArray[np.uint8]


def street(width_px: int, height_px: int, number: int, *, seed: int = 1) -> Gray:
    """Return picture `number` of a textured scene through which a bright block walks: uint8, (height, width)."""
    draw = np.random.default_rng(seed)
    texture = draw.integers(60, 190, (height_px // 8 + 1, width_px // 8 + 1), np.uint8)
    picture = texture.repeat(8, 0).repeat(8, 1)[:height_px, :width_px].copy()
    size_px = height_px // 5
    left = (number * 3) % (width_px - size_px)
    picture[height_px // 2 : height_px // 2 + size_px, left : left + size_px // 2] = 240
    return picture


def write_clip(
    path: Path,
    *,
    width_px: int = 320,
    height_px: int = 180,
    pictures: int = 50,
    rate_hz: int = 25,
    codec: Literal["libx264", "libx265"] = "libx264",
    pixels: str = "yuv420p",
    group: int = 25,
    scene: Callable[[int], Gray] | None = None,
) -> Path:
    """Encode a clip without B-pictures and return its path.

    Args:
        path: File to write; its suffix says which container.
        width_px: Width.
        height_px: Height.
        pictures: Number of pictures.
        rate_hz: Pictures a second.
        codec: Encoder.
        pixels: Pixel format.
        group: Pictures from one keyframe to the next.
        scene: Draws picture number n, uint8, (height, width); `street` by default.
    """
    draw = scene or (lambda number: street(width_px, height_px, number))
    options: dict[str, dict[str, str]] = {
        "libx264": {"preset": "ultrafast", "g": str(group), "bf": "0"},
        "libx265": {"preset": "ultrafast", "x265-params": f"log-level=none:keyint={group}:bframes=0"},
    }
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate_hz, options=dict(options[codec]))
        if not isinstance(stream, VideoStream):
            raise TypeError(f"{codec} encodes no video")
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, pixels
        for number in range(pictures):
            picture = av.VideoFrame.from_ndarray(draw(number), format="gray")
            file.mux(stream.encode(picture.reformat(format=pixels)))
        file.mux(stream.encode(None))
    return path
