"""What the demo's sensors measure: daily rhythms, small unrest, and scripted incidents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from math import cos, exp, pi, sin
from typing import NamedTuple

WIB = timezone(timedelta(hours=7), "WIB")
"""Waktu Indonesia Barat, UTC+07:00 without summer time: the day the rhythms follow."""

M2_S = 12.4206012 * 3600
"""Period of the principal lunar tide (Doodson constituent M2)."""

K1_S = 23.9344696 * 3600
"""Period of the luni-solar daily tide (Doodson constituent K1)."""

REPEAT_S = 240.0
"""Every incident comes back after so long."""


class Moment(NamedTuple):
    """When something is measured.

    Attributes:
        at: The clock's time, aware.
        elapsed_s: Seconds since the sensors were started: the incidents' time.
    """

    at: datetime
    elapsed_s: float

    @property
    def hour(self) -> float:
        """Hour of the day in Rembang, 0..24."""
        local = self.at.astimezone(WIB)
        return local.hour + local.minute / 60 + local.second / 3600

    @property
    def epoch_s(self) -> float:
        """Seconds since 1970."""
        return self.at.timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An incident that comes and goes: rises, stays, falls, and comes back.

    Attributes:
        first_s: When it first begins, after the start.
        rise_s: How long it takes to rise.
        hold_s: How long it stays at its height.
        fall_s: How long it takes to go.
    """

    first_s: float
    rise_s: float
    hold_s: float
    fall_s: float

    def level(self, elapsed_s: float) -> float:
        """Return how far it is, 0..1."""
        if elapsed_s < self.first_s:
            return 0.0
        t_s = (elapsed_s - self.first_s) % REPEAT_S
        if t_s < self.rise_s:
            return t_s / self.rise_s
        if t_s < self.rise_s + self.hold_s:
            return 1.0
        return max(0.0, 1.0 - (t_s - self.rise_s - self.hold_s) / self.fall_s)


Rhythm = Callable[[Moment, int], Mapping[str, float]]
"""Returns ordinary values for a moment and a seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One sensor's world.

    Attributes:
        rhythm: Ordinary values.
        seed: Makes two sensors of a kind differ; the same seed and moment always give the same values.
        peaks: What metrics reach at the height of the episode.
        episode: The incident, None for none.
        silence: When the sensor says nothing, None for never.
    """

    rhythm: Rhythm
    seed: int
    peaks: Mapping[str, float] | None = None
    episode: Episode | None = None
    silence: Episode | None = None

    def values(self, moment: Moment) -> dict[str, float]:
        """Return what is measured, rounded as such devices do."""
        ordinary = self.rhythm(moment, self.seed)
        level = self.episode.level(moment.elapsed_s) if self.episode is not None else 0.0
        peaks = self.peaks or {}
        return {name: round(value + (peaks.get(name, value) - value) * level, 1) for name, value in ordinary.items()}

    def is_silent(self, elapsed_s: float) -> bool:
        """Tell whether the sensor says nothing now."""
        return self.silence is not None and self.silence.level(elapsed_s) > 0

    def calmed(self) -> "Model":
        """Return the same sensor without incidents."""
        return replace(self, episode=None, silence=None)


def tide(moment: Moment, seed: int) -> Mapping[str, float]:
    """Return the sea level over the gauge's own zero, cm: a mixed tide of 18 to 72."""
    phase = moment.epoch_s * 2 * pi
    level_cm = 45 + 17 * cos(phase / M2_S) + 9 * cos(phase / K1_S + 1.1)
    return {"water_level": level_cm + _unrest(moment, seed, 0.9)}


def air(moment: Moment, seed: int) -> Mapping[str, float]:
    """Return fine dust, ug/m3: more in the two rush hours."""
    rush = _bump(moment.hour, 7.0, 1.6) + _bump(moment.hour, 18.0, 2.0)
    pm25 = 17 + 11 * rush + _unrest(moment, seed, 1.8)
    return {"pm25": pm25, "pm10": 1.65 * pm25 + _unrest(moment, seed + 1, 2.0)}


def rain(moment: Moment, seed: int) -> Mapping[str, float]:
    """Return rain, mm/h: a drizzle in some afternoons' minutes, mostly none."""
    drizzle = 1.6 * _bump(moment.hour, 15.5, 1.5) + _unrest(moment, seed, 0.5) - 0.6
    return {"rain": max(0.0, drizzle)}


def bin_fill(moment: Moment, seed: int) -> Mapping[str, float]:
    """Return how full a waste container is, %: emptied at 06.00 and 16.00, at most about 75."""
    since_h = (moment.hour - 6.0) % 24
    share = since_h / 10 if since_h < 10 else (since_h - 10) / 14  # noqa: PLR2004 - ten hours by day, fourteen by night
    return {"fill": 8 + (55 + seed % 3 * 4) * share + _unrest(moment, seed, 0.6), "battery": 3.6 + 0.04 * sin(seed)}


def noise(moment: Moment, seed: int) -> Mapping[str, float]:
    """Return the sound level, dB(A): quiet nights, lively evenings."""
    lively = _bump(moment.hour, 8.0, 2.5) + 1.2 * _bump(moment.hour, 18.5, 3.0)
    return {"noise": 50 + 9 * lively + _unrest(moment, seed, 3.0)}


def weather(moment: Moment, seed: int) -> Mapping[str, float]:
    """Return air temperature (Cel), relative humidity (%) and pressure (hPa): warmest at 14.00."""
    warm = cos((moment.hour - 14.0) / 24 * 2 * pi)
    return {
        "temperature": 28.4 + 3.6 * warm + _unrest(moment, seed, 0.2),
        "humidity": 77 - 14 * warm + _unrest(moment, seed + 1, 1.0),
        # The atmosphere's half-daily tide has its maxima near 10.00 and 22.00 in the tropics.
        "pressure": 1010.2 + 1.5 * cos((moment.hour - 10.0) / 12 * 2 * pi) + _unrest(moment, seed + 2, 0.1),
    }


def _bump(hour: float, centre: float, width_h: float) -> float:
    """Return a bell over the day's hours, 1 at its centre, wrapped at midnight."""
    away = min(abs(hour - centre), 24 - abs(hour - centre))
    return exp(-0.5 * (away / width_h) ** 2)


def _unrest(moment: Moment, seed: int, size: float) -> float:
    """Return a smooth wander within +-size that looks random and depends on time and seed alone."""
    t_s = moment.epoch_s % 86_400
    waves = ((37.0, 1.7), (13.0, 2.9), (5.3, 4.1))
    return size * sum(sin(2 * pi * t_s / period_s + seed * phase) for period_s, phase in waves) / len(waves)


MODELS: Mapping[str, Model] = {
    "pasut-tasikagung": Model(
        rhythm=tide,
        seed=1,
        peaks={"water_level": 108.0},
        episode=Episode(first_s=3.0, rise_s=5.0, hold_s=40.0, fall_s=12.0),
    ),
    "isi-tps-pasar": Model(
        rhythm=bin_fill,
        seed=2,
        peaks={"fill": 96.0},
        episode=Episode(first_s=5.0, rise_s=4.0, hold_s=50.0, fall_s=0.5),
    ),
    "udara-alun-alun": Model(
        rhythm=air,
        seed=3,
        peaks={"pm25": 84.0, "pm10": 132.0},
        episode=Episode(first_s=8.0, rise_s=6.0, hold_s=45.0, fall_s=20.0),
    ),
    "pasut-kragan": Model(rhythm=tide, seed=4, silence=Episode(first_s=22.0, rise_s=0.1, hold_s=26.0, fall_s=0.1)),
    "hujan-landoh": Model(
        rhythm=rain,
        seed=5,
        peaks={"rain": 27.0},
        episode=Episode(first_s=75.0, rise_s=10.0, hold_s=40.0, fall_s=20.0),
    ),
    "bising-alun-alun": Model(rhythm=noise, seed=6),
    "cuaca-leteh": Model(rhythm=weather, seed=7),
    "isi-karangturi": Model(rhythm=bin_fill, seed=9),
}
"""The sensors of `configs/demo.yaml`, by id."""
