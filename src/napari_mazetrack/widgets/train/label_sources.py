"""Further labels to train on, besides the first ones: projects and tables, each once."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

ROWS_SEEN = 3


class LabelSources(QWidget):
    """A list of files that grows and shrinks.

    Parameters
    ----------
    file_filter : str
        Qt's filter of the files that can be chosen.
    """

    value_changed = Signal()

    def __init__(self, file_filter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = file_filter
        self._paths: tuple[Path, ...] = ()
        self.list = QListWidget()
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setFixedHeight(ROWS_SEEN * (self.fontMetrics().height() + 4))
        self.list.setToolTip("Trained on together with the labels above, such as the projects of your other films")
        self.add_button = QPushButton("Add …")
        self.remove_button = QPushButton("Remove")
        buttons = QHBoxLayout()
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        layout.addLayout(buttons)
        self.add_button.clicked.connect(self._on_add)
        self.remove_button.clicked.connect(self._on_remove)

    def value(self) -> tuple[Path, ...]:
        """Return the files in the order in which they were added."""
        return self._paths

    def set_value(self, paths: tuple[Path, ...]) -> None:
        """Show files instead of those that are there; one that is named twice counts once."""
        self._paths = tuple(dict.fromkeys(paths))
        self.list.clear()
        self.list.addItems([path.name for path in self._paths])
        for i, path in enumerate(self._paths):
            self.list.item(i).setToolTip(str(path))
        self.value_changed.emit()

    def _on_add(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, "Add labels", "", self._filter)
        if chosen:
            self.set_value((*self._paths, *map(Path, chosen)))

    def _on_remove(self) -> None:
        rows = {index.row() for index in self.list.selectedIndexes()}
        self.set_value(tuple(path for i, path in enumerate(self._paths) if i not in rows))
