"""A panel that may be lower than its content, which then scrolls; never narrower."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget


class LowPanel(QScrollArea):
    """Shows `content`, and a bar to scroll it by where the window is too low."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the width of the content and its bar, and hardly any height."""
        content = self.widget()
        width = (
            max(content.minimumWidth(), content.minimumSizeHint().width()) + self.verticalScrollBar().sizeHint().width()
        )
        return QSize(width, super().minimumSizeHint().height())
