"""Grounds on which things are staged: drawn by us, or the real ones of a folder of clips."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from events.ids import SourceId
from ingest.recorded import read_frames
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small
from vision.shrinker import Shrinker

Floats = npt.NDArray[np.float32]
SHAPE = (SMALL_HEIGHT_PX, SMALL_WIDTH_PX)
DRAWN = ("asphalt", "paving", "grass", "sand")
CROWDED_LEVELS = 28
MOST_CROWDED_SHARE = 0.08
OCCURRENCES = ("static_objects", "tamper", "water")


class Ground:
    """A place without waste, as a loop of pictures that runs forth and back so that it never jumps.

    Attributes:
        name: What tables call it.
        clean: The median of the loop, uint8, (180, 320).
    """

    def __init__(self, name: str, pictures: npt.NDArray[np.uint8]) -> None:
        """Take the pictures, uint8, (n, 180, 320), one a second."""
        self.name = name
        self._pictures = pictures
        self.clean: Small = np.asarray(np.median(pictures, axis=0), np.uint8)

    @property
    def crowded_share(self) -> float:
        """The share of the picture that is something else for a quarter of the time."""
        low, high = np.percentile(self._pictures, (25, 75), axis=0)
        return float(np.mean(high - low > CROWDED_LEVELS))

    def at(self, second: int) -> Floats:
        """Return the ground at a second, float32, (180, 320), the caller's own."""
        last = len(self._pictures) - 1
        position = second % (2 * last) if last else 0
        return np.array(self._pictures[min(position, 2 * last - position)], np.float32)


def drawn(kind: str, random: np.random.Generator) -> Ground:
    """Draw a place: ground of one of the kinds in `DRAWN` in front of walls, a kerb, a pole."""
    ground = _noise(random, (12, 20), 9.0) + _noise(random, (45, 80), 5.0)
    if kind == "asphalt":
        ground += 95.0 + _noise(random, SHAPE, 3.0)
        for x in range(0, SMALL_WIDTH_PX, 46):
            cv2.line(ground, (x, 120), (x + 22, 123), (190.0,), 2, cv2.LINE_AA)
    elif kind == "paving":
        ground += 140.0 + _noise(random, SHAPE, 3.0)
        for i in range(0, SMALL_WIDTH_PX * 2, 14):
            cv2.line(ground, (i - 160, 60), (i - 240, 180), (112.0,), 1, cv2.LINE_AA)
        for y in (70, 80, 92, 106, 122, 140, 160):
            cv2.line(ground, (0, y), (SMALL_WIDTH_PX, y), (112.0,), 1, cv2.LINE_AA)
    elif kind == "grass":
        ground += 88.0 + _noise(random, (90, 160), 13.0) + _noise(random, SHAPE, 8.0)
    else:
        ground += 165.0 + _noise(random, SHAPE, 4.0)
    wall = random.uniform(60, 200)
    ground[:48] = wall + _noise(random, SHAPE, 3.0)[:48]
    for x in range(10, SMALL_WIDTH_PX, int(random.integers(28, 52))):
        cv2.rectangle(ground, (x, 10), (x + 14, 34), (wall * 0.5,), cv2.FILLED)
    cv2.line(ground, (0, 49), (SMALL_WIDTH_PX, 49), (40.0,), 2)
    pole = int(random.integers(20, 300))
    cv2.rectangle(ground, (pole, 0), (pole + 4, 95), (50.0,), cv2.FILLED)
    return Ground(kind, np.clip(cv2.GaussianBlur(ground, (0, 0), 0.6), 0, 255).astype(np.uint8)[np.newaxis])


def recorded(folder: Path) -> Iterator[Ground]:
    """Yield a ground for each clip `NAME.mp4` in a folder whose `NAME.json` beside it tells of no event.

    What is wrong with a camera, rises, or is left behind must be what we stage, not what the clip has of its own; so
    must the weather, which clips derived from others have been given. Where people stand for half the time, nothing is
    known to be clean.
    """
    for clip in sorted(folder.glob("*.mp4")):
        truth = json.loads(clip.with_suffix(".json").read_text())
        if str(truth.get("origin", "")).startswith("derived") or any(truth.get(of) for of in OCCURRENCES):
            continue
        pictures: list[Small] = []
        shrinker, due_s = Shrinker(), 0.0
        started_at = datetime(2026, 1, 1, tzinfo=UTC)
        for frame in read_frames(clip, SourceId("staged"), started_at):
            t_s = (frame.taken_at - started_at).total_seconds()
            if t_s >= due_s:
                pictures.append(shrinker.shrink(frame.luma).copy())
                due_s += 1.0
        ground = Ground(clip.stem, np.stack(pictures))
        if ground.crowded_share < MOST_CROWDED_SHARE:
            yield ground


def _noise(random: np.random.Generator, cells: tuple[int, int], spread: float) -> Floats:
    coarse = random.normal(0, spread, cells).astype(np.float32)
    return np.asarray(cv2.resize(coarse, SHAPE[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
