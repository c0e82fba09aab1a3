"""Import labels of DeepLabCut, SLEAP and COCO into the project that is open, and export its labels to them."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.file_contents import FileContents
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.project import Project
from napari_mazetrack.project.conflict_words import animals_in_words, label_in_words
from napari_mazetrack.widgets.projects.conflict_table import ConflictRow, ConflictTable
from napari_mazetrack.widgets.projects.keypoint_table import KeypointTable
from napari_mazetrack.widgets.window.ask import ask_to_replace
from napari_mazetrack.widgets.window.background import Cancelled, Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind
from napari_mazetrack.widgets.window.run_panel import RunPanel
from napari_mazetrack.workflows.exchange_labels import (
    ExportOutcome,
    ImportOutcome,
    LabelConflict,
    ReadLabels,
    export_labels,
    find_conflicts,
    pictures_folder,
    read_labels,
    take_labels,
)
from napari_mazetrack.workflows.label_formats import FORMATS, WRITTEN, find_losses, format_of

FILTER = f"Labels ({' '.join(f'*{ending}' for ending in FORMATS)})"
MINIMUM_WIDTH = 640
STOPPED = "Stopped. Nothing was changed."


class ExchangeDialog(QDialog):
    """A dialog with its work in the background: a form, what is to be said, and what comes of it."""

    def __init__(self, project: Project, title: str, run_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.setWindowTitle(title)
        self.setMinimumWidth(MINIMUM_WIDTH)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.run_panel = RunPanel(run_text)
        self.work = JobRunner(self)
        self.close_button = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.close_button.rejected.connect(self.reject)
        self.run_panel.cancel_requested.connect(self._on_cancel_requested)
        self.work.reported.connect(self.run_panel.show_progress)
        self.work.ended.connect(self._on_ended)

    def done(self, result: int) -> None:
        """Stop what is under way; Qt calls this however the dialog is closed."""
        self.work.discard()
        super().done(result)

    def finish(self, result: object) -> None:
        """Do with the result of the work what is to be done with it."""
        raise NotImplementedError

    def _on_cancel_requested(self) -> None:
        self.run_panel.set_cancelling()
        self.work.cancel()

    def _on_ended(self, ending: Ending) -> None:
        self.run_panel.set_idle("")
        if isinstance(ending, Finished):
            with failures_shown():
                self.finish(ending.result)
        elif isinstance(ending, Failed):
            self.said.setText(ending.message)
        elif isinstance(ending, Cancelled):
            self.said.setText(STOPPED)


class ImportDialog(ExchangeDialog):
    """Asks for a file and which of its points are ours; shows what contradicts the project before it takes it in."""

    imported = Signal()

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(project, "Import labels", "Import", parent)
        self._read: ReadLabels | None = None
        self._conflicts: tuple[LabelConflict, ...] = ()
        self._revision = 0
        self.file = PathEdit(PathKind.FILE, file_filter=FILTER, placeholder="CollectedData_me.csv, .h5, .slp or .json")
        self.points = KeypointTable()
        self.conflicts = ConflictTable("the file")
        self.take_back = QPushButton("Take the import back")
        layout = QVBoxLayout(self)
        form = QWidget()
        rows = form_layout(form)
        add_row(rows, "File", self.file)
        add_row(rows, "Points", self.points)
        for part in (form, self.said, self.conflicts, self.run_panel, self.take_back, self.close_button):
            layout.addWidget(part)
        self.file.value_changed.connect(self._on_file_chosen)
        self.points.value_changed.connect(self._on_points_changed)
        self.run_panel.run_requested.connect(self._on_run_requested)
        self.take_back.clicked.connect(self._on_take_back)
        self._begin_again("Choose the labels of another program: DeepLabCut, SLEAP or COCO.")

    def _begin_again(self, said: str) -> None:
        self.work.discard()
        self._read, self._conflicts = None, ()
        self.conflicts.hide()
        self.take_back.hide()
        self.points.setVisible(self.points.rowCount() > 0)
        self.said.setText(said)
        self.run_panel.set_can_run(self.points.rowCount() > 0 and not self.points.problem())
        self.adjustSize()

    def _on_file_chosen(self) -> None:
        path = self.file.value()
        self.points.set_points((), ())
        if path is not None:
            self._begin_again(f"Reading {path.name} …")
            self.work.start(NamedJob(f"Reading {path.name}", _look(path)))

    def _on_points_changed(self) -> None:
        self._begin_again(self.points.problem() or "Press Import; what contradicts the project is shown before.")

    def _on_run_requested(self) -> None:
        path = self.file.value()
        if self._read is not None:
            self._take(self._read)
        elif path is not None:
            self.run_panel.set_running("Reading …")
            job = read_labels(path, self.project.skeleton, self.points.renames())
            self.work.start(NamedJob(f"Reading {path.name}", job))

    def finish(self, result: object) -> None:
        """Show the file's points, or take in what was read of it."""
        if isinstance(result, FileContents):
            self.points.set_points(result.keypoints, self.project.skeleton.keypoints)
        elif isinstance(result, ReadLabels):
            self._read, self._conflicts = result, find_conflicts(self.project, result)
            if self._conflicts:
                self._show_conflicts()
            else:
                self._take(result)

    def _show_conflicts(self) -> None:
        keypoints = self.project.skeleton.keypoints
        self.conflicts.set_value(
            [
                ConflictRow(
                    f"frame {conflict.ours.frame_index}, {conflict.theirs.source.name}",
                    label_in_words(conflict.ours, keypoints),
                    animals_in_words(conflict.theirs.instances, keypoints),
                )
                for conflict in self._conflicts
            ]
        )
        self.conflicts.show()
        self.said.setText(
            f"Frames that are labelled otherwise in {self.project.path.name}: {len(self._conflicts)}. Tick those whose "
            "label the file's is to replace; the others stay as they are. Then press Import."
        )

    def _take(self, read: ReadLabels) -> None:
        ticked = [c for c, is_ticked in zip(self._conflicts, self.conflicts.value(), strict=False) if is_ticked]
        replaced = [(conflict.ours.film_id, conflict.ours.frame_index) for conflict in ticked]
        try:
            outcome = take_labels(self.project, read, replaced)
        except MazetrackError as error:
            self._begin_again(str(error))
            return
        self._begin_again(_outcome_in_words(outcome))
        self.run_panel.set_can_run(False)
        self._revision = self.project.newest_number
        self.take_back.setVisible(bool(outcome.n_added + outcome.n_replaced))
        self.imported.emit()

    def _on_take_back(self) -> None:
        newest = self.project.next_undo_beside_films
        if newest is None or newest.number != self._revision:
            self._begin_again(
                "Other edits came after the import: take them back first, with Undo in the panels that made them."
            )
            return
        self.project.undo(keep_films=True)
        self._begin_again("The labels are as they were before the import.")
        self.imported.emit()


class ExportDialog(ExchangeDialog):
    """Asks in which format and where; says what the format has no place for."""

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(project, "Export labels", "Export", parent)
        self._labels = list(project.labels)
        self._written = project.path
        self.format = QComboBox()
        for ending in WRITTEN:
            self.format.addItem(f"{FORMATS[ending].program} ({ending})", ending)
        self.folder = PathEdit(PathKind.FOLDER, placeholder="Folder of the file")
        self.folder.set_value(project.path.parent)
        self.name = QLineEdit(project.path.stem)
        layout = QVBoxLayout(self)
        form = QWidget()
        rows = form_layout(form)
        for text, field in (("Write for", self.format), ("Folder", self.folder), ("Name", self.name)):
            add_row(rows, text, field)
        for part in (form, self.said, self.run_panel, self.close_button):
            layout.addWidget(part)
        self.format.currentIndexChanged.connect(self._show_losses)
        self.folder.value_changed.connect(self._show_losses)
        self.name.textChanged.connect(self._show_losses)
        self.run_panel.run_requested.connect(self._on_run_requested)
        self._show_losses()

    def target(self) -> Path | None:
        """Return the file that is written; None where that is not said yet."""
        folder, name = self.folder.value(), self.name.text().strip()
        return None if folder is None or not name else folder / f"{name}{self.format.currentData()}"

    def _show_losses(self) -> None:
        known = FORMATS[self.format.currentData()]
        losses = find_losses(self.project, self._labels, known)
        n_several = 0 if known.has_animals else sum(len(label.instances) > 1 for label in self._labels)
        said = [f"What a file for {known.program} has no place for:", *(f"• {loss}" for loss in losses)]
        if n_several:
            said = [f"Frames with several animals: {n_several}; {known.program}'s table holds one. Choose another."]
        if not self._labels:
            said = ["The project has no labels yet."]
        self.said.setText("\n".join(said))
        self.run_panel.set_can_run(self.target() is not None and bool(self._labels) and not n_several)

    def _on_run_requested(self) -> None:
        target = self.target()
        if target is None:
            return
        there = [path for path in (target, pictures_folder(target)) if path.exists()]
        if there and not ask_to_replace(self, there, "Export again?"):
            return
        self._written = target
        self.run_panel.set_running("Writing …")
        job = export_labels(self.project.path, target, force=bool(there))
        self.work.start(NamedJob(f"Writing {target.name}", job))

    def finish(self, result: object) -> None:
        """Say what was written."""
        if isinstance(result, ExportOutcome):
            self.run_panel.set_idle(f"Frames written: {result.n_frames}, to {self._written}")


def _look(path: Path) -> Job[FileContents]:
    yield Progress(f"Reading {path.name}", 0, None)
    return format_of(path).look(path)


def _outcome_in_words(outcome: ImportOutcome) -> str:
    parts = (
        f"Frames added: {outcome.n_added}",
        f"replaced: {outcome.n_replaced}" if outcome.n_replaced else "",
        f"kept as they were here: {outcome.n_kept}" if outcome.n_kept else "",
        f"there already: {outcome.n_same}" if outcome.n_same else "",
        f"new films or pictures: {outcome.n_films}" if outcome.n_films else "",
    )
    return "\n".join([", ".join(filter(None, parts)) + ".", *(f"• {note}" for note in outcome.notes)])
