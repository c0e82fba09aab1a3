"""When trials and animals are left out of an analysis."""

from __future__ import annotations

from contextlib import ExitStack

from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.experiment.settings import ExclusionLimits
from napari_mazetrack.widgets.window.form import form_layout

ABOUT = (
    "What is left out keeps its row in the table of measures, and the report counts it. "
    "Decide before you know which group is which."
)
SHARE, DAYS, DIAMETERS = " %", " days", ""
#: Under each heading: the limits with their words and what stands behind the number.
ROWS = {
    "A trial is left out with": {
        "max_missing_fraction": ("samples without a position: more than", SHARE),
        "max_outside_fraction": ("positions outside of the pool: more than", SHARE),
        "max_start_distance": ("pool diameters from its start: more than", DIAMETERS),
    },
    "All trials of an animal are left out with": {
        "max_floating_fraction": ("a day's time spent floating: more than", SHARE),
        "floating_days": ("… on at least", DAYS),
        "min_visible_reached": ("visible platform reached: less than", SHARE),
    },
}
HIGHEST = {SHARE: 100.0, DAYS: 1000.0, DIAMETERS: 1000.0}
STEP = {SHARE: 1.0, DAYS: 1.0, DIAMETERS: 0.05}
SPACE = 24


class LimitBox(QDoubleSpinBox):
    """A number without the zeros behind it; a share is shown in percent.

    Parameters
    ----------
    unit : str
        What stands behind the number.
    """

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._is_share = unit == SHARE
        self.setSuffix(unit)
        self.setDecimals(0 if unit == DAYS else 2)
        self.setMaximum(HIGHEST[unit])
        self.setSingleStep(STEP[unit])

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        """Return 5 for 5.00."""
        return str(self.locale().toString(value, "g", 6))

    def limit(self) -> float:
        """Return the limit as `ExclusionLimits` holds it."""
        return round(self.value() / 100, 4) if self._is_share else self.value()

    def set_limit(self, limit: float) -> None:
        """Show a limit as `ExclusionLimits` holds it."""
        self.setValue(100 * limit if self._is_share else limit)


class LimitsChoice(QWidget):
    """Asks for `ExclusionLimits`."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, LimitBox] = {}
        self.usual = QPushButton("The usual limits")
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        form = QWidget()
        self._fill(form_layout(form))
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addWidget(form)
        layout.addSpacing(SPACE)
        layout.addWidget(self.usual, alignment=Qt.AlignmentFlag.AlignRight)
        layout.addStretch(1)
        self.usual.clicked.connect(self._on_usual_clicked)
        for box in self.boxes.values():
            box.valueChanged.connect(self._on_edited)
        self.set_value(ExclusionLimits())

    def value(self) -> ExclusionLimits:
        """Return the limits."""
        limits = {name: box.limit() for name, box in self.boxes.items()}
        return ExclusionLimits(**limits | {"floating_days": int(limits["floating_days"])})  # type: ignore[arg-type]

    def set_value(self, limits: ExclusionLimits) -> None:
        """Show the limits; tells `value_changed` once where they are others."""
        if limits == self.value():
            return
        with ExitStack() as blocked:
            for name, box in self.boxes.items():
                blocked.enter_context(QSignalBlocker(box))
                box.set_limit(getattr(limits, name))
        self._on_edited()

    def _fill(self, form: QFormLayout) -> None:
        for heading, rows in ROWS.items():
            label = QLabel(heading)
            label.setContentsMargins(0, SPACE // 2, 0, 0)
            form.addRow(label)
            for name, (words, unit) in rows.items():
                self.boxes[name] = LimitBox(unit)
                form.addRow(words, self.boxes[name])

    def _on_usual_clicked(self) -> None:
        self.set_value(ExclusionLimits())

    def _on_edited(self, _: float = 0) -> None:
        self.usual.setEnabled(self.value() != ExclusionLimits())
        self.value_changed.emit()
