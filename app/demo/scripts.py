"""What happens in each demo clip: the busy city, and its calm twin."""

from math import copysign

import numpy as np

from app.demo import backdrops
from app.demo.actors import Walker, path
from app.demo.figures import LOOKS, WORKER
from app.demo.planes import Light
from app.demo.scenes import Litter, Ride, Script
from app.demo.things import Car, Motorbike

LOOP_S = 50.0
"""Length of every clip."""

CROWD = 16
"""People who come together on the square."""

_CROWD_UNTIL_S = 31.0
_PILE_CLEARED_S = (38.8, 43.2)
_PILE_MIDDLE = (2.4, 11.2)
_DUSK = Light(gain=0.5, warmth=1.12, shadow=0.22, shadow_length=0.16)


def scripts(*, calm: bool) -> tuple[Script, ...]:
    """Return the clips of the city, the one with the earliest incident first.

    Args:
        calm: The same streets with ordinary life: at most three people at a time, no pile, no covered lens.
    """
    return _market(calm=calm), _plaza(calm=calm), _harbour(calm=calm)


def _plaza(*, calm: bool) -> Script:
    strollers = (
        path(LOOKS[0], 1.0, [(-13.5, 14.0), (13.5, 13.0)]),
        path(LOOKS[1], 14.0 if calm else 22.0, [(13.5, 17.0), (-13.5, 16.0)], speed=1.1),
        path(LOOKS[2], 25.0, [(-15.0, 19.5), (4.0, 18.5, 2.0), (15.0, 20.0)], speed=1.5),
        path(LOOKS[4], 28.5, [(14.0, 11.5), (-13.0, 12.5)], speed=1.3),
    )
    return Script(
        name="alun-alun",
        label="DEMO - ALUN-ALUN",
        loop_s=LOOP_S,
        view=backdrops.PLAZA_VIEW,
        backdrop=backdrops.plaza,
        walkers=strollers if calm else strollers + _crowd(),
        rides=(
            Ride(Car((190, 190, 186), leftwards=False), 44.6, 6.0, -42.0, 9.0),
            Ride(Car((70, 60, 150), leftwards=True), 47.6, 22.0, 42.0, -10.0),
            Ride(Motorbike((60, 90, 40), (40, 40, 160), leftwards=False), 44.8, 38.0, -40.0, 10.0),
        ),
    )


def _crowd() -> tuple[Walker, ...]:
    """People who come from both sides within ten seconds, stay in a loose group, and leave one after the other."""
    random = np.random.default_rng(3)
    people = []
    for turn in range(CROWD):
        column, row = turn % 6, turn // 6
        x_m = (column - 2.5) * 1.55 + 0.7 * (row % 2) + float(random.uniform(-0.25, 0.25))
        z_m = 10.4 + row * 2.1 + float(random.uniform(-0.35, 0.35))
        side = copysign(1.0, x_m)
        edge_m = side * (0.72 * z_m + 2.2)
        speed = float(random.uniform(1.25, 1.7))
        # Everybody arrives between the eighth and the tenth second or so, wherever they come from.
        start_s = max(0.0, float(random.uniform(8.0, 10.0)) - abs(edge_m - x_m) / speed)
        stay_s = _CROWD_UNTIL_S + float(random.uniform(0, 5)) - (start_s + abs(edge_m - x_m) / speed)
        places: list[tuple[float, ...]] = [(edge_m, z_m), (x_m, z_m, stay_s), (edge_m, z_m)]
        people.append(path(LOOKS[turn % len(LOOKS)], start_s, places, speed=speed))
    return tuple(people)


def _market(*, calm: bool) -> Script:
    shoppers = (
        path(LOOKS[4], 2.0, [(-19.0, 24.2), (-8.0, 24.4, 9.0), (19.0, 24.2)], speed=1.3),
        path(LOOKS[6], 12.0, [(12.5, 12.0), (-12.5, 13.2)], speed=1.3),
        path(LOOKS[9], 26.0, [(-12.0, 9.6), (10.5, 8.9)], speed=1.25),
    )
    return Script(
        name="tps-pasar",
        label="DEMO - TPS PASAR",
        loop_s=LOOP_S,
        view=backdrops.MARKET_VIEW,
        backdrop=backdrops.market,
        rides=(
            Ride(Motorbike((150, 90, 50), (40, 40, 160), leftwards=False), 16.8, 3.0, -22.0, 7.5),
            Ride(Car((196, 198, 196), leftwards=True), 20.9, 13.0, 26.0, -7.0),
            Ride(Motorbike((60, 60, 170), (60, 60, 60), leftwards=True), 21.0, 27.0, 24.0, -8.0),
            Ride(Car((120, 70, 40), leftwards=False), 16.9, 33.0, -24.0, 6.5),
            Ride(Motorbike((190, 190, 180), (120, 60, 30), leftwards=False), 16.6, 40.0, -22.0, 8.0),
        ),
        litter=() if calm else _pile(),
        walkers=shoppers if calm else (shoppers[0], shoppers[2], *_dumpers(), *_cleaners()),
    )


def _dumpers() -> tuple[Walker, ...]:
    x_m, z_m = _PILE_MIDDLE
    return (
        # From below the picture's edge and from the right: these ways are short, so that the pile grows early.
        path(LOOKS[5], 0.2, [(0.6, 4.2), (x_m - 1.6, z_m - 1.6, 2.4), (0.2, 4.2)], speed=1.9),
        path(LOOKS[2], 1.0, [(8.6, 9.4), (x_m + 2.1, z_m - 0.9, 2.2), (8.8, 9.2)], speed=1.8),
        path(LOOKS[10], 11.0, [(-10.0, 10.2), (x_m - 2.0, z_m - 0.2, 2.0), (-10.0, 10.6)], speed=1.5),
    )


def _cleaners() -> tuple[Walker, ...]:
    x_m, z_m = _PILE_MIDDLE
    return tuple(
        path(WORKER, 32.4, [(-8.3, z_m + away), (x_m + aside, z_m + away, 5.5), (-8.3, z_m + away - 0.4)], speed=1.7)
        for aside, away in ((-1.9, -0.9), (-0.9, -1.5))
    )


def _pile() -> tuple[Litter, ...]:
    """A heap that covers a good part of its corner by the seventh second, grows on, and is cleared before the seam."""
    random = np.random.default_rng(8)
    pieces = []
    count = 34
    for turn in range(count):
        angle, away = float(random.uniform(0, 2 * np.pi)), float(random.uniform(0, 1)) ** 0.8
        x_m = _PILE_MIDDLE[0] + 1.45 * away * np.cos(angle)
        z_m = _PILE_MIDDLE[1] + 0.95 * away * np.sin(angle)
        on_m = 0.55 * (1 - away) * turn / count
        from_s = 3.6 + turn * 0.12 if turn < 22 else 17.0 + (turn - 22) * 0.2  # noqa: PLR2004 - the third person's share
        until_s = float(np.interp(turn, (0, count), _PILE_CLEARED_S[::-1]))
        pieces.append(Litter(float(x_m), float(z_m), from_s, until_s, turn, on_m))
    return tuple(pieces)


def _harbour(*, calm: bool) -> Script:
    return Script(
        name="pelabuhan",
        label="DEMO - PELABUHAN",
        loop_s=LOOP_S,
        view=backdrops.HARBOUR_VIEW,
        backdrop=backdrops.harbour,
        walkers=(
            path(LOOKS[3], 4.0, [(-16.0, 15.0), (2.0, 16.5, 6.0), (16.0, 15.5)]),
            path(LOOKS[11], 27.0, [(14.0, 12.5), (-14.0, 13.5)], speed=1.3),
        ),
        covered_s=None if calm else (12.0, 24.0),
        light=_DUSK,
        drift=0.03,
        noise=2.4,
    )
