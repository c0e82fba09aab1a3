"""The picture round the animal with more contrast, on request; the film itself stays as it is, in colour or not."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Layer
from numpy.typing import NDArray

from napari_mazetrack.labels.boxes import body_length
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, FILM_ID
from napari_mazetrack.widgets.overlay.overlays import ROLE

CONTRAST = "contrast"
#: From the animal's middle to the border of the patch, in body lengths, and in pixels at the least.
REACH, LEAST_REACH_PX = 1.5, 40.0
#: What is darker and brighter than these percentiles becomes black and white.
PERCENTILES = (0.5, 99.5)


class ContrastPatch:
    """One still image over a film.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Gets the image, above the film and below all else.
    film : napari.layers.Layer
        The film.
    """

    def __init__(self, viewer: ViewerModel, film: Layer) -> None:
        self._viewer = viewer
        self._film = film
        self.layer = Image(
            np.zeros((2, 2), np.uint8),
            name="contrast",
            axis_labels=FILM_AXES[1:],
            metadata={ROLE: CONTRAST, FILM_ID: film.metadata[FILM_ID]},
        )
        active = viewer.layers.selection.active
        viewer.layers.insert(viewer.layers.index(film) + 1, self.layer)
        viewer.layers.selection.active = active

    def show(self, frame_index: int, points: NDArray[np.float64]) -> None:
        """Show the picture round an animal's points [n, 2]; without any, the whole picture."""
        array: Any = self._film.data
        height, width = array.shape[1:3]
        x0, y0, x1, y1 = _region(points, width, height)
        patch = np.asarray(array[frame_index, y0:y1, x0:x1], np.float32)
        grey = patch.mean(axis=2) if patch.ndim == 3 else patch
        low, high = np.percentile(grey, PERCENTILES)
        self.layer.data = grey
        self.layer.translate = (y0, x0)
        self.layer.contrast_limits = (low, max(high, low + 1))

    def remove(self) -> None:
        """Take the image out of the viewer."""
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)


def _region(points: NDArray[np.float64], width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the pixels round points; the last two lie outside."""
    found = points[np.isfinite(points).all(axis=1)]
    if len(found) == 0:
        return 0, 0, width, height
    reach = max(REACH * np.nan_to_num(body_length(found)), LEAST_REACH_PX)
    low, high = found.min(axis=0) - reach, found.max(axis=0) + reach
    x0, y0 = np.clip(low.round().astype(int), 0, (width - 2, height - 2)).tolist()
    x1, y1 = np.clip(high.round().astype(int), (x0 + 2, y0 + 2), (width, height)).tolist()
    return x0, y0, x1, y1
