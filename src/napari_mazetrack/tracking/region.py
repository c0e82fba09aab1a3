"""The part of the picture that the detector looks at.

The detector's input is small. Where a wide picture shows much beside the pool, as a film of 1920 × 1080 pixels does,
the pool alone fills the input with a larger animal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.detector.letterbox import compute_letterbox
from napari_mazetrack.maze.calibration import ellipse_outline
from napari_mazetrack.tracking.settings import TrackSettings

#: How far the part reaches beyond the pool, as a share of half its size: the wall, and what leans over it.
MARGIN = 0.15
#: The whole picture is taken where the pool alone would not show an animal so many times as large.
LEAST_GAIN = 1.1


@dataclass(frozen=True)
class Region:
    """A part of a picture, pixels."""

    left: int
    top: int
    width: int
    height: int

    def cut(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the part of a picture [H, W]."""
        rows, columns = slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)
        return np.ascontiguousarray(picture[rows, columns])

    def in_picture(self, instances: Instances) -> Instances:
        """Return instances found in the part, in pixels of the whole picture."""
        return instances.scaled(1.0, (-self.left, -self.top))


def region_of_pool(settings: TrackSettings, film_hw: tuple[int, int], input_hw: tuple[int, int]) -> Region:
    """Return the pool with a margin, or the whole picture where there is no pool or little to gain.

    Parameters
    ----------
    settings : TrackSettings
        Name the pool.
    film_hw, input_hw : (int, int)
        Height and width of the film and of the detector's input.
    """
    height, width = film_hw
    whole = Region(0, 0, width, height)
    scale = compute_letterbox(film_hw, input_hw).scale
    outline = _outline(settings)
    if outline is None or scale >= 1:
        return whole
    low, high = outline.min(axis=0), outline.max(axis=0)
    reach = MARGIN * (high - low) / 2
    left, top = np.clip(np.floor(low - reach), 0, (width - 1, height - 1)).astype(int).tolist()
    right, bottom = np.clip(np.ceil(high + reach) + 1, (left + 1, top + 1), (width, height)).astype(int).tolist()
    part = Region(left, top, right - left, bottom - top)
    gain = compute_letterbox((part.height, part.width), input_hw).scale / scale
    return part if gain >= LEAST_GAIN else whole


def _outline(settings: TrackSettings) -> NDArray[np.float64] | None:
    if settings.pool is not None:
        return ellipse_outline(settings.pool, 90)
    return np.array(settings.pool_polygon) if settings.pool_polygon else None
