"""What kind of trial a film shows, and how long it may last."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QWidget

from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.widgets.form import add_row, form_layout

_KIND_TEXTS = {
    TrialKind.HIDDEN: "Hidden platform",
    TrialKind.VISIBLE: "Visible platform",
    TrialKind.REVERSAL: "Reversal",
    TrialKind.PROBE: "Probe (no platform)",
}
MAX_LIMIT_S = 3600.0


@dataclass(frozen=True)
class TrialChoice:
    """What the person chose.

    Attributes
    ----------
    kind : TrialKind or None
        None until it is chosen: measures depend on it, so it is never guessed.
    limit_s : float or None
        Longest duration from the release; None: the trial lasts as long as the film.
    """

    kind: TrialKind | None = None
    limit_s: float | None = None


class TrialChoiceView(QWidget):
    """Asks for a `TrialChoice`."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = QComboBox()
        self._kind.setPlaceholderText("Choose its kind")
        for kind, text in _KIND_TEXTS.items():
            self._kind.addItem(text, kind)
        self._kind.setCurrentIndex(-1)
        self._limit = QDoubleSpinBox()
        self._limit.setRange(0.0, MAX_LIMIT_S)
        self._limit.setDecimals(0)
        self._limit.setSuffix(" s")
        self._limit.setSpecialValueText("as long as the film")
        self._limit.setKeyboardTracking(False)
        self._limit.setToolTip("The longest that a trial lasts, counted from the release")
        self._kind.currentIndexChanged.connect(self._on_edited)
        self._limit.valueChanged.connect(self._on_edited)
        layout = form_layout(self)
        add_row(layout, "Trial", self._kind)
        add_row(layout, "Limit", self._limit)

    def value(self) -> TrialChoice:
        """Return what is chosen."""
        data = self._kind.currentData()
        return TrialChoice(None if data is None else TrialKind(data), self._limit.value() or None)

    def set_value(self, choice: TrialChoice) -> None:
        """Show `choice`; tells `value_changed` once where it is another one."""
        if choice == self.value():
            return
        with QSignalBlocker(self._kind), QSignalBlocker(self._limit):
            self._kind.setCurrentIndex(-1 if choice.kind is None else self._kind.findData(choice.kind))
            self._limit.setValue(choice.limit_s or 0.0)
        self.value_changed.emit()

    def _on_edited(self, _: float) -> None:
        self.value_changed.emit()
