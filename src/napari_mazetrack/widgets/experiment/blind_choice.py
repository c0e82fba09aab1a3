"""Whether an experiment is analysed without knowing which group is which, and the end of that."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QWidget

from napari_mazetrack.workflows.blind_files import BlindState

HIDE, IS_OVER = "Hide which group is which", "Unblinded, as logged beside the sheet"
TOOLTIPS = {
    BlindState.NEVER_BLINDED: (
        "Results call the groups group A, group B, … in a random order, until you unblind. Rules, outcome and trials "
        "to leave out can still be changed meanwhile."
    ),
    BlindState.BLINDED: "Hidden until you unblind. The key lies beside the trials sheet: do not open it.",
    BlindState.UNBLINDED: "Every report says what was fixed before unblinding, and what was changed since.",
}


class BlindChoice(QWidget):
    """A box to blind the next analysis, and a button that asks for the unblinding."""

    value_changed = Signal()
    unblind_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox(HIDE)
        self.button = QPushButton("Unblind …")
        self.button.setToolTip("Fix exclusions and primary outcome in a log, then see which group is which")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box, stretch=1)
        layout.addWidget(self.button)
        self.box.toggled.connect(self._on_toggled)
        self.button.clicked.connect(self._on_clicked)
        self.set_state(BlindState.NEVER_BLINDED)

    def value(self) -> bool:
        """Return whether groups are to be hidden."""
        return bool(self.box.isChecked())

    def set_value(self, is_blind: bool) -> None:
        """Choose whether groups are to be hidden."""
        self.box.setChecked(is_blind)

    def set_state(self, state: BlindState) -> None:
        """Show how far the blinding of an experiment has gone; one that was never blinded keeps what is chosen."""
        if state is not BlindState.NEVER_BLINDED:
            self.box.setChecked(state is BlindState.BLINDED)
        self.box.setEnabled(state is BlindState.NEVER_BLINDED)
        self.box.setText(IS_OVER if state is BlindState.UNBLINDED else HIDE)
        self.box.setToolTip(TOOLTIPS[state])
        self.button.setEnabled(state is BlindState.BLINDED)

    def _on_toggled(self, _: bool) -> None:
        self.value_changed.emit()

    def _on_clicked(self) -> None:
        self.unblind_requested.emit()
