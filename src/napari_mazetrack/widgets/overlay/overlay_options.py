"""What is drawn over the film: fields that a button opens."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QGridLayout, QPushButton, QWidget

from napari_mazetrack.widgets.overlay_choice import OverlayChoice, PathColour
from napari_mazetrack.widgets.window.form import add_row, form_layout

MAX_TAIL_S = 3600.0
#: Field of an `OverlayChoice`, its words, and what it shows.
BOXES = (
    ("heading", "Heading", "An arrow from each head, where it points to"),
    ("box", "Box", "The box round each animal"),
    ("sigma", "σ", "Circles of 2 σ: about 94 % of the keypoints lie within theirs"),
    ("starts", "Starts", "The start positions that the arena names"),
    ("scale", "Scale", "A bar of known length; needs the pool's diameter"),
    ("time", "Time", "The time of the frame, in the picture"),
)


class OverlayOptions(QWidget):
    """Asks for an `OverlayChoice`; its fields are hidden until `button`, which stands elsewhere, is pressed.

    Parameters
    ----------
    show_again : callable
        Shows the layers again that were deleted in napari's list of layers.
    """

    value_changed = Signal()

    def __init__(self, show_again: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton("Show …")
        self.button.setToolTip("What is drawn over the film")
        self.colour = QComboBox()
        for colour in PathColour:
            self.colour.addItem(str(colour), colour)
        self.colour.setToolTip("By what the path is coloured; of several animals each has its colour in place of time")
        self.tail = QDoubleSpinBox()
        self.tail.setRange(0.0, MAX_TAIL_S)
        self.tail.setDecimals(1)
        self.tail.setSuffix(" s")
        self.tail.setSpecialValueText("whole swim")
        self.tail.setKeyboardTracking(False)
        self.tail.setToolTip("How much of the path before the current frame is drawn")
        self.boxes = {name: QCheckBox(text) for name, text, _ in BOXES}
        for name, _, tip in BOXES:
            self.boxes[name].setToolTip(tip)
        self.again = QPushButton("Show all again")
        self.again.setToolTip("Shows again what was deleted in napari's list of layers")
        self.again.clicked.connect(lambda _checked=False: show_again())
        self._lay_out()
        self.set_value(OverlayChoice())
        self.colour.currentIndexChanged.connect(self._on_edited)
        self.tail.valueChanged.connect(self._on_edited)
        for box in self.boxes.values():
            box.toggled.connect(self._on_edited)

    def _lay_out(self) -> None:
        form = form_layout(self)
        add_row(form, "Path by", self.colour)
        add_row(form, "Tail", self.tail)
        grid = QGridLayout()
        for i, box in enumerate(self.boxes.values()):
            grid.addWidget(box, i // 3, i % 3)
        form.addRow(grid)
        form.addRow(self.again)
        self.button.setCheckable(True)
        self.button.toggled.connect(self.setVisible)
        self.setVisible(False)

    def value(self) -> OverlayChoice:
        """Return what is chosen."""
        flags = {name: box.isChecked() for name, box in self.boxes.items()}
        return OverlayChoice(PathColour(self.colour.currentData()), self.tail.value() or None, **flags)

    def set_value(self, choice: OverlayChoice) -> None:
        """Show `choice`; tells `value_changed` once where it is another one."""
        if choice == self.value():
            return
        with QSignalBlocker(self):
            self.colour.setCurrentIndex(self.colour.findData(choice.path_colour))
            self.tail.setValue(choice.tail_s or 0.0)
            for name, box in self.boxes.items():
                box.setChecked(getattr(choice, name))
        self.value_changed.emit()

    def _on_edited(self, _value: object) -> None:
        self.value_changed.emit()
