"""How the Label panel works: with proposals of the model, as a second person's pass, with names hidden, from near."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QWidget


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
    follow : bool
        The camera goes along with the animal.
    contrast : bool
        Show the picture round the animal with more contrast.
    """

    propose: bool = False
    second_pass: bool = False
    hide_names: bool = False
    follow: bool = False
    contrast: bool = False


class LabelOptionsView(QWidget):
    """Asks for `LabelOptions`."""

    value_changed = Signal()
    view_changed = Signal()  # how the picture is looked at: `follow` and `contrast`

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
            "Films are called Film 1, Film 2, …, in napari's line at the bottom too, and the project's path is not "
            "shown: names often say animal and group. Not hidden: other panels, and napari's hint over a layer."
        )
        self.follow = QCheckBox("Follow")
        self.follow.setToolTip(
            "Goes near the animal, labelled or proposed, in each frame. Zoom as you like: the zoom is kept."
        )
        self.contrast = QCheckBox("Contrast")
        self.contrast.setToolTip("Shows the picture round the animal with more contrast; the film stays as it is.")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for column, box in enumerate((self.propose, self.second_pass, self.hide_names)):
            box.toggled.connect(self._on_toggled)
            layout.addWidget(box, 0, column)
        for column, box in enumerate((self.follow, self.contrast)):
            box.toggled.connect(self._on_view_toggled)
            layout.addWidget(box, 1, column)
        layout.setColumnStretch(3, 1)

    def value(self) -> LabelOptions:
        """Return what is chosen."""
        boxes = (self.propose, self.second_pass, self.hide_names, self.follow, self.contrast)
        return LabelOptions(*(box.isChecked() for box in boxes))

    def _on_toggled(self, _: bool) -> None:
        self.value_changed.emit()

    def _on_view_toggled(self, _: bool) -> None:
        self.view_changed.emit()
