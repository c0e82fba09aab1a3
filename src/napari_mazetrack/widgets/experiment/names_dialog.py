"""Asks what the names of films say, and shows what that fills into the sheet before it is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.widgets.experiment.trials_table import HEADINGS
from napari_mazetrack.workflows.file_names import COLUMN_OF, EXAMPLE, match_names, told_of

ASKED = (
    "What do the names of the films say? Write a name without its ending, with the columns of the sheet in braces; {} "
    "is anything, and a slash takes in the folder. Leave it empty to fill in the sheet yourself."
)
_WIDTH, _HEIGHT, _FILM_WIDTH = 640, 420, 220


class NamesDialog(QDialog):
    """Asks for a pattern (`workflows.file_names`) with a preview of what matches.

    Parameters
    ----------
    films : sequence of Path
        Whose names are matched.
    parent : QWidget or None
        The window that asks.
    """

    def __init__(self, films: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._films = films
        self.setWindowTitle("Names of the films")
        self.pattern = QLineEdit()
        self.pattern.setPlaceholderText(EXAMPLE)
        self.pattern.setToolTip("In braces: " + ", ".join(COLUMN_OF))
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.table = QTableWidget(len(films), 0)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setStretchLastSection(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        asked = QLabel(ASKED)
        asked.setWordWrap(True)
        layout = QVBoxLayout(self)
        for part in (asked, self.pattern, self.table, self.told, self.buttons):
            layout.addWidget(part)
        self.resize(_WIDTH, _HEIGHT)
        self.pattern.textChanged.connect(self._show_matches)
        self._show_matches()

    def value(self) -> str:
        """Return the pattern; empty where none is wanted."""
        return str(self.pattern.text().strip())

    def _show_matches(self) -> None:
        try:
            matches = match_names(self._films, self.value())
        except MazetrackError as error:
            matches, told = match_names(self._films, ""), str(error)
        else:
            told = told_of(matches) if self.value() else f"{len(matches)} films."
        self.told.setText(told)
        is_sound = not self.value() or any(match.cells for match in matches)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(is_sound)
        columns = list(dict.fromkeys(column for match in matches for column in match.cells))
        self.table.setColumnCount(len(columns) + 2)
        self.table.setHorizontalHeaderLabels(["film", *(HEADINGS.get(name, name) for name in columns), ""])
        for row, match in enumerate(matches):
            texts = [match.film.name, *(match.cells.get(name, "") for name in columns), match.why]
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(str(match.film) if column == 0 else text)
                self.table.setItem(row, column, item)
        self.table.resizeColumnsToContents()
        self.table.setColumnWidth(0, min(self.table.columnWidth(0), _FILM_WIDTH))


def ask_for_names(films: Sequence[Path], parent: QWidget | None = None) -> str | None:
    """Return the pattern that a person gives for the names of films; None where they would rather not go on."""
    dialog = NamesDialog(films, parent)
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    return dialog.value() if accepted else None
