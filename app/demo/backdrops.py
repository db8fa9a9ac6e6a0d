"""The still part of each demo scene, painted from nothing."""

import cv2
import numpy as np
import numpy.typing as npt

from app.demo import props
from app.demo.arrays import floats, levels
from app.demo.canvas import HORIZON_M, Canvas, Colour, Point
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
_HALF_BAND_M = 0.4
_CRATE_BLUE: Colour = (150, 96, 40)
_CRATE_RED: Colour = (60, 90, 170)


def plaza(view: Viewpoint) -> Picture:
    """Paint the town square: paving, lawn, a road, shops and trees behind; uint8, (height, width, 3), BGR."""
    canvas = _canvas(view, seed=11)
    canvas.paint_sky((206, 178, 146), (226, 218, 206), clouds=0.55)
    nearer = canvas.nearer_than
    canvas.paint_ground(nearer(HORIZON_M), (150, 158, 158), grain=0.08)
    canvas.paint_ground(nearer(52), (96, 96, 98), grain=0.10)
    canvas.paint_ground(nearer(40), (168, 176, 180), grain=0.08, slab_m=1.2)
    canvas.paint_ground(nearer(38), (74, 128, 98), grain=0.30)
    canvas.paint_ground(nearer(23), (156, 170, 182), grain=0.10, slab_m=0.8)
    canvas.paint_ground(nearer(23) & _bands(canvas), (112, 122, 150), grain=0.10, slab_m=0.8)
    for left in range(-40, 40, 6):
        canvas.level((left, left + 3), (45.8, 46.2), (214, 216, 216))
    names = ("TOKO MAJU", "APOTEK", "WARUNG BU SRI", "TOKO BATIK", "FOTO KOPI", "SOTO & ES", "TOKO BUKU")
    props.row_of_shops(canvas, 56.0, 58.0, names, 6.5)
    behind_road = ((-30, 52, 8.0), (-3, 52, 7.5), (20, 52, 8.5))
    on_lawn = ((-16, 39, 7.0), (9, 39, 6.6), (31, 39, 7.0), (-24, 30, 6.5), (22, 29, 6.0))
    for x_m, z_m, height_m in behind_road + on_lawn:
        props.plant(canvas, Point(x_m, z_m), height_m)
    for lamp_m in (-12.0, 0.0, 12.0):
        props.lamp(canvas, Point(lamp_m, 22.6))
        props.bench(canvas, Point(lamp_m + 5, 22.0))
    props.cart(canvas, Point(-7.4, 15.6))
    return _finished(canvas, view)


def market(view: Viewpoint) -> Picture:
    """Paint the market street: road, stalls, shops, a collection point; uint8, (height, width, 3), BGR."""
    canvas = _canvas(view, seed=23)
    canvas.paint_sky((212, 186, 158), (228, 222, 214), clouds=0.7)
    nearer = canvas.nearer_than
    kerb: Colour = (196, 200, 202)
    canvas.paint_ground(nearer(HORIZON_M), (150, 150, 150), grain=0.1)
    canvas.paint_ground(nearer(29), (158, 166, 172), grain=0.10, slab_m=0.9)
    canvas.paint_ground(nearer(23.4), kerb, grain=0.06)
    canvas.paint_ground(nearer(23.1), (92, 92, 94), grain=0.16, stretch=3.0)
    for left in range(-40, 40, 5):
        canvas.level((left, left + 2.4), (18.9, 19.1), (206, 208, 208))
    canvas.paint_ground(nearer(15.0), kerb, grain=0.06)
    canvas.paint_ground(nearer(14.7), (146, 156, 164), grain=0.12, slab_m=0.6)
    canvas.shade(Point(4.6, 11.0), 4.2, 2.4, 0.2)
    names = ("PASAR DESA", "BERAS & GULA", "TOKO PLASTIK", "SERBA ADA", "IKAN SEGAR", "KOPI")
    props.row_of_shops(canvas, 30.5, 32.0, names, 5.2)
    cloths: tuple[Colour, ...] = ((150, 96, 46), (60, 92, 190), (86, 142, 78), (54, 160, 214), (142, 84, 64))
    for x_m, cloth in zip((-13.5, -8.6, -3.4, 7.6, 12.8), cloths, strict=True):
        props.stall(canvas, Point(x_m, 25.6), cloth)
    props.plant(canvas, Point(3.2, 27.5), 6.2)
    props.plant(canvas, Point(-19.0, 26.5), 7.0)
    props.wires(canvas, 24.0)
    props.container(canvas, 4.4, 12.4)
    return _finished(canvas, view)


def harbour(view: Viewpoint) -> Picture:
    """Paint the fishing harbour at dusk: quay, boats, water, lamps; uint8, (height, width, 3), BGR."""
    canvas = _canvas(view, seed=37)
    canvas.paint_sky((122, 88, 82), (96, 140, 214), clouds=0.25)
    canvas.paint_ground(canvas.nearer_than(HORIZON_M), (128, 118, 108), grain=0.16, stretch=7.0)
    canvas.paint_ground(canvas.nearer_than(60), (120, 108, 94), grain=0.22, stretch=5.0)
    hills = ((-170, 0), (170, 0), (170, 5), (60, 7), (-40, 4), (-170, 8))
    canvas.fill([Point(x_m, 150, y_m) for x_m, y_m in hills], (112, 98, 96))
    props.moor(canvas, Point(-17, 30), (84, 60, 44), (60, 60, 200))
    props.moor(canvas, Point(2, 34), (60, 80, 54), (60, 190, 220))
    props.moor(canvas, Point(19, 29), (120, 70, 40), (220, 220, 220))
    props.moor(canvas, Point(36, 42), (60, 54, 110), (90, 200, 220))
    canvas.paint_ground(canvas.nearer_than(23), (128, 134, 140), grain=0.14, slab_m=2.4)
    canvas.level((-_OUTSIDE_M, _OUTSIDE_M), (22.4, 23.0), (60, 170, 190))
    for bollard_m in range(-20, 21, 5):
        props.bollard(canvas, Point(bollard_m, 21.6))
    for x_m, z_m, colour in ((-9.0, 17.0, _CRATE_BLUE), (-8.1, 17.0, _CRATE_BLUE), (-8.6, 16.6, _CRATE_RED)):
        props.crate(canvas, Point(x_m, z_m), colour)
    props.crate(canvas, Point(9.5, 18.2), _CRATE_RED)
    for lamp_m in (-10.0, 10.0):
        props.lamp(canvas, Point(lamp_m, 20.5))
    canvas.picture[:] = _dusk(canvas, lamps_m=(-8.9, 11.1))
    return _finished(canvas, view)


def _bands(canvas: Canvas) -> npt.NDArray[np.bool_]:
    """Return where red bands run away through the paving: 0.8 m wide, one every 6.4 m."""
    return np.asarray(np.abs(np.mod(canvas.x_m, 6.4) - 3.2) < _HALF_BAND_M, np.bool_)


def _canvas(view: Viewpoint, *, seed: int) -> Canvas:
    return Canvas(view.resized(round(view.width_px * _FINER), round(view.height_px * _FINER)), seed)


def _finished(canvas: Canvas, view: Viewpoint) -> Picture:
    return canvas.developed((view.width_px, view.height_px))


def _dusk(canvas: Canvas, *, lamps_m: tuple[float, ...]) -> Picture:
    """Take away the daylight and add the lamps, each with its pool of warm light."""
    lit = canvas.picture * floats([0.62, 0.55, 0.56])
    for x_m in lamps_m:
        column, row = canvas.view.project(x_m, 20.5, 5.5)
        pool = np.exp(-(((canvas.x_m - x_m) / 5.5) ** 2 + ((canvas.z_m - 18.5) / 4.5) ** 2))
        lit += canvas.picture * floats([0.28, 0.42, 0.55]) * pool[..., None]
        glow = np.zeros(canvas.picture.shape[:2], np.float32)
        cv2.circle(glow, (round(column), round(row)), max(2, canvas.view.width_px // 110), 1.0, -1, cv2.LINE_AA)
        halo = cv2.GaussianBlur(glow, (0, 0), canvas.view.width_px / 90)
        lit += floats([150, 205, 245]) * np.clip(glow + 0.9 * halo, 0, 1)[..., None]
    return levels(lit)
