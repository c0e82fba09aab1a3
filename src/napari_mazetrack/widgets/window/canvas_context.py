"""Layers leave a viewer in the OpenGL context of its canvas, and in no other."""

from __future__ import annotations

from contextlib import suppress

from napari.components import ViewerModel
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QWidget


class CanvasContext:
    """Makes the context of the canvas current before a layer is removed.

    napari deletes a removed layer's buffers and programs at once, in whichever context is current. Often that is Qt's,
    which draws the window round the canvas; the canvas then keeps what is deleted, and its next drawing crashes.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose layers are watched.
    panel : QWidget
        Stands, sooner or later, in the window of the viewer.
    """

    def __init__(self, viewer: ViewerModel, panel: QWidget) -> None:
        self._viewer = viewer
        self._panel = panel
        self._canvases: list[QOpenGLWidget] = []
        viewer.layers.events.inserted.connect(self._find_canvases)
        viewer.layers.events.removing.connect(self._make_current)

    def _find_canvases(self) -> None:
        """Remember the canvases: a panel that is being closed stands in no window any more."""
        top: QWidget = self._panel
        while (above := top.parentWidget()) is not None:
            top = above
        self._canvases = top.findChildren(QOpenGLWidget) or self._canvases

    def _make_current(self) -> None:
        self._find_canvases()
        with suppress(RuntimeError):  # Qt has deleted the canvas
            for canvas in self._canvases:
                canvas.makeCurrent()

    def disconnect(self) -> None:
        """Watch no longer."""
        self._viewer.layers.events.inserted.disconnect(self._find_canvases)
        self._viewer.layers.events.removing.disconnect(self._make_current)
