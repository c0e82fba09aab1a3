"""What kind of trial a film shows, and how long it may last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.widgets.window.form import add_row, form_layout

_KIND_TEXTS = {
    TrialKind.HIDDEN: "Hidden platform",
    TrialKind.VISIBLE: "Visible platform",
    TrialKind.REVERSAL: "Reversal",
    TrialKind.PROBE: "Probe (no platform)",
}
MAX_SECONDS = 86_400.0


@dataclass(frozen=True)
class TrialChoice:
    """What the person chose.

    Attributes
    ----------
    kind : TrialKind or None
        None until it is chosen: measures depend on it, so it is never guessed.
    release_s : float or None
        Film time of the release; None: it is found.
    limit_s : float or None
        Longest duration from the release; None: the trial lasts as long as the film.
    platform : str
        Name of the trial's platform in an arena that has several; empty until it is chosen.
    """

    kind: TrialKind | None = None
    release_s: float | None = None
    limit_s: float | None = None
    platform: str = ""

    def has_release(self, time_s: float | None) -> bool:
        """Whether the release is at a time, None for found, to the thousandth of a second that the form shows."""
        if self.release_s is None or time_s is None:
            return self.release_s is time_s
        return abs(self.release_s - time_s) < 1e-3


class TrialChoiceView(QWidget):
    """Asks for a `TrialChoice`; for the platform only where the arena has several (`set_platforms`)."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = QComboBox()
        self._kind.setPlaceholderText("Choose its kind")
        for kind, text in _KIND_TEXTS.items():
            self._kind.addItem(text, kind)
        self._kind.setCurrentIndex(-1)
        self._name = ""
        self._platform = QComboBox()
        self._platform.setPlaceholderText("Choose the trial's")
        self._platform.setToolTip("The platform of this trial: its quadrants and measures go by it")
        self._platform_row = QWidget()
        add_row(form_layout(self._platform_row), "Platform", self._platform)
        self._platform_row.hide()
        self._platform.activated.connect(self._on_platform_chosen)
        self._release = _seconds_box("found", -1.0, "When the animal is released, in seconds of the film")
        self._release.setDecimals(3)
        self._limit = _seconds_box("none", 0.0, "The longest that a trial lasts, counted from the release")
        self._kind.currentIndexChanged.connect(self._on_edited)
        self._release.valueChanged.connect(self._on_edited)
        self._limit.valueChanged.connect(self._on_edited)
        layout = form_layout(self)
        add_row(layout, "Trial", self._kind)
        layout.addRow(self._platform_row)
        row = QHBoxLayout()
        row.addWidget(self._release, stretch=1)
        row.addWidget(QLabel("Limit"))
        row.addWidget(self._limit, stretch=1)
        add_row(layout, "Release", row)

    def value(self) -> TrialChoice:
        """Return what is chosen."""
        data = self._kind.currentData()
        kind = None if data is None else TrialKind(data)
        release = self._release.value()
        return TrialChoice(kind, release if release >= 0 else None, self._limit.value() or None, self._name)

    def set_value(self, choice: TrialChoice) -> None:
        """Show `choice`; tells `value_changed` once where it is another one."""
        if choice == self.value():
            return
        with QSignalBlocker(self._kind), QSignalBlocker(self._release), QSignalBlocker(self._limit):
            self._kind.setCurrentIndex(-1 if choice.kind is None else self._kind.findData(choice.kind))
            self._release.setValue(self._release.minimum() if choice.release_s is None else choice.release_s)
            self._limit.setValue(choice.limit_s or 0.0)
        self._name = choice.platform
        self._show_platform()
        self.value_changed.emit()

    def set_platforms(self, names: Sequence[str]) -> None:
        """Let a platform be chosen among those of the arena; the choice stands, whether or not it is one of them."""
        self._platform.clear()
        self._platform.addItems(list(names))
        self._platform_row.setVisible(len(names) > 1)
        self._show_platform()

    def _show_platform(self) -> None:
        self._platform.setCurrentIndex(self._platform.findText(self._name) if self._name else -1)

    def _on_platform_chosen(self, _index: int) -> None:
        self._name = self._platform.currentText()
        self.value_changed.emit()

    def _on_edited(self, _: float) -> None:
        self.value_changed.emit()


def _seconds_box(nothing: str, lowest: float, tip: str) -> QDoubleSpinBox:
    """Return a field for seconds whose lowest value stands for `nothing`."""
    box = QDoubleSpinBox()
    box.setRange(lowest, MAX_SECONDS)
    box.setDecimals(0)
    box.setSuffix(" s")
    box.setSpecialValueText(nothing)
    box.setValue(lowest)
    box.setToolTip(tip)
    box.setKeyboardTracking(False)
    return box
