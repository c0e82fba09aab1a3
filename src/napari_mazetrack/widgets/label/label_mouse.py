"""The Label panel's mouse: it stands aside for tools that hold the canvas, and names the point that it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QToolTip

from napari_mazetrack.widgets.window.film_mouse import place_of
from napari_mazetrack.widgets.window.point_mouse import PointMouse


class LabelMouse(PointMouse):
    """Follows the mouse as `PointMouse` does, and says which point it is over.

    Parameters
    ----------
    viewer, points, size_px, clicked, dragged
        As for `PointMouse`.
    name_of : callable
        From frame and row of a point to its name.
    """

    HOLDS_CANVAS = False

    def __init__(
        self,
        viewer: ViewerModel,
        points: Callable[[int], np.ndarray],
        size_px: float,
        clicked: Callable[[int, tuple[float, float]], None],
        dragged: Callable[[int, int, tuple[float, float], bool], None],
        name_of: Callable[[int, int], str],
    ) -> None:
        super().__init__(viewer, points, size_px, clicked, dragged)
        self._name_of = name_of
        self._named: str = ""
        viewer.mouse_move_callbacks.append(self._on_move)

    def disconnect(self) -> None:
        """Stop following."""
        super().disconnect()
        if self._on_move in self._viewer.mouse_move_callbacks:
            self._viewer.mouse_move_callbacks.remove(self._on_move)
        self._show_name("")

    def _on_move(self, _viewer: ViewerModel, event: Any) -> None:  # noqa: ANN401 - napari's event
        """Name the point under the mouse: napari speaks of the layer that is selected alone, which is the film."""
        if len(event.position) != 3:
            return
        frame, xy = place_of(event)
        row = self.find(frame, xy)
        self._show_name("" if row is None else self._name_of(frame, row))

    def _show_name(self, name: str) -> None:
        if name:
            QToolTip.showText(QCursor.pos(), name)
        elif self._named:
            QToolTip.hideText()
        self._named = name
