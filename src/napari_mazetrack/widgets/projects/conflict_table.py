"""What two sides say of the same things; ticked rows are taken from the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

MINIMUM_HEIGHT = 180
#: A label's points in a narrow window.
LINES = 3
#: An empty box is as dark as the table in napari's dark theme.
EMPTY_BOX = "QTableView::indicator:unchecked { border: 1px solid gray; }"


@dataclass(frozen=True)
class ConflictRow:
    """One thing, and what both sides say of it in words."""

    title: str
    ours: str
    theirs: str


class ConflictTable(QWidget):
    """Shows rows, none of them ticked at first: what is here stays.

    Parameters
    ----------
    theirs : str
        What the other side is called.
    """

    def __init__(self, theirs: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = QTableWidget(0, 3)
        self.table.setHorizontalHeaderLabels([f"Take from {theirs}", "Here", f"In {theirs}"])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.verticalHeader().hide()
        # As high for all: to measure thousands of rows would take seconds.
        self.table.verticalHeader().setDefaultSectionSize(LINES * self.fontMetrics().height() + 6)
        self.table.setMinimumHeight(MINIMUM_HEIGHT)
        self.table.setStyleSheet(EMPTY_BOX)
        header = self.table.horizontalHeader()
        for column in range(3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.buttons = {True: QPushButton("Tick all"), False: QPushButton("Tick none")}
        row = QHBoxLayout()
        for is_ticked, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, ticked=is_ticked: self.tick_all(ticked))
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addLayout(row)

    def set_value(self, rows: Sequence[ConflictRow]) -> None:
        """Show rows instead of what is there."""
        self.table.setRowCount(len(rows))
        for i, row in enumerate(rows):
            for column, text in enumerate((row.title, row.ours, row.theirs)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                if column == 0:
                    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                    item.setCheckState(Qt.CheckState.Unchecked)
                self.table.setItem(i, column, item)

    def value(self) -> list[bool]:
        """Return for each row whether it is taken from the other side."""
        return [self.table.item(i, 0).checkState() == Qt.CheckState.Checked for i in range(self.table.rowCount())]

    def tick_all(self, is_ticked: bool) -> None:
        """Take all rows from the other side, or none."""
        state = Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked
        for i in range(self.table.rowCount()):
            self.table.item(i, 0).setCheckState(state)
