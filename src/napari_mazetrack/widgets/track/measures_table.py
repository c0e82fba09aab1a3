"""The table of measures; its rows can be copied into a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from napari_mazetrack.widgets.measure_rows import MeasureRow

COLUMNS = ("Measure", "Value", "Unit")


class MeasuresTable(QTableWidget):
    """Shows measures; it computes none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self._rows: tuple[MeasureRow, ...] = ()
        self.setHorizontalHeaderLabels(COLUMNS)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)

    def value(self) -> tuple[MeasureRow, ...]:
        """Return the rows that are shown."""
        return self._rows

    def set_value(self, rows: Sequence[MeasureRow]) -> None:
        """Show `rows` instead of what is there."""
        self._rows = tuple(rows)
        self.setRowCount(len(self._rows))
        for i, row in enumerate(self._rows):
            for column, text in enumerate((row.text, row.value, row.unit)):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{row.name}: {row.definition}" if row.definition else row.name)
                if column == 1:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(i, column, item)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Copy the selected rows, or all of them, as tab-separated text."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the selected rows, or all of them, on the clipboard as tab-separated text."""
        QGuiApplication.clipboard().setText(self._selected_text())

    def _selected_text(self) -> str:
        chosen = sorted({index.row() for index in self.selectedIndexes()}) or range(len(self._rows))
        return "\n".join("\t".join((self._rows[i].name, self._rows[i].value, self._rows[i].unit)) for i in chosen)
