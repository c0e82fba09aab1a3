"""What follows the left button over the film of a viewer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from napari.components import ViewerModel

from napari_mazetrack.widgets.window.canvas_turn import turn_of


class FilmMouse(ABC):
    """Follows each press of the left button without a modifier, while a film is shown; until `disconnect`.

    It holds the canvas meanwhile (`canvas_turn`), but for kinds that say otherwise.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        On whose canvas it is pressed.
    """

    HOLDS_CANVAS = True

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._turn = turn_of(viewer)
        viewer.mouse_drag_callbacks.append(self._on_press)
        if self.HOLDS_CANVAS:
            self._turn.hold(self)

    def disconnect(self) -> None:
        """Stop following."""
        if self._on_press in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._on_press)
        self._turn.let_go(self)

    def _on_press(self, _viewer: ViewerModel, event: Any) -> Iterator[None]:  # noqa: ANN401 - napari's event
        if event.button == 1 and not event.modifiers and len(event.position) == 3:
            yield from self._follow(event)

    @abstractmethod
    def _follow(self, event: Any) -> Iterator[None]:  # noqa: ANN401 - napari's event
        """Go on from a press; napari resumes it after each movement, and when the button is let go."""


def place_of(event: Any) -> tuple[int, tuple[float, float]]:  # noqa: ANN401 - napari's event
    """Return frame and (x, y) of a mouse event."""
    frame, y, x = event.position
    return round(float(frame)), (float(x), float(y))
