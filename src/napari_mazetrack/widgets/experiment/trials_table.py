"""The trials of an experiment as a table whose cells can be edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.blind_key import BlindKey
from napari_mazetrack.maze.trials import Trial, TrialKind, cells_of_trial
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
        self._key: BlindKey | None = None

    def set_blind(self, key: BlindKey | None) -> None:
        """Show codes in place of names that tell the group, or names again (None)."""
        self.beginResetModel()
        self._key = key
        self.endResetModel()

    @property
    def key(self) -> BlindKey | None:
        """The codes that are shown; None: names are."""
        return self._key

    def set_sheet(self, sheet: TrialsSheet | None) -> None:
        """Show another sheet, by its names."""
        self.sheet = sheet
        self._key = None
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
        shown = self._flagged.get(self._shown_trial(row).trial, state) if state == READY else state
        return shown if self._key is None else self._key.text(shown)

    def _shown_trial(self, row: int) -> Trial:
        """Return a trial as it is shown: with codes for who is blind."""
        assert self.sheet is not None
        trial, key = self.sheet.trials[row], self._key
        if key is None:
            return trial
        return replace(
            key.coded(trial),
            exclude_reason=key.text(trial.exclude_reason),
            former_platform=key.text(trial.former_platform),
            start=key.text(trial.start),
            sex=key.text(trial.sex),
            cohort=key.text(trial.cohort),
        )

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
        return self._shown_state(index.row()) if name == STATE else self._cell(index.row(), name)

    def _cell(self, row: int, name: str) -> str:
        return cells_of_trial(self._shown_trial(row))[name]

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Let every cell be edited but the state, and what has a code: it would go into the file."""
        usual, name = super().flags(index), SHOWN[index.column()]
        if self.sheet is None or name == STATE:
            return usual
        is_true = self._cell(index.row(), name) == cells_of_trial(self.sheet.trials[index.row()])[name]
        return usual | Qt.ItemFlag.ItemIsEditable if is_true else usual

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
