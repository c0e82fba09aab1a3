"""Which part of a film is tracked."""

from __future__ import annotations

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from napari_mazetrack.tracking.time_range import TimeRange
from napari_mazetrack.widgets.window.form import add_row, form_layout

MAX_SECONDS = 86_400.0
TIP = "Only this part of the film is tracked, in seconds of the film; outside of it the animal counts as missing"


class RangeChoice(QWidget):
    """Asks for a `TimeRange`; what is shown always is one: a time that does not fit the one just set is let go."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.begin = _seconds_box("start")
        self.end = _seconds_box("end")
        self.begin.valueChanged.connect(self._on_begin_edited)
        self.end.valueChanged.connect(self._on_end_edited)
        row = QHBoxLayout()
        row.addWidget(self.begin, stretch=1)
        row.addWidget(QLabel("to"))
        row.addWidget(self.end, stretch=1)
        add_row(form_layout(self), "Part", row)

    def value(self) -> TimeRange | None:
        """Return the range; None for the whole film."""
        begin, end = self.begin.value() or None, self.end.value() or None
        return None if begin is None and end is None else TimeRange(begin, end)

    def set_value(self, time_range: TimeRange | None) -> None:
        """Show a range; tells `value_changed` once where it is another one."""
        if time_range == self.value():
            return
        shown = time_range or TimeRange()
        with QSignalBlocker(self.begin), QSignalBlocker(self.end):
            self.begin.setValue(shown.from_s or 0.0)
            self.end.setValue(shown.to_s or 0.0)
        self.value_changed.emit()

    def _on_begin_edited(self, begin_s: float) -> None:
        if 0 < self.end.value() <= begin_s:
            with QSignalBlocker(self.end):
                self.end.setValue(0.0)
        self.value_changed.emit()

    def _on_end_edited(self, end_s: float) -> None:
        if 0 < end_s <= self.begin.value():
            with QSignalBlocker(self.begin):
                self.begin.setValue(0.0)
        self.value_changed.emit()


def _seconds_box(nothing: str) -> QDoubleSpinBox:
    """Return a field for seconds in which `nothing` stands for 0."""
    box = QDoubleSpinBox()
    box.setRange(0.0, MAX_SECONDS)
    box.setDecimals(2)
    box.setSuffix(" s")
    box.setSpecialValueText(nothing)
    box.setToolTip(TIP)
    box.setKeyboardTracking(False)
    return box
