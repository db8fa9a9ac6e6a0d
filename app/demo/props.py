"""What stands about in the demo's backdrops: shops, trees, lamps, stalls, boats, a waste container."""

from collections.abc import Sequence

from app.demo import facades
from app.demo.canvas import Canvas, Colour, Point

_WALLS: tuple[Colour, ...] = ((196, 214, 222), (176, 196, 176), (206, 200, 190), (170, 190, 214), (214, 214, 206))
_SIGNS: tuple[Colour, ...] = ((60, 60, 150), (120, 80, 40), (56, 110, 60), (46, 100, 170), (110, 60, 90))
_IRON: Colour = (70, 72, 72)
_DARK: Colour = (44, 46, 50)


def row_of_shops(canvas: Canvas, z_m: float, half_length_m: float, names: Sequence[str], height_m: float) -> None:
    """Build shops side by side along the picture, each with a tiled roof."""
    x_m, turn = -half_length_m, 0
    while x_m < half_length_m:
        width_m = float(canvas.random.uniform(8, 13))
        tall_m = height_m * float(canvas.random.uniform(0.82, 1.2))
        front = facades.shop_front(
            canvas.random,
            width_m=width_m,
            height_m=tall_m,
            wall=_WALLS[turn % len(_WALLS)],
            sign=_SIGNS[turn * 2 % len(_SIGNS)],
            name=names[turn % len(names)],
        )
        right = x_m + width_m
        canvas.quad([Point(x_m, z_m, tall_m), Point(right, z_m, tall_m), Point(right, z_m), Point(x_m, z_m)], front)
        ridge = [Point(x_m, z_m + 4, tall_m + 2.2), Point(right, z_m + 4, tall_m + 2.2)]
        eaves = [Point(right + 0.3, z_m - 0.6, tall_m - 0.1), Point(x_m - 0.3, z_m - 0.6, tall_m - 0.1)]
        canvas.quad([*ridge, *eaves], facades.roof_tiles(canvas.random, width_m=width_m))
        x_m, turn = right, turn + 1


def plant(canvas: Canvas, at: Point, height_m: float) -> None:
    """Plant a tree with its shadow."""
    canvas.shade(Point(at.x_m + 1.0, at.z_m), height_m * 0.42, height_m * 0.30, 0.42)
    shade = float(canvas.random.uniform(0.8, 1.15))
    canvas.stand(facades.tree(canvas.random, green=(int(52 * shade), int(98 * shade), int(72 * shade))), at, height_m)


def lamp(canvas: Canvas, at: Point) -> None:
    """Set up a street lamp."""
    x_m, z_m, _ = at
    canvas.line(at, Point(x_m, z_m, 5.2), _IRON, 0.12)
    canvas.line(Point(x_m, z_m, 5.2), Point(x_m + 1.1, z_m, 5.5), _IRON, 0.09)
    canvas.line(Point(x_m + 0.8, z_m, 5.45), Point(x_m + 1.5, z_m, 5.45), (210, 220, 224), 0.2)


def bench(canvas: Canvas, at: Point) -> None:
    """Set up a bench."""
    x_m, z_m, _ = at
    canvas.shade(at, 1.3, 0.5, 0.4)
    for top, colour in ((0.45, (60, 84, 112)), (0.85, (66, 92, 122))):
        canvas.upright((x_m - 1, x_m + 1), z_m, (top - 0.16, top), colour)
    for leg in (-0.85, 0.85):
        canvas.line(Point(x_m + leg, z_m), Point(x_m + leg, z_m, 0.8), (56, 58, 60), 0.09)


def cart(canvas: Canvas, at: Point) -> None:
    """Set up a street vendor's cart with its umbrella."""
    x_m, z_m, _ = at
    canvas.shade(Point(x_m + 0.4, z_m), 1.9, 1.0, 0.45)
    canvas.upright((x_m - 0.9, x_m + 0.9), z_m, (0.3, 1.0), (70, 110, 190))
    canvas.level((x_m - 0.9, x_m + 0.9), (z_m, z_m + 0.7), (206, 210, 212), y_m=1.05)
    for wheel in (-0.7, 0.7):
        canvas.line(Point(x_m + wheel, z_m), Point(x_m + wheel, z_m, 0.4), (40, 40, 42), 0.16)
    canvas.line(Point(x_m, z_m + 0.3, 1.0), Point(x_m, z_m + 0.3, 2.4), (90, 92, 92), 0.06)
    ribs = ((-1.5, 2.15), (-1.05, 2.05), (-0.5, 2.0), (0.0, 1.98), (0.5, 2.0), (1.05, 2.05), (1.5, 2.15))
    cloths: tuple[Colour, ...] = ((60, 60, 196), (226, 226, 226))
    for turn in range(len(ribs) - 1):
        edge = [Point(x_m + aside, z_m + 0.3, up) for aside, up in ribs[turn : turn + 2]]
        canvas.fill([Point(x_m, z_m + 0.3, 2.65), *edge], cloths[turn % 2])


def stall(canvas: Canvas, at: Point, cloth: Colour) -> None:
    """Set up a market stall: a table with goods under a cloth."""
    x_m, z_m, _ = at
    canvas.shade(at, 2.6, 1.3, 0.5)
    canvas.upright((x_m - 2, x_m + 2), z_m + 1.5, (0.0, 2.3), (58, 60, 64))
    canvas.upright((x_m - 1.9, x_m + 1.9), z_m, (0.0, 0.8), (78, 96, 118))
    for heap in range(9):
        blue, green, red = (int(part) for part in canvas.random.integers(50, 205, 3))
        left = x_m - 1.8 + heap * 0.4
        canvas.upright((left, left + 0.37), z_m, (0.8, 1.08), (blue, green, red))
    for post in (-2.0, 2.0):
        canvas.line(Point(x_m + post, z_m), Point(x_m + post, z_m, 2.3), (70, 84, 96), 0.1)
    back = [Point(x_m - 2.2, z_m + 1.6, 2.75), Point(x_m + 2.2, z_m + 1.6, 2.75)]
    canvas.fill([*back, Point(x_m + 2.4, z_m - 0.4, 2.25), Point(x_m - 2.4, z_m - 0.4, 2.25)], cloth)


def wires(canvas: Canvas, z_m: float) -> None:
    """Put up two poles with electric wires along the street."""
    for x_m in (-16.0, 16.5):
        canvas.line(Point(x_m, z_m), Point(x_m, z_m, 7.5), (96, 100, 104), 0.2)
    for height_m in (6.6, 7.1):
        canvas.line(Point(-30, z_m, height_m), Point(30, z_m, height_m), (60, 60, 62), 0.02)


def container(canvas: Canvas, left_m: float, near_m: float) -> None:
    """Put down a steel waste container, open at the top: the collection point."""
    right_m, far_m, top_m = left_m + 3.0, near_m + 1.6, 1.35
    canvas.shade(Point(left_m + 1.5, near_m + 0.6), 2.2, 1.4, 0.5)
    canvas.level((left_m, right_m), (near_m, far_m), (40, 44, 42), y_m=top_m)
    side = facades.steel(canvas.random, width_m=2.3, height_m=top_m, colour=(96, 122, 70))
    near_edge = [Point(left_m, near_m, top_m), Point(left_m, near_m)]
    canvas.quad([Point(left_m, far_m, top_m), *near_edge, Point(left_m, far_m)], side)
    front = facades.steel(canvas.random, width_m=3.0, height_m=top_m, colour=(108, 136, 78), text="TPS")
    upper = [Point(left_m, near_m, top_m), Point(right_m, near_m, top_m)]
    canvas.quad([*upper, Point(right_m, near_m), Point(left_m, near_m)], front)


def crate(canvas: Canvas, at: Point, colour: Colour) -> None:
    """Put down a fish crate."""
    x_m, z_m, _ = at
    canvas.shade(Point(x_m + 0.35, z_m), 0.8, 0.5, 0.4)
    canvas.upright((x_m, x_m + 0.8), z_m, (0.0, 0.6), colour)
    blue, green, red = (min(255, part + 40) for part in colour)
    canvas.level((x_m, x_m + 0.8), (z_m, z_m + 0.6), (blue, green, red), y_m=0.6)


def bollard(canvas: Canvas, at: Point) -> None:
    """Put down a mooring bollard."""
    x_m, z_m, _ = at
    canvas.shade(at, 0.7, 0.4, 0.4)
    foot = [Point(x_m - 0.22, z_m), Point(x_m + 0.22, z_m)]
    canvas.fill([*foot, Point(x_m + 0.3, z_m, 0.55), Point(x_m - 0.3, z_m, 0.55)], _DARK)


def moor(canvas: Canvas, at: Point, hull: Colour, stripe: Colour) -> None:
    """Moor a wooden fishing boat."""
    canvas.shade(at, 7.0, 2.4, 0.5)
    canvas.stand(facades.boat(canvas.random, hull=hull, stripe=stripe), at, 5.6)
