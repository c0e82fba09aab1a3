"""Pool and platforms are moved by their handles; quadrants and measures follow when a handle is let go."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QObject, Signal

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.widgets.arena.arena_handles import handles_of, move_handle
from napari_mazetrack.widgets.films.film_layer import find_film_layer
from napari_mazetrack.widgets.overlay.layers_view import LayersView
from napari_mazetrack.widgets.overlay.overlays import KEYPOINT_SIZE
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.window.point_mouse import PointMouse


class ArenaEditor(QObject):
    """Shows handles on a session's arena while it is on.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where handles are dragged.
    session : Session
        Its arena is edited.
    layers : LayersView
        Draws the handles.
    """

    edited = Signal(object)  # Arena

    def __init__(self, viewer: ViewerModel, session: Session, layers: LayersView) -> None:
        super().__init__()
        self._viewer = viewer
        self._session = session
        self._layers = layers
        self._mouse: PointMouse | None = None

    @property
    def is_on(self) -> bool:
        """Whether handles are shown."""
        return self._mouse is not None

    def start(self) -> bool:
        """Show the handles; False where there is no arena in film pixels to move."""
        arena, film = self._session.arena, self._session.film
        shown = None if film is None else find_film_layer(self._viewer.layers, film.film_id)
        if arena is None or arena.units != "px" or shown is None:
            return False
        size = max(3.0, KEYPOINT_SIZE * int(shown.data.shape[1]))
        self._mouse = PointMouse(self._viewer, self._points, size, _ignore, self._on_dragged)
        self._viewer.layers.selection.active = shown
        self._session.events.arena.connect(self._show)
        self._show(arena)
        return True

    def stop(self) -> None:
        """Take the handles away."""
        if self._mouse is not None:
            self._mouse.disconnect()
            self._mouse = None
            self._session.events.arena.disconnect(self._show)
            self._layers.show_handles(None)

    def _points(self, _frame_index: int) -> np.ndarray:
        arena = self._session.arena
        return np.full((1, 2), np.nan) if arena is None else handles_of(arena)

    def _show(self, arena: Arena | None) -> None:
        self._layers.show_handles(None if arena is None else handles_of(arena))

    def _on_dragged(self, _frame_index: int, row: int, xy: tuple[float, float], let_go: bool) -> None:
        arena = self._session.arena
        if arena is None:
            return
        moved = move_handle(arena, row, xy)
        if let_go:
            self.edited.emit(moved)
        else:
            self._layers.show_handles(handles_of(moved))


def _ignore(_frame_index: int, _xy: tuple[float, float]) -> None:
    """Do nothing: a click beside the handles means nothing."""
