"""What weather, lamps, insects and encoders do to small pictures; nothing of it is an object."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Small

Floats = npt.NDArray[np.float32]

Disturbance = Callable[[Floats, float], Floats]
"""Changes a picture, float32 (180, 320), 0..255, of a moment in seconds; may write into it."""

_SHAPE = (SMALL_HEIGHT_PX, SMALL_WIDTH_PX)
_ROWS, _COLUMNS = np.mgrid[0:SMALL_HEIGHT_PX, 0:SMALL_WIDTH_PX].astype(np.float32)


def night(random: np.random.Generator) -> Disturbance:
    """A quarter of the light, and the noise of a sensor at its limit."""
    gain, deviation = np.float32(random.uniform(0.22, 0.4)), random.uniform(2.5, 5.0)
    noise = random.normal(0, deviation, (17, *_SHAPE)).astype(np.float32)

    def disturb(picture: Floats, t_s: float) -> Floats:
        return np.asarray(picture * gain + np.float32(8) + noise[round(t_s * 5) % len(noise)], np.float32)

    return disturb


def lights_off_and_on(random: np.random.Generator) -> Disturbance:
    """Lamps that go out and on again; what is bright loses more than what is dark."""
    off_s, gain = random.uniform(18, 24), random.uniform(0.35, 0.7)
    on_s, power = off_s + random.uniform(12, 22), random.uniform(0.85, 1.2)

    def disturb(picture: Floats, t_s: float) -> Floats:
        if not off_s <= t_s < on_s:
            return picture
        return np.asarray(np.power(picture / 255, power) * np.float32(255 * gain), np.float32)

    return disturb


def lamp_in_a_corner(random: np.random.Generator) -> Disturbance:
    """A lamp that lights a part of the picture from some moment on."""
    x, y, at_s = random.uniform(0, 320), random.uniform(0, 180), random.uniform(18, 30)
    reach = random.uniform(40, 110)
    glow = np.exp(-((_COLUMNS - x) ** 2 + (_ROWS - y) ** 2) / (2 * reach * reach)) * np.float32(
        random.uniform(0.3, 0.9)
    )

    def disturb(picture: Floats, t_s: float) -> Floats:
        return picture * (1 + glow) if t_s >= at_s else picture

    return disturb


def infrared_switch(random: np.random.Generator) -> Disturbance:
    """A camera that goes to infrared and back: other tones, a bright middle, noise."""
    on_s = random.uniform(18, 26)
    off_s = on_s + random.uniform(15, 25)
    curve = np.interp(
        np.arange(256), [0, 60, 120, 180, 255], np.sort(random.uniform(20, 230, 5)) + random.normal(0, 18, 5)
    )
    spot = np.exp(-((_COLUMNS - 160) ** 2 / 18000 + (_ROWS - 90) ** 2 / 7000)) * np.float32(0.7) + np.float32(0.45)
    noise = random.normal(0, 3, (13, *_SHAPE)).astype(np.float32)

    def disturb(picture: Floats, t_s: float) -> Floats:
        if not on_s <= t_s < off_s:
            return picture
        toned = cv2.LUT(np.clip(picture, 0, 255).astype(np.uint8), np.clip(curve, 0, 255).astype(np.uint8))
        return np.asarray(toned.astype(np.float32) * spot + noise[round(t_s * 5) % len(noise)], np.float32)

    return disturb


def clouds(random: np.random.Generator) -> Disturbance:
    """Shadows of clouds that drift over the ground."""
    coarse = random.uniform(0, 1, (6, 24)).astype(np.float32)
    field = np.clip((cv2.resize(coarse, (1280, 180), interpolation=cv2.INTER_CUBIC) - 0.4) * 3, 0, 1)
    depth, speed = np.float32(random.uniform(0.25, 0.5)), random.uniform(3, 14)

    def disturb(picture: Floats, t_s: float) -> Floats:
        start = int(t_s * speed) % (1280 - SMALL_WIDTH_PX)
        return np.asarray(picture * (1 - depth * field[:, start : start + SMALL_WIDTH_PX]), np.float32)

    return disturb


def rain(random: np.random.Generator) -> Disturbance:
    """Bright streaks, elsewhere in every picture, and a little less contrast."""
    sheets = np.zeros((11, *_SHAPE), np.float32)
    for sheet in sheets:
        for x, y in zip(random.uniform(0, 320, 160), random.uniform(-10, 180, 160), strict=True):
            cv2.line(sheet, (int(x), int(y)), (int(x) - 2, int(y) + int(random.uniform(5, 14))), (40.0,), 1)

    def disturb(picture: Floats, t_s: float) -> Floats:
        return np.asarray(picture * np.float32(0.9) + np.float32(10) + sheets[round(t_s * 5) % len(sheets)], np.float32)

    return disturb


def insects(random: np.random.Generator) -> Disturbance:
    """Blurred things close to the lens; one rests there for some seconds."""
    rest_s, x, y = random.uniform(15, 40), random.uniform(20, 300), random.uniform(20, 160)
    rest_for_s, radius = random.uniform(2, 5), random.uniform(6, 14)
    hops = random.uniform((0, 0), (320, 180), (400, 2))

    def disturb(picture: Floats, t_s: float) -> Floats:
        resting = rest_s <= t_s < rest_s + rest_for_s
        hop_x, hop_y = (x, y) if resting else hops[round(t_s * 5) % len(hops)]
        near = np.exp(
            -((_COLUMNS - np.float32(hop_x)) ** 2 + (_ROWS - np.float32(hop_y)) ** 2) / np.float32(2 * radius**2)
        )
        return np.asarray(picture + near * np.float32(90), np.float32)

    return disturb


def headlights(random: np.random.Generator) -> Disturbance:
    """Cones of light that cross a dark scene; one stands for a while."""
    stop_s, stop_x, y = random.uniform(20, 35), random.uniform(60, 260), random.uniform(90, 160)
    stand_s = random.uniform(4, 20)

    def disturb(picture: Floats, t_s: float) -> Floats:
        moved_s = t_s - min(max(t_s - stop_s, 0.0), stand_s)
        x = (stop_x + (moved_s - stop_s) * 45) % 700 - 150
        cone = np.exp(-(((_COLUMNS - np.float32(x)) / 38) ** 2 + ((_ROWS - np.float32(y)) / 15) ** 2))
        return np.asarray(picture * np.float32(0.35) * (1 + np.float32(2.2) * cone) + cone * np.float32(60), np.float32)

    return disturb


def low_bitrate(random: np.random.Generator) -> Disturbance:
    """An encoder that starves: coarse blocks, renewed every few seconds."""
    quality = int(random.uniform(8, 22))
    every_s = random.uniform(2, 10)
    held: list[tuple[int, Small]] = []

    def disturb(picture: Floats, t_s: float) -> Floats:
        small = np.clip(picture, 0, 255).astype(np.uint8)
        coarse = quality if int(t_s / every_s) % 2 else quality + 10
        _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, coarse])
        decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
        if held:
            # What hardly changed is not sent again.
            same = cv2.blur(cv2.absdiff(decoded, held[0][1]), (8, 8)) < 4
            decoded[same] = held[0][1][same]
        held[:] = [(0, decoded)]
        return decoded.astype(np.float32)

    return disturb


def shaking(random: np.random.Generator) -> Disturbance:
    """A mast in the wind: about a pixel to and fro."""
    swing = random.uniform(0.4, 1.2)
    hz = random.uniform(0.3, 1.7)

    def disturb(picture: Floats, t_s: float) -> Floats:
        move = np.array(
            [[1, 0, swing * np.sin(2 * np.pi * hz * t_s)], [0, 1, swing * np.cos(5 * hz * t_s)]], np.float32
        )
        return np.asarray(cv2.warpAffine(picture, move, _SHAPE[::-1], borderMode=cv2.BORDER_REPLICATE), np.float32)

    return disturb


DISTURBANCES: dict[str, Callable[[np.random.Generator], Disturbance]] = {
    "lights": lights_off_and_on,
    "lamp": lamp_in_a_corner,
    "infrared": infrared_switch,
    "clouds": clouds,
    "rain": rain,
    "insects": insects,
    "headlights": headlights,
    "low bitrate": low_bitrate,
    "shake": shaking,
    "night": night,
}
