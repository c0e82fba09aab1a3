"""A panel that lets go of everything, once, when napari or the person closes it."""

from __future__ import annotations

from napari.components import ViewerModel
from qtpy.QtCore import QEvent
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_mazetrack.widgets.window.canvas_context import CanvasContext
from napari_mazetrack.widgets.window.low_panel import LowPanel


class DockPanel(QWidget):
    """A widget of a dock; what it holds is let go in `release`, which every panel writes for itself.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        In whose window the dock is.
    """

    _is_shut_down = False

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._canvas_context = CanvasContext(viewer, self)

    def fill(self, content: QWidget) -> None:
        """Show the content, which scrolls where its dock is too low, as with several panels on a small screen."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(LowPanel(content))

    def release(self) -> None:
        """Stop what is under way and let go of viewer and files."""
        raise NotImplementedError

    def shut_down(self) -> None:
        """Release what the panel holds; it is of no use afterwards. A second call does nothing."""
        if not self._is_shut_down:
            self._is_shut_down = True
            self.release()
            self._canvas_context.disconnect()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Shut down when napari takes the panel out of its dock."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.shut_down()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Shut down when the panel is closed as a window of its own."""
        self.shut_down()
        super().closeEvent(event)
