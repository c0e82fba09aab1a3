"""Which points of another program's file are ours; filled in by name, and changed by who knows better."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from napari_mazetrack.labels.file_contents import guess_renames

LEFT_OUT = "(left out)"
MOST_ROWS_SEEN = 6


class KeypointTable(QTableWidget):
    """One row for each point of the file, with the point of ours that it is."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self._ours: tuple[str, ...] = ()
        self._theirs: tuple[str, ...] = ()
        self.setHorizontalHeaderLabels(["In the file", "Here"])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.verticalHeader().hide()
        for column in range(2):
            self.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def set_points(self, theirs: Sequence[str], ours: Sequence[str]) -> None:
        """Show the points of a file, each with the one of ours that its name says."""
        self._theirs, self._ours = tuple(theirs), tuple(ours)
        guessed = guess_renames(theirs, ours)
        self.setRowCount(len(theirs))
        for i, name in enumerate(theirs):
            self.setItem(i, 0, QTableWidgetItem(name))
            box = QComboBox()
            box.addItems([LEFT_OUT, *ours])
            box.setCurrentText(guessed.get(name, LEFT_OUT))
            box.currentIndexChanged.connect(self._on_changed)
            self.setCellWidget(i, 1, box)
        self.resizeRowsToContents()
        seen = sum(self.rowHeight(i) for i in range(min(len(theirs), MOST_ROWS_SEEN)))
        self.setFixedHeight(seen + self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth())
        self.value_changed.emit()

    def set_one(self, theirs: str, ours: str) -> None:
        """Say which of our points one of theirs is; an empty text leaves it out."""
        self._box(self._theirs.index(theirs)).setCurrentText(ours or LEFT_OUT)

    def renames(self) -> dict[str, str]:
        """Return the name of ours for each of theirs; empty for one that is left out although it is called so."""
        chosen = {name: self._box(i).currentText() for i, name in enumerate(self._theirs)}
        named = {name: ours for name, ours in chosen.items() if ours != LEFT_OUT}
        return named | {name: "" for name, ours in chosen.items() if ours == LEFT_OUT and name in self._ours}

    def problem(self) -> str:
        """Return why nothing can be taken with these names; empty where all is well."""
        chosen = [name for name in self.renames().values() if name]
        missing = [name for name in self._ours if name not in chosen]
        twice = [name for name in self._ours if chosen.count(name) > 1]
        if twice:
            return f"Two points of the file are {twice[0]}: leave one out."
        return f"Say which point of the file is {' and '.join(missing)}." if missing else ""

    def _box(self, row: int) -> QComboBox:
        return self.cellWidget(row, 1)

    def _on_changed(self, _: int) -> None:
        self.value_changed.emit()
