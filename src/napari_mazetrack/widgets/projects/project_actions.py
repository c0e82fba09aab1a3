"""Buttons for what is done with a whole project: labels in and out, merging, films that were moved."""

from __future__ import annotations

from napari.utils.notifications import show_info
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QDialog, QGridLayout, QPushButton, QWidget

from napari_mazetrack.project import Project
from napari_mazetrack.project.relinking import missing_films
from napari_mazetrack.widgets.projects.exchange_dialog import ExportDialog, ImportDialog
from napari_mazetrack.widgets.projects.project_dialogs import MergeDialog, RelinkDialog
from napari_mazetrack.widgets.window.notify import failures_shown

FIND = "Find films …"
MISSING = "Films of this project that are not where they were: {}. The Label panel finds them again."


class ProjectActions(QWidget):
    """Opens the dialogs; `changed` tells that one of them changed the project."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._dialog: QDialog | None = None
        self.import_button = QPushButton("Import labels …")
        self.export_button = QPushButton("Export labels …")
        self.merge_button = QPushButton("Merge project …")
        self.find_button = QPushButton(FIND)
        self.import_button.setToolTip("Take labels of DeepLabCut, SLEAP or COCO into this project")
        self.export_button.setToolTip("Write this project's labels for DeepLabCut, SLEAP or COCO")
        self.merge_button.setToolTip("Take in what another person's project has, and choose where both contradict")
        self.find_button.setToolTip("Films that are not where they were: see which, and look for them")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for i, button in enumerate((self.import_button, self.export_button, self.merge_button, self.find_button)):
            layout.addWidget(button, i // 2, i % 2)
        self.import_button.clicked.connect(self._on_import)
        self.export_button.clicked.connect(self._on_export)
        self.merge_button.clicked.connect(self._on_merge)
        self.find_button.clicked.connect(self._on_find)
        self.show_for(None)

    @property
    def dialog(self) -> QDialog | None:
        """The dialog that is open; None where there is none."""
        return self._dialog if self._dialog is not None and self._dialog.isVisible() else None

    def show_for(self, project: Project | None) -> None:
        """Offer what can be done with a project; None: nothing is open."""
        can_write = project is not None and not project.read_only
        for button in (self.import_button, self.merge_button, self.find_button):
            button.setEnabled(can_write)
        self.export_button.setEnabled(project is not None)
        if project is not self._project:
            self.close_dialog()
            self._project = project
            n_missing = self._count_missing()
            if n_missing:
                show_info(MISSING.format(n_missing))

    def close_dialog(self) -> None:
        """Close the dialog that is open, if there is one, and stop what it does."""
        if self._dialog is not None:
            self._dialog.reject()
            self._dialog.deleteLater()
            self._dialog = None

    def _count_missing(self) -> int:
        n_missing = 0 if self._project is None else len(missing_films(self._project))
        self.find_button.setText(f"Films missing: {n_missing} …" if n_missing else FIND)
        return n_missing

    def _on_import(self) -> None:
        if self._project is not None:
            dialog = ImportDialog(self._project, self)
            dialog.imported.connect(self._on_changed)
            self._open(dialog)

    def _on_export(self) -> None:
        if self._project is not None:
            with failures_shown():  # a label in it may be damaged
                self._open(ExportDialog(self._project, self))

    def _on_merge(self) -> None:
        if self._project is not None:
            dialog = MergeDialog(self._project, self)
            dialog.merged.connect(self._on_changed)
            self._open(dialog)

    def _on_find(self) -> None:
        if self._project is not None:
            dialog = RelinkDialog(self._project, self)
            dialog.noted.connect(self._on_changed)
            self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        self.close_dialog()
        self._dialog = dialog
        dialog.open()  # the panel behind it waits, the rest of the program does not

    def _on_changed(self) -> None:
        self._count_missing()
        self.changed.emit()
