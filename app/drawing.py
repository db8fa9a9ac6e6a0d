"""The drawings a user asked for, as onlookers of an analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.annotate import Annotator
from app.onlookers import Onlooker, places
from app.plot import Plotter
from configs.cameras import Camera
from events.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    """What is drawn of each video.

    Attributes:
        camera: Zones and detectors.
        films: Where each video's annotated film goes.
        plots: Where each video's plot goes.
        show_people: Whether people stay recognisable in the films.
    """

    camera: Camera
    films: Mapping[Path, Path]
    plots: Mapping[Path, Path]
    show_people: bool

    def of(self, video: Path) -> Sequence[Onlooker]:
        """Return the onlookers of one video."""
        onlookers: list[Onlooker] = []
        if video in self.films:
            onlookers.append(Annotator(self.films[video], self.camera, show_people=self.show_people))
        if video in self.plots:
            onlookers.append(Plotter(self.plots[video], video.name, self.camera))
        return onlookers

    @property
    def places(self) -> Sequence[Path]:
        """Every file that is drawn and there."""
        return [place for place in (*self.films.values(), *self.plots.values()) if place.is_file()]


def drawings(
    videos: Sequence[Path], camera: Camera, *, annotate: Path | None, plot: Path | None, show_people: bool
) -> Drawings:
    """Return the drawings asked for.

    Args:
        videos: The videos.
        camera: Zones and detectors.
        annotate: Where the film goes (`app.onlookers.places`), None without.
        plot: Where the plot goes, None without.
        show_people: Whether people stay recognisable in the film.

    Raises:
        ConfigError: what was asked for does not fit together, or cannot be written.
    """
    if show_people and annotate is None:
        raise ConfigError("--show-people concerns the video of --annotate; write --annotate OUT.mp4 too")
    return Drawings(
        camera=camera,
        films={} if annotate is None else places(annotate, videos, suffix=".mp4"),
        plots={} if plot is None else places(plot, videos, suffix=".png"),
        show_people=show_people,
    )
