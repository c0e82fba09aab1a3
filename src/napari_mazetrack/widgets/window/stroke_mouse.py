"""One stroke on the film: from where the mouse is pressed to where it is let go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from napari.components import ViewerModel

from napari_mazetrack.widgets.window.film_mouse import FilmMouse, place_of


class StrokeMouse(FilmMouse):
    """Waits for one stroke over a viewer; the picture is not taken along.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        On whose canvas it is drawn.
    moved : callable
        Is told frame and (x, y) while it is drawn.
    drawn : callable
        Is told frame, (x, y) of the start and of the end; both are the same after a click.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        moved: Callable[[int, tuple[float, float]], None],
        drawn: Callable[[int, tuple[float, float], tuple[float, float]], None],
    ) -> None:
        super().__init__(viewer)
        self._moved = moved
        self._drawn = drawn

    def _follow(self, event: Any) -> Iterator[None]:  # noqa: ANN401 - napari's event
        frame, start = place_of(event)
        camera = self._viewer.scene.camera
        pans, camera.mouse_pan = camera.mouse_pan, False
        at = start
        try:
            yield
            while event.type == "mouse_move":
                _, at = place_of(event)
                self._moved(frame, at)
                yield
        finally:
            camera.mouse_pan = pans
        self._drawn(frame, start, at)
