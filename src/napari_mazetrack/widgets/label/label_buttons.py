"""The buttons of the Label panel, and its keys in words."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.widgets.window.keys import LABEL_KEYS, help_text

#: The method of the panel that a button calls, and what it says.
TEXTS = {
    "go_to_next": "Next to label (N)",
    "go_to_next_film": "Next film (Shift+F)",
    "copy_previous": "Copy previous (K)",
    "skip_keypoint": "Not visible (H)",
    "mark_empty": "No animal (W)",
    "accept_proposal": "Take proposed (0)",
    "undo": "Undo (U)",
    "redo": "Redo (J)",
    "clear_frame": "Clear frame (8)",
}


class LabelButtons(QWidget):
    """A grid of buttons; `pressed` tells the name of the method that one calls."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons = {name: QPushButton(text) for name, text in TEXTS.items()}
        grid = QGridLayout()
        for i, (name, button) in enumerate(self.buttons.items()):
            button.clicked.connect(lambda _checked=False, method=name: self.pressed.emit(method))
            grid.addWidget(button, i // 2, i % 2)
        keys = QLabel(help_text(LABEL_KEYS))
        keys.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)
        layout.addWidget(keys)

    def set_enabled(self, can_label: bool, *, has_proposal: bool) -> None:
        """Let buttons be pressed where they do something."""
        for name, button in self.buttons.items():
            button.setEnabled(can_label and (has_proposal or name != "accept_proposal"))
