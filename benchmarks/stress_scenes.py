"""Backgrounds for composed cases: evaluation clips where a folder of them is given, else our own drawn streets."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from app.demo.planes import to_picture
from app.demo.scenes import FRAMES_PER_S, Scene, Script
from app.demo.scripts import scripts
from events.errors import ConfigError
from events.frame import Luma, Picture
from events.ids import SourceId
from ingest.cadence import Cadence
from ingest.recorded import read_frames
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finder, Found, Small
from vision.shrinker import Shrinker

ANALYSE_FPS = 5.0
LONGEST_S = 150.0
LENGTH_S = 75.0
"""A case lasts so long; shorter backgrounds are played forwards and backwards in turn."""
FAULTY = ("tam_", "water_", "cmp_")
"""Clips whose names begin so are left out: cameras at fault, stills of rising water, and what is composed already."""

SCENE_WIDTH_PX, SCENE_HEIGHT_PX = 640, 360
_STARTED_AT = datetime(2000, 1, 1, tzinfo=UTC)

Pixels = tuple[float, float, float, float]
"""x, y, width, height in the small picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of a background at full size.

    Attributes:
        t_s: Its time.
        luma: Brightness, uint8, (height, width).
        colour: Converts it to BGR.
    """

    t_s: float
    luma: Luma
    colour: Callable[[], Picture]


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """A stretch of a scene, ready to be composed with.

    Attributes:
        name: Of the clip or scene.
        smalls: uint8, (n, 180, 320).
        times_s: Their times.
        found: What the network finds in each; an answer stands for a second. Empty without a network.
        own: Boxes of things that are put down in the clip itself, in pixels of the small picture.
        plain: Whether nothing is put down in the clip itself, so that it may be played backwards.
        width_px: Width at full size.
        height_px: Height at full size.
        shots: Reads the pictures at full size again.
    """

    name: str
    smalls: npt.NDArray[np.uint8]
    times_s: tuple[float, ...]
    found: tuple[Found, ...]
    own: tuple[Pixels, ...]
    plain: bool
    width_px: int
    height_px: int
    shots: Callable[[], Iterator[Shot]]

    def order(self, random: np.random.Generator) -> list[tuple[float, int]]:
        """Return times and indices of the pictures of one case: played to and fro where the clip is short."""
        duration_s = self.times_s[-1] - self.times_s[0]
        if duration_s >= LENGTH_S or not self.plain:
            first_s = 0.0 if not self.plain else random.uniform(0.0, duration_s - LENGTH_S)
            chosen = [i for i, t in enumerate(self.times_s) if first_s <= t < first_s + LENGTH_S]
            return [(self.times_s[i] - self.times_s[chosen[0]], i) for i in chosen]
        step_s = duration_s / (len(self.times_s) - 1)
        there = list(range(len(self.times_s)))
        back_and_forth = [*there, *there[-2:0:-1]]
        length = round(LENGTH_S / step_s)
        return [(k * step_s, back_and_forth[k % len(back_and_forth)]) for k in range(length)]

    def usual(self) -> Small:
        """Return the median of the pictures, uint8, (180, 320)."""
        chosen = self.smalls[:: max(len(self.smalls) // 40, 1)]
        return np.asarray(np.median(chosen, axis=0), np.uint8)


Load = Callable[[Finder | None], Background]
"""Reads a background; the finder says who is in its pictures, None where no network is used."""


def backgrounds(clips: Path | None) -> list[Load]:
    """Return what reads the backgrounds one by one, so that only one is in memory.

    Args:
        clips: Folder of `NAME.mp4` with `NAME.json`; None draws streets of our own.

    Raises:
        ConfigError: the folder holds no clips.
    """
    if clips is None:
        return [partial(_load_drawn, script) for script in scripts(calm=True)]
    paths = [path for path in sorted(clips.glob("*.mp4")) if not path.stem.startswith(FAULTY)]
    if not paths:
        raise ConfigError(f"no clips in {clips}: name a folder with --clips")
    return [partial(_load_clip, path) for path in paths]


def _load_drawn(script: Script, finder: Finder | None) -> Background:
    scene = Scene(script, width_px=SCENE_WIDTH_PX, height_px=SCENE_HEIGHT_PX)
    return _gathered(script.name, lambda: _drawn(scene, script.loop_s), (), plain=True, finder=finder)


def _load_clip(path: Path, finder: Finder | None) -> Background:
    own, plain = _own(path)
    return _gathered(path.stem, lambda: _read(path), own, plain=plain, finder=finder)


def _drawn(scene: Scene, loop_s: float) -> Iterator[Shot]:
    step = round(FRAMES_PER_S / ANALYSE_FPS)
    for index in range(0, round(min(loop_s, LONGEST_S) * FRAMES_PER_S), step):
        planes = scene.planes(index)
        luma = np.ascontiguousarray(planes[: planes.shape[0] * 2 // 3])
        yield Shot(t_s=index / FRAMES_PER_S, luma=luma, colour=partial(to_picture, planes))


def _read(path: Path) -> Iterator[Shot]:
    cadence = Cadence(ANALYSE_FPS)
    for frame in read_frames(path, SourceId("stress"), _STARTED_AT):
        t_s = (frame.taken_at - _STARTED_AT).total_seconds()
        if t_s > LONGEST_S:
            return
        if cadence.is_due(t_s):
            yield Shot(t_s=t_s, luma=frame.luma, colour=frame.to_bgr)


def _own(path: Path) -> tuple[tuple[Pixels, ...], bool]:
    """Return the boxes that are not scored, and whether nothing is put down in the clip."""
    truth = json.loads(path.with_suffix(".json").read_text())
    across, down = SMALL_WIDTH_PX / truth["width"], SMALL_HEIGHT_PX / truth["height"]
    boxes = [thing["bbox"] for thing in (*truth["static_objects"], *truth["ignore"])]
    own = tuple((x * across, y * down, w * across, h * down) for x, y, w, h in boxes)
    return own, not truth["static_objects"]


def _gathered(
    name: str, shots: Callable[[], Iterator[Shot]], own: Sequence[Pixels], *, plain: bool, finder: Finder | None
) -> Background:
    shrinker = Shrinker()
    smalls: list[Small] = []
    times_s: list[float] = []
    found: list[Found] = []
    asked_s = -1.0
    size = (0, 0)
    for shot in shots():
        size = shot.luma.shape
        smalls.append(shrinker.shrink(shot.luma).copy())
        times_s.append(shot.t_s)
        if finder is None:
            continue
        if shot.t_s - asked_s >= 1.0 or not found:
            asked_s = shot.t_s
            found.append(finder.find(shot.colour()))
        else:
            found.append(found[-1])
    return Background(
        name=name,
        smalls=np.stack(smalls),
        times_s=tuple(times_s),
        found=tuple(found),
        own=tuple(own),
        plain=plain,
        width_px=size[1],
        height_px=size[0],
        shots=shots,
    )


def someone_else(picture: Small, usual: Small) -> tuple[float, npt.NDArray[np.uint8]]:
    """Return how bright a picture is against the usual one, and where somebody is: uint8, (180, 320), 0 or 1."""
    ratio = (picture[4::8, 4::8] + np.float32(2)) / (usual[4::8, 4::8] + np.float32(2))
    gain = float(np.median(ratio))
    level = cv2.convertScaleAbs(usual, alpha=gain)
    differs = (cv2.absdiff(picture, level) > max(28 * gain, 10)).astype(np.uint8)
    return gain, np.asarray(cv2.dilate(cv2.medianBlur(differs, 3), np.ones((3, 3), np.uint8)), np.uint8)
