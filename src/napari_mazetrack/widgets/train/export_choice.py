"""In which precision a trained model is written, and the verdict on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari.components import ViewerModel
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.runtime.open_runner import what_tensorrt_lacks
from napari_mazetrack.widgets.films.film_choice import FilmChoice
from napari_mazetrack.widgets.films.film_layer import film_of_layer
from napari_mazetrack.widgets.window.form import add_row, form_layout

AS_IT_IS = "fp32"
PRECISIONS = {"fp16": "half the size (FP16)", "int8": "fast on a CPU (INT8)", AS_IT_IS: "as it is (FP32)"}


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
        self.precision.currentIndexChanged.connect(self._on_precision_changed)
        self.film = FilmChoice(viewer)
        self.film.setToolTip("The new file is compared with the model on frames of this film")
        self.engine = QCheckBox("with its TensorRT engine")
        self.engine.setToolTip(
            "Built for this computer's NVIDIA card, which takes minutes, and compared with the model"
        )
        self.engine_note = QLabel(what_tensorrt_lacks())
        self.engine_note.setWordWrap(True)
        self.engine_note.setVisible(bool(self.engine_note.text()))
        self.engine.setEnabled(not self.engine_note.text())
        self.button = QPushButton("Export")
        self.button.clicked.connect(self._on_clicked)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        form = QWidget()
        rows = form_layout(form)
        add_row(rows, "Export as", self.precision)
        add_row(rows, "Film", self.film)
        add_row(rows, "", self.engine)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (form, self.engine_note, self.button, self.verdict):
            layout.addWidget(part)

    def target(self, model: Path) -> Path:
        """Return the file that the export of `model` writes."""
        return model.with_name(f"{model.stem}_{self.precision.currentData()}.onnx")

    def arguments(self, model: Path, *, force: bool = False) -> Sequence[str]:
        """Return the command line of the export, without the program's name."""
        words = ["export", str(model), "--precision", self.precision.currentData(), "--out", str(self.target(model))]
        layer = self.film.value()
        film = None if layer is None else film_of_layer(layer)
        if film is not None and self._is_compared():
            words += ["--calibrate", str(film.path)]
        return words + ["--engine"] * self.engine.isChecked() + ["--force"] * force

    def _is_compared(self) -> bool:
        """Whether the new file is another one than the model, and so is held against it on the film."""
        return self.precision.currentData() != AS_IT_IS

    def _on_precision_changed(self, _: int) -> None:
        self.film.setEnabled(self._is_compared())

    def _on_clicked(self) -> None:
        self.export_requested.emit()
