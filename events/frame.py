"""One picture of one camera."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from events.ids import SourceId

Luma = npt.NDArray[np.uint8]
"""Brightness, uint8, (height, width)."""

Planes = npt.NDArray[np.uint8]
"""Colour picture as I420: uint8, (height * 3 / 2, width): brightness, then two quarters of colour; sides even."""

Picture = npt.NDArray[np.uint8]
"""Colour picture, uint8, (height, width, 3), BGR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One decoded picture.

    Attributes:
        camera: Who took it.
        taken_at: When its packet arrived (aware UTC). The stream's own clock is never trusted for this:
            files loop and cameras jump back.
        media_s: Seconds on the stream's own clock since an arbitrary start; good for durations only,
            None where the stream gives no time.
        arrived_s: Arrival on a clock that only runs forward and that nobody sets, None for pictures of a file.
        keyframe: Whether it was coded without reference to others.
        luma: The Y plane as decoded, a view without conversion: uint8, (height, width), rows possibly padded.
            Valid as long as the frame is held; never write to it.
        to_bgr: Converts to colour on demand; costs milliseconds, so only evidence pictures call it.
        to_planes: Shrinks to a width and height, both even, by averaging over areas, cheaper than `to_bgr`; None
            where the source cannot.
    """

    camera: SourceId
    taken_at: datetime
    media_s: float | None
    keyframe: bool
    luma: Luma
    to_bgr: Callable[[], Picture]
    to_planes: Callable[[int, int], Planes] | None = None
    arrived_s: float | None = None

    @property
    def width_px(self) -> int:
        """Width of the picture."""
        return int(self.luma.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the picture."""
        return int(self.luma.shape[0])
