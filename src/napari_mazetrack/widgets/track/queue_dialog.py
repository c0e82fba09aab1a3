"""Asks which films to track one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_mazetrack.widgets.track.film_queue import QueueChoice

ABOUT = (
    "The films are tracked from top to bottom, each as the panel says, and saved like one. "
    "One that fails does not stop the others."
)
SAME_ARENA = "The arena that is shown holds for all of them"
FILMS = "Films (*.mp4 *.avi *.mkv *.mov *.mpg *.mpeg *.m4v *.wmv *.mts *.ts *.tif *.tiff);;All files (*)"
SIZE = (460, 380)
#: Where an item of the list keeps its film.
PATH = Qt.ItemDataRole.UserRole


class QueueDialog(QDialog):
    """Lists the open films, takes in files, and lets each be left out.

    Parameters
    ----------
    films : sequence of Path
        The films that are open.
    has_arena : bool
        An arena is shown; None can be used otherwise.
    same_arena : bool
        Whether it is taken to hold for all films at first.
    """

    def __init__(
        self, films: Sequence[Path], *, has_arena: bool, same_arena: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Track several films")
        self.resize(*SIZE)
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        self.list = QListWidget()
        self.add = QPushButton("Add films …")
        self.same_arena = QCheckBox(SAME_ARENA)
        self.same_arena.setEnabled(has_arena)
        self.same_arena.setChecked(has_arena and same_arena)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.track = QPushButton("Track")
        self.buttons.addButton(self.track, QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        for view in (about, self.list, self.add, self.same_arena, self.buttons):
            layout.addWidget(view)
        self.add.clicked.connect(self._on_add_clicked)
        self.list.itemChanged.connect(self._on_item_changed)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.add_films(films)

    def value(self) -> QueueChoice:
        """Return what is chosen."""
        items = [self.list.item(row) for row in range(self.list.count())]
        films = tuple(Path(item.data(PATH)) for item in items if item.checkState() == Qt.CheckState.Checked)
        return QueueChoice(films, self.same_arena.isChecked())

    def add_films(self, films: Sequence[Path]) -> None:
        """Put films at the end of the list, each once."""
        known = {self.list.item(row).data(PATH) for row in range(self.list.count())}
        for film in films:
            if str(film) not in known:
                known.add(str(film))
                item = QListWidgetItem(film.name)
                item.setData(PATH, str(film))
                item.setToolTip(str(film))
                item.setCheckState(Qt.CheckState.Checked)
                self.list.addItem(item)
        self._on_item_changed()

    def _on_add_clicked(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, "Add films", "", FILMS)
        self.add_films([Path(name) for name in chosen])

    def _on_item_changed(self, _: QListWidgetItem | None = None) -> None:
        n_films = len(self.value().films)
        self.track.setText("Track 1 film" if n_films == 1 else f"Track {n_films} films")
        self.track.setEnabled(n_films > 0)


def ask_for_films(parent: QWidget, films: Sequence[Path], *, has_arena: bool, same_arena: bool) -> QueueChoice | None:
    """Ask which films to track; None where the person thinks better of it."""
    dialog = QueueDialog(films, has_arena=has_arena, same_arena=same_arena, parent=parent)
    try:
        return dialog.value() if dialog.exec() == QDialog.DialogCode.Accepted else None
    finally:
        dialog.deleteLater()
