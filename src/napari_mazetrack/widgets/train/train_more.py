"""What of a training is mostly left as it is: further labels, recipe, network, epochs, chance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QSpinBox, QVBoxLayout, QWidget
from superqt import QCollapsible

from napari_mazetrack.widgets.train.label_sources import LabelSources
from napari_mazetrack.widgets.window.form import add_row, form_layout

#: By their names in `training.settings`, which would bring torch into this process.
RECIPES = {"default": "the usual one (AdamW)", "seed": "of the first publication (SGD)"}
NETWORKS = {
    "": "as the model it starts from",
    "mobilenetv1_025": "small and fast (MobileNetV1, ¼)",
    "mobilenetv2_100": "finds more, slower (MobileNetV2)",
    "resnet50": "large, for a graphics card (ResNet-50)",
}
#: The minutes end a training that is told no epochs.
NO_END = 1000


@dataclass(frozen=True)
class TrainMore:
    """What the person chose; the defaults are what suits most.

    Attributes
    ----------
    labels : tuple of Path
        Further projects and tables.
    recipe : str
        How the weights are moved.
    network : str
        Feature extractor; empty: that of the model it starts from.
    epochs : int
        Epochs at most; 0: the minutes alone end it.
    patience : int
        Epochs without a better score after which it ends; 0: it does not.
    seed : int
        Seed of all chance.
    """

    labels: tuple[Path, ...] = ()
    recipe: str = "default"
    network: str = ""
    epochs: int = 0
    patience: int = 0
    seed: int = 0

    def arguments(self) -> list[str]:
        """Return the options on the command line, but the labels."""
        words = ["--epochs", str(self.epochs or NO_END), "--recipe", self.recipe, "--seed", str(self.seed)]
        words += ["--backbone", self.network] if self.network else []
        return words + (["--patience", str(self.patience)] if self.patience else [])


class TrainMoreView(QWidget):
    """Asks for `TrainMore` below a line that opens and closes."""

    value_changed = Signal()

    def __init__(self, labels_filter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels = LabelSources(labels_filter)
        self.recipe = _list_of(RECIPES)
        self.recipe.setToolTip("The publication's needs ImageNet weights from the net where it starts from nothing")
        self.network = _list_of(NETWORKS)
        self.network.setToolTip("A training can start from a model of the same network only")
        self.epochs = _spin(10_000, "until the time is over", " epochs at most")
        self.patience = _spin(1_000, "never", " epochs without progress")
        self.seed = QSpinBox()
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setToolTip("The same seed, labels and settings give the same training")
        form = QWidget()
        rows = form_layout(form)
        for text, field in (
            ("Also on", self.labels),
            ("Recipe", self.recipe),
            ("Network", self.network),
            ("Epochs", self.epochs),
            ("End after", self.patience),
            ("Seed", self.seed),
        ):
            add_row(rows, text, field)
        self.panel = QCollapsible("More")
        self.panel.setContent(form)
        self.panel.collapse(animate=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panel)
        self.labels.value_changed.connect(self.value_changed)
        for box in (self.recipe, self.network):
            box.currentIndexChanged.connect(self._on_edited)
        for spin in (self.epochs, self.patience, self.seed):
            spin.valueChanged.connect(self._on_edited)

    def value(self) -> TrainMore:
        """Return what is chosen."""
        return TrainMore(
            self.labels.value(),
            self.recipe.currentData(),
            self.network.currentData(),
            self.epochs.value(),
            self.patience.value(),
            self.seed.value(),
        )

    def _on_edited(self, _: int) -> None:
        self.value_changed.emit()


def _list_of(texts: dict[str, str]) -> QComboBox:
    box = QComboBox()
    for name, text in texts.items():
        box.addItem(text, name)
    return box


def _spin(most: int, none: str, suffix: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(0, most)
    spin.setSpecialValueText(none)
    spin.setSuffix(suffix)
    return spin
