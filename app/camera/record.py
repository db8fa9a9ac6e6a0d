"""What the pictures of a trial show of the camera itself: light, noise, shake, and how large people look."""

import math
from array import array
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from events.frame import Frame, Picture
from events.geometry import Box
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Found, Small

SAMPLE_S = 1.0
SPARSE = 6
"""Noise is judged on every sixth pixel each way: neighbours share it, once encoded."""
STILL_SHARE = 0.8
_STILL_MEAN = 0.5586
"""Mean of the smaller four fifths of |z| for Gaussian z: 2 (phi(0) - phi(1.2816)) / 0.8. The rest may be movement."""
SURE_SHIFT = 0.08
"""Response of the phase correlation below which a shift is a guess."""
CLIPPED_GRADIENT = 60.0
"""So much is an edge; brighter ones would outvote all others."""
DARK_LEVEL = 60
"""95th percentile of brightness below which it is night."""
GREY_SATURATION = 10.0
"""Mean saturation of 255 below which a camera shows infrared, not colour."""
SURE_SCORE = 0.45
MOST_PICTURES = 9

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A stretch of a trial by its light.

    Attributes:
        share: Share of the time.
        brightness: Median grey level, 0..255.
        noise: Standard deviation of a still pixel, in grey levels; None without a sample.
    """

    share: float
    brightness: float
    noise: float | None


@dataclass(slots=True)
class Record:
    """Gathers one sample a second; a day of them is some megabytes."""

    times: "array[float]" = field(default_factory=lambda: array("d"))
    brightness: "array[float]" = field(default_factory=lambda: array("d"))
    highlights: "array[float]" = field(default_factory=lambda: array("d"))
    noise: "array[float]" = field(default_factory=lambda: array("d"))
    shifts: "array[float]" = field(default_factory=lambda: array("d"))
    saturation: "array[float]" = field(default_factory=lambda: array("d"))
    people: list[Box] = field(default_factory=list)
    looks: int = 0
    pictures: list[tuple[float, Picture]] = field(default_factory=list)
    darkest: tuple[float, Frame] | None = None
    brightest: tuple[float, Frame] | None = None
    _sampled_s: float = -math.inf
    _before: "npt.NDArray[np.int16] | None" = None
    _edges: Floats | None = None
    _kept_every_s: float = 1.0

    def add(self, frame: Frame, small: Small, t_s: float) -> bool:
        """Take in a picture; return whether it was sampled.

        Args:
            frame: The picture.
            small: The same as detectors see it, uint8, (180, 320).
            t_s: Its time.
        """
        sparse = frame.luma[::SPARSE, ::SPARSE].astype(np.int16)
        due = t_s - self._sampled_s >= SAMPLE_S
        if due:
            self._sampled_s = t_s
            self._sample(frame, small, t_s, sparse)
        self._before = sparse
        return due

    def saw(self, found: Found | None) -> None:
        """Take in what the people network found."""
        if found is not None:
            self.looks += 1
            self.people += [person.box for person in found.people if person.score >= SURE_SCORE]

    def _sample(self, frame: Frame, small: Small, t_s: float, sparse: "npt.NDArray[np.int16]") -> None:
        middle, high = np.percentile(small[::2, ::2], (50, 95)).tolist()
        self.times.append(t_s)
        self.brightness.append(middle)
        self.highlights.append(high)
        self.noise.append(noise_between(self._before, sparse))
        edges = _edges(small)
        self.shifts.append(_shift_px(self._edges, edges) * frame.width_px / (SMALL_WIDTH_PX // 2))
        self._edges = edges
        if self.darkest is None or middle < self.darkest[0]:
            self.darkest = middle, frame
        if self.brightest is None or middle > self.brightest[0]:
            self.brightest = middle, frame
        self._keep(frame, t_s)

    def _keep(self, frame: Frame, t_s: float) -> None:
        """Keep a few pictures spread evenly over all of the trial, however long that becomes."""
        if self.pictures and t_s - self.pictures[-1][0] < self._kept_every_s:
            return
        picture = frame.to_bgr()
        self.pictures.append((t_s, picture))
        self.saturation.append(float(cv2.cvtColor(picture[::8, ::8].copy(), cv2.COLOR_BGR2HSV)[:, :, 1].mean()))
        if len(self.pictures) > 2 * MOST_PICTURES:
            self.pictures = self.pictures[::2]
            self._kept_every_s *= 2

    def scenery(self) -> Picture | None:
        """Return the scene without whoever passes: the median of pictures spread over the trial, people gone.

        uint8, (height, width, 3), BGR; None before any picture.
        """
        if not self.pictures:
            return None
        shape = self.pictures[-1][1].shape
        alike = [picture for _, picture in self.pictures if picture.shape == shape][-2 * MOST_PICTURES :]
        return np.asarray(np.median(np.stack(alike[:: max(len(alike) // MOST_PICTURES, 1)]), axis=0), np.uint8)

    def light(self) -> tuple[Light, Light]:
        """Return day and night."""
        dark = np.array(self.highlights) < DARK_LEVEL
        return self._light(~dark), self._light(dark)

    def _light(self, chosen: "npt.NDArray[np.bool_]") -> Light:
        noise = np.array(self.noise)[chosen]
        noise = noise[np.isfinite(noise)]
        brightness = np.array(self.brightness)[chosen]
        return Light(
            share=float(chosen.mean()) if chosen.size else 0.0,
            brightness=float(np.median(brightness)) if brightness.size else 0.0,
            noise=float(np.median(noise)) if noise.size else None,
        )

    def shake_px(self) -> tuple[float, float]:
        """Return how far the picture moves from second to second, in source pixels: 95th percentile, and the most."""
        shifts = np.array(self.shifts)
        shifts = shifts[np.isfinite(shifts)]
        return (float(np.percentile(shifts, 95)), float(shifts.max())) if shifts.size else (0.0, 0.0)

    def colour_share(self) -> float:
        """Return the share of the time in which the camera showed colours."""
        return float((np.array(self.saturation) > GREY_SATURATION).mean()) if len(self.saturation) else 0.0


def noise_between(before: "npt.NDArray[np.int16] | None", now: "npt.NDArray[np.int16]") -> float:
    """Return the standard deviation of a pixel's noise, judged by two pictures of a scene that mostly stands still.

    The smaller four fifths of the differences are taken for noise alone. NaN without an earlier picture.
    """
    if before is None or before.shape != now.shape:
        return math.nan
    steps = np.abs(now - before).ravel()
    count = max(int(STILL_SHARE * steps.size), 1)
    still = np.partition(steps, count - 1)[:count]
    return float(still.mean()) / _STILL_MEAN / math.sqrt(2)


def _edges(small: Small) -> Floats:
    half = cv2.resize(small, (SMALL_WIDTH_PX // 2, SMALL_HEIGHT_PX // 2), interpolation=cv2.INTER_AREA)
    across, down = cv2.Sobel(half, cv2.CV_32F, 1, 0), cv2.Sobel(half, cv2.CV_32F, 0, 1)
    return np.asarray(np.minimum(cv2.magnitude(across, down), np.float32(CLIPPED_GRADIENT)), np.float32)


_WINDOW: Floats = np.asarray(
    cv2.createHanningWindow((SMALL_WIDTH_PX // 2, SMALL_HEIGHT_PX // 2), cv2.CV_32F), np.float32
)


def _shift_px(before: Floats | None, now: Floats) -> float:
    """Return how far the picture moved, in pixels of half the small one; NaN where that cannot be told."""
    if before is None:
        return math.nan
    (dx, dy), response = cv2.phaseCorrelate(before, now, _WINDOW)
    return math.hypot(dx, dy) if response >= SURE_SHIFT else math.nan
