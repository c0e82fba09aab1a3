"""Clicks on the film, and drags of its points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from napari.components import ViewerModel

from napari_mazetrack.widgets.window.film_mouse import FilmMouse, place_of

#: A press within this many point sizes of a point takes hold of it; a movement shorter than this share is a click.
REACH, STILL = 1.0, 0.3


class PointMouse(FilmMouse):
    """Follows the mouse over a viewer.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose canvas is clicked.
    points : callable
        x, y of each point of a frame, [n, 2]; NaN for those that are not there.
    size_px : float
        Size of a drawn point.
    clicked : callable
        Is told frame and (x, y) of a click.
    dragged : callable
        Is told frame, row of the point and (x, y) while a point is dragged, and whether it was let go.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        points: Callable[[int], np.ndarray],
        size_px: float,
        clicked: Callable[[int, tuple[float, float]], None],
        dragged: Callable[[int, int, tuple[float, float], bool], None],
    ) -> None:
        super().__init__(viewer)
        self._points = points
        self._size_px = size_px
        self._clicked = clicked
        self._dragged = dragged

    def _follow(self, event: Any) -> Iterator[None]:  # noqa: ANN401 - napari's event
        frame, start = place_of(event)
        held = self.find(frame, start)
        camera = self._viewer.scene.camera
        pans = camera.mouse_pan
        camera.mouse_pan = pans and held is None  # a point that is dragged does not take the picture along
        at = start
        try:
            yield
            while event.type == "mouse_move":
                _, at = place_of(event)
                if held is not None:
                    self._dragged(frame, held, at, False)
                yield
        finally:
            camera.mouse_pan = pans
        has_moved = np.hypot(at[0] - start[0], at[1] - start[1]) > STILL * self._size_px
        if held is None and not has_moved:
            self._clicked(frame, start)
        elif held is not None and has_moved:
            self._dragged(frame, held, at, True)

    def find(self, frame_index: int, xy: tuple[float, float]) -> int | None:
        """Return the row of the point of a frame that is within reach of x, y; None where none is."""
        distance = np.linalg.norm(self._points(frame_index) - xy, axis=1)
        if not (distance <= REACH * self._size_px).any():
            return None
        return int(np.nanargmin(distance))
