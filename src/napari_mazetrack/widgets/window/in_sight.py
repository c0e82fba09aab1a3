"""Whether a panel can be seen: it is shown, and no other tab of its dock covers it."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Signal
from qtpy.QtWidgets import QDockWidget, QWidget


class InSight(QObject):
    """Watches one panel; `changed` tells that it can be seen now, or no more.

    Parameters
    ----------
    panel : QWidget
        Wherever it is docked.
    """

    changed = Signal()

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._dock: QDockWidget | None = None
        self._is_on_top = True
        panel.installEventFilter(self)

    def __bool__(self) -> bool:
        return self._panel.isVisible() and self._is_on_top

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the panel into its dock, and tell when it is shown or hidden."""
        if event.type() == QEvent.Type.Show:
            self._follow_dock()
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.changed.emit()
        return bool(super().eventFilter(watched, event))

    def _follow_dock(self) -> None:
        dock = self._panel.parent()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parent()
        if dock is not None and dock is not self._dock:
            self._dock, self._is_on_top = dock, True
            # Qt only moves what lies behind another tab out of the window, and calls it visible all the same.
            dock.visibilityChanged.connect(self._on_dock_visibility)

    def _on_dock_visibility(self, is_visible: bool) -> None:
        self._is_on_top = is_visible
        self.changed.emit()
