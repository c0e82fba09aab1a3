"""Take in what another person's project has, and find films again that were moved: each is shown before it is done."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import MergePlan, Project
from napari_mazetrack.project.conflict_words import sides_in_words
from napari_mazetrack.project.relinking import FoundFilm, find_moved_films, missing_films, note_places
from napari_mazetrack.widgets.projects.conflict_table import ConflictRow, ConflictTable
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind
from napari_mazetrack.widgets.window.run_panel import RunPanel

PROJECTS = "MazeTrack projects (*.mazetrack)"
MINIMUM_WIDTH = 640
NOT_FOUND = "not found yet"


class MergeDialog(QDialog):
    """Asks for another project, shows what would come of it, and merges it.

    Parameters
    ----------
    project : Project
        Open for writing.
    """

    merged = Signal()

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self._plan: MergePlan | None = None
        self.setWindowTitle(f"Merge into {project.path.name}")
        self.setMinimumWidth(MINIMUM_WIDTH)
        self.other = PathEdit(PathKind.FILE, file_filter=PROJECTS, placeholder="another person's .mazetrack")
        self.said = QLabel("Choose the project to take from; it is not changed.")
        self.said.setWordWrap(True)
        self.conflicts = ConflictTable("theirs")
        self.merge_button = QPushButton("Merge")
        self.take_back = QPushButton("Take the merge back")
        self._revision = 0
        self.close_button = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        form = QWidget()
        add_row(form_layout(form), "Project", self.other)
        layout = QVBoxLayout(self)
        for part in (form, self.said, self.conflicts, self.merge_button, self.take_back, self.close_button):
            layout.addWidget(part)
        self.other.value_changed.connect(self._on_chosen)
        self.merge_button.clicked.connect(self._on_merge)
        self.take_back.clicked.connect(self._on_take_back)
        self.close_button.rejected.connect(self.reject)
        self._show(None)

    def _show(self, plan: MergePlan | None) -> None:
        self._plan = plan
        conflicts = () if plan is None else plan.conflicts
        keypoints = self.project.skeleton.keypoints
        self.conflicts.set_value([ConflictRow(c.title, *sides_in_words(c, keypoints)) for c in conflicts])
        self.conflicts.setVisible(bool(conflicts))
        self.merge_button.setEnabled(plan is not None and bool(plan.changes or plan.conflicts))
        self.take_back.hide()
        self.adjustSize()

    def _on_chosen(self) -> None:
        path = self.other.value()
        self._show(None)
        if path is None:
            return
        try:
            with Project.open(path, read_only=True) as theirs:
                plan = self.project.preview_merge(theirs)
                self._show(plan)
        except MazetrackError as error:
            self.said.setText(str(error))
            return
        self.said.setText(_plan_in_words(plan, path))
        self.adjustSize()

    def _on_merge(self) -> None:
        path, plan = self.other.value(), self._plan
        if path is None or plan is None:
            return
        ticked = zip(plan.conflicts, self.conflicts.value(), strict=True)
        units = frozenset(conflict.unit for conflict, is_theirs in ticked if is_theirs)
        try:
            with Project.open(path, read_only=True) as theirs:
                backup = self.project.merge(theirs, prefer=units)
        except MazetrackError as error:
            self.said.setText(str(error))
            return
        self._show(None)
        self.said.setText(f"Merged. The project as it was: {backup}")
        self._revision = self.project.newest_number
        self.take_back.show()
        self.merged.emit()

    def _on_take_back(self) -> None:
        """Undo the merge with its films, which Undo in the Label panel would keep."""
        newest = self.project.next_undo
        if newest is None or newest.number != self._revision:
            self.said.setText(
                "Other edits came after the merge: take them back first, with Undo in the panels that made them."
            )
            return
        self.project.undo()
        self._show(None)
        self.said.setText("The project is as it was before the merge.")
        self.merged.emit()


class RelinkDialog(QDialog):
    """Looks for films that are not where they were, shows where they lie now, and notes it when it is told to.

    Parameters
    ----------
    project : Project
        Open for writing.
    """

    noted = Signal()

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self._found: tuple[FoundFilm, ...] = ()
        self.setWindowTitle(f"Films of {project.path.name}")
        self.setMinimumWidth(MINIMUM_WIDTH)
        self.place = PathEdit(PathKind.FOLDER, placeholder="the folder that they were moved to")
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["Seen last", "Found"])
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        for column in range(2):
            self.table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.run_panel = RunPanel("Look for them")
        self.note_button = QPushButton("Note these places")
        self.close_button = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.looking = JobRunner(self)
        self._lay_out()
        self._connect()
        self._show_found(())

    def _lay_out(self) -> None:
        form = QWidget()
        add_row(form_layout(form), "Folder", self.place)
        layout = QVBoxLayout(self)
        for part in (self.said, form, self.run_panel, self.table, self.note_button, self.close_button):
            layout.addWidget(part)

    def _connect(self) -> None:
        self.place.value_changed.connect(self._on_place_chosen)
        self.run_panel.run_requested.connect(self._on_run_requested)
        self.run_panel.cancel_requested.connect(self._on_cancel_requested)
        self.looking.reported.connect(self.run_panel.show_progress)
        self.looking.ended.connect(self._on_ended)
        self.note_button.clicked.connect(self._on_note)
        self.close_button.rejected.connect(self.reject)

    def done(self, result: int) -> None:
        """Stop looking; Qt calls this however the dialog is closed."""
        self.looking.discard()
        super().done(result)

    def _show_found(self, found: tuple[FoundFilm, ...]) -> None:
        """Show the films that were found, and behind them those that are still missing."""
        self._found = found
        known = {film.film_id for film in found}
        missing = [film for film in missing_films(self.project) if film.film_id not in known]
        rows = [(film.before or film.film_id, str(film.path)) for film in found]
        rows += [(film.paths[0] if film.paths else film.film_id, NOT_FOUND) for film in missing]
        self.table.setRowCount(len(rows))
        for i, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(i, column, item)
        self.said.setText(
            f"Films that are not where they were seen last: {len(missing)}. Name a folder to look in; a film is told "
            "by its content, whatever it is called now."
            if missing
            else "All films of the project are there."
            if not found
            else "All of them are found."
        )
        self.note_button.setEnabled(bool(found) and not self.project.read_only)

    def _on_place_chosen(self) -> None:
        self.run_panel.set_can_run(self.place.value() is not None)

    def _on_run_requested(self) -> None:
        place = self.place.value()
        if place is not None:
            self.run_panel.set_running("Looking …")
            self.looking.start(NamedJob("Looking for films", find_moved_films(self.project.path, [place])))

    def _on_cancel_requested(self) -> None:
        self.run_panel.set_cancelling()
        self.looking.cancel()

    def _on_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            moved = tuple(film for film in ending.result if _is_news(self.project, film))
            self._show_found(moved)
            self.run_panel.set_idle(
                f"Found somewhere else: {len(moved)}. Press Note to keep it." if moved else "No moved film there."
            )
        else:
            self.run_panel.set_idle(ending.message if isinstance(ending, Failed) else "Stopped.")

    def _on_note(self) -> None:
        with failures_shown():
            note_places(self.project, self._found)
            self.run_panel.set_idle("Noted.")
            self._show_found(())
            self.noted.emit()


def _is_news(project: Project, film: FoundFilm) -> bool:
    """Whether the project would not find the film at this place by itself."""
    known = project.find_film(film.film_id)
    return known is None or known.resolve() != film.path.resolve()


def _plan_in_words(plan: MergePlan, path: Path) -> str:
    if not plan.changes and not plan.conflicts:
        return f"{path.name} has nothing that is not here."
    kinds = [str(change.key.kind).replace("_", " ") for change in plan.changes]
    taken = ", ".join(f"{kinds.count(kind)} × {kind}" for kind in sorted(set(kinds)))
    said = f"To take in: {taken or 'nothing without contradiction'}."
    if plan.conflicts:
        said += (
            f"\nChanged differently in both: {len(plan.conflicts)}. Tick what is to be taken from "
            f"{path.name}; the others stay as they are here."
        )
    return f"{said}\nA dated backup is written beside the project before anything is changed."
