"""Where a point of the demo's world lies in the picture."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
import numpy.typing as npt

Metres = npt.NDArray[np.float32]
"""Ground coordinates of every pixel in metres, float32, (height, width)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """A pinhole camera over flat ground, looking along +z and down; x points right, y up.

    Attributes:
        height_m: Height of the lens over the ground.
        pitch_deg: How far it looks down from the horizontal.
        focal_share: Focal length over picture width.
        width_px: Picture width.
        height_px: Picture height.
    """

    height_m: float
    pitch_deg: float
    focal_share: float
    width_px: int
    height_px: int

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.focal_share * self.width_px

    def depth_m(self, z_m: float, y_m: float = 0.0) -> float:
        """Return the distance along the optical axis of a point."""
        pitch = radians(self.pitch_deg)
        return (self.height_m - y_m) * sin(pitch) + z_m * cos(pitch)

    def project(self, x_m: float, z_m: float, y_m: float = 0.0) -> tuple[float, float]:
        """Return the pixel (column, row) of a point; the point must lie in front of the lens."""
        pitch = radians(self.pitch_deg)
        depth_m = self.depth_m(z_m, y_m)
        down_m = (self.height_m - y_m) * cos(pitch) - z_m * sin(pitch)
        column = self.width_px / 2 + self.focal_px * x_m / depth_m
        return column, self.height_px / 2 + self.focal_px * down_m / depth_m

    def pixels_per_m(self, z_m: float) -> float:
        """Return how many pixels a metre across the picture takes on the ground at this distance."""
        return self.focal_px / self.depth_m(z_m)

    def ground(self, farthest_m: float = 400.0) -> tuple[Metres, Metres]:
        """Return the ground point (x, z) under every pixel; beyond `farthest_m`, and in the sky, z is `farthest_m`."""
        pitch = radians(self.pitch_deg)
        rows = (np.arange(self.height_px, dtype=np.float32) - self.height_px / 2) / self.focal_px
        # A ray (across, row, 1) sinks by row*cos + sin for every unit it goes forward by cos - row*sin.
        sinks = rows * cos(pitch) + sin(pitch)
        forward = cos(pitch) - rows * sin(pitch)
        with np.errstate(divide="ignore"):
            z_m = np.where(sinks > 0, self.height_m * forward / sinks, farthest_m)
        z_m = np.minimum(np.where(z_m < 0, farthest_m, z_m), farthest_m).astype(np.float32)
        depth_m = self.height_m * sin(pitch) + z_m * cos(pitch)
        columns = (np.arange(self.width_px, dtype=np.float32) - self.width_px / 2) / self.focal_px
        x_m = np.outer(depth_m, columns).astype(np.float32)
        return x_m, np.repeat(z_m[:, None], self.width_px, axis=1)

    def resized(self, width_px: int, height_px: int) -> "Viewpoint":
        """Return the same view in another resolution."""
        return Viewpoint(
            height_m=self.height_m,
            pitch_deg=self.pitch_deg,
            focal_share=self.focal_share,
            width_px=width_px,
            height_px=height_px,
        )
