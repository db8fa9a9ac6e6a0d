"""Those who come and go in a staged scene: passers-by, loiterers, parked vehicles."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.staged.ground import Floats
from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Found, Person, Vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    from_s: float
    until_s: float
    x: float
    y: float
    speed_px: float
    wide_px: float
    tall_px: float
    level: float
    vehicle: bool

    def rect(self, t_s: float) -> tuple[int, int, int, int]:
        """Return x, y, width, height; whoever walks stands on (x, y) at the middle of his time."""
        x = self.x + self.speed_px * (t_s - (self.from_s + self.until_s) / 2)
        return round(x - self.wide_px / 2), round(self.y - self.tall_px), round(self.wide_px), round(self.tall_px)


class Actors:
    """Everybody who is there in a stretch of time, most of them where the zones are."""

    def __init__(
        self,
        *,
        length_s: float,
        near: tuple[float, float, float, float],
        random: np.random.Generator,
        walkers_per_min: float = 2.0,
        loiterers_per_h: float = 6.0,
        vehicles_per_h: float = 4.0,
        longest_s: float = 420.0,
    ) -> None:
        """Plan who comes.

        Args:
            length_s: How long the stretch is.
            near: x, y, width, height in pixels around which they gather.
            random: Chance.
            walkers_per_min: People who cross in ten to twenty seconds.
            loiterers_per_h: People who stand for up to three minutes.
            vehicles_per_h: Vehicles that park, one after another.
            longest_s: How long a vehicle stays at most.
        """
        self._stays: list[_Stay] = []
        x, y, width, height = near

        def feet() -> float:
            return float(random.uniform(y + 0.35 * height, y + height))

        for _ in range(round(walkers_per_min * length_s / 60)):
            at_s, tall = random.uniform(0, length_s), random.uniform(24, 48)
            speed = random.choice([-1, 1]) * random.uniform(5, 16)
            last_s = (width + 60) / abs(speed)
            self._add(
                at_s, last_s, x + width / 2, feet(), float(speed), tall * 0.35, tall, random.choice([25, 60, 200, 235])
            )
        for _ in range(round(loiterers_per_h * length_s / 3600)):
            tall = random.uniform(24, 44)
            self._add(
                random.uniform(0, length_s),
                random.uniform(20, 180),
                random.uniform(x, x + width),
                feet(),
                0.0,
                tall * 0.35,
                tall,
                random.choice([25, 60, 200, 235]),
            )
        free_s = 0.0
        for _ in range(round(vehicles_per_h * length_s / 3600)):
            from_s = free_s + random.exponential(3600 / max(vehicles_per_h, 0.1) / 2)
            stays_s = random.uniform(60, longest_s)
            free_s = from_s + stays_s + 120
            wide = random.uniform(45, 80)
            self._add(
                from_s,
                stays_s,
                random.uniform(x, x + width),
                feet() + 4,
                0.0,
                wide,
                wide * 0.5,
                random.choice([20, 110, 235]),
                vehicle=True,
            )
        self._luck = int(random.integers(2**31))

    def _add(
        self,
        from_s: float,
        last_s: float,
        x: float,
        y: float,
        speed_px: float,
        wide_px: float,
        tall_px: float,
        level: float,
        *,
        vehicle: bool = False,
    ) -> None:
        self._stays.append(
            _Stay(
                from_s=from_s,
                until_s=from_s + last_s,
                x=x,
                y=y,
                speed_px=speed_px,
                wide_px=wide_px,
                tall_px=tall_px,
                level=float(level),
                vehicle=vehicle,
            )
        )

    def draw(self, picture: Floats, t_s: float) -> None:
        """Draw who is there onto a picture, float32, (180, 320)."""
        for stay in self._stays:
            if stay.from_s <= t_s < stay.until_s:
                x, y, wide, tall = stay.rect(t_s)
                (_draw_vehicle if stay.vehicle else _draw_person)(picture, x, y, wide, tall, stay.level)

    def found(self, t_s: float) -> Found:
        """Return what a network would find: each with four chances in five, with a score of its own each time.

        One moment has one answer, whoever asks and how often, so that a day can be replayed for one zone alone.
        """
        random = np.random.default_rng((self._luck, round(t_s * 10)))
        people, vehicles = list[Person](), list[Vehicle]()
        for stay in self._stays:
            if stay.from_s <= t_s < stay.until_s and random.random() < 0.8:
                x, y, wide, tall = stay.rect(t_s)
                box = Box(x / SMALL_WIDTH_PX, y / SMALL_HEIGHT_PX, wide / SMALL_WIDTH_PX, tall / SMALL_HEIGHT_PX)
                score = float(random.uniform(0.45, 0.95))
                if stay.vehicle:
                    vehicles.append(Vehicle(box=box, score=score))
                else:
                    people.append(Person(box=box, score=score))
        return Found(people=people, vehicles=vehicles)


def _draw_person(picture: Floats, x: int, y: int, wide: int, tall: int, level: float) -> None:
    centre = x + wide // 2
    cv2.ellipse(
        picture,
        (centre, y + round(tall * 0.42)),
        (max(wide // 2, 1), round(tall * 0.28)),
        0,
        0,
        360,
        (level,),
        cv2.FILLED,
    )
    legs = (level * 0.5 + 20,)
    cv2.rectangle(
        picture, (centre - wide // 3, y + round(tall * 0.6)), (centre + wide // 3, y + tall), legs, cv2.FILLED
    )
    cv2.circle(picture, (centre, y + round(tall * 0.1)), max(round(tall * 0.08), 1), (130.0,), cv2.FILLED)


def _draw_vehicle(picture: Floats, x: int, y: int, wide: int, tall: int, level: float) -> None:
    cv2.rectangle(picture, (x, y + tall // 3), (x + wide, y + round(tall * 0.9)), (level,), cv2.FILLED)
    cabin = np.array(
        [(x + wide // 5, y + tall // 3), (x + wide // 3, y), (x + wide * 2 // 3, y), (x + wide * 4 // 5, y + tall // 3)]
    )
    cv2.fillPoly(picture, [cabin.astype(np.int32)], (math.sqrt(level) * 5,))
    for wheel in (x + wide // 5, x + wide * 4 // 5):
        cv2.circle(picture, (wheel, y + round(tall * 0.88)), max(tall // 7, 2), (18.0,), cv2.FILLED)
