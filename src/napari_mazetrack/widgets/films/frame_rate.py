"""How many frames a second a film has that has no times of its own; not to be seen for other films."""

from __future__ import annotations

from contextlib import suppress

from napari.layers import Layer
from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QWidget

from napari_mazetrack.tracking.track import Track
from napari_mazetrack.video import Timing
from napari_mazetrack.widgets.films.film_layer import FILM_FPS, FILM_UNTIMED
from napari_mazetrack.widgets.window.form import add_row, form_layout

MAX_FPS = 10_000.0
NO_RATE = "This film has no times of its own: say under Rate how many frames it has in a second."


class FrameRateView(QWidget):
    """Asks for frames a second; what a person says stays with the film's layer."""

    value_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_asked = False
        self._fps = QDoubleSpinBox()
        self._fps.setRange(0.0, MAX_FPS)
        self._fps.setDecimals(3)
        self._fps.setSuffix(" frames a second")
        self._fps.setSpecialValueText("frames a second: not known")
        self._fps.setToolTip("A TIFF stack holds pictures without times: durations and speeds follow from this number")
        self._fps.setKeyboardTracking(False)
        self._fps.valueChanged.connect(self._on_edited)
        add_row(form_layout(self), "Rate", self._fps)
        self.hide()

    @property
    def is_missing(self) -> bool:
        """Whether the film has no times of its own, and nobody gave any."""
        return self._is_asked and self.value() is None

    def show_for(self, layer: Layer | None) -> None:
        """Ask for the rate of the film of a layer, or hide where it has times of its own."""
        self._is_asked = layer is not None and bool(layer.metadata.get(FILM_UNTIMED))
        with QSignalBlocker(self):
            self.set_value(layer.metadata.get(FILM_FPS) if layer is not None and self._is_asked else None)
        self.setVisible(self._is_asked)

    def note_on(self, layer: Layer | None) -> None:
        """Let a film's layer say what is shown, for when the film is chosen again and for other panels."""
        if layer is not None and self._is_asked:
            layer.metadata[FILM_FPS] = self.value()

    def timing(self) -> Timing | None:
        """Return the times that follow; None where the film has its own, or nobody gave any."""
        fps = self.value()
        return Timing(fps=fps) if self._is_asked and fps is not None else None

    def value(self) -> float | None:
        """Return what is shown; None: not known."""
        return self._fps.value() or None

    def set_value(self, fps: float | None) -> None:
        """Show a rate; tells `value_changed` where it is another one."""
        self._fps.setValue(fps or 0.0)

    def _on_edited(self, _: float) -> None:
        self.value_changed.emit()


def rate_of(track: Track) -> float | None:
    """Return the frames a second that a track was made with; None where it has its film's own times."""
    name, _, text = str(track.attributes.get("timing", "")).partition("=")
    with suppress(ValueError):
        return float(text) if name == "fps" else None
    return None
