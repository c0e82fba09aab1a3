"""Where the pool is: an arena file, or the pool found in the film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QPushButton, QWidget

from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.path_edit import PathEdit, PathKind

MAX_DIAMETER_CM = 1000.0
MOVE, MARK = "Move", "Mark by hand"


@dataclass(frozen=True)
class ArenaChoice:
    """What the person chose.

    Attributes
    ----------
    path : Path or None
        An arena file.
    diameter_cm : float or None
        Diameter of the pool at the waterline, for a pool that is found in the film; None where it is not known.
    """

    path: Path | None = None
    diameter_cm: float | None = None


class ArenaChoiceView(QWidget):
    """Asks for an `ArenaChoice`; its button asks to look for the pool in the film."""

    value_changed = Signal()
    find_requested = Signal()
    move_toggled = Signal(bool)
    platform_requested = Signal()
    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = PathEdit(PathKind.FILE, file_filter="Arenas (*.json)", placeholder="arena.json, or find the pool")
        self._path.value_changed.connect(self.value_changed)
        self._diameter = QDoubleSpinBox()
        self._diameter.setRange(0.0, MAX_DIAMETER_CM)
        self._diameter.setDecimals(1)
        self._diameter.setSuffix(" cm")
        self._diameter.setSpecialValueText("not known")
        self._diameter.setKeyboardTracking(False)
        self._diameter.setToolTip("Diameter of the pool at the waterline; without it nothing is given in centimetres")
        self._diameter.valueChanged.connect(self._on_edited)
        self._find = QPushButton("Find the pool")
        self._find.setToolTip("Look for the waterline and the platform in the film")
        self._find.clicked.connect(self._on_find_clicked)
        layout = form_layout(self)
        add_row(layout, "Arena", self._path)
        row = QHBoxLayout()
        row.addWidget(self._diameter, stretch=1)
        row.addWidget(self._find)
        add_row(layout, "Diameter", row)
        self.move = QPushButton(MOVE)
        self.move.setCheckable(True)
        self.platform = QPushButton("Add platform")
        self.save = QPushButton("Save …")
        self.move.toggled.connect(self.move_toggled)
        self.platform.clicked.connect(lambda _checked=False: self.platform_requested.emit())
        self.save.clicked.connect(lambda _checked=False: self.save_requested.emit())
        edits = QHBoxLayout()
        for button in (self.move, self.platform, self.save):
            edits.addWidget(button)
        add_row(layout, "", edits)

    def value(self) -> ArenaChoice:
        """Return what is chosen."""
        diameter = self._diameter.value()
        return ArenaChoice(self._path.value(), diameter if diameter > 0 else None)

    def set_value(self, choice: ArenaChoice) -> None:
        """Show `choice`; tells `value_changed` once where it is another one."""
        if choice == self.value():
            return
        with QSignalBlocker(self._diameter), QSignalBlocker(self._path):
            self._diameter.setValue(choice.diameter_cm or 0.0)
            self._path.set_value(choice.path)
        self.value_changed.emit()

    def set_can_edit(self, has_film: bool, has_arena: bool) -> None:
        """Let the pool of a film be marked by hand, or what there is be moved, saved and given a platform."""
        self.move.setEnabled(has_film)
        self.move.setText(MOVE if has_arena else MARK)
        self.move.setToolTip("Drag pool and platforms by their handles" if has_arena else "Put a circle on the pool")
        for button in (self.platform, self.save):
            button.setEnabled(has_film and has_arena)

    def set_can_find(self, can_find: bool) -> None:
        """Let the button be pressed, or not (no film, or work is under way)."""
        self._find.setEnabled(can_find)

    def _on_edited(self, _: float) -> None:
        self.value_changed.emit()

    def _on_find_clicked(self) -> None:
        self.find_requested.emit()
