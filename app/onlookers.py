"""Those who watch an analysis and draw it: what they are told, and where their drawings go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

from configs.cameras import Camera, Zone
from events.errors import ConfigError
from events.frame import Frame
from events.observation import Observation, Phase
from vision.detector import Found
from vision.episodes import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One picture that was analysed, and what came of it.

    Attributes:
        t_s: Seconds since the beginning of the video.
        frame: The picture as decoded.
        shown: Returns the picture as it may be shown, a JPEG with people pixelated as in evidence.
        found: What the network found last.
        statements: What began, changed and ended.
    """

    t_s: float
    frame: Frame
    shown: Callable[[], bytes]
    found: Found
    statements: Sequence[Statement]


class Onlooker(Protocol):
    """Watches the analysis of one video."""

    def look(self, look: Look) -> None:
        """Take in one analysed picture."""
        ...

    def measured(self, values: dict[str, float], t_s: float) -> None:
        """Take in what was measured since the last call, by metric and zone."""
        ...

    def close(self) -> None:
        """Finish the drawing."""
        ...


Onlookers = Callable[[Path], Sequence[Onlooker]]
"""Makes those who watch the analysis of a video."""


def nobody(_video: Path) -> Sequence[Onlooker]:
    """Return no onlookers."""
    return ()


@dataclass(slots=True, kw_only=True)
class Happening:
    """One event from its beginning to the last that is known of it.

    Attributes:
        latest: What was said of it last.
        began_s: When it was told, in seconds of the video.
        ended_s: When it was over, None while it lasts.
    """

    latest: Observation
    began_s: float
    ended_s: float | None = None


@dataclass(slots=True)
class Chronicle:
    """Every event of a video so far, in the order of their beginnings."""

    _all: dict[UUID, Happening] = field(default_factory=dict)

    def take(self, look: Look) -> None:
        """Take in what was said of one picture."""
        for statement in look.statements:
            observation = statement.observation
            happening = self._all.setdefault(observation.id, Happening(latest=observation, began_s=look.t_s))
            happening.latest = observation
            if observation.phase is Phase.END:
                happening.ended_s = look.t_s

    @property
    def happenings(self) -> Sequence[Happening]:
        """All events."""
        return tuple(self._all.values())

    @property
    def open(self) -> Sequence[Happening]:
        """Events that last."""
        return tuple(happening for happening in self._all.values() if happening.ended_s is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One detector at its zone, as the camera's settings name it.

    Attributes:
        detector: Its name under `detect`, or `health`.
        kind: Kind of its events.
        zone: Its zone, None for the whole camera.
        metrics: Names under which it measures, without the zone.
        limit: Value from which it alarms, None where that is no single number.
    """

    detector: str
    kind: str
    zone: str | None
    metrics: Sequence[str]
    limit: float | None = None

    def value(self, values: dict[str, float]) -> tuple[str, float] | None:
        """Return the metric this detector yields just now with its value, None before it yields any."""
        for metric in self.metrics:
            name = metric if self.zone is None else f"{metric}.{self.zone}"
            if name in values:
                return metric, values[name]
        return None


METRICS: dict[str, Sequence[str]] = {
    "health": ("view_kept",),
    "crowding": ("people_count",),
    "waste_pile": ("coverage",),
    "abandoned_object": ("left_objects",),
    "water_level": ("water_level", "flooded"),
    "green_cover": ("green_cover",),
}
"""What each detector measures (`events.quantities`), the most telling first."""

_KINDS = {"health": "tamper"}


def watches(camera: Camera) -> list[Watch]:
    """Return the detectors a camera's settings call for, in the order of the site file."""
    found = [_watch("health", None)] if camera.health else []
    for zone in camera.zones:
        for name in type(zone.detect).model_fields:
            settings = getattr(zone.detect, name)
            if settings is not None:
                found.append(_watch(name, zone.id, limit=_limit(camera, zone, name)))
    if not camera.zones:
        found.append(_watch("crowding", None))
    return found


def _watch(name: str, zone: str | None, *, limit: float | None = None) -> Watch:
    return Watch(detector=name, kind=_KINDS.get(name, name), zone=zone, metrics=METRICS.get(name, ()), limit=limit)


def _limit(camera: Camera, zone: Zone, name: str) -> float | None:
    if name == "crowding" and zone.detect.crowding is not None:
        return zone.detect.crowding.threshold_people(camera.area_m2(zone))
    coverage = getattr(getattr(zone.detect, name), "coverage", None)
    return None if coverage is None else float(coverage)


def places(output: Path, videos: Sequence[Path], *, suffix: str) -> dict[Path, Path]:
    """Return where the drawing of each video goes: `OUT.mp4` for one, `OUT-NAME.mp4` for several, or into a folder.

    Args:
        output: As the user wrote it: a file, or a folder (one that is there, or a name without a suffix).
        videos: The videos.
        suffix: What the file must end in, such as `.mp4`.

    Raises:
        ConfigError: another suffix was written, a folder cannot be made, or two drawings would be one file.
    """
    if output.is_dir() or not output.suffix:
        chosen = {video: output / f"{video.stem}{suffix}" for video in videos}
    elif output.suffix.lower() != suffix:
        raise ConfigError(f"{output}: this is drawn as {suffix}; name a file that ends so, or a folder")
    elif len(videos) == 1:
        chosen = {videos[0]: output}
    else:
        chosen = {video: output.with_name(f"{output.stem}-{video.stem}{suffix}") for video in videos}
    if len(set(chosen.values())) < len(chosen):
        raise ConfigError("two of the videos have the same name, so that their drawings would be one file; rename one")
    for place in chosen.values():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{place.parent}: this folder cannot be made: {error.strerror}") from error
    return chosen
