"""A video of what the detectors saw: zones, boxes, values and states drawn over pictures that may be shown."""

import getpass
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import structlog
from av.container import OutputContainer
from av.video.stream import VideoStream

from app.onlookers import Chronicle, Happening, Look, Watch, watches
from configs.cameras import Camera
from events.errors import ConfigError
from events.frame import Picture
from events.geometry import Box, Polygon
from events.quantities import CAMERA_QUANTITIES

log = structlog.get_logger(__name__)

PICTURE_PX = 960
"""Longest side of the picture within the video: overlays stay sharp even where the picture shown is smaller."""
PANEL_PX = 320
ROW_PX = 46
HEAD_PX = 74
MARGIN_PX = 14

_CLOCK = Fraction(1, 1000)
"""Pictures carry their own times in milliseconds, since cameras keep no even rate."""
_ENCODER = {"preset": "veryfast", "crf": "23", "g": "50", "bf": "0"}

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PANEL = (39, 36, 31)
_TEXT = (227, 226, 221)
_DIM = (168, 164, 152)
_ZONE = (0, 215, 255)
_ALARM = (40, 40, 255)
_ALARM_TEXT = (110, 110, 255)
_PERSON = (233, 180, 86)
_VEHICLE = (180, 180, 180)
_MASK = (60, 60, 60)
_GAUGE = (0, 159, 230)

Colour = tuple[int, int, int]
"""Blue, green, red, 0..255."""


class Annotator:
    """Draws one video, picture by picture, into a file that appears when it is whole."""

    def __init__(self, output: Path, camera: Camera, *, show_people: bool = False) -> None:
        """Set up the drawing.

        Args:
            output: File to write, `.mp4`.
            camera: Zones and detectors.
            show_people: Whether people stay recognisable. The use is logged with the name of who asked.
        """
        self._output = output
        self._name = camera.name
        self._show_people = show_people
        self._watches = watches(camera)
        self._outlines = [
            (zone.id, Polygon.from_points(zone.polygon)) for zone in camera.zones if zone.polygon is not None
        ]
        self._masks = [Polygon.from_points(mask) for mask in camera.mask]
        self._gauge = [] if camera.gauge is None else [mark.at for mark in camera.gauge]
        self._values: dict[str, float] = {}
        self._chronicle = Chronicle()
        self._film: _Film | None = None
        if show_people:
            log.warning(
                "people stay recognisable in this video; keep it like a recording, and delete it after use",
                file=str(output),
                asked_by=_who(),
            )

    def look(self, look: Look) -> None:
        """Draw one picture.

        Raises:
            ConfigError: the file cannot be written.
        """
        self.follow(look)
        canvas = self.draw(look)
        if self._film is None:
            self._film = _Film(self._output, width_px=canvas.shape[1], height_px=canvas.shape[0])
        self._film.add(canvas, look.t_s)

    def follow(self, look: Look) -> None:
        """Take in what happened without drawing it."""
        self._chronicle.take(look)

    def shows(self, detector: str, kind: str | None) -> bool:
        """Tell whether an event of a kind lasts, or, without a kind, whether a detector has measured something."""
        if kind is not None:
            return any(happening.latest.kind == kind for happening in self._chronicle.open)
        return any(watch.detector == detector and watch.value(self._values) for watch in self._watches)

    def measured(self, values: dict[str, float], _t_s: float) -> None:
        """Remember the latest values."""
        self._values |= values

    def close(self) -> None:
        """Finish the file; without a single picture there is none."""
        if self._film is not None:
            self._film.close()

    def draw(self, look: Look) -> Picture:
        """Return the drawing of one picture with its panel: uint8, (height, width, 3), BGR, both sides even."""
        picture = look.frame.to_bgr() if self._show_people else _decoded(look.shown())
        picture = _sized(picture, look.frame.width_px / look.frame.height_px)
        self._draw_places(picture, look)
        height_px = max(picture.shape[0], HEAD_PX + ROW_PX * len(self._watches) + MARGIN_PX)
        height_px += height_px % 2
        canvas: Picture = np.full((height_px, picture.shape[1] + PANEL_PX, 3), _PANEL, np.uint8)
        canvas[: picture.shape[0], : picture.shape[1]] = picture
        self._draw_panel(canvas[:, picture.shape[1] :], look)
        return canvas

    def _draw_places(self, picture: Picture, look: Look) -> None:
        for mask in self._masks:
            cv2.fillPoly(picture, [_corners(mask, picture)], _MASK)
        alarmed = {happening.latest.zone for happening in self._chronicle.open}
        for name, outline in self._outlines:
            colour = _ALARM if name in alarmed else _ZONE
            corners = _corners(outline, picture)
            cv2.polylines(picture, [corners], isClosed=True, color=colour, thickness=2, lineType=cv2.LINE_AA)
            x, y = corners[corners[:, 1].argmin()].tolist()
            _label(picture, name, (x, y), colour)
        if self._gauge:
            (x1, y1), (x2, y2) = ((round(x * picture.shape[1]), round(y * picture.shape[0])) for x, y in self._gauge)
            cv2.line(picture, (x1, y1), (x2, y2), _GAUGE, 2, cv2.LINE_AA)
        for vehicle in look.found.vehicles:
            _frame(picture, vehicle.box, _VEHICLE, thickness=1)
        for person in look.found.people:
            _frame(picture, person.box, _PERSON, thickness=1)
        for happening in self._chronicle.open:
            if happening.latest.box is not None:
                _frame(picture, happening.latest.box, _ALARM, thickness=2)

    def _draw_panel(self, panel: Picture, look: Look) -> None:
        _write(panel, self._name, (MARGIN_PX, 28), 0.6, _TEXT)
        _write(panel, _clock(look.t_s), (MARGIN_PX, 54), 0.5, _DIM)
        if self._show_people:
            _write(panel, "PEOPLE VISIBLE: DO NOT PASS ON", (MARGIN_PX + 90, 54), 0.36, _ALARM_TEXT)
        for row, watch in enumerate(self._watches):
            top = HEAD_PX + row * ROW_PX
            open_now = [one for one in self._chronicle.open if _concerns(one, watch)]
            detector = watch.detector.replace("_", " ")
            title = detector if watch.zone is None else f"{watch.zone}: {detector}"
            _write(panel, title, (MARGIN_PX, top + 16), 0.45, _TEXT)
            _write(panel, *_state(open_now, look.t_s, (MARGIN_PX, top + 36)))
            _write(panel, value_text(watch, self._values), (MARGIN_PX + 160, top + 36), 0.45, _TEXT)


def value_text(watch: Watch, values: dict[str, float]) -> str:
    """Return what a detector measures just now, with the value from which it alarms: `18 of 15 %`."""
    found = watch.value(values)
    if found is None:
        return ""
    metric, value = found
    text = quantity_text(metric, value)
    return text if watch.limit is None else f"{text.partition(' ')[0]} of {quantity_text(metric, watch.limit)}"


def quantity_text(metric: str, value: float) -> str:
    """Return a value with its unit, shares as per cent."""
    unit = CAMERA_QUANTITIES[metric].unit if metric in CAMERA_QUANTITIES else ""
    if unit == "1":
        return f"{100 * value:.0f} %"
    return f"{value:.3g} {unit.strip('{}')}".strip()


class _Film:
    """Encodes pictures with times of their own."""

    def __init__(self, output: Path, *, width_px: int, height_px: int) -> None:
        self._output = output
        self._part = output.with_suffix(".part")
        self._container: OutputContainer
        try:
            self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart"})
        except (av.FFmpegError, OSError) as error:
            raise ConfigError(f"{output}: cannot be written; name a file in a folder you may write to") from error
        stream = self._container.add_stream("libx264", options=dict(_ENCODER))
        if not isinstance(stream, VideoStream):
            raise TypeError("libx264 encodes no video")
        self._stream = stream
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.codec_context.time_base = _CLOCK
        stream.codec_context.thread_count = 1
        self._size = (width_px, height_px)
        self._at = -1

    def add(self, picture: Picture, t_s: float) -> None:
        if picture.shape[1::-1] != self._size:  # the camera changed its resolution, which changes the canvas
            picture = np.asarray(cv2.resize(picture, self._size, interpolation=cv2.INTER_AREA), np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        self._at = max(round(t_s / _CLOCK), self._at + 1)
        frame.pts, frame.time_base = self._at, _CLOCK
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._part.replace(self._output)


def _decoded(jpeg: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def _sized(picture: Picture, aspect: float) -> Picture:
    longest = PICTURE_PX
    width, height = (longest, longest / aspect) if aspect >= 1 else (longest * aspect, longest)
    size = max(round(width / 2) * 2, 2), max(round(height / 2) * 2, 2)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _corners(outline: Polygon, picture: Picture) -> "np.ndarray[tuple[int, ...], np.dtype[np.int32]]":
    height_px, width_px = picture.shape[:2]
    return np.array([(round(x * width_px), round(y * height_px)) for x, y in outline.points], np.int32)


def _frame(picture: Picture, box: Box, colour: Colour, *, thickness: int) -> None:
    x, y, width, height = box.to_pixels(picture.shape[1], picture.shape[0])
    cv2.rectangle(picture, (x, y), (x + width, y + height), colour, thickness, cv2.LINE_AA)


def _label(picture: Picture, text: str, at: tuple[int, int], colour: Colour) -> None:
    """Write on a dark ground, inside the picture wherever the place lies."""
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.45, 1)
    x = min(max(at[0], 2), picture.shape[1] - width - 6)
    y = min(max(at[1] + height + 6, height + 6), picture.shape[0] - 4)
    cv2.rectangle(picture, (x - 2, y - height - 4), (x + width + 3, y + 4), _PANEL, cv2.FILLED)
    _write(picture, text, (x, y), 0.45, colour)


def _write(picture: Picture, text: str, at: tuple[int, int], scale: float, colour: Colour) -> None:
    # OpenCV's fonts hold ASCII only.
    cv2.putText(picture, text.encode("ascii", "replace").decode(), at, _FONT, scale, colour, 1, cv2.LINE_AA)


def _state(
    open_now: Sequence[Happening], t_s: float, at: tuple[int, int]
) -> tuple[str, tuple[int, int], float, Colour]:
    if not open_now:
        return "calm", at, 0.45, _DIM
    first = min(open_now, key=lambda one: one.began_s)
    what = first.latest.attrs.get("class")
    several = f" x{len(open_now)}" if len(open_now) > 1 else ""
    return f"{what or 'ALARM'}{several} {t_s - first.began_s:.0f} s", at, 0.45, _ALARM_TEXT


def _concerns(happening: Happening, watch: Watch) -> bool:
    return happening.latest.kind == watch.kind and happening.latest.zone == watch.zone


def _clock(t_s: float) -> str:
    minutes, seconds = divmod(t_s, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{seconds:04.1f}"


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in some containers
        return "unknown"
