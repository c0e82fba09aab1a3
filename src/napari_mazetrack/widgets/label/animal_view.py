"""Looks at the animal from near, on request: the camera goes along with it, frame by frame, at the zoom last used."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from numpy.typing import NDArray

from napari_mazetrack.labels.boxes import body_length

#: The first time, an animal takes this share of the canvas's shorter side.
FIRST_SHARE = 0.25


class AnimalView:
    """The camera of a viewer, near the animal or where it was before.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose camera.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._zoom: float | None = None
        self._before: tuple[tuple[float, ...], float] | None = None  # centre and zoom, while the camera is near

    def look_at(self, points: NDArray[np.float64]) -> None:
        """Put the middle of an animal's points [n, 2] in the middle; without any, show what was seen before."""
        found = points[np.isfinite(points).all(axis=1)]
        camera = self._viewer.scene.camera
        if len(found) == 0:
            self.go_back()
            return
        if self._before is None:
            self._before = (camera.center, camera.zoom)
            camera.zoom = self._zoom or self._first_zoom(found)
        x, y = (found.min(axis=0) + found.max(axis=0)) / 2
        camera.center = (0.0, y, x)

    def go_back(self) -> None:
        """Show what was seen before; the zoom that the person chose is kept for the next time."""
        if self._before is not None:
            camera = self._viewer.scene.camera
            self._zoom = camera.zoom
            camera.center, camera.zoom = self._before
            self._before = None

    def _first_zoom(self, points: NDArray[np.float64]) -> float:
        length, zoom = body_length(points), self._viewer.scene.camera.zoom
        wanted = FIRST_SHARE * min(self._viewer.canvas.size) / length if length > 0 else 0.0
        return max(wanted, zoom)
