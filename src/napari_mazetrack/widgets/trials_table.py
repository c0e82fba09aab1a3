"""The trials of an experiment as a table whose cells can be edited."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import TrialKind, cells_of_trial
from napari_mazetrack.workflows.trials_sheet import READY, TrialsSheet

STATE = "state"
#: What a person fills in first stands first.
SHOWN = (
    *("trial", STATE, "animal", "group", "day", "trial_of_day", "kind", "limit_s", "film", "arena", "platform"),
    *("former_platform", "start", "release_s", "end_s", "sex", "cohort", "exclude", "exclude_reason", "notes"),
)
#: Not shown to who is blind.
TELLING = ("group", "notes")
HEADINGS = {
    "trial_of_day": "trial of day",
    "limit_s": "limit, s",
    "former_platform": "former platform",
    "release_s": "release, s",
    "end_s": "end, s",
    "exclude": "leave out",
    "exclude_reason": "why left out",
}
WIDTHS = {"trial": 130, STATE: 130, "film": 150, "arena": 150, "notes": 150}
USUAL_WIDTH = 75


class TrialsModel(QAbstractTableModel):
    """The rows of a `TrialsSheet` for Qt; `refused` tells why a cell did not change."""

    refused = Signal(str)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sheet: TrialsSheet | None = None
        self.tracks: Path | None = None
        self._flagged: Mapping[str, str] = {}
        self._states: list[str] = []

    def set_sheet(self, sheet: TrialsSheet | None) -> None:
        """Show another sheet."""
        self.sheet = sheet
        self._flagged = {}
        self.refresh()

    def set_flagged(self, flagged: Mapping[str, str]) -> None:
        """Show what the last analysis said of trials, by name."""
        self._flagged = flagged
        if self._states:
            column = SHOWN.index(STATE)
            self.dataChanged.emit(self.index(0, column), self.index(len(self._states) - 1, column))

    def refresh(self) -> None:
        """Show the sheet and the files as they are now."""
        self.beginResetModel()
        sheet = self.sheet
        self._states = [sheet.state_of(row, self.tracks) for row in range(len(sheet.trials))] if sheet else []
        self.endResetModel()

    @property
    def n_ready(self) -> int:
        """Trials that can be measured."""
        return self._states.count(READY)

    def _shown_state(self, row: int) -> str:
        """Return what a trial lacks, or what the last analysis said of one that lacks nothing."""
        assert self.sheet is not None
        state = self._states[row]
        return self._flagged.get(self.sheet.trials[row].trial, state) if state == READY else state

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """Return the number of trials."""
        return 0 if self.sheet is None or (parent is not None and parent.isValid()) else len(self.sheet.trials)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(SHOWN)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401, N802 - Qt's
        """Return the name of a column, or the number of a row."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return HEADINGS.get(SHOWN[section], SHOWN[section]) if orientation == Qt.Orientation.Horizontal else section + 1

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's
        """Return the text of a cell."""
        roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole)
        if self.sheet is None or not index.isValid() or role not in roles:
            return None
        name = SHOWN[index.column()]
        return self._shown_state(index.row()) if name == STATE else cells_of_trial(self.sheet.trials[index.row()])[name]

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Let every cell be edited but the state."""
        usual = super().flags(index)
        return usual if SHOWN[index.column()] == STATE else usual | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401, N802 - Qt's
        """Change a cell; it is in the file when this returns True."""
        if self.sheet is None or role != Qt.ItemDataRole.EditRole:
            return False
        try:
            self.sheet.set_cell(index.row(), SHOWN[index.column()], str(value))
        except MazetrackError as error:
            self.refused.emit(str(error))
            return False
        self._states[index.row()] = self.sheet.state_of(index.row(), self.tracks)
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), len(SHOWN) - 1))
        self.changed.emit()
        return True


class _KindDelegate(QStyledItemDelegate):
    """Offers the kinds of trials in a list."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex) -> QWidget:  # noqa: ARG002, N802 - Qt's
        """Return the list."""
        box = QComboBox(parent)
        box.addItems([str(kind) for kind in TrialKind])
        return box

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:  # noqa: N802 - Qt's name
        """Choose the cell's kind."""
        editor.setCurrentText(index.data(Qt.ItemDataRole.EditRole))

    def setModelData(self, editor: QWidget, model: Any, index: QModelIndex) -> None:  # noqa: ANN401, N802 - Qt's
        """Put the chosen kind into the cell."""
        model.setData(index, editor.currentText(), Qt.ItemDataRole.EditRole)


class TrialsTable(QTableView):
    """Shows a `TrialsModel`; `opened` names the row that was double-clicked on its state."""

    opened = Signal(int)

    def __init__(self, model: TrialsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegateForColumn(SHOWN.index("kind"), _KindDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setWordWrap(False)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        for i, name in enumerate(SHOWN):
            self.setColumnWidth(i, WIDTHS.get(name, USUAL_WIDTH))
        self.doubleClicked.connect(self._on_double_clicked)

    def set_blind(self, *, is_blind: bool) -> None:
        """Hide the columns that tell which group an animal belongs to, or show them again."""
        for name in TELLING:
            self.setColumnHidden(SHOWN.index(name), is_blind)

    def selected_rows(self) -> list[int]:
        """Return the rows with a selected cell, in order."""
        return sorted({index.row() for index in self.selectionModel().selectedIndexes()})

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if SHOWN[index.column()] == STATE:
            self.opened.emit(index.row())
