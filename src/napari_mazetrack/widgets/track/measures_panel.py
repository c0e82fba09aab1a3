"""The Measures tab: the table, the formula of the chosen number, and the ways out of the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.widgets.measure_rows import MeasureRow
from napari_mazetrack.widgets.track.measures_table import MeasuresTable
from napari_mazetrack.widgets.track.work import save_measures
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.workflows.measure import Row

CHOOSE = "Click on a number: its formula stands here, and the frames that it comes from are lit on the path."


class MeasuresPanel(QWidget):
    """Shows measures; tells `chosen` when a person clicks on one, and `save_requested`."""

    chosen = Signal()
    save_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.table = MeasuresTable()
        self.formula = QLabel(CHOOSE)
        self.formula.setWordWrap(True)
        self.copy, self.save = QPushButton("Copy"), QPushButton("Save as CSV …")
        self.copy.setToolTip("Puts the chosen rows, or all of them, on the clipboard for a spreadsheet.")
        self.save.setToolTip("Writes the table that mazetrack measure would write, with all digits.")
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.formula)  # above: the table is what a low window cuts off
        layout.addWidget(self.table, stretch=1)
        layout.addLayout(row)
        self.copy.clicked.connect(self.table.copy)
        self.save.clicked.connect(self.save_requested)
        self.table.itemSelectionChanged.connect(self._on_chosen)
        self.set_value(())

    def value(self) -> tuple[MeasureRow, ...]:
        """Return the rows that are shown."""
        return self.table.value()

    def set_value(self, rows: Sequence[MeasureRow]) -> None:
        """Show `rows` instead of what is there; none is chosen."""
        self.table.clearSelection()
        self.table.set_value(rows)
        for button in (self.copy, self.save):
            button.setEnabled(bool(rows))

    def chosen_row(self) -> MeasureRow | None:
        """Return the row that was clicked on; None where none or several are chosen."""
        chosen = {index.row() for index in self.table.selectedIndexes()}
        return self.table.value()[chosen.pop()] if len(chosen) == 1 else None

    def save_as(self, table: Sequence[Row], start: Path) -> None:
        """Write a table where the person says; `start` is offered. A failure is shown."""
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the measures", str(start), "Tables (*.csv)")
        if chosen:
            with failures_shown():
                save_measures(table, Path(chosen))  # the dialog has asked

    def _on_chosen(self) -> None:
        row = self.chosen_row()
        if row is None:
            self.formula.setText(CHOOSE)
        elif row.definition:
            self.formula.setText(f"{row.text}: {row.definition} (variant: {row.variant})")
        else:
            self.formula.setText(row.text)
        self.chosen.emit()
