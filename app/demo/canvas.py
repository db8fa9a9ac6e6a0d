"""Paints the still part of a scene: ground, walls, signs, trees."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from app.demo.arrays import floats, levels, pixels
from app.demo.perspective import Metres, Viewpoint
from events.frame import Picture

HORIZON_M = 400.0
"""Beyond it everything is sky."""

Colour = tuple[int, int, int]
"""Blue, green, red, 0..255."""

Span = tuple[float, float]
"""From, to."""

Cover = npt.NDArray[np.uint8]
"""Colour picture with opacity, uint8, (height, width, 4), BGRA."""

_TILE_PX = 512

_JOINT_ACROSS, _JOINT_AWAY = 0.05, 0.07
"""Width of a joint as a share of its slab."""


class Point(NamedTuple):
    """A point of the demo's world in metres: x right, z away from the camera, y up."""

    x_m: float
    z_m: float
    y_m: float = 0.0


class Canvas:
    """A picture that can be painted on in metres."""

    def __init__(self, view: Viewpoint, seed: int) -> None:
        self.view = view
        self.random = np.random.default_rng(seed)
        self.picture: Picture = np.zeros((view.height_px, view.width_px, 3), np.uint8)
        self.x_m, self.z_m = view.ground(HORIZON_M)
        self._grain = _tileable_noise(self.random)

    def nearer_than(self, z_m: float) -> npt.NDArray[np.bool_]:
        """Return where the ground is nearer than so many metres, bool, (height, width); never in the sky."""
        return self.z_m < min(z_m, HORIZON_M)

    def paint_sky(self, top: Colour, bottom: Colour, *, clouds: float = 0.0) -> None:
        """Fill everything with a vertical gradient; `clouds` (0..1) is how much cloud is laid over it."""
        height, width = self.picture.shape[:2]
        share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        # The horizon lies in the upper part of a street camera's picture: the gradient ends there.
        share = np.minimum(share * 3.0, 1.0)
        sky = floats(top) * (1 - share) + floats(bottom) * share
        sky = np.repeat(sky, width, axis=1)
        if clouds > 0:
            wide = cv2.resize(self._grain, (width, height // 2), interpolation=cv2.INTER_CUBIC)
            cloud = np.clip(cv2.resize(wide, (width, height)) * 0.9 + 0.1, 0, 1)[..., None] * clouds
            sky = sky * (1 - cloud) + 238 * cloud
        self.picture[:] = levels(sky)

    def paint_ground(
        self,
        where: npt.NDArray[np.bool_],
        colour: Colour,
        *,
        grain: float = 0.12,
        slab_m: float = 0.0,
        stretch: float = 1.0,
    ) -> None:
        """Paint ground where the mask says.

        Args:
            where: Mask, bool, (height, width).
            colour: Mean colour.
            grain: Strength of the texture, as a share of the brightness.
            slab_m: Edge of square slabs with joints; 0 for none.
            stretch: How much wider than deep the texture is.
        """
        painted = np.flatnonzero(where.any(axis=1))
        if not painted.size:
            return
        rows = slice(int(painted[0]), int(painted[-1]) + 1)
        shade = (self._texture(rows, 1.9, stretch) + self._texture(rows, 0.31, stretch) * 0.8) * grain
        if slab_m > 0:
            shade += self._slabs(rows, slab_m)
        # Haze: what is far is paler and flatter. Distance depends on the row alone.
        haze = np.clip((self.z_m[rows, :1] - 15) / 160, 0, 0.5)[..., None]
        lit = (1 + shade * (1 - haze[..., 0]))[..., None] * floats(colour)
        lit = lit * (1 - haze) + 200 * haze
        np.copyto(self.picture[rows], levels(lit), where=where[rows][..., None])

    def _texture(self, rows: slice, period_m: float, stretch: float) -> Metres:
        """Return noise, -1..1, fixed to the ground, repeating after about eight periods; (rows, width)."""
        scale = _TILE_PX / (8 * period_m)
        columns = np.mod(self.x_m[rows] * (scale / stretch), _TILE_PX).astype(np.float32)
        away = np.mod(self.z_m[rows] * scale, _TILE_PX).astype(np.float32)
        return floats(cv2.remap(self._grain, columns, away, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))

    def _slabs(self, rows: slice, edge_m: float) -> Metres:
        column, row = self.x_m[rows] / edge_m, self.z_m[rows, :1] / edge_m
        # Joints vanish where a slab is only a few pixels: they would flicker as moire.
        near = np.clip(1.4 - self.z_m[rows, :1] / (edge_m * 45), 0, 1)
        joint = (np.mod(column, 1) < _JOINT_ACROSS) | (np.mod(row, 1) < _JOINT_AWAY)
        each = np.mod((np.floor(column) * 0.6180 + np.floor(row) * 0.7549), 1) - 0.5
        return floats(np.where(joint, -0.22, each * 0.10) * near)

    def quad(self, corners: Sequence[Point], texture: Picture | Cover) -> None:
        """Lay a flat texture on four corners: top left, top right, bottom right, bottom left."""
        height, width = texture.shape[:2]
        source = floats([(0, 0), (width, 0), (width, height), (0, height)])
        target = floats([self.view.project(*corner) for corner in corners])
        part = self._part(target)
        if part is None:
            return
        rows, columns = part
        matrix = cv2.getPerspectiveTransform(source, target - floats([columns.start, rows.start]))
        size = (columns.stop - columns.start, rows.stop - rows.start)
        if texture.shape[2] == 3:  # noqa: PLR2004 - BGR, opaque
            texture = np.dstack([texture, np.full((height, width), 255, np.uint8)])
        drawn = levels(cv2.warpPerspective(texture, matrix, size, flags=cv2.INTER_AREA))
        self._lay(drawn[..., :3], drawn[..., 3], rows, columns)

    def fill(self, corners: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon with one colour, a little uneven so that it does not look printed."""
        outline = floats([self.view.project(*corner) for corner in corners])
        part = self._part(outline)
        if part is None:
            return
        rows, columns = part
        mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        shifted = pixels((outline - floats([columns.start, rows.start])) * 16)
        cv2.fillPoly(mask, [shifted], 255, cv2.LINE_AA, shift=4)
        grain = self._grain[
            np.ix_(np.arange(rows.start, rows.stop) % _TILE_PX, np.arange(columns.start, columns.stop) % _TILE_PX)
        ]
        uneven = floats(colour) * (1 + grain[..., None] * 0.06)
        self._lay(levels(uneven), mask, rows, columns)

    def upright(self, columns_m: Span, z_m: float, heights_m: Span, colour: Colour) -> None:
        """Fill an upright rectangle that faces the camera: from left to right, from bottom to top, in metres."""
        (left, right), (bottom, top) = columns_m, heights_m
        self.fill(
            [Point(left, z_m, top), Point(right, z_m, top), Point(right, z_m, bottom), Point(left, z_m, bottom)], colour
        )

    def level(self, columns_m: Span, depths_m: Span, colour: Colour, *, y_m: float = 0.0) -> None:
        """Fill a horizontal rectangle: from left to right, from near to far, in metres, `y_m` over the ground."""
        (left, right), (near, far) = columns_m, depths_m
        self.fill(
            [Point(left, far, y_m), Point(right, far, y_m), Point(right, near, y_m), Point(left, near, y_m)], colour
        )

    def line(self, start: Point, end: Point, colour: Colour, width_m: float) -> None:
        """Draw a pole, a wire, a marking; at least one pixel wide."""
        ends = [[round(v * 16) for v in self.view.project(*point)] for point in (start, end)]
        width_px = max(1, round(width_m * self.view.pixels_per_m(start.z_m)))
        cv2.line(self.picture, ends[0], ends[1], colour, width_px, cv2.LINE_AA, shift=4)

    def stand(self, cover: Cover, foot: Point, height_m: float) -> None:
        """Stand a picture upright on a point, its lower edge centred there."""
        bottom = self.view.project(*foot)
        top = self.view.project(foot.x_m, foot.z_m, foot.y_m + height_m)
        tall = max(2, round(bottom[1] - top[1]))
        wide = max(2, round(tall * cover.shape[1] / cover.shape[0]))
        small = levels(cv2.resize(cover, (wide, tall), interpolation=cv2.INTER_AREA))
        left, upper = round(bottom[0] - wide / 2), round(bottom[1] - tall)
        part = self._part(floats([(left + 1, upper + 1), (left + wide - 2, upper + tall - 2)]))
        if part is None:
            return
        rows, columns = part
        cut = small[rows.start - upper : rows.stop - upper, columns.start - left : columns.stop - left]
        self._lay(cut[..., :3], cut[..., 3], rows, columns)

    def shade(self, centre: Point, across_m: float, deep_m: float, strength: float) -> None:
        """Darken an ellipse on the ground, soft at the edge: the shadow under something."""
        edge_m = (centre.x_m - 1.2 * across_m, centre.x_m + 1.2 * across_m)
        depth_m = (max(centre.z_m - 1.2 * deep_m, 1.0), centre.z_m + 1.2 * deep_m)
        part = self._part(floats([self.view.project(x_m, z_m) for x_m in edge_m for z_m in depth_m]))
        if part is None:
            return
        away = ((self.x_m[part] - centre.x_m) / across_m) ** 2 + ((self.z_m[part] - centre.z_m) / deep_m) ** 2
        dark = 1 - strength * np.clip(1.25 - away, 0, 1)[..., None]
        self.picture[part] = (self.picture[part] * dark).astype(np.uint8)

    def _part(self, points: npt.NDArray[np.float32]) -> tuple[slice, slice] | None:
        """Return the rows and columns that hold these pixels, None where they lie outside the picture."""
        left, top = np.floor(points.min(axis=0)).astype(int) - 1
        right, bottom = np.ceil(points.max(axis=0)).astype(int) + 2
        rows = slice(max(int(top), 0), min(int(bottom), self.view.height_px))
        columns = slice(max(int(left), 0), min(int(right), self.view.width_px))
        return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None

    def _lay(self, drawn: Picture, mask: npt.NDArray[np.uint8], rows: slice, columns: slice) -> None:
        """Lay a picture over a part of this one where the mask (0..255) is opaque."""
        under = self.picture[rows, columns].astype(np.float32)
        over = drawn.astype(np.float32)
        opacity = mask[..., None].astype(np.float32) / 255
        self.picture[rows, columns] = (under + (over - under) * opacity).astype(np.uint8)

    def developed(self, size: tuple[int, int], *, vignette: float = 0.18) -> Picture:
        """Return the finished picture in `size` (width, height): lens falloff, then area averaging."""
        height, width = self.picture.shape[:2]
        across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
        down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        falloff = 1 - vignette * (across**2 + down**2)[..., None] / 2
        lit = levels(self.picture * falloff)
        return levels(cv2.resize(lit, size, interpolation=cv2.INTER_AREA))


def _tileable_noise(random: np.random.Generator) -> Metres:
    """Return fractal noise, -1..1, float32, (512, 512), whose edges meet."""
    total = np.zeros((_TILE_PX, _TILE_PX), np.float32)
    for octave, weight in ((8, 1.0), (16, 0.8), (32, 0.6), (64, 0.5), (128, 0.4), (256, 0.35)):
        coarse = random.standard_normal((octave, octave)).astype(np.float32)
        wrapped = np.pad(coarse, 2, mode="wrap")
        step = _TILE_PX // octave
        fine = cv2.resize(wrapped, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += weight * fine[2 * step : -2 * step, 2 * step : -2 * step]
    return floats(np.clip(total / (2.5 * float(total.std())), -1, 1))
