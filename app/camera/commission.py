"""A trial of a camera, of minutes or a whole day, and what it says of every zone."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import structlog

from app.camera.abilities import Ability, Conditions, abilities
from app.camera.decoding import Advice, Cost, advise
from app.camera.figures import Figures, StreamFigures
from app.camera.looking import Looker
from app.camera.probe import costs_of, troubles_of
from app.camera.record import Record
from app.camera.scale import Scale, scale_of
from app.camera.source import Source
from configs.cameras import Camera
from configs.load import default_camera
from events.errors import SourceError
from ingest.trial import Heard, StreamDescription, Trial
from ingest.trouble import StreamError
from vision.detector import Finder
from vision.gaps import accepted_gap_s

log = structlog.get_logger(__name__)

LOOKS = 240
"""The people network looks so often over a whole trial, however long, and at most once a second."""
PAUSE_S = 5.0
"""A camera that went away is called again after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time without the camera.

    Attributes:
        began_s: When, in seconds of the trial.
        lasted_s: How long.
        reason: Why, with what to do.
    """

    began_s: float
    lasted_s: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What a trial found out.

    Attributes:
        source: What was tried, without credentials.
        camera: Its settings.
        began_at: When, aware UTC.
        stream: What the stream says of itself.
        figures: What was measured of its longest stretch.
        outages: When it was away.
        advice: How to decode it.
        costs: By decode mode.
        troubles: What is wrong, a sentence each with what to do.
        record: What its pictures showed.
        scale: How large things look, None where that is not known.
        width_px: Width of its picture.
        height_px: Height of it.
        abilities: What each detector can and cannot do.
        hidden: Whether people were looked for and pixelated in the pictures kept.
    """

    source: str
    camera: Camera
    began_at: datetime
    stream: StreamDescription
    figures: Figures
    outages: tuple[Outage, ...]
    advice: Advice
    costs: dict[str, Cost]
    troubles: tuple[str, ...]
    record: Record
    scale: Scale | None
    width_px: int
    height_px: int
    abilities: tuple[Ability, ...]
    hidden: bool

    def as_json(self) -> dict[str, object]:
        """Return everything but the pictures as plain values."""
        day, night = self.record.light()
        steady_px, most_px = self.record.shake_px()
        return {
            "source": self.source,
            "camera": self.camera.id,
            "began_at": self.began_at.isoformat(),
            "stream": asdict(self.stream),
            "figures": asdict(self.figures),
            "outages": [asdict(outage) for outage in self.outages],
            "decode": asdict(self.advice),
            "costs": {
                mode: {**asdict(cost), "cameras_per_core": cost.cameras_per_core} for mode, cost in self.costs.items()
            },
            "troubles": list(self.troubles),
            "light": {"day": asdict(day), "night": asdict(night), "colour_share": self.record.colour_share()},
            "shake_px": {"p95": steady_px, "most": most_px},
            "people_seen": len(self.record.people),
            "scale": self._scale(),
            "abilities": [asdict(ability) for ability in self.abilities],
        }

    def _scale(self) -> dict[str, object] | None:
        if self.scale is None:
            return None
        rows = {"far": 0.4, "middle": 0.7, "near": 0.95}
        return {
            "how": self.scale.how,
            "px_per_m": {name: round(self.scale.px_per_m(0.5, row), 1) for name, row in rows.items()},
            "person_px": {name: round(self.scale.person_share(row) * self.height_px, 1) for name, row in rows.items()},
        }


class _Trial:
    """One trial as it goes: gathers until the time is over or the person has had enough."""

    def __init__(self, source: Source, finder: Finder | None, minutes: float) -> None:
        self.camera = source.camera or default_camera("camera")
        self.record = Record()
        self.looker = Looker(self.camera, finder)
        self.stretches: list[StreamFigures] = []
        self.outages: list[Outage] = []
        self.described: StreamDescription | None = None
        self.camera_clock_s: float | None = None
        self.connected_s = 0.0
        self._source = source
        self._length_s = 60 * minutes
        self._look_every_s = max(self._length_s / LOOKS, 1.0)
        self._looked_s = -self._look_every_s

    def hear(self, heard: Heard, offset_s: float) -> None:
        """Take in one packet; `offset_s` is when its connection was made."""
        self.stretches[-1].add(heard)
        for picture in heard.pictures:
            t_s = offset_s + heard.arrived_s
            frame = self.looker.look(picture, t_s)
            if frame is None:
                continue
            if self.record.add(frame, self.looker.small(frame), t_s) and t_s - self._looked_s >= self._look_every_s:
                self._looked_s = t_s
                self.record.saw(self.looker.find(frame))

    def run(
        self, on_progress: Callable[[float], None], monotonic: Callable[[], float], pause: Callable[[float], None]
    ) -> None:
        """Listen until the time is over; a camera that goes away is called again."""
        began_s = monotonic()
        while True:
            offset_s = monotonic() - began_s
            left_s = self._length_s - offset_s
            if left_s <= 0:
                return
            try:
                for heard in self._listen(left_s):
                    self.hear(heard, offset_s)
                    on_progress(min((offset_s + heard.arrived_s) / self._length_s, 1.0))
                reason = "the stream ended"
            except StreamError as error:
                if self.described is None:
                    raise  # it never worked: that is no outage
                reason = str(error)
            if self._source.is_file or monotonic() - began_s >= self._length_s:
                return
            lost_s = monotonic() - began_s
            pause(PAUSE_S)
            self.outages.append(Outage(began_s=lost_s, lasted_s=monotonic() - began_s - lost_s, reason=reason))

    def _listen(self, for_s: float) -> Iterator[Heard]:
        with Trial(self._source.address, is_file=self._source.is_file) as trial:
            self.connected_s = time.time()
            self.stretches.append(StreamFigures(self._source.is_file))
            for heard in trial.listen(for_s):
                yield heard
                if heard.pictures and self.described is None:
                    self.described = trial.describe
                if self.camera_clock_s is None and len(self.stretches) == 1:
                    self.camera_clock_s = trial.camera_clock_s


def commission(
    source: Source,
    *,
    minutes: float,
    finder: Finder | None,
    on_progress: Callable[[float], None] = lambda _share: None,
    monotonic: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Commission:
    """Try a camera. Ctrl-C ends the trial early and keeps what it found.

    Args:
        source: What to try.
        minutes: For how long; of a file at most its own length.
        finder: The people network, None where it is not installed.
        on_progress: Told the share done, 0..1.
        monotonic: The clock.
        pause: Waits.

    Raises:
        SourceError: the camera cannot be read at all, or gave too little to judge by.
    """
    began_at, trial = datetime.now(UTC), _Trial(source, finder, minutes)
    try:
        trial.run(on_progress, monotonic, pause)
    except KeyboardInterrupt:
        log.warning("the trial ends early; the report tells what was seen so far")
    stretch = max(trial.stretches, key=lambda one: one.packets, default=None)
    frame = trial.looker.last
    if stretch is None or stretch.packets < 2 or trial.described is None or frame is None:  # noqa: PLR2004 - an interval
        raise SourceError(f"{source.shown}: gave too few pictures to judge by; try for longer (--minutes)")
    figures = stretch.figures(
        camera_clock_s=trial.camera_clock_s if stretch is trial.stretches[0] else None,
        listening_since_s=began_at.timestamp(),
    )
    scale = scale_of(trial.camera, trial.record.people, width_px=frame.width_px, height_px=frame.height_px)
    conditions = Conditions(
        camera=trial.camera,
        figures=figures,
        record=trial.record,
        scale=scale,
        width_px=frame.width_px,
        height_px=frame.height_px,
    )
    return Commission(
        source=source.shown,
        camera=trial.camera,
        began_at=began_at,
        stream=trial.described,
        figures=figures,
        outages=tuple(trial.outages),
        advice=advise(figures, accepted_gap_s(trial.camera)),
        costs=costs_of(figures, trial.camera, trial.looker.look_ms),
        troubles=(*troubles_of(figures), *_outage_troubles(trial.outages)),
        record=trial.record,
        scale=scale,
        width_px=frame.width_px,
        height_px=frame.height_px,
        abilities=tuple(abilities(conditions)),
        hidden=finder is not None,
    )


def _outage_troubles(outages: list[Outage]) -> list[str]:
    if not outages:
        return []
    longest = max(outages, key=lambda outage: outage.lasted_s)
    times = f"the camera was away {len(outages)} times, {longest.lasted_s:.0f} s at the longest ({longest.reason})"
    return [f"{times}: check power, cable and network"]
