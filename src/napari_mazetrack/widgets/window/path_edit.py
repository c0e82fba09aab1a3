"""A field for a file or a folder, with a button that looks for it."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QStyle, QToolButton, QWidget


class PathKind(Enum):
    """What a `PathEdit` asks for."""

    FILE = "file"
    FOLDER = "folder"


class PathEdit(QWidget):
    """Asks for a path; empty means none.

    Parameters
    ----------
    kind : PathKind
        A file that exists, or a folder.
    file_filter : str
        Qt's filter of files, such as ``"Arenas (*.json)"``.
    placeholder : str
        What stands in the empty field.
    """

    value_changed = Signal()
    chosen_again = Signal()  # a person confirmed the path that stands there

    def __init__(
        self, kind: PathKind, *, file_filter: str = "", placeholder: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._filter = file_filter
        self._text = QLineEdit()
        self._text.setPlaceholderText(placeholder)
        self._text.setClearButtonEnabled(True)
        self._text.returnPressed.connect(lambda: self._choose(self._typed()))
        self._text.editingFinished.connect(self._on_text_edited)
        self._browse = QToolButton()
        self._browse.setIcon(self.style().standardIcon(QStyle.StandardPixmap.SP_DirOpenIcon))
        self._browse.setToolTip("Look for it on the disk")
        self._browse.clicked.connect(self._on_browse_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text, stretch=1)
        layout.addWidget(self._browse)
        self._value: Path | None = None

    def value(self) -> Path | None:
        """Return the path; None where the field is empty."""
        return self._value

    def set_value(self, path: Path | None) -> None:
        """Show `path`; tells `value_changed` where it is another one."""
        self._text.setText("" if path is None else str(path))
        self._text.setToolTip(self._text.text())
        if path != self._value:
            self._value = path
            self.value_changed.emit()

    def _typed(self) -> Path | None:
        text = self._text.text().strip()
        return Path(text).expanduser() if text else None

    def _on_text_edited(self) -> None:
        self.set_value(self._typed())

    def _on_browse_clicked(self) -> None:
        start = str(self._value or "")
        if self._kind is PathKind.FOLDER:
            chosen = QFileDialog.getExistingDirectory(self, "Choose a folder", start)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, "Choose a file", start, self._filter)
        if chosen:
            self._choose(Path(chosen))

    def _choose(self, path: Path | None) -> None:
        is_same = path == self._value
        self.set_value(path)
        if is_same:
            self.chosen_again.emit()
