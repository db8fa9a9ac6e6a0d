"""What a detector is, and the explicit table of those that exist."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from events.frame import Picture
from events.geometry import Box, Polygon
from events.ids import ZoneId
from events.observation import Attr

Mask = npt.NDArray[np.uint8]
"""Foreground, uint8, (180, 320): 0 or 255."""

Small = npt.NDArray[np.uint8]
"""The picture every detector works on: brightness, uint8, (180, 320), area-averaged from the Y plane."""

SMALL_WIDTH_PX = 320
SMALL_HEIGHT_PX = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person found in a picture.

    Attributes:
        box: Where.
        score: Confidence, 0..1.
    """

    box: Box
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One vehicle found in a picture: car, lorry, bus, motorcycle, bicycle.

    Attributes:
        box: Where.
        score: Confidence, 0..1.
    """

    box: Box
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the network found in one picture, surest first.

    Attributes:
        people: People.
        vehicles: Vehicles.
    """

    people: Sequence[Person] = ()
    vehicles: Sequence[Vehicle] = ()


class Finder(Protocol):
    """Finds people and vehicles in a picture."""

    def find(self, bgr: Picture) -> Found:
        """Return what is in a picture: uint8, (height, width, 3), BGR.

        Raises:
            ConfigError: the network cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One picture as detectors see it; the arrays are reused for the next picture, so copy what is kept.

    Attributes:
        t_s: Seconds on a clock that only runs forward (packet arrival, or the file's own time).
        small: Brightness, uint8, (180, 320).
        foreground: What differs from the background, uint8, (180, 320), 0 or 255.
        warm: False while the background is still being learned; then foreground says nothing.
        second: The median of the pictures of the second just over, uint8, (180, 320), once for each second; None in
            between. Rain, noise and insects are gone from it. A stream of less than one picture a second gives every
            picture.
        at: When the picture was taken, aware UTC.
        width_px: Width of the picture before it was squeezed to 320x180.
        height_px: Its height.
        found: Returns what the network finds, or None where no network is installed or its last answer is too old
            and the time budget spent. The network runs about once a second a camera where the budget allows: in
            between, and while nothing in the picture has moved since, its last answer is returned again (the same
            object). The same for every detector.
        colour: Returns the picture in colour: uint8, (height, width, 3), BGR. Costs milliseconds: ask rarely.
    """

    t_s: float
    small: Small
    foreground: Mask
    warm: bool
    second: Small | None
    at: datetime
    width_px: int
    height_px: int
    found: Callable[[], Found | None]
    colour: Callable[[], Picture]

    @property
    def aspect(self) -> float:
        """Width over height of the picture before it was squeezed."""
        return self.width_px / self.height_px


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a detector holds to be the case just now; the pipeline turns changes into begin, update, end.

    Attributes:
        kind: `crowding`, `waste_pile`, `tamper`, ...
        zone: The zone, None for the whole picture.
        since_s: When it began, on the view's clock. With kind, zone and `attrs["class"]` it tells one thing from
            another of the same kind, so it must not change while the thing lasts.
        box: Where, None where it has no place.
        count: How many, where it counts.
        score: Degree or confidence, 0..1.
        attrs: Further facts, flat.
    """

    kind: str
    zone: ZoneId | None
    since_s: float
    box: Box | None = None
    count: float | None = None
    score: float = 1.0
    attrs: dict[str, Attr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One value of a series that a camera yields even when nothing is wrong.

    Attributes:
        metric: Name with its zone after a dot: `people_count.plaza`, `coverage.corner`.
        value: The value, in the unit that `vision.metrics` states for the metric.
    """

    metric: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What a detector says after one picture.

    Attributes:
        findings: Everything that is the case now, hold times already applied. A finding that was there after
            the last picture and is missing now has ended.
        measurements: Current values.
    """

    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()


class Detector(Protocol):
    """Looks at one zone of one camera, or at the camera as a whole; one instance each, never shared."""

    def look(self, view: View) -> Looking:
        """Take in one picture and say what is the case."""
        ...


Answer = Callable[[str | None], None]
"""Told how a command went: None for well, else why not."""


@runtime_checkable
class TakesClean(Protocol):
    """A detector that can be told that its zone is clean."""

    @property
    def zone(self) -> ZoneId | None:
        """The zone it watches."""
        ...

    def take_clean(self, answer: Answer) -> None:
        """Take the zone as it is now for clean; `answer` is told how that went, now or with a later picture."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The part of the picture a detector answers for.

    Attributes:
        zone: Its id, None for the whole picture.
        polygon: Its outline in shares.
    """

    zone: ZoneId | None
    polygon: Polygon


class Look(StrEnum):
    """Which look of a clean zone a reference shows."""

    CLEAN = "clean"
    """As somebody gave it."""
    FOLLOWED = "followed"
    """The same, brought up to date while the zone was surely clean."""
    NIGHT = "night"
    """As the camera sees it in infrared."""


class ReferenceStore(Protocol):
    """Keeps the pictures of clean zones of one camera, so that they survive a restart."""

    @property
    def adopts_first(self) -> bool:
        """Whether a zone without a reference may take its first settled seconds as clean.

        True for the analysis of files. A live camera may start in front of a pile, so there somebody must say so.
        """
        ...

    def load(self, zone: ZoneId | None, look: Look = Look.CLEAN) -> Small | None:
        """Return the zone's clean picture, None where none was kept."""
        ...

    def save(self, zone: ZoneId | None, small: Small, look: Look = Look.CLEAN) -> None:
        """Keep a zone's clean picture: the whole small picture, of which only the zone is looked at.

        Raises:
            StorageError: it could not be written.
        """
        ...

    def forget(self, zone: ZoneId | None, look: Look) -> None:
        """Drop a zone's picture, if there is one.

        Raises:
            StorageError: it could not be removed.
        """
        ...

    def saved_at(self, zone: ZoneId | None) -> datetime | None:
        """Return when the zone's clean picture was kept, None where none was."""
        ...

    def recall(self, zone: ZoneId | None) -> Mapping[str, float]:
        """Return what was remembered of a zone, nothing where nothing was or it is unusable."""
        ...

    def remember(self, zone: ZoneId | None, facts: Mapping[str, float]) -> None:
        """Keep what must be known of a zone after a restart.

        Raises:
            StorageError: it could not be written.
        """
        ...
