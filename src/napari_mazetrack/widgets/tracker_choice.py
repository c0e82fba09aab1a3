"""With what a film is tracked: model, back end, number of animals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QComboBox, QSpinBox, QWidget

from napari_mazetrack.runtime.options import Backend
from napari_mazetrack.widgets.form import add_row, form_layout
from napari_mazetrack.widgets.path_edit import PathEdit, PathKind

_BACKEND_TEXTS = {
    Backend.AUTO: "Automatic",
    Backend.OPENVINO: "OpenVINO (CPU)",
    Backend.ONNXRUNTIME: "ONNX Runtime (CPU)",
    Backend.TENSORRT: "TensorRT (NVIDIA GPU)",
}
MAX_ANIMALS = 8


@dataclass(frozen=True)
class TrackerChoice:
    """What the person chose.

    Attributes
    ----------
    model : Path or None
        A model file; None means the shipped one.
    backend : Backend
        What runs it.
    n_animals : int
        Animals in the film.
    """

    model: Path | None = None
    backend: Backend = Backend.AUTO
    n_animals: int = 1


class TrackerChoiceView(QWidget):
    """Asks for a `TrackerChoice`."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = PathEdit(
            PathKind.FILE, file_filter="Models (*.onnx)", placeholder="Mouse in a pool (comes with MazeTrack)"
        )
        self._backend = QComboBox()
        for backend, text in _BACKEND_TEXTS.items():
            self._backend.addItem(text, backend)
        self._animals = QSpinBox()
        self._animals.setRange(1, MAX_ANIMALS)
        self._model.value_changed.connect(self.value_changed)
        self._backend.currentIndexChanged.connect(self._on_edited)
        self._animals.valueChanged.connect(self._on_edited)
        layout = form_layout(self)
        add_row(layout, "Model", self._model)
        add_row(layout, "Runs on", self._backend)
        add_row(layout, "Animals", self._animals)

    def value(self) -> TrackerChoice:
        """Return what is chosen."""
        backend = Backend(self._backend.currentData())
        return TrackerChoice(self._model.value(), backend, self._animals.value())

    def set_value(self, choice: TrackerChoice) -> None:
        """Show `choice`; tells `value_changed` once where it is another one."""
        if choice == self.value():
            return
        with QSignalBlocker(self._model), QSignalBlocker(self._backend), QSignalBlocker(self._animals):
            self._model.set_value(choice.model)
            self._backend.setCurrentIndex(self._backend.findData(choice.backend))
            self._animals.setValue(choice.n_animals)
        self.value_changed.emit()

    def _on_edited(self, _: int) -> None:
        self.value_changed.emit()
