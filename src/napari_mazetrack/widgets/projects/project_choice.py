"""Which project is worked on, and who works on it; it is open, and its lease renewed, as long as it is chosen."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QSignalBlocker, QTimer, Signal
from qtpy.QtWidgets import QFileDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.files import PROJECT_ENDING
from napari_mazetrack.project import Project
from napari_mazetrack.project.lease import RENEW_EVERY_S
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind

FILTER = "MazeTrack projects (*.mazetrack)"


class ProjectChoice(QWidget):
    """Opens projects, or makes new ones."""

    value_changed = Signal()
    author_changed = Signal()
    renewed = Signal()  # another program may have taken the project over

    def __init__(self) -> None:
        super().__init__()
        self._project: Project | None = None
        self.path = PathEdit(PathKind.FILE, file_filter=FILTER, placeholder="name.mazetrack")
        self.new = QPushButton("New project …")
        self.author = QLineEdit()
        self.author.setPlaceholderText("Your name, noted with every label")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.path)
        layout.addWidget(self.new)
        self._renew = QTimer(self)
        self._renew.setInterval(int(RENEW_EVERY_S * 1000))
        self._renew.timeout.connect(self._on_renew)
        self.path.value_changed.connect(self._on_path_chosen)
        self.path.chosen_again.connect(self._on_path_chosen)
        self.new.clicked.connect(self._on_new)
        self.author.editingFinished.connect(self._on_author_edited)

    def value(self) -> Project | None:
        """Return the project that is open; None where none is."""
        return self._project

    def open(self, path: Path, *, new: bool = False) -> None:
        """Open a project, or make one; the one that was open is closed.

        Raises
        ------
        MazetrackError
            It cannot be opened or made.
        """
        project = OPEN_PROJECTS.open(path, new=new)
        self.close_project()
        self._project = project
        self.author.setText(project.author)
        with QSignalBlocker(self.path):
            self.path.set_value(project.path)
        self._renew.start()
        self.value_changed.emit()

    def close_project(self) -> None:
        """Let go of the project; `value_changed` tells who uses it before it is closed."""
        self._renew.stop()
        project, self._project = self._project, None
        if project is not None:
            self.value_changed.emit()
            OPEN_PROJECTS.close(project)

    def set_path_hidden(self, is_hidden: bool) -> None:
        """Hide where the project lies: paths often say animal and group."""
        self.path.setHidden(is_hidden)

    def _on_path_chosen(self) -> None:
        path = self.path.value()
        if path is None:
            self.close_project()
        elif self._project is None or self._project.read_only or path.resolve() != self._project.path:
            with failures_shown():
                self.open(path)

    def _on_new(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, "New project", "labels.mazetrack", FILTER)
        if chosen:
            with failures_shown():
                self.open(Path(chosen).with_suffix(PROJECT_ENDING), new=True)

    def _on_author_edited(self) -> None:
        if self._project is not None and self.author.text().strip():
            self._project.author = self.author.text().strip()
            self.author_changed.emit()

    def _on_renew(self) -> None:
        if self._project is not None and not self._project.read_only:
            with failures_shown():
                self._project.renew_lease()
        self.renewed.emit()
