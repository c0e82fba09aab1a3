"""With what a film is tracked: model, back end, number of animals, kind of floor."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from napari_mazetrack.resources import ModelChoice, ShippedModel
from napari_mazetrack.runtime.options import Backend
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.widgets.films.chosen_model import OwnModel
from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind

_BACKEND_TEXTS = {
    Backend.AUTO: "Automatic",
    Backend.OPENVINO: "OpenVINO (CPU)",
    Backend.ONNXRUNTIME: "ONNX Runtime (CPU)",
    Backend.TENSORRT: "TensorRT (NVIDIA GPU)",
}
_MODEL_TEXTS = {
    None: "Automatic: fast",
    ShippedModel.FAST: "Fast",
    ShippedModel.ACCURATE: "Accurate (a third of the speed)",
}
_FLOOR_TEXTS = {
    Floor.AUTO: "Automatic",
    Floor.PLAIN: "Plain",
    Floor.PATTERNED: "Patterned",
}
FLOOR_HELP = (
    "Tiles, gravel, painted lines and lamps that stand still can be taken out of each picture before the animal is "
    "looked for; the camera must stand still too. Automatic does it where the pool is known and its floor shows them."
)
MAX_ANIMALS = 8
AUTOMATIC = (
    "Automatic is the model of the project that holds the film, once Use for the project was pressed in Train & "
    "Export; without such a project it is the fast one. Now: {}."
)


@dataclass(frozen=True)
class TrackerChoice:
    """What the person chose.

    Attributes
    ----------
    model : Path, ShippedModel or None
        A model file, a project that has a model of its own, or a model that ships; None means that of the project
        that holds the film, or the fast one.
    backend : Backend
        What runs it.
    n_animals : int
        Animals in the film.
    floor : Floor
        Whether the floor has a pattern.
    """

    model: ModelChoice | None = None
    backend: Backend = Backend.AUTO
    n_animals: int = 1
    floor: Floor = Floor.AUTO


class TrackerChoiceView(QWidget):
    """Asks for a `TrackerChoice`."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QComboBox()
        for model, text in _MODEL_TEXTS.items():
            self._model.addItem(text, model)
        self._file = PathEdit(
            PathKind.FILE,
            file_filter="Models and projects (*.onnx *.mazetrack)",
            placeholder="or a model file, or a project",
        )
        self._backend = QComboBox()
        for backend, text in _BACKEND_TEXTS.items():
            self._backend.addItem(text, backend)
        self._animals = QSpinBox()
        self._animals.setRange(1, MAX_ANIMALS)
        self._floor = QComboBox()
        self._floor.setToolTip(FLOOR_HELP)
        for floor, text in _FLOOR_TEXTS.items():
            self._floor.addItem(text, floor)
        self._model.currentIndexChanged.connect(self._on_edited)
        self._file.value_changed.connect(self._on_file_edited)
        self._backend.currentIndexChanged.connect(self._on_edited)
        self._animals.valueChanged.connect(self._on_edited)
        self._floor.currentIndexChanged.connect(self._on_edited)
        self.set_automatic(None)
        layout = form_layout(self)
        add_row(layout, "Model", self._model)
        add_row(layout, "", self._file)
        add_row(layout, "Runs on", self._backend)
        row = QHBoxLayout()
        row.addWidget(self._animals)
        row.addWidget(QLabel("Floor"))
        row.addWidget(self._floor, stretch=1)
        add_row(layout, "Animals", row)

    def value(self) -> TrackerChoice:
        """Return what is chosen."""
        backend = Backend(self._backend.currentData())
        chosen = self._model.currentData()
        model = self._file.value() or (None if chosen is None else ShippedModel(chosen))
        return TrackerChoice(model, backend, self._animals.value(), Floor(self._floor.currentData()))

    def set_value(self, choice: TrackerChoice) -> None:
        """Show `choice`; tells `value_changed` once where it is another one."""
        if choice == self.value():
            return
        fields = (self._model, self._file, self._backend, self._animals, self._floor)
        with ExitStack() as blocked:
            for field in fields:
                blocked.enter_context(QSignalBlocker(field))
            if isinstance(choice.model, Path):
                self._file.set_value(choice.model)
            else:
                self._file.set_value(None)
                self._model.setCurrentIndex(list(_MODEL_TEXTS).index(choice.model))
            self._model.setEnabled(self._file.value() is None)
            self._backend.setCurrentIndex(self._backend.findData(choice.backend))
            self._animals.setValue(choice.n_animals)
            self._floor.setCurrentIndex(self._floor.findData(choice.floor))
        self.value_changed.emit()

    def set_automatic(self, own: OwnModel | None) -> None:
        """Say which model `None` means for the film that is chosen; None: the fast one."""
        words = "fast" if own is None else own.in_words
        self._model.setItemText(0, f"Automatic: {words}")
        self._model.setToolTip(AUTOMATIC.format(words))

    def _on_file_edited(self) -> None:
        self._model.setEnabled(self._file.value() is None)  # a file goes before what ships
        self.value_changed.emit()

    def _on_edited(self, _: int) -> None:
        self.value_changed.emit()
