"""A picture of one analysis over time: bars for events, and an axis for each metric."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.onlookers import Chronicle, Happening, Look, Watch, watches
from configs.cameras import Camera
from events.errors import ConfigError
from events.quantities import CAMERA_QUANTITIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN = 11.0
AXIS_IN = 1.7
BAR_IN = 0.32
RESOLUTION_DPI = 110

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, told apart by every kind of colour vision."""
EVENT_COLOUR = "#d55e00"

TITLES = {
    "view_kept": "usual view kept",
    "people_count": "people",
    "people_density": "people per m²",
    "coverage": "under waste",
    "left_objects": "objects left",
    "flooded": "under water",
    "water_level": "water level",
    "green_cover": "vegetation",
}

Series = dict[str, list[tuple[float, float]]]
"""Times and values by metric and zone, as `coverage.corner`."""


class Plotter:
    """Gathers the series and events of one video and draws them at its end."""

    def __init__(self, output: Path, video: str, camera: Camera) -> None:
        """Set up the drawing.

        Args:
            output: File to write, `.png`.
            video: Name of the video, for the title.
            camera: Zones and detectors, for the limits.
        """
        self._output = output
        self._title = video if video == camera.name else f"{video}: {camera.name}"
        self._watches = watches(camera)
        self._series: Series = defaultdict(list)
        self._chronicle = Chronicle()
        self._end_s = 0.0

    def look(self, look: Look) -> None:
        """Take in what happened."""
        self._chronicle.take(look)
        self._end_s = look.t_s

    def measured(self, values: dict[str, float], t_s: float) -> None:
        """Take in values."""
        for name, value in values.items():
            self._series[name].append((t_s, value))

    def close(self) -> None:
        """Draw.

        Raises:
            ConfigError: the file cannot be written.
        """
        figure = draw(self._title, self._series, self._chronicle.happenings, self._watches, self._end_s)
        try:
            figure.savefig(self._output, dpi=RESOLUTION_DPI)
        except OSError as error:
            raise ConfigError(f"{self._output}: cannot be written: {error.strerror}") from error


def draw(
    title: str,
    series: Series,
    happenings: Sequence[Happening],
    watched: list[Watch],
    end_s: float,
) -> "Figure":
    """Return the figure: events on top, then an axis for each metric, all over the same time."""
    # Half a second and 60 MB that only those who draw should pay.
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above

    metrics = sorted({name.partition(".")[0] for name in series}, key=_rank)
    rows = sorted({_row(happening) for happening in happenings})
    heights = [max(len(rows), 1) * BAR_IN + 0.3, *[AXIS_IN] * len(metrics)]
    figure = Figure(figsize=(WIDTH_IN, sum(heights) + 0.9), layout="constrained")
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    _draw_events(axes[0], happenings, rows, end_s)
    for axis, metric in zip(axes[1:], metrics, strict=True):
        _draw_metric(axis, metric, series, watched)
        for happening in happenings:
            if _is_about(happening, metric, watched):
                axis.axvspan(happening.began_s, _end(happening, end_s), color=EVENT_COLOUR, alpha=0.12, lw=0)
    axes[-1].set_xlim(0, max(end_s, 1.0))
    axes[-1].set_xlabel("seconds")
    return figure


def _draw_events(axis: "Axes", happenings: Sequence[Happening], rows: list[str], end_s: float) -> None:
    axis.set_ylim(len(rows) or 1, 0)
    axis.set_yticks([row + 0.5 for row in range(len(rows))], rows)
    axis.tick_params(left=False, bottom=False)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    if not rows:
        axis.text(0.0, 0.5, " no events", va="center", color="0.4")
    for happening in happenings:
        # Never so short that the eye misses it.
        length_s = max(_end(happening, end_s) - happening.began_s, end_s / 400)
        row = rows.index(_row(happening))
        axis.broken_barh([(happening.began_s, length_s)], (row + 0.15, 0.7), color=EVENT_COLOUR)


def _draw_metric(axis: "Axes", metric: str, series: Series, watched: list[Watch]) -> None:
    names = [name for name in sorted(series) if name.partition(".")[0] == metric]
    for name, colour in zip(names, _colours(len(names)), strict=True):
        times, values = zip(*series[name], strict=True)
        # Steps would claim that nothing changed in between; points show how often it was looked.
        axis.plot(times, values, color=colour, lw=1.3, marker=".", ms=2.5, label=name.partition(".")[2] or "all")
        for watch in watched:
            if watch.limit is not None and watch.zone == name.partition(".")[2] and metric in watch.metrics:
                axis.axhline(watch.limit, color=colour, lw=0.9, ls=(0, (4, 3)))
    unit = CAMERA_QUANTITIES[metric].unit if metric in CAMERA_QUANTITIES else ""
    shown = unit.strip("{}")
    title = TITLES.get(metric, metric)
    axis.set_ylabel(title if shown in {"1", title, ""} or "{" in unit else f"{title}\n{shown}")
    bottom, top = axis.get_ylim()
    axis.set_ylim(min(bottom, 0.0), 1.02 if unit == "1" else max(top, 1.0))
    axis.grid(alpha=0.25, lw=0.6)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    if len(names) > 1 or names[0] != metric:
        axis.legend(loc="upper right", frameon=False, fontsize=8, ncols=min(len(names), 6))


def _colours(number: int) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(number)]


def _rank(metric: str) -> tuple[int, str]:
    known = list(TITLES)
    return (known.index(metric) if metric in known else len(known), metric)


def _row(happening: Happening) -> str:
    seen = happening.latest
    what = seen.attrs.get("class")
    kind = seen.kind if what is None else f"{seen.kind} ({what})"
    return kind if seen.zone is None else f"{seen.zone}: {kind}"


def _end(happening: Happening, end_s: float) -> float:
    return end_s if happening.ended_s is None else happening.ended_s


def _is_about(happening: Happening, metric: str, watched: list[Watch]) -> bool:
    return any(watch.kind == happening.latest.kind and metric in watch.metrics for watch in watched)
