"""Faults for the stress of camera health: covers, lenses out of focus, pushes, streams that freeze or lose data."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import cv2
import numpy as np

from benchmarks.health_cases import Aim, Case, Look, Turn, board, cloth
from benchmarks.health_scenes import Footage, Noise, shifted, turned
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small


def slide(cover: Small, side: str, most: float = 1.0) -> Look:
    """Return a cover that slides in from a side until it hides a share of the picture."""

    def look(picture: Small, share: float) -> Small:
        across, down = round(SMALL_WIDTH_PX * most * share), round(SMALL_HEIGHT_PX * most * share)
        part = {
            "left": (slice(None), slice(0, across)),
            "right": (slice(None), slice(SMALL_WIDTH_PX - across, None)),
            "top": (slice(0, down), slice(None)),
            "bottom": (slice(SMALL_HEIGHT_PX - down, None), slice(None)),
        }[side]
        picture[part] = cover[part]
        return picture

    return look


def veil(cover: Small, most: float = 0.95) -> Look:
    """Return a cover that thickens everywhere: spray, breath, salt."""
    return lambda picture, share: cv2.addWeighted(picture, 1 - most * share, cover, most * share, 0).astype(np.uint8)


def blobs(level: int, most: float = 0.92, seed: int = 4) -> Look:
    """Return paint that grows in drops."""
    field = cv2.GaussianBlur(
        np.random.default_rng(seed).random((SMALL_HEIGHT_PX, SMALL_WIDTH_PX)).astype(np.float32), (0, 0), 9
    )
    order = field.ravel().argsort().argsort().reshape(field.shape) / field.size
    paint = cloth(level, seed)

    def look(picture: Small, share: float) -> Small:
        cover = cv2.GaussianBlur((order < most * share).astype(np.float32), (0, 0), 1.5)
        return (picture + cover * (paint.astype(np.float32) - picture)).astype(np.uint8)

    return look


def defocus(kind: str, most_px: float) -> Look:
    """Return a lens going out of focus: kernels `gauss`, `disk`, `box`, radius or sigma in pixels of 320x180."""

    def look(picture: Small, share: float) -> Small:
        size = max(most_px * share, 0.05)
        if kind == "gauss":
            return cv2.GaussianBlur(picture, (0, 0), size).astype(np.uint8)
        if kind == "box":
            side = 2 * round(size) + 1
            return cv2.blur(picture, (side, side)).astype(np.uint8)
        radius = math.ceil(size)
        down, across = np.mgrid[-radius : radius + 1, -radius : radius + 1]
        kernel = (np.hypot(across, down) <= size + 0.3).astype(np.float32)
        return cv2.filter2D(picture, -1, kernel / kernel.sum()).astype(np.uint8)

    return look


def even(level: int) -> Look:
    """Return a picture of one grey level and nothing else."""
    return lambda picture, share: picture if share <= 0 else np.full_like(picture, level)


def dazzle(picture: Small, share: float) -> Small:
    """Return a picture with a lamp held into the lens."""
    down, across = np.mgrid[:SMALL_HEIGHT_PX, :SMALL_WIDTH_PX].astype(np.float32)
    glare = 900 * share * np.exp(-(((across - 170) / 130) ** 2 + ((down - 80) / 90) ** 2))
    return np.asarray(np.clip(picture + glare, 0, 255), np.uint8)


def freeze(*, coding: float = 0.0, clock: bool = False, keyframe: bool = False) -> Callable[[], Look]:
    """Return what makes a stream that stands still: with noise of its encoder, a clock that ticks, keyframes' stirs."""

    def made() -> Look:
        kept: list[Small] = []
        number = 0
        noise = Noise(coding, seed=9) if coding else None
        random = np.random.default_rng(5)

        def look(picture: Small, share: float) -> Small:
            nonlocal number
            number += 1
            if share <= 0:
                shown = picture
                kept[:] = [picture]
            else:
                shown = kept[0].copy()
                if noise is not None:
                    shown = noise.add(shown)
                if keyframe and number % 40 == 0:
                    shown = cv2.GaussianBlur(shown, (0, 0), 0.6).astype(np.uint8)
            if clock:
                shown = shown.copy()
                shown[4:16, 8:88] = cv2.resize(
                    random.integers(0, 2, (3, 20)).astype(np.uint8) * 220, (80, 12), interpolation=cv2.INTER_NEAREST
                )
            return shown

        return look

    return made


def damage(kind: str, often: float = 1.0) -> Callable[[], Look]:
    """Return what makes a stream with lost data: `runs` repeats a row downwards, `grey` misses blocks."""

    def made() -> Look:
        random = np.random.default_rng(6)
        number = 0

        def look(picture: Small, share: float) -> Small:
            nonlocal number
            number += 1
            if share <= 0 or random.random() > often:
                return picture
            picture = picture.copy()
            if kind == "runs":
                y = int(random.integers(20, 100))
                picture[y:] = picture[y]
            elif kind == "columns":
                for _ in range(10):
                    x, y = int(random.integers(0, 16)) * 16, int(random.integers(0, 8)) * 16
                    picture[y:, x : x + 48] = picture[y, x : x + 48]
            else:
                missing = cv2.resize(
                    (random.random((11, 20)) < 0.6).astype(np.uint8),
                    (SMALL_WIDTH_PX, SMALL_HEIGHT_PX),
                    interpolation=cv2.INTER_NEAREST,
                )
                picture[missing > 0] = 128
            return picture

        return look

    return made


def pushed(across_px: float, down_px: float) -> Aim:
    """Return a camera pushed aside."""
    return lambda share: shifted(across_px * share, down_px * share)


def rolled(degrees: float, zoom: float = 1.0) -> Aim:
    """Return a camera that rolls about its axis, or zooms."""
    return lambda share: turned(degrees * share, 1 + (zoom - 1) * share)


def faults(scenes: Sequence[Footage]) -> Iterator[Case]:
    """Yield the faults, each in a scene of its turn."""
    turn = Turn(scenes)
    for kind in (_sudden_covers, _slow_covers, _blurs, _pushes, _freezes, _lights, _damages):
        yield from kind(turn)


def _sudden_covers(turn: Turn) -> Iterator[Case]:
    for level, side in ((15, "left"), (40, "top"), (120, "right"), (190, "bottom"), (225, "left"), (8, "right")):
        name = f"cloth of {level} slides in from the {side}"
        yield Case(name=name, footage=turn.next(), expected="covered", lens=slide(cloth(level), side))
    for side, most in (("left", 0.55), ("right", 0.6), ("top", 0.6), ("bottom", 0.65), ("left", 0.7), ("right", 0.8)):
        name = f"board hides {most:.0%} from the {side}"
        yield Case(name=name, footage=turn.next(), expected="covered", lens=slide(board(), side, most))
    for side, level in (("left", 90), ("top", 60), ("right", 200), ("bottom", 30)):
        name, lens = f"hand of {level} hides 60% from the {side}", slide(cloth(level, texture=14), side, 0.6)
        yield Case(name=name, footage=turn.next(), expected="covered", lens=lens)
    for noise in (5.0, 7.0):
        for name, lens in (("cloth", slide(cloth(70), "left")), ("board hides 60%", slide(board(), "right", 0.6))):
            yield Case(name=f"{name}, noise {noise}", footage=turn.next(), expected="covered", lens=lens, noise=noise)


def _slow_covers(turn: Turn) -> Iterator[Case]:
    for ramp_s, level in ((10, 60), (15, 200), (30, 90), (60, 40), (30, 230), (60, 150)):
        name, lens = f"cloth of {level} drawn over in {ramp_s} s", slide(cloth(level), "left")
        yield Case(name=name, footage=turn.next(), expected="covered", ramp_s=ramp_s, lens=lens)
    for ramp_s, level in ((3, 200), (10, 230), (30, 60), (45, 180), (60, 210), (60, 120)):
        name = f"paint of {level} in drops over {ramp_s} s"
        yield Case(name=name, footage=turn.next(), expected="covered", ramp_s=ramp_s, lens=blobs(level))
    for ramp_s, level in ((5, 180), (20, 200), (40, 150), (60, 210)):
        name = f"veil of {level} thickens over {ramp_s} s"
        yield Case(name=name, footage=turn.next(), expected="covered", ramp_s=ramp_s, lens=veil(cloth(level)))


def _blurs(turn: Turn) -> Iterator[Case]:
    kernels = (("gauss", 3.0), ("gauss", 4.5), ("gauss", 7.0), ("disk", 5.0), ("disk", 8.0), ("disk", 12.0))
    for kind, size in (*kernels, ("box", 4.0), ("box", 7.0)):
        name, lens = f"out of focus: {kind} {size}", defocus(kind, size)
        yield Case(name=name, footage=turn.next(), expected="blurred", ramp_s=1.5, lens=lens)
    for ramp_s, size in ((10, 5.0), (30, 5.0), (60, 6.0), (60, 4.0)):
        name, lens = f"out of focus within {ramp_s} s", defocus("disk", size)
        yield Case(name=name, footage=turn.next(), expected="blurred", ramp_s=ramp_s, lens=lens)
    for noise, size in ((5.0, 5.0), (6.0, 8.0), (8.0, 6.0), (5.0, 4.0)):
        name, lens = f"out of focus under noise {noise}", defocus("disk", size)
        yield Case(name=name, footage=turn.next(), expected="blurred", ramp_s=1.5, lens=lens, noise=noise)


def _pushes(turn: Turn) -> Iterator[Case]:
    for aim in ((10, 4), (-14, 6), (25, -12), (60, 20), (-90, 30), (120, 0), (0, 50), (-40, -40), (8, -6)):
        yield Case(name=f"pushed by {aim} px", footage=turn.next(), expected="moved", aim=pushed(*aim))
    for degrees in (5.0, -8.0, 14.0, -20.0, 45.0, 90.0):
        yield Case(name=f"rolled by {degrees} degrees", footage=turn.next(), expected="moved", aim=rolled(degrees))
    for zoom in (1.25, 0.8):
        yield Case(name=f"zoomed by {zoom}", footage=turn.next(), expected="moved", aim=rolled(0.0, zoom))
    for ramp_s, aim in ((10, (80, 10)), (30, (100, 30)), (60, (-110, 0)), (60, (50, 40))):
        name = f"slowly turned by {aim} px in {ramp_s} s"
        yield Case(name=name, footage=turn.next(), expected="moved", ramp_s=ramp_s, aim=pushed(*aim))
    for noise in (5.0, 7.0):
        name = f"pushed under noise {noise}"
        yield Case(name=name, footage=turn.next(), expected="moved", aim=pushed(30, 10), noise=noise)


def _freezes(turn: Turn) -> Iterator[Case]:
    for footage in turn.scenes:
        yield Case(name="stands still", footage=footage, expected="frozen", ramp_s=0.2, stream=freeze())
    kinds = {"clock ticks": freeze(clock=True), "keyframes stir": freeze(keyframe=True)}
    for name, stream in (*kinds.items(), *kinds.items(), *kinds.items()):
        yield Case(name=f"stands still, {name}", footage=turn.next(), expected="frozen", ramp_s=0.2, stream=stream)
    for coding in (0.5, 0.6):
        name, stream = f"stands still, encoder adds noise {coding}", freeze(coding=coding)
        yield Case(name=name, footage=turn.next(), expected="frozen", ramp_s=0.2, stream=stream, noise=4.0)


def _lights(turn: Turn) -> Iterator[Case]:
    for level in (0, 0, 8, 8, 16, 16):
        stream = partial(even, level)
        yield Case(name=f"black at {level}", footage=turn.next(), expected="dark", ramp_s=0.2, stream=stream)
    for level in (245, 245, 255, 255):
        yield Case(name=f"white at {level}", footage=turn.next(), expected="bright", ramp_s=0.2, lens=even(level))
    for _ in range(2):
        yield Case(name="a lamp held into the lens", footage=turn.next(), expected="bright", lens=dazzle)


def _damages(turn: Turn) -> Iterator[Case]:
    for kind in ("runs", "columns", "grey"):
        for often in (1.0, 0.8, 0.6):
            name, stream = f"lost data: {kind} in {often:.0%}", damage(kind, often)
            yield Case(name=name, footage=turn.next(), expected="smeared", ramp_s=0.2, stream=stream)
