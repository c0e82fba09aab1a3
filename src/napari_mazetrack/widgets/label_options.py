"""How the Label panel works: with proposals of the model, as a second person's pass, with names of films hidden."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QWidget


@dataclass(frozen=True)
class LabelOptions:
    """What the person chose.

    Attributes
    ----------
    propose : bool
        Show points that the model proposes.
    second_pass : bool
        Label frames again that somebody else has labelled, without seeing their points.
    hide_names : bool
        Do not show the names of films.
    """

    propose: bool = False
    second_pass: bool = False
    hide_names: bool = False


class LabelOptionsView(QWidget):
    """Asks for `LabelOptions`."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.propose = QCheckBox("Propose")
        self.propose.setToolTip(
            "The project's model, or the accurate one that ships, proposes points on frames without a label. They are "
            "hollow, and no label until you take them (0) or move one. Not in a second pass, which is to be nobody "
            "else's view."
        )
        self.second_pass = QCheckBox("Second pass")
        self.second_pass.setToolTip(
            "Label frames again that somebody else has labelled, without seeing their points: how far two people are "
            "apart is the best that a model can be told to be. Write your own name above first."
        )
        self.hide_names = QCheckBox("Hide names")
        self.hide_names.setToolTip(
            "Films are called Film 1, Film 2, … in lists: their names often say animal and group. "
            "napari's line at the bottom still names the file."
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for box in (self.propose, self.second_pass, self.hide_names):
            box.toggled.connect(self._on_toggled)
            layout.addWidget(box)
        layout.addStretch(1)

    def value(self) -> LabelOptions:
        """Return what is chosen."""
        return LabelOptions(self.propose.isChecked(), self.second_pass.isChecked(), self.hide_names.isChecked())

    def _on_toggled(self, _: bool) -> None:
        self.value_changed.emit()
