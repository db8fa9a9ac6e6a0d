"""What looks like a fault and is none, for the stress of camera health."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import cv2
import numpy as np

from benchmarks.health_cases import Case, Look, Turn, board, cloth
from benchmarks.health_scenes import Footage, Matrix, swaying
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small


def _fading(least: float) -> Look:
    return lambda picture, share: cv2.convertScaleAbs(picture, alpha=1 + (least - 1) * share).astype(np.uint8)


def _infrared(picture: Small, _share: float) -> Small:
    """Return the scene by infrared: other tones (leaves bright, sky black), a bright centre, dark corners."""
    curve = np.interp(np.arange(256), (0, 40, 90, 140, 200, 255), (30, 150, 190, 120, 40, 15))
    down, across = np.mgrid[:SMALL_HEIGHT_PX, :SMALL_WIDTH_PX].astype(np.float32)
    lamp = 0.25 + 0.85 * np.exp(-(((across - 160) / 120) ** 2 + ((down - 100) / 80) ** 2))
    return np.asarray(np.clip(curve.astype(np.float32)[picture] * lamp, 0, 255), np.uint8)


def _grey_night(picture: Small, _share: float) -> Small:
    """Return the scene by infrared where tones stay in order but change their distances."""
    curve = 255 * (np.arange(256) / 255) ** 0.6
    down, across = np.mgrid[:SMALL_HEIGHT_PX, :SMALL_WIDTH_PX].astype(np.float32)
    lamp = 0.2 + 0.7 * np.exp(-(((across - 160) / 110) ** 2 + ((down - 110) / 70) ** 2))
    return np.asarray(np.clip(curve.astype(np.float32)[picture] * lamp, 0, 255), np.uint8)


def _flash(picture: Small, share: float) -> Small:
    return (
        np.asarray(np.clip(picture.astype(np.float32) * 2.5 + 60, 0, 255), np.uint8) if share * 40 % 13 < 1 else picture
    )


def _headlights(picture: Small, share: float) -> Small:
    down, across = np.mgrid[:SMALL_HEIGHT_PX, :SMALL_WIDTH_PX].astype(np.float32)
    size = 20 + 160 * share
    glare = sum(
        500 * np.exp(-(((across - x - 60 * share) / size) ** 2 + ((down - 100) / (0.6 * size)) ** 2))
        for x in (120, 150)
    )
    return np.asarray(np.clip(picture * 0.8 + glare, 0, 255), np.uint8)


def _shade(picture: Small, share: float) -> Small:
    """Return a cloud's shadow that crosses the picture."""
    edge = 420 * share - 60
    across = np.arange(SMALL_WIDTH_PX, dtype=np.float32)
    light = 1 - 0.45 / (1 + np.exp((across - edge) / 12))
    return (picture * light[None]).astype(np.uint8)


def _rain(seed: int) -> Look:
    random = np.random.default_rng(seed)

    def look(picture: Small, _share: float) -> Small:
        for _ in range(140):
            x, y = int(random.integers(0, SMALL_WIDTH_PX)), int(random.integers(0, SMALL_HEIGHT_PX))
            cv2.line(picture, (x, y), (x + 2, y + int(random.integers(6, 20))), int(random.integers(170, 235)), 1)
        return cv2.addWeighted(picture, 0.8, np.full_like(picture, 150), 0.2, 0).astype(np.uint8)

    return look


def _lorry(width: int, height: int, level: int, *, textured: bool) -> Look:
    side = board(7)[:height, :width] if textured else cloth(level, 3, texture=3)[:height, :width]

    def look(picture: Small, share: float) -> Small:
        x = round(-width + (SMALL_WIDTH_PX + width) * share)
        left, right = max(x, 0), min(x + width, SMALL_WIDTH_PX)
        if right > left:
            picture[SMALL_HEIGHT_PX - 10 - height : SMALL_HEIGHT_PX - 10, left:right] = side[:, left - x : right - x]
        return picture

    return look


def _crowd(number: int, seed: int) -> Look:
    random = np.random.default_rng(seed)
    starts, speeds = random.uniform(0, 320, number), random.choice((-1, 1), number) * random.uniform(18, 60, number)
    tops = np.sort(random.uniform(50, 120, number))
    looks = [
        np.clip(level + random.normal(0, 25, (70, 18)), 0, 255).astype(np.uint8)
        for level in random.uniform(20, 230, number)
    ]
    ticks = 0

    def look(picture: Small, _share: float) -> Small:
        nonlocal ticks
        ticks += 1
        for start, speed, top, body in zip(starts, speeds, tops, looks, strict=True):
            x, y = int((start + speed * ticks / 5) % 302), int(top)
            picture[y : y + 60, x : x + 18] = body[:60]
        return picture

    return look


def _gate(picture: Small, share: float) -> Small:
    """Return a gate that slides open before another street: a third of the picture."""
    wide = round(105 * share)
    picture[40:170, 100 : 100 + wide] = board(12)[40:170, 100 : 100 + wide]
    return picture


def _coarse(quality: int) -> Callable[[], Look]:
    """Return what a poor encoder makes of pictures: JPEG of low quality, better at each keyframe."""

    def made() -> Look:
        number = 0

        def look(picture: Small, share: float) -> Small:
            nonlocal number
            number += 1
            if share <= 0:
                return picture
            better = 12 if number % 10 == 0 else 0
            options = (cv2.IMWRITE_JPEG_QUALITY, quality + better)
            data = cv2.imencode(".jpg", cv2.resize(picture, (640, 360)), options)[1]
            coded = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
            small = cv2.resize(coded, (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), interpolation=cv2.INTER_AREA)
            return np.asarray(small, np.uint8)

        return look

    return made


def _repeating() -> Look:
    """Return a stream whose encoder repeats pictures exactly while nothing moves, but for its keyframes."""
    kept: list[Small] = []
    number = 0

    def look(picture: Small, share: float) -> Small:
        nonlocal number
        number += 1
        if not kept:
            kept.append(cv2.medianBlur(picture, 3).astype(np.uint8))
        moving = cv2.absdiff(picture, kept[0]) > 24
        moving = cv2.dilate(cv2.medianBlur(moving.astype(np.uint8), 5), np.ones((7, 7), np.uint8)) > 0
        shown = kept[0].copy()
        if share <= 0:
            shown[moving] = picture[moving]
        return shown

    return look


def _sway(size_px: float, share: float) -> Matrix:
    return swaying(40 * share, size_px)


def harmless(scenes: Sequence[Footage]) -> Iterator[Case]:
    """Yield what looks like a fault and is none."""
    turn = Turn(scenes)
    for footage in scenes:
        yield Case(name="nothing happens", footage=footage, expected=None, ramp_s=60.0)
    for name, change in _changes():
        yield Case(**{"name": name, "footage": turn.next(), "expected": None, "ramp_s": 20.0, **change})  # type: ignore[arg-type]


def _changes() -> Iterator[tuple[str, dict[str, object]]]:
    """Yield names of cases, and what is special of each."""
    for kind in (_light, _weather, _traffic, _streams):
        yield from kind()


def _light() -> Iterator[tuple[str, dict[str, object]]]:
    for level in (0.45, 0.3, 0.2):
        yield f"lights off to {level} and on", {"lens": _fading(level), "ramp_s": 0.2}
        yield "more light", {"lens": _fading(1.3), "ramp_s": 0.2}
    for ramp_s in (120.0, 300.0):
        yield f"dusk within {ramp_s} s", {"lens": _fading(0.2), "ramp_s": ramp_s}
    for _ in range(3):
        yield "infrared, tones reversed", {"lens": _infrared, "ramp_s": 0.2, "noise": 3.0}
        yield "infrared, tones kept", {"lens": _grey_night, "ramp_s": 0.2, "noise": 3.0}
    for _ in range(2):
        yield "lightning", {"lens": _flash}
        yield "headlights", {"lens": _headlights, "ramp_s": 4.0, "lasts_s": 1.0}
        yield "cloud passes", {"lens": _shade, "ramp_s": 12.0}
        yield "cloud", {"lens": _fading(0.55), "ramp_s": 3.0}


def _weather() -> Iterator[tuple[str, dict[str, object]]]:
    for seed in range(3):
        yield "heavy rain", {"lens": _rain(seed), "ramp_s": 1.0, "lasts_s": 40.0}
    for size_px in (1.5, 3.0, 5.0):
        aim = partial(_sway, size_px)
        yield f"sways by {size_px} px", {"ramp_s": 40.0, "aim": aim, "lasts_s": 1.0}


def _traffic() -> Iterator[tuple[str, dict[str, object]]]:
    lorries = ((170, 160, 200, False), (190, 150, 60, True), (230, 165, 120, False), (160, 165, 225, True))
    for width, height, level, textured in lorries:
        lens = _lorry(width, height, level, textured=textured)
        yield "a lorry drives through half the picture", {"lens": lens, "ramp_s": 5.0, "lasts_s": 0.2}
        yield "a slow lorry", {"lens": lens, "ramp_s": 10.0, "lasts_s": 0.2}
    for number in (40, 70):
        yield "a crowd fills half the picture", {"lens": _crowd(number, number), "ramp_s": 0.2, "lasts_s": 60.0}
        yield "a crowd gathers", {"lens": _crowd(number // 2, number), "ramp_s": 0.2, "lasts_s": 60.0}
    for ramp_s in (4.0, 8.0):
        yield "a gate opens", {"lens": _gate, "ramp_s": ramp_s}


def _streams() -> Iterator[tuple[str, dict[str, object]]]:
    for quality in (8, 14, 22):
        yield f"low bitrate {quality}", {"ramp_s": 1.0, "stream": _coarse(quality), "lasts_s": 40.0}
    for _ in range(2):
        yield "comes to rest, repeats exactly", {"ramp_s": 0.2, "stream": _repeating}
    for noise in (6.0, 9.0):
        yield f"noise {noise}", {"ramp_s": 30.0, "noise": noise}
