"""The still part of each demo scene, painted from nothing."""

from collections.abc import Sequence

import cv2
import numpy as np

from app.demo.arrays import floats
from app.demo import facades
from app.demo.canvas import Canvas, Colour, Point
from app.demo.perspective import Viewpoint
from events.frame import Picture

PLAZA_VIEW = Viewpoint(height_m=6.2, pitch_deg=19.0, focal_share=0.74, width_px=1280, height_px=720)
"""A camera on a lamp post at the town square."""

MARKET_VIEW = Viewpoint(height_m=5.0, pitch_deg=17.0, focal_share=0.78, width_px=1280, height_px=720)
"""A camera on a shop roof, looking across the market street."""

HARBOUR_VIEW = Viewpoint(height_m=6.5, pitch_deg=14.0, focal_share=0.72, width_px=1280, height_px=720)
"""A camera on a mast at the quay."""

_FINER = 1.5
"""Backdrops are painted so much larger than the picture, then area-averaged: smooth edges."""

_OUTSIDE_M = 70.0


def plaza(view: Viewpoint) -> Picture:
    """Paint the town square: paving, lawn, a road, shops and trees behind."""
    canvas = _canvas(view, seed=11)
    canvas.paint_sky((206, 178, 146), (226, 218, 206), clouds=0.55)
    z_m = canvas.z_m
    canvas.paint_ground(z_m < 400, (150, 158, 158), grain=0.08)
    canvas.paint_ground(z_m < 52, (96, 96, 98), grain=0.10)
    canvas.paint_ground(z_m < 40, (168, 176, 180), grain=0.08, slab_m=1.2)
    canvas.paint_ground((z_m < 38) & (z_m > 23), (74, 128, 98), grain=0.30)
    canvas.paint_ground(z_m < 23, (156, 170, 182), grain=0.10, slab_m=0.8)
    canvas.paint_ground(
        (z_m < 23) & (np.abs(np.mod(canvas.x_m, 6.4) - 3.2) < 0.4), (112, 122, 150), grain=0.10, slab_m=0.8
    )
    for left in range(-40, 40, 6):
        canvas.fill(
            [Point(left, 45.8), Point(left + 3, 45.8), Point(left + 3, 46.2), Point(left, 46.2)], (214, 216, 216)
        )
    _row_of_shops(
        canvas,
        56.0,
        -58,
        ("TOKO MAJU", "APOTEK", "WARUNG BU SRI", "TOKO BATIK", "FOTO KOPI", "SOTO & ES", "TOKO BUKU"),
        6.5,
    )
    for x_m, z_far, height_m in (
        (-30, 52, 8),
        (-16, 39, 7),
        (-3, 52, 7.5),
        (9, 39, 6.6),
        (20, 52, 8.5),
        (31, 39, 7),
        (-24, 30, 6.5),
        (22, 29, 6.0),
    ):
        _plant(canvas, x_m, z_far, height_m)
    for x_m in (-12.0, 0.0, 12.0):
        _lamp(canvas, x_m, 22.6)
        _bench(canvas, x_m + 5, 22.0)
    _cart(canvas, Point(-7.4, 15.6))
    return _finished(canvas, view)


def market(view: Viewpoint, *, container: bool = True) -> Picture:
    """Paint the market street: road, stalls and shops behind, a collection point at the near kerb."""
    canvas = _canvas(view, seed=23)
    canvas.paint_sky((212, 186, 158), (228, 222, 214), clouds=0.7)
    z_m = canvas.z_m
    canvas.paint_ground(z_m < 400, (150, 150, 150), grain=0.1)
    canvas.paint_ground(z_m < 29, (158, 166, 172), grain=0.10, slab_m=0.9)
    canvas.paint_ground(z_m < 23.4, (196, 200, 202), grain=0.06)
    canvas.paint_ground(z_m < 23.1, (92, 92, 94), grain=0.16, stretch=3.0)
    for left in range(-40, 40, 5):
        canvas.fill(
            [Point(left, 18.9), Point(left + 2.4, 18.9), Point(left + 2.4, 19.1), Point(left, 19.1)], (206, 208, 208)
        )
    canvas.paint_ground(z_m < 15.0, (196, 200, 202), grain=0.06)
    canvas.paint_ground(z_m < 14.7, (146, 156, 164), grain=0.12, slab_m=0.6)
    canvas.shade(Point(4.6, 11.0), 4.2, 2.4, 0.2)
    _row_of_shops(
        canvas, 30.5, -32, ("PASAR DESA", "BERAS & GULA", "TOKO PLASTIK", "SERBA ADA", "IKAN SEGAR", "KOPI"), 5.2
    )
    for x_m, cloth in (
        (-13.5, (150, 96, 46)),
        (-8.6, (60, 92, 190)),
        (-3.4, (86, 142, 78)),
        (7.6, (54, 160, 214)),
        (12.8, (142, 84, 64)),
    ):
        _stall(canvas, x_m, 25.6, cloth)
    _plant(canvas, 3.2, 27.5, 6.2)
    _plant(canvas, -19.0, 26.5, 7.0)
    _wires(canvas, 24.0)
    if container:
        _container(canvas)
    return _finished(canvas, view)


def harbour(view: Viewpoint) -> Picture:
    """Paint the fishing harbour at dusk: quay, boats, water, lamps."""
    canvas = _canvas(view, seed=37)
    canvas.paint_sky((122, 88, 82), (96, 140, 214), clouds=0.25)
    z_m = canvas.z_m
    canvas.paint_ground(z_m < 400, (128, 118, 108), grain=0.16, stretch=7.0)
    canvas.paint_ground((z_m < 60), (120, 108, 94), grain=0.22, stretch=5.0)
    canvas.fill(
        [
            Point(-170, 150),
            Point(170, 150),
            Point(170, 150, 5),
            Point(60, 150, 7),
            Point(-40, 150, 4),
            Point(-170, 150, 8),
        ],
        (112, 98, 96),
    )
    for x_m, far_m, hull, stripe in (
        (-17, 30, (84, 60, 44), (60, 60, 200)),
        (2, 34, (60, 80, 54), (60, 190, 220)),
        (19, 29, (120, 70, 40), (220, 220, 220)),
        (36, 42, (60, 54, 110), (90, 200, 220)),
    ):
        canvas.shade(Point(x_m, far_m), 7.0, 2.4, 0.5)
        canvas.stand(facades.boat(canvas.random, hull=hull, stripe=stripe), Point(x_m, far_m), 5.6)
    canvas.paint_ground(z_m < 23, (128, 134, 140), grain=0.14, slab_m=2.4)
    canvas.fill(
        [Point(-_OUTSIDE_M, 23.0), Point(_OUTSIDE_M, 23.0), Point(_OUTSIDE_M, 22.4), Point(-_OUTSIDE_M, 22.4)],
        (60, 170, 190),
    )
    for x_m in range(-20, 21, 5):
        canvas.shade(Point(x_m, 21.6), 0.7, 0.4, 0.4)
        canvas.fill(
            [
                Point(x_m - 0.22, 21.6),
                Point(x_m + 0.22, 21.6),
                Point(x_m + 0.3, 21.6, 0.55),
                Point(x_m - 0.3, 21.6, 0.55),
            ],
            (44, 46, 50),
        )
    _crates(canvas)
    for x_m in (-10.0, 10.0):
        _lamp(canvas, x_m, 20.5)
    canvas.picture[:] = _dusk(canvas)
    return _finished(canvas, view)


def _canvas(view: Viewpoint, *, seed: int) -> Canvas:
    return Canvas(view.resized(round(view.width_px * _FINER), round(view.height_px * _FINER)), seed)


def _finished(canvas: Canvas, view: Viewpoint) -> Picture:
    return canvas.developed((view.width_px, view.height_px))


def _row_of_shops(canvas: Canvas, z_m: float, left_m: float, names: Sequence[str], height_m: float) -> None:
    walls: tuple[Colour, ...] = ((196, 214, 222), (176, 196, 176), (206, 200, 190), (170, 190, 214), (214, 214, 206))
    signs: tuple[Colour, ...] = ((60, 60, 150), (120, 80, 40), (56, 110, 60), (46, 100, 170), (110, 60, 90))
    x_m = left_m
    turn = 0
    while x_m < -left_m:
        width_m = float(canvas.random.uniform(8, 13))
        tall_m = height_m * float(canvas.random.uniform(0.82, 1.2))
        front = facades.shop_front(
            canvas.random,
            width_m=width_m,
            height_m=tall_m,
            wall=walls[turn % 5],
            sign=signs[turn * 2 % 5],
            name=names[turn % len(names)],
        )
        right = x_m + width_m
        canvas.quad([Point(x_m, z_m, tall_m), Point(right, z_m, tall_m), Point(right, z_m), Point(x_m, z_m)], front)
        tiles = facades.roof_tiles(canvas.random, width_m=width_m)
        canvas.quad(
            [
                Point(x_m, z_m + 4, tall_m + 2.2),
                Point(right, z_m + 4, tall_m + 2.2),
                Point(right + 0.3, z_m - 0.6, tall_m - 0.1),
                Point(x_m - 0.3, z_m - 0.6, tall_m - 0.1),
            ],
            tiles,
        )
        x_m, turn = right, turn + 1


def _plant(canvas: Canvas, x_m: float, z_m: float, height_m: float) -> None:
    canvas.shade(Point(x_m + 1.0, z_m), height_m * 0.42, height_m * 0.30, 0.42)
    green = tuple(int(part * float(canvas.random.uniform(0.8, 1.15))) for part in (52, 98, 72))
    canvas.stand(facades.tree(canvas.random, green=(green[0], green[1], green[2])), Point(x_m, z_m), height_m)


def _lamp(canvas: Canvas, x_m: float, z_m: float) -> None:
    canvas.line(Point(x_m, z_m), Point(x_m, z_m, 5.2), (70, 72, 72), 0.12)
    canvas.line(Point(x_m, z_m, 5.2), Point(x_m + 1.1, z_m, 5.5), (70, 72, 72), 0.09)
    canvas.line(Point(x_m + 0.8, z_m, 5.45), Point(x_m + 1.5, z_m, 5.45), (210, 220, 224), 0.2)


def _bench(canvas: Canvas, x_m: float, z_m: float) -> None:
    canvas.shade(Point(x_m, z_m), 1.3, 0.5, 0.4)
    for top, colour in ((0.45, (60, 84, 112)), (0.85, (66, 92, 122))):
        canvas.fill(
            [
                Point(x_m - 1, z_m, top),
                Point(x_m + 1, z_m, top),
                Point(x_m + 1, z_m, top - 0.16),
                Point(x_m - 1, z_m, top - 0.16),
            ],
            colour,
        )
    for leg in (-0.85, 0.85):
        canvas.line(Point(x_m + leg, z_m), Point(x_m + leg, z_m, 0.8), (56, 58, 60), 0.09)


def _cart(canvas: Canvas, at: Point) -> None:
    """A street vendor's cart with its umbrella."""
    x_m, z_m, _ = at
    canvas.shade(Point(x_m + 0.4, z_m), 1.9, 1.0, 0.45)
    canvas.fill(
        [
            Point(x_m - 0.9, z_m, 1.0),
            Point(x_m + 0.9, z_m, 1.0),
            Point(x_m + 0.9, z_m, 0.3),
            Point(x_m - 0.9, z_m, 0.3),
        ],
        (70, 110, 190),
    )
    canvas.fill(
        [
            Point(x_m - 0.9, z_m, 1.05),
            Point(x_m + 0.9, z_m, 1.05),
            Point(x_m + 0.9, z_m + 0.7, 1.05),
            Point(x_m - 0.9, z_m + 0.7, 1.05),
        ],
        (206, 210, 212),
    )
    for column in (-0.7, 0.7):
        canvas.line(Point(x_m + column, z_m), Point(x_m + column, z_m, 0.4), (40, 40, 42), 0.16)
    canvas.line(Point(x_m, z_m + 0.3, 1.0), Point(x_m, z_m + 0.3, 2.4), (90, 92, 92), 0.06)
    edge = [(-1.5, 2.15), (-1.05, 2.05), (-0.5, 2.0), (0.0, 1.98), (0.5, 2.0), (1.05, 2.05), (1.5, 2.15)]
    colours: tuple[Colour, ...] = ((60, 60, 196), (226, 226, 226))
    for turn, (start, end) in enumerate(zip(edge, edge[1:], strict=False)):
        corners = [
            Point(x_m, z_m + 0.3, 2.65),
            Point(x_m + start[0], z_m + 0.3, start[1]),
            Point(x_m + end[0], z_m + 0.3, end[1]),
        ]
        canvas.fill(corners, colours[turn % 2])


def _stall(canvas: Canvas, x_m: float, z_m: float, cloth: Colour) -> None:
    canvas.shade(Point(x_m, z_m), 2.6, 1.3, 0.5)
    canvas.fill(
        [
            Point(x_m - 2, z_m + 1.5, 2.3),
            Point(x_m + 2, z_m + 1.5, 2.3),
            Point(x_m + 2, z_m + 1.5),
            Point(x_m - 2, z_m + 1.5),
        ],
        (58, 60, 64),
    )
    canvas.fill(
        [Point(x_m - 1.9, z_m, 0.8), Point(x_m + 1.9, z_m, 0.8), Point(x_m + 1.9, z_m), Point(x_m - 1.9, z_m)],
        (78, 96, 118),
    )
    for pile in range(9):
        goods = tuple(int(part) for part in canvas.random.integers(50, 205, 3))
        left = x_m - 1.8 + pile * 0.4
        canvas.fill(
            [
                Point(left, z_m, 1.08),
                Point(left + 0.36, z_m, 1.08),
                Point(left + 0.38, z_m, 0.8),
                Point(left, z_m, 0.8),
            ],
            (goods[0], goods[1], goods[2]),
        )
    for post in (-2.0, 2.0):
        canvas.line(Point(x_m + post, z_m), Point(x_m + post, z_m, 2.3), (70, 84, 96), 0.1)
    canvas.fill(
        [
            Point(x_m - 2.2, z_m + 1.6, 2.75),
            Point(x_m + 2.2, z_m + 1.6, 2.75),
            Point(x_m + 2.4, z_m - 0.4, 2.25),
            Point(x_m - 2.4, z_m - 0.4, 2.25),
        ],
        cloth,
    )


def _wires(canvas: Canvas, z_m: float) -> None:
    for x_m in (-16.0, 16.5):
        canvas.line(Point(x_m, z_m), Point(x_m, z_m, 7.5), (96, 100, 104), 0.2)
    for height_m in (6.6, 7.1):
        canvas.line(Point(-30, z_m, height_m), Point(30, z_m, height_m), (60, 60, 62), 0.02)


def _container(canvas: Canvas) -> None:
    """The collection point: a steel container open at the top, beside the kerb."""
    left, right, near, far, top = 4.4, 7.4, 12.4, 14.0, 1.35
    canvas.shade(Point((left + right) / 2, 13.0), 2.2, 1.4, 0.5)
    canvas.fill(
        [Point(left, far, top), Point(right, far, top), Point(right, near, top), Point(left, near, top)], (40, 44, 42)
    )
    side = facades.steel(canvas.random, width_m=near - far + 4, height_m=top, colour=(96, 122, 70))
    canvas.quad([Point(left, far, top), Point(left, near, top), Point(left, near), Point(left, far)], side)
    front = facades.steel(canvas.random, width_m=right - left, height_m=top, colour=(108, 136, 78), text="TPS")
    canvas.quad([Point(left, near, top), Point(right, near, top), Point(right, near), Point(left, near)], front)


def _crates(canvas: Canvas) -> None:
    for x_m, z_m, colour in (
        (-9.0, 17.0, (150, 96, 40)),
        (-8.1, 17.0, (150, 96, 40)),
        (-8.6, 16.6, (60, 90, 170)),
        (9.5, 18.2, (60, 90, 170)),
    ):
        canvas.shade(Point(x_m + 0.35, z_m), 0.8, 0.5, 0.4)
        canvas.fill([Point(x_m, z_m, 0.6), Point(x_m + 0.8, z_m, 0.6), Point(x_m + 0.8, z_m), Point(x_m, z_m)], colour)
        paler: Colour = (min(255, colour[0] + 40), min(255, colour[1] + 40), min(255, colour[2] + 40))
        canvas.fill(
            [
                Point(x_m, z_m, 0.6),
                Point(x_m + 0.8, z_m, 0.6),
                Point(x_m + 0.8, z_m + 0.6, 0.6),
                Point(x_m, z_m + 0.6, 0.6),
            ],
            paler,
        )


def _dusk(canvas: Canvas) -> Picture:
    """Take away the daylight and add two lamps with their pools of warm light."""
    lit = canvas.picture.astype(np.float32) * floats([0.62, 0.55, 0.56])
    for x_m in (-9.0, 11.0):
        column, row = canvas.view.project(x_m, 20.5, 5.5)
        pool = np.exp(-(((canvas.x_m - x_m) / 5.5) ** 2 + ((canvas.z_m - 18.5) / 4.5) ** 2))
        lit += canvas.picture * floats([0.28, 0.42, 0.55]) * pool[..., None]
        glow = np.zeros(canvas.picture.shape[:2], np.float32)
        cv2.circle(glow, (round(column), round(row)), max(2, canvas.view.width_px // 110), 1.0, -1, cv2.LINE_AA)
        halo = cv2.GaussianBlur(glow, (0, 0), canvas.view.width_px / 90)
        lit += floats([150, 205, 245]) * np.clip(glow + 0.9 * halo, 0, 1)[..., None]
    return np.clip(lit, 0, 255).astype(np.uint8)
