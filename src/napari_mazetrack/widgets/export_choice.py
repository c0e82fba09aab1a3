"""In which precision a trained model is written, and the verdict on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari.components import ViewerModel
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.widgets.film_choice import FilmChoice
from napari_mazetrack.widgets.film_layer import film_of_layer
from napari_mazetrack.widgets.form import add_row, form_layout

PRECISIONS = {"fp16": "half the size (FP16)", "int8": "fast on a CPU (INT8)"}


class ExportChoiceView(QWidget):
    """Asks for a precision and a film to compare on.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose films are offered.
    """

    export_requested = Signal()

    def __init__(self, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.precision = QComboBox()
        for name, text in PRECISIONS.items():
            self.precision.addItem(text, name)
        self.film = FilmChoice(viewer)
        self.film.setToolTip("The new file is compared with the model on frames of this film")
        self.button = QPushButton("Export")
        self.button.clicked.connect(self._on_clicked)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        form = QWidget()
        rows = form_layout(form)
        add_row(rows, "Export as", self.precision)
        add_row(rows, "Film", self.film)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (form, self.button, self.verdict):
            layout.addWidget(part)

    def target(self, model: Path) -> Path:
        """Return the file that the export of `model` writes."""
        return model.with_name(f"{model.stem}_{self.precision.currentData()}.onnx")

    def arguments(self, model: Path, *, force: bool = False) -> Sequence[str]:
        """Return the command line of the export, without the program's name."""
        words = ["export", str(model), "--precision", self.precision.currentData(), "--out", str(self.target(model))]
        layer = self.film.value()
        film = None if layer is None else film_of_layer(layer)
        if film is not None:
            words += ["--calibrate", str(film.path)]
        return words + ["--force"] * force

    def _on_clicked(self) -> None:
        self.export_requested.emit()
