"""Pictures and charts of a commissioning report: people hidden, sizes marked, small enough for one page."""

import base64
import io
from collections.abc import Sequence

import cv2
import numpy as np

from app.camera.record import DARK_LEVEL, Record
from app.camera.scale import Scale
from configs.cameras import Camera
from events.frame import Frame, Picture
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Finder, Found, Mask
from vision.privacy import pixelate

SCENE_PX = 1280
LIGHT_PX = 560
QUALITY = 82
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_ZONE = (0, 215, 255)
_MASK = (60, 60, 60)
_PERSON = (167, 121, 204)
_GAUGE = (0, 159, 230)
_PANEL = (39, 36, 31)
_ROWS = (0.4, 0.6, 0.8, 0.95)
_NOWHERE: Mask = np.zeros((SMALL_HEIGHT_PX, SMALL_WIDTH_PX), np.uint8)
_EVERYWHERE: Mask = np.full_like(_NOWHERE, 255)


def scenery(record: Record, camera: Camera, scale: Scale | None, finder: Finder | None) -> Picture | None:
    """Return the scene without passers-by, those who stay pixelated, with zones and sizes drawn; None without pictures.

    uint8, (height, width, 3), BGR.
    """
    picture = record.scenery()
    if picture is None:
        return None
    picture = _sized(picture, SCENE_PX)
    pixelate(picture, _NOWHERE, (finder.find(picture) if finder is not None else Found()).people)
    _draw_marks(picture, camera)
    if scale is not None:
        _draw_people(picture, scale)
    return picture


def lit(frame: Frame, finder: Finder | None) -> Picture:
    """Return one moment's picture, people pixelated; without the network everything is, since they would show."""
    picture = _sized(frame.to_bgr(), LIGHT_PX)
    if finder is None:
        pixelate(picture, _EVERYWHERE, ())
    else:
        pixelate(picture, _NOWHERE, finder.find(frame.to_bgr()).people)
    return picture


def as_jpeg(picture: Picture) -> str:
    """Return a picture as the address of itself."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


def light_chart(record: Record, *, minutes: bool) -> str:
    """Return brightness and noise over the trial as an SVG, as the address of itself."""
    # Half a second and 60 MB that only those who draw should pay.
    from matplotlib import rc_context  # noqa: PLC0415 - see above
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above

    unit, factor = ("minutes", 60.0) if minutes else ("seconds", 1.0)
    times = np.array(record.times) / factor
    figure = Figure(figsize=(7.4, 1.7), layout="constrained")
    light, noise = figure.subplots(1, 2)
    light.plot(times, record.highlights, color="#e69f00", lw=1.2, label="bright parts")
    light.plot(times, record.brightness, color="#0072b2", lw=1.2, label="middle")
    light.axhline(DARK_LEVEL, color="0.6", lw=0.8, ls=(0, (4, 3)))
    light.set(ylim=(0, 260), ylabel="brightness", xlabel=unit)
    light.legend(frameon=False, fontsize=7, loc="upper right", ncols=2)
    noise.plot(times, record.noise, color="#009e73", lw=1.0)
    noise.set(ylabel="noise, grey levels", xlabel=unit)
    noise.set_ylim(bottom=0)
    for axis in (light, noise):
        axis.tick_params(labelsize=8)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    out = io.StringIO()
    with rc_context({"svg.fonttype": "none", "font.size": 8}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue().encode()).decode()


def _draw_marks(picture: Picture, camera: Camera) -> None:
    for mask in camera.mask:
        cv2.fillPoly(picture, [_pixels(mask, picture)], _MASK)
    for zone in camera.zones:
        if zone.polygon is None:
            continue
        corners = _pixels(zone.polygon, picture)
        cv2.polylines(picture, [corners], isClosed=True, color=_ZONE, thickness=2, lineType=cv2.LINE_AA)
        x, y = corners[corners[:, 1].argmin()].tolist()
        _label(picture, zone.id, (x + 4, y + 18), _ZONE)
    if camera.gauge is not None:
        ends = _pixels([mark.at for mark in camera.gauge], picture)
        cv2.polylines(picture, [ends], isClosed=False, color=_GAUGE, thickness=3, lineType=cv2.LINE_AA)


def _draw_people(picture: Picture, scale: Scale) -> None:
    """Draw how tall a person stands at some rows, with pixels of the camera's own picture for a metre."""
    height_px, width_px = picture.shape[:2]
    for number, row in enumerate(_ROWS):
        share = scale.person_share(row)
        if share <= 0:
            continue
        x, feet, head = width_px - 40 - 110 * number, round(row * height_px), round((row - share) * height_px)
        cv2.line(picture, (x, feet), (x, max(head, 0)), _PERSON, 3, cv2.LINE_AA)
        cv2.line(picture, (x - 8, feet), (x + 8, feet), _PERSON, 2, cv2.LINE_AA)
        _label(picture, f"{scale.px_per_m(0.5, row):.0f} px/m", (x - 92, feet - 4), _PERSON)


def _pixels(points: "Sequence[Sequence[float]]", picture: Picture) -> "np.ndarray[tuple[int, ...], np.dtype[np.int32]]":
    height_px, width_px = picture.shape[:2]
    return np.array([(round(x * width_px), round(y * height_px)) for x, y in points], np.int32)


def _label(picture: Picture, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    x, y = min(max(at[0], 2), picture.shape[1] - width - 4), max(at[1], height + 4)
    cv2.rectangle(picture, (x - 3, y - height - 4), (x + width + 3, y + 5), _PANEL, cv2.FILLED)
    cv2.putText(picture, text, (x, y), _FONT, 0.5, colour, 1, cv2.LINE_AA)


def _sized(picture: Picture, longest_px: int) -> Picture:
    height_px, width_px = picture.shape[:2]
    scale = min(longest_px / max(height_px, width_px), 1.0)
    size = round(width_px * scale), round(height_px * scale)
    return np.array(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
