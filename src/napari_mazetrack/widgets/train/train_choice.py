"""On what a model is trained, from where, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QSpinBox, QWidget

from napari_mazetrack.resources import ShippedModel, shipped_model_path
from napari_mazetrack.widgets.train.train_more import TrainMore, TrainMoreView
from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind

LABELS_FILTER = "Labels (*.mazetrack *.csv)"
DEFAULT_MINUTES = 15


class Origin(StrEnum):
    """Where a training starts."""

    FAST = "fast"
    ACCURATE = "accurate"
    OWN = "own"
    NOTHING = "nothing"


ORIGIN_TEXTS = {
    Origin.FAST: "MazeTrack's fast model",
    Origin.ACCURATE: "MazeTrack's accurate model (learns slower)",
    Origin.OWN: "a model of mine",
    Origin.NOTHING: "nothing (needs hundreds of labels)",
}


@dataclass(frozen=True)
class TrainChoice:
    """What the person chose.

    Attributes
    ----------
    labels : Path or None
        A project, or a DeepLabCut table.
    origin : Origin
        Where the training starts.
    own_model : Path or None
        The model it starts from where that is one of the person's.
    minutes : int
        How long it lasts.
    out_dir : Path or None
        Folder of the results.
    more : TrainMore
        What is mostly left as it is.
    """

    labels: Path | None = None
    origin: Origin = Origin.FAST
    own_model: Path | None = None
    minutes: int = DEFAULT_MINUTES
    out_dir: Path | None = None
    more: TrainMore = field(default_factory=TrainMore)

    @property
    def all_labels(self) -> tuple[Path, ...]:
        """All that is trained on, each once."""
        first = () if self.labels is None else (self.labels,)
        return tuple(dict.fromkeys((*first, *self.more.labels)))

    @property
    def start(self) -> str:
        """The model that the training starts from; empty for none."""
        if self.origin is Origin.OWN:
            return "" if self.own_model is None else str(self.own_model)
        return "" if self.origin is Origin.NOTHING else str(shipped_model_path(ShippedModel(self.origin)))

    def arguments(self, *, resume: bool = False, force: bool = False) -> list[str]:
        """Return the command line of this training, without the program's name; labels and folder must be chosen."""
        words = ["train", *map(str, self.all_labels), "--out", str(self.out_dir), "--minutes", str(self.minutes)]
        words += self.more.arguments()
        words += ["--init", self.start] if self.start else []
        return words + ["--resume"] * resume + ["--force"] * force

    @property
    def is_complete(self) -> bool:
        """Whether all is chosen that a training needs."""
        has_start = self.origin is not Origin.OWN or self.own_model is not None
        return self.labels is not None and self.out_dir is not None and has_start


class TrainChoiceView(QWidget):
    """Asks for a `TrainChoice`."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels = PathEdit(PathKind.FILE, file_filter=LABELS_FILTER, placeholder="A project, or CollectedData.csv")
        self.origin = QComboBox()
        for origin, text in ORIGIN_TEXTS.items():
            self.origin.addItem(text, origin)
        self.own_model = PathEdit(PathKind.FILE, file_filter="Models (*.onnx)", placeholder="model.onnx")
        self.minutes = QSpinBox()
        self.minutes.setRange(1, 24 * 60)
        self.minutes.setSuffix(" minutes")
        self.minutes.setValue(DEFAULT_MINUTES)
        self.out_dir = PathEdit(PathKind.FOLDER, placeholder="Folder of the results")
        self.more = TrainMoreView(LABELS_FILTER)
        layout = form_layout(self)
        for text, asked in (
            ("Labels", self.labels),
            ("Start from", self.origin),
            ("", self.own_model),
            ("Train for", self.minutes),
            ("Save to", self.out_dir),
        ):
            add_row(layout, text, asked)
        layout.addRow(self.more)
        self.labels.value_changed.connect(self._on_labels_changed)
        self.origin.currentIndexChanged.connect(self._on_edited)
        self.own_model.value_changed.connect(self._on_edited)
        self.minutes.valueChanged.connect(self._on_edited)
        self.out_dir.value_changed.connect(self._on_edited)
        self.more.value_changed.connect(self._on_edited)
        self._on_edited()

    def value(self) -> TrainChoice:
        """Return what is chosen."""
        return TrainChoice(
            self.labels.value(),
            Origin(self.origin.currentData()),
            self.own_model.value(),
            self.minutes.value(),
            self.out_dir.value(),
            self.more.value(),
        )

    def _on_labels_changed(self) -> None:
        labels = self.labels.value()
        if labels is not None and self.out_dir.value() is None:
            self.out_dir.set_value(labels.parent / f"{labels.stem}_model")
        self._on_edited()

    def _on_edited(self, _: int = 0) -> None:
        self.own_model.setVisible(self.origin.currentData() is Origin.OWN)
        self.value_changed.emit()
