"""Scenes for the pictures of docs/vision.md, drawn with the demo's own brushes: nothing of them exists."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import cv2
import numpy as np

from app.demo.actors import path
from app.demo.figures import LOOKS
from app.demo.planes import DAYLIGHT, to_picture, to_planes
from app.demo.scenes import FRAMES_PER_S, Litter, Scene, Script
from app.demo.scripts import scripts
from events.frame import Frame, Picture
from events.ids import SourceId

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Like a file's, so early a date that it is none."""
LOOKS_PER_S = 5

Retouch = Callable[[Picture, float], Picture]


def demo(name: str) -> Iterator[Frame]:
    """Yield a clip of the busy demo city, five pictures a second."""
    return frames(next(script for script in scripts(calm=False) if script.name == name))


def clean(name: str) -> Picture:
    """Return a scene of the demo city with nothing in it."""
    return Scene(next(script for script in scripts(calm=False) if script.name == name)).still


def left_bag() -> Iterator[Frame]:
    """Yield the square, where somebody puts down a bag and walks on."""
    plaza = next(script for script in scripts(calm=True) if script.name == "alun-alun")
    carrier = path(LOOKS[5], 6.0, [(-13.0, 10.5), (1.8, 9.2, 2.0), (13.0, 10.0)], speed=1.5)
    pieces = tuple(Litter(2.4 + 0.35 * n, 8.9 + 0.1 * n, 16.5, 1e9, 3 + n) for n in range(2))
    script = replace(plaza, name="kantong", walkers=(carrier, plaza.walkers[1]), rides=(), litter=pieces)
    return frames(script)


def rising_water() -> Iterator[Frame]:
    """Yield the harbour by day, where the sea comes over the quay and up a gauge."""
    harbour = next(script for script in scripts(calm=True) if script.name == "pelabuhan")
    script = replace(harbour, name="rob", label="", walkers=(), covered_s=None, light=DAYLIGHT, loop_s=90.0)
    return frames(script, retouch=_flooded)


def park() -> Iterator[Frame]:
    """Yield the square with its lawn and trees, empty."""
    plaza = next(script for script in scripts(calm=True) if script.name == "alun-alun")
    return frames(replace(plaza, name="taman", walkers=(), rides=(), loop_s=30.0))


def frames(script: Script, *, retouch: Retouch | None = None) -> Iterator[Frame]:
    """Yield a script's pictures, retouched, as a camera would give them."""
    scene = Scene(script)
    for index in range(0, script.frames, FRAMES_PER_S // LOOKS_PER_S):
        t_s = index / FRAMES_PER_S
        planes = scene.planes(index)
        if retouch is not None:
            planes = to_planes(retouch(to_picture(planes), t_s))
        luma = planes[: planes.shape[0] * 2 // 3]
        yield Frame(
            camera=SourceId("cam"),
            taken_at=BEGINNING + timedelta(seconds=t_s),
            media_s=t_s,
            keyframe=index % (2 * FRAMES_PER_S) == 0,
            luma=luma,
            to_bgr=partial(to_picture, planes),
        )


GAUGE = ((0.80, 0.60), (0.80, 0.90))
"""Top and bottom of the drawn gauge, in shares of the picture."""
GAUGE_CM = (120, 0)


def _flooded(picture: Picture, t_s: float) -> Picture:
    """Draw a gauge, and water that climbs it from the fifteenth second on."""
    picture = picture.copy()
    height, width = picture.shape[:2]
    _draw_gauge(picture)
    top = float(np.interp(t_s, (15.0, 70.0), (1.02, 0.66))) * height
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    edge = top + 4 * np.sin(x / 61 + 0.4) + 2 * np.sin(x / 17)
    depth = y - edge
    near = 0.4 + np.clip(depth, 0, 300) / 150
    waves = np.sin(y / near * 0.5 + 2.3 * t_s + 2 * np.sin(x / 90)) + np.sin((y + 0.4 * x) / near * 0.2 - 1.7 * t_s)
    water = np.stack([112 + 9 * waves, 104 + 9 * waves, 92 + 8 * waves], axis=-1)
    cover = np.clip(depth / 3 + 0.5, 0, 1)[..., None] * 0.94
    return np.asarray(np.clip(picture * (1 - cover) + water * cover, 0, 255), np.uint8)


def _draw_gauge(picture: Picture) -> None:
    height, width = picture.shape[:2]
    (x, top), (_, bottom) = GAUGE
    left, high, low = round(x * width), round(top * height), round(bottom * height)
    cv2.rectangle(picture, (left - 14, high - 10), (left + 14, low + 10), (228, 230, 232), cv2.FILLED)
    for number, row in enumerate(np.linspace(low, high, GAUGE_CM[0] // 10 + 1)):
        long = number % 5 == 0
        cv2.line(
            picture, (left - 12, round(row)), (left + (10 if long else 0), round(row)), (30, 30, 150), 3 if long else 2
        )
