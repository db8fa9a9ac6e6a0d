"""Measures how much of a zone is green around midday: a series for programmes that plant, never an alarm."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from statistics import median

import cv2
import numpy as np

from configs.detection import GreenCover
from events.frame import Picture
from vision.detector import SMALL_HEIGHT_PX, SMALL_WIDTH_PX, Looking, Mask, Measurement, Region, View
from vision.zones import zone_mask

UNDATED_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
"""An earlier date is no date: a file's own clock, or a recorder whose clock was never set."""
LOOK_S = 1.0
"""What is measured by the minute need not look at its clock at every picture."""
EVERY_S = 300.0
"""A picture every five minutes of the midday hours: passers-by and clouds do not repeat in most of 24 pictures."""
UNDATED_EVERY_S = 10.0
SAMPLES_MOST = 288
"""A whole day of them; of pictures without a date the latest so many count."""
LEAST_SAMPLES = 5

GREEN_LEAST = 0.08
"""Excess green from which it is a plant. Grey is 0 whatever its brightness; a white balance that is off by 3 per cent
makes .02 of it, leaves in sun or shade 0.1 to 0.6. A fixed bound, because Otsu's method cuts any zone in two, the bare
and the wholly green one too."""
DARK_BELOW = 30
"""Brightest channel below which colour is noise."""
DAZZLED_FROM = 250
"""Brightest channel from which it is cut off, and the colour with it."""
USABLE_LEAST = 0.5
COLOURLESS_BELOW = 10.0
COLOURED_PERCENTILE = 99.0
"""Where even the most colourful hundredth of the whole picture differs by fewer levels between its channels, the
camera sees infrared, or sends grey: then nothing is measured."""


class GreenCoverDetector:
    """The share of vegetation in one zone, one value a day: the median of the pictures around midday.

    Pictures without a date (files) are measured at any time, as they come.
    """

    def __init__(
        self, region: Region, settings: GreenCover, *, timezone: tzinfo, blind: Callable[[], bool] = lambda: False
    ) -> None:
        """Watch a zone.

        Args:
            region: The zone.
            settings: The hours in which it is measured.
            timezone: The city's: midday is there.
            blind: Whether the camera is at fault just now; then nothing is measured.
        """
        self._metric = "green_cover" if region.zone is None else f"green_cover.{region.zone}"
        self._zone = zone_mask(region.polygon)
        self._settings = settings
        self._timezone = timezone
        self._blind = blind
        self._day: date | None = None
        self._shares: deque[float] = deque(maxlen=SAMPLES_MOST)
        self._asked_s: float | None = None
        self._looked_s: float | None = None

    def look(self, view: View) -> Looking:
        """Take in one picture and tell the day's value when its hours are over."""
        if self._looked_s is not None and view.t_s - self._looked_s < LOOK_S:
            return Looking()
        self._looked_s = view.t_s
        if view.at < UNDATED_BEFORE:
            return self._told(1) if self._sample(view, UNDATED_EVERY_S) else Looking()
        here = view.at.astimezone(self._timezone)
        measuring = self._settings.from_hour <= here.hour + here.minute / 60 < self._settings.to_hour
        told = Looking()
        if not measuring or self._day != here.date():
            # Where the hours fill the whole day, or the camera was away when they ended, the next day ends them.
            told = self._told(LEAST_SAMPLES)
            self._shares.clear()
        if measuring:
            self._day = here.date()
            self._sample(view, EVERY_S)
        return told

    def _told(self, least: int) -> Looking:
        if len(self._shares) < least:
            return Looking()
        return Looking(measurements=(Measurement(metric=self._metric, value=round(median(self._shares), 4)),))

    def _sample(self, view: View, every_s: float) -> bool:
        """Measure one picture if its turn has come, and say whether it could be measured."""
        if self._blind() or (self._asked_s is not None and view.t_s - self._asked_s < every_s):
            return False
        self._asked_s = view.t_s
        share = green_share(view.colour(), self._zone)
        if share is not None:
            self._shares.append(share)
        return share is not None


def green_share(picture: Picture, zone: Mask) -> float | None:
    """Return the share of a zone that is green, 0..1, None where the picture does not show colours well enough.

    Green is what has an excess green of 2g - r - b in chromatic coordinates r = R / (R + G + B) and so on
    (Woebbecke et al. 1995, Transactions of the ASAE 38(1)) and more of green than of red and of blue: yellow paint and
    a pond under blue sky have an excess as well. Chromatic coordinates do not know of brightness, so a leaf in the
    shade counts like one in the sun. Too dark and too bright places are left out on both sides of the share.

    Args:
        picture: uint8, (height, width, 3), BGR.
        zone: uint8, (180, 320), 0 or 255.
    """
    small = cv2.resize(picture, (SMALL_WIDTH_PX, SMALL_HEIGHT_PX), interpolation=cv2.INTER_AREA)
    brightest, darkest = small.max(axis=2), small.min(axis=2)
    if float(np.percentile(brightest - darkest, COLOURED_PERCENTILE)) < COLOURLESS_BELOW:
        return None
    inside = zone > 0
    usable = inside & (brightest >= DARK_BELOW) & (brightest < DAZZLED_FROM)
    if np.count_nonzero(usable) < USABLE_LEAST * np.count_nonzero(inside):
        return None
    blue, green, red = (small[..., channel][usable].astype(np.float32) for channel in range(3))
    excess = (2 * green - red - blue) / (blue + green + red)
    return float(((excess >= np.float32(GREEN_LEAST)) & (green > red) & (green > blue)).mean())
