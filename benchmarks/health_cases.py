"""Faults and harmless variations for the stress of camera health."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.health_scenes import STRAIGHT, Footage, Matrix, Noise, shifted, swaying, turned
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small

BEGIN_S = 60.0
LASTS_S = 26.0
AFTER_S = 16.0

Look = Callable[[Small, float], Small]
"""Changes a picture; told how far the change is, 0..1."""
Aim = Callable[[float], Matrix]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run of one camera.

    Attributes:
        name: What happens.
        footage: Where.
        expected: Class that must be told, None where nothing must.
        ramp_s: How long the change takes.
        lasts_s: How long it stays.
        lens: What happens before the sensor: covers, blur, light.
        stream: What happens after it: freezing, damage.
        aim: Where the camera looks, by the share of the change.
        noise: Noise instead of the footage's own.
    """

    name: str
    footage: Footage
    expected: str | None
    ramp_s: float = 0.6
    lasts_s: float = LASTS_S
    lens: Look | None = None
    stream: Callable[[], Look] | None = None
    aim: Aim | None = None
    noise: float | None = None

    @property
    def until_s(self) -> float:
        """When the run ends."""
        return BEGIN_S + self.ramp_s + self.lasts_s + AFTER_S

    def show(self) -> Callable[[float], Small]:
        """Return what the camera delivers by time."""
        noise = Noise(self.footage.noise if self.noise is None else self.noise)
        stream = None if self.stream is None else self.stream()
        end_s = BEGIN_S + self.ramp_s + self.lasts_s

        def shown(t_s: float) -> Small:
            share = min((t_s - BEGIN_S) / self.ramp_s, 1.0) if BEGIN_S <= t_s < end_s else 0.0
            aim = STRAIGHT if self.aim is None or share <= 0 else self.aim(share)
            picture = self.footage.picture(t_s, aim)
            if self.lens is not None and share > 0:
                picture = self.lens(picture, share)
            picture = noise.add(picture)
            return picture if stream is None else stream(picture, share)

        return shown


def cloth(level: int, seed: int = 1, *, texture: float = 4.0) -> Small:
    """Return a cloth close to the lens: soft folds."""
    random = np.random.default_rng(seed)
    folds = cv2.resize(
        random.normal(0, 1, (4, 6)).astype(np.float32), (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), interpolation=cv2.INTER_CUBIC
    )
    return np.clip(level + texture * folds, 0, 255).astype(np.uint8)


def board(seed: int = 2) -> Small:
    """Return a board with print on it, in focus."""
    random = np.random.default_rng(seed)
    coarse = cv2.resize(
        random.integers(40, 210, (9, 16)).astype(np.uint8),
        (SMALL_WIDTH_PX, SMALL_HEIGHT_PX),
        interpolation=cv2.INTER_NEAREST,
    )
    fine = cv2.resize(random.integers(0, 90, (60, 107)).astype(np.uint8), (SMALL_WIDTH_PX, SMALL_HEIGHT_PX))
    return cv2.addWeighted(coarse, 0.8, fine, 0.5, 0).astype(np.uint8)


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
    return np.clip(picture + glare, 0, 255).astype(np.uint8)


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


def rolled(across_px: float, down_px: float) -> Aim:
    """Return a camera pushed aside."""
    return lambda share: shifted(across_px * share, down_px * share)


def faults(scenes: Sequence[Footage]) -> Iterator[Case]:
    """Yield the faults, each in a scene of its turn, so that every class meets every look."""
    turn = 0

    def scene() -> Footage:
        nonlocal turn
        turn += 1
        return scenes[turn % len(scenes)]

    for level, side in ((15, "left"), (40, "top"), (120, "right"), (190, "bottom"), (225, "left"), (8, "right")):
        yield Case(
            name=f"cloth of {level} slides in from the {side}",
            footage=scene(),
            expected="covered",
            lens=slide(cloth(level), side),
        )
    for side, most in (("left", 0.55), ("right", 0.6), ("top", 0.6), ("bottom", 0.65), ("left", 0.7), ("right", 0.8)):
        yield Case(
            name=f"board hides {most:.0%} from the {side}",
            footage=scene(),
            expected="covered",
            lens=slide(board(), side, most),
        )
    for side, level in (("left", 90), ("top", 60), ("right", 200), ("bottom", 30)):
        yield Case(
            name=f"hand of {level} hides 60% from the {side}",
            footage=scene(),
            expected="covered",
            lens=slide(cloth(level, texture=14), side, 0.6),
        )
    for ramp_s, level in ((10, 60), (15, 200), (30, 90), (60, 40), (30, 230), (60, 150)):
        yield Case(
            name=f"cloth of {level} drawn over in {ramp_s} s",
            footage=scene(),
            expected="covered",
            ramp_s=ramp_s,
            lens=slide(cloth(level), "left"),
        )
    for ramp_s, level in ((3, 200), (10, 230), (30, 60), (45, 180), (60, 210), (60, 120)):
        yield Case(
            name=f"paint of {level} in drops over {ramp_s} s",
            footage=scene(),
            expected="covered",
            ramp_s=ramp_s,
            lens=blobs(level),
        )
    for ramp_s, level in ((5, 180), (20, 200), (40, 150), (60, 210)):
        yield Case(
            name=f"veil of {level} thickens over {ramp_s} s",
            footage=scene(),
            expected="covered",
            ramp_s=ramp_s,
            lens=veil(cloth(level)),
        )
    for noise in (5.0, 7.0):
        yield Case(
            name=f"cloth under noise {noise}",
            footage=scene(),
            expected="covered",
            lens=slide(cloth(70), "left"),
            noise=noise,
        )
        yield Case(
            name=f"board hides 60% under noise {noise}",
            footage=scene(),
            expected="covered",
            lens=slide(board(), "right", 0.6),
            noise=noise,
        )
    kernels = (
        ("gauss", 3.0),
        ("gauss", 4.5),
        ("gauss", 7.0),
        ("disk", 5.0),
        ("disk", 8.0),
        ("disk", 12.0),
        ("box", 4.0),
        ("box", 7.0),
    )
    for kind, size in kernels:
        yield Case(
            name=f"out of focus: {kind} {size}",
            footage=scene(),
            expected="blurred",
            ramp_s=1.5,
            lens=defocus(kind, size),
        )
    for ramp_s, size in ((10, 5.0), (30, 5.0), (60, 6.0), (60, 4.0)):
        yield Case(
            name=f"out of focus within {ramp_s} s",
            footage=scene(),
            expected="blurred",
            ramp_s=ramp_s,
            lens=defocus("disk", size),
        )
    for noise, size in ((5.0, 5.0), (6.0, 8.0), (8.0, 6.0), (5.0, 4.0)):
        yield Case(
            name=f"out of focus under noise {noise}",
            footage=scene(),
            expected="blurred",
            ramp_s=1.5,
            lens=defocus("disk", size),
            noise=noise,
        )
    for aim in ((10, 4), (-14, 6), (25, -12), (60, 20), (-90, 30), (120, 0), (0, 50), (-40, -40), (8, -6)):
        yield Case(name=f"pushed by {aim} px", footage=scene(), expected="moved", aim=rolled(*aim))
    for degrees in (5.0, -8.0, 14.0, -20.0, 45.0, 90.0):
        yield Case(
            name=f"rolled by {degrees} degrees",
            footage=scene(),
            expected="moved",
            aim=lambda share, degrees=degrees: turned(degrees * share),
        )  # type: ignore[misc]
    for zoom in (1.25, 0.8):
        yield Case(
            name=f"zoomed by {zoom}",
            footage=scene(),
            expected="moved",
            aim=lambda share, zoom=zoom: turned(0.0, 1 + (zoom - 1) * share),
        )  # type: ignore[misc]
    for ramp_s, aim in ((10, (80, 10)), (30, (100, 30)), (60, (-110, 0)), (60, (50, 40))):
        yield Case(
            name=f"slowly turned by {aim} px in {ramp_s} s",
            footage=scene(),
            expected="moved",
            ramp_s=ramp_s,
            aim=rolled(*aim),
        )
    for noise in (5.0, 7.0):
        yield Case(
            name=f"pushed under noise {noise}", footage=scene(), expected="moved", aim=rolled(30, 10), noise=noise
        )
    for footage in scenes:
        yield Case(name="stands still", footage=footage, expected="frozen", ramp_s=0.2, stream=freeze())
    for _ in range(3):
        yield Case(
            name="stands still, clock ticks", footage=scene(), expected="frozen", ramp_s=0.2, stream=freeze(clock=True)
        )
        yield Case(
            name="stands still, keyframes stir",
            footage=scene(),
            expected="frozen",
            ramp_s=0.2,
            stream=freeze(keyframe=True),
        )
    for coding in (0.5, 0.6):
        yield Case(
            name=f"stands still, encoder adds noise {coding}",
            footage=scene(),
            expected="frozen",
            ramp_s=0.2,
            stream=freeze(coding=coding),
            noise=4.0,
        )
    for level in (0, 8, 16):
        for _ in range(2):
            yield Case(
                name=f"black at {level}",
                footage=scene(),
                expected="dark",
                ramp_s=0.2,
                stream=lambda level=level: even(level),
            )  # type: ignore[misc]
    for level in (245, 255):
        for _ in range(2):
            yield Case(name=f"white at {level}", footage=scene(), expected="bright", ramp_s=0.2, lens=even(level))
    for _ in range(2):
        yield Case(name="a lamp held into the lens", footage=scene(), expected="bright", lens=dazzle)
    for kind in ("runs", "columns", "grey"):
        for often in (1.0, 0.8, 0.6):
            yield Case(
                name=f"lost data: {kind} in {often:.0%}",
                footage=scene(),
                expected="smeared",
                ramp_s=0.2,
                stream=damage(kind, often),
            )


def _lit(*levels: float) -> Look:
    """Return light that goes through levels, each for an equal share of the ramp."""
    return lambda picture, share: cv2.convertScaleAbs(
        picture, alpha=levels[min(int(share * len(levels)), len(levels) - 1)]
    ).astype(np.uint8)


def _fading(least: float) -> Look:
    return lambda picture, share: cv2.convertScaleAbs(picture, alpha=1 + (least - 1) * share).astype(np.uint8)


def _infrared(picture: Small, _share: float) -> Small:
    """Return the scene by infrared: other tones (leaves bright, sky black), a bright centre, dark corners."""
    curve = np.interp(np.arange(256), (0, 40, 90, 140, 200, 255), (30, 150, 190, 120, 40, 15))
    down, across = np.mgrid[:SMALL_HEIGHT_PX, :SMALL_WIDTH_PX].astype(np.float32)
    lamp = 0.25 + 0.85 * np.exp(-(((across - 160) / 120) ** 2 + ((down - 100) / 80) ** 2))
    return np.clip(curve.astype(np.float32)[picture] * lamp, 0, 255).astype(np.uint8)


def _grey_night(picture: Small, _share: float) -> Small:
    """Return the scene by infrared where tones stay in order but change their distances."""
    curve = 255 * (np.arange(256) / 255) ** 0.6
    down, across = np.mgrid[:SMALL_HEIGHT_PX, :SMALL_WIDTH_PX].astype(np.float32)
    lamp = 0.2 + 0.7 * np.exp(-(((across - 160) / 110) ** 2 + ((down - 110) / 70) ** 2))
    return np.clip(curve.astype(np.float32)[picture] * lamp, 0, 255).astype(np.uint8)


def _flash(picture: Small, share: float) -> Small:
    return np.clip(picture.astype(np.float32) * 2.5 + 60, 0, 255).astype(np.uint8) if share * 40 % 13 < 1 else picture


def _headlights(picture: Small, share: float) -> Small:
    down, across = np.mgrid[:SMALL_HEIGHT_PX, :SMALL_WIDTH_PX].astype(np.float32)
    size = 20 + 160 * share
    glare = sum(
        500 * np.exp(-(((across - x - 60 * share) / size) ** 2 + ((down - 100) / (0.6 * size)) ** 2))
        for x in (120, 150)
    )
    return np.clip(picture * 0.8 + glare, 0, 255).astype(np.uint8)


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


def _coarse(kbit: float) -> Callable[[], Look]:
    """Return what a poor encoder makes of pictures: JPEG of low quality, better at each keyframe."""
    quality = int(kbit)

    def made() -> Look:
        number = 0

        def look(picture: Small, share: float) -> Small:
            nonlocal number
            number += 1
            if share <= 0:
                return picture
            better = 12 if number % 10 == 0 else 0
            _, data = cv2.imencode(
                ".jpg", cv2.resize(picture, (640, 360)), (cv2.IMWRITE_JPEG_QUALITY, quality + better)
            )
            return cv2.resize(
                cv2.imdecode(data, cv2.IMREAD_GRAYSCALE),
                (SMALL_WIDTH_PX, SMALL_HEIGHT_PX),
                interpolation=cv2.INTER_AREA,
            ).astype(np.uint8)

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


def harmless(scenes: Sequence[Footage]) -> Iterator[Case]:
    """Yield what looks like a fault and is none."""
    turn = 0

    def scene() -> Footage:
        nonlocal turn
        turn += 1
        return scenes[turn % len(scenes)]

    def case(name: str, lens: Look | None = None, ramp_s: float = 20.0, **others: object) -> Case:
        return Case(name=name, footage=scene(), expected=None, ramp_s=ramp_s, lens=lens, **others)  # type: ignore[arg-type]

    for footage in scenes:
        yield Case(name="nothing happens", footage=footage, expected=None, ramp_s=60.0)
    for level in (0.45, 0.3, 0.2):
        yield case(f"lights off to {level} and on", _lit(level, level, level), 0.2)
        yield case("more light", _lit(1.3), 0.2)
    for ramp_s in (120.0, 300.0):
        yield case(f"dusk within {ramp_s} s", _fading(0.2), ramp_s)
    for _ in range(3):
        yield case("infrared, tones reversed", _infrared, 0.2, noise=3.0)
        yield case("infrared, tones kept", _grey_night, 0.2, noise=3.0)
    for _ in range(2):
        yield case("lightning", _flash, 20.0)
        yield case("headlights", _headlights, 4.0, lasts_s=1.0)
        yield case("cloud passes", _shade, 12.0)
        yield case("cloud", _fading(0.55), 3.0)
    for seed in range(3):
        yield case("heavy rain", _rain(seed), 1.0, lasts_s=40.0)
    for width, height, level, textured in (
        (170, 160, 200, False),
        (190, 150, 60, True),
        (230, 165, 120, False),
        (160, 165, 225, True),
    ):
        yield case(
            "a lorry drives through half the picture", _lorry(width, height, level, textured=textured), 5.0, lasts_s=0.2
        )
        yield case("a slow lorry", _lorry(width, height, level, textured=textured), 10.0, lasts_s=0.2)
    for number in (40, 70):
        yield case("a crowd fills half the picture", _crowd(number, number), 0.2, lasts_s=60.0)
        yield case("a crowd gathers", _crowd(number // 2, number), 0.2, lasts_s=60.0)
    for ramp_s in (4.0, 8.0):
        yield case("a gate opens", _gate, ramp_s)
    for quality in (8, 14, 22):
        yield case(f"low bitrate {quality}", None, 1.0, stream=_coarse(quality), lasts_s=40.0)
    for size_px in (1.5, 3.0, 5.0):
        yield case(
            f"sways by {size_px} px",
            None,
            40.0,
            aim=lambda share, size_px=size_px: swaying(40 * share, size_px),
            lasts_s=1.0,
        )
    for _ in range(2):
        yield case("comes to rest, repeats exactly", None, 0.2, stream=_repeating)
    for noise in (6.0, 9.0):
        yield case(f"noise {noise}", None, 30.0, noise=noise)
