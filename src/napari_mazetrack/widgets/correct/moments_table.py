"""The moments of a track that a person should look at, the ones that can change most first."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from napari_mazetrack.review.moment import Moment, Stake

COLUMNS = ("Time", "What to look at", "Answer")
#: More than these nobody looks at.
N_SHOWN = 100


class MomentsTable(QTableWidget):
    """Shows moments; whoever picks one is taken to its first frame."""

    frame_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self._moments: tuple[Moment, ...] = ()
        self.setHorizontalHeaderLabels(COLUMNS)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.itemSelectionChanged.connect(self._on_selection_changed)

    def value(self) -> tuple[Moment, ...]:
        """Return the moments that are shown."""
        return self._moments

    def set_value(self, moments: Sequence[Moment]) -> None:
        """Show the first of `moments` instead of what is there."""
        self.clearSelection()
        self._moments = tuple(moments[:N_SHOWN])
        self.setRowCount(len(self._moments))
        for i, moment in enumerate(self._moments):
            said = moment.said[:1].upper() + moment.said[1:]
            for column, text in enumerate((f"{moment.time_s:.1f} s", said, "")):
                item = QTableWidgetItem(text)
                item.setToolTip(f"{said}, frames {moment.first_frame} to {moment.last_frame}. {in_words(moment.stake)}")
                self.setItem(i, column, item)

    def selected(self) -> Moment | None:
        """Return the moment that is selected; None where none is."""
        rows = self.selectionModel().selectedRows()
        return self._moments[rows[0].row()] if rows else None

    def select_next(self, among: Sequence[Moment]) -> None:
        """Select the next of some of the moments below the selected one, after the last one the first."""
        rows = [i for i, moment in enumerate(self._moments) if moment in among]
        selected = self.selectionModel().selectedRows()
        here = selected[0].row() if selected else -1
        if rows:
            self.selectRow(next((row for row in rows if row > here), rows[0]))

    def select_previous(self) -> None:
        """Select the moment above the one that is selected, above the first one the last."""
        selected = self.selectionModel().selectedRows()
        if self._moments:
            here = selected[0].row() if selected else 0
            self.selectRow((here - 1) % len(self._moments))

    def set_answers(self, answers: Sequence[str | None]) -> None:
        """Show what was said of each moment; None for nothing."""
        for row, answer in enumerate(answers):
            self.item(row, COLUMNS.index("Answer")).setText(answer or "")

    def _on_selection_changed(self) -> None:
        moment = self.selected()
        if moment is not None:
            self.frame_requested.emit(moment.first_frame)


def in_words(stake: Stake, who: str = "It") -> str:
    """Say what is at stake, of one moment or of several together."""
    parts = [
        text
        for value, text in (
            (stake.latency_s, f"the latency by {stake.latency_s:.1f} s"),
            (stake.path_cm, f"the path by {stake.path_cm:.0f} cm"),
            (stake.quadrant_s, f"the time in a quadrant by {stake.quadrant_s:.1f} s"),
            (stake.heading_s, f"the direction for {stake.heading_s:.1f} s"),
        )
        if value >= 0.05
    ]
    return f"{who} can change {', '.join(parts)}." if parts else "Little is at stake."
