"""Which of the open films is worked on."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QWidget

from napari_mazetrack.widgets.films.film_layer import adopt_stack, bring_to_front, film_of_layer


class FilmChoice(QComboBox):
    """A list of the film layers of a viewer; it follows the layer that is selected there.

    The film that a person chooses here comes to the front.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose films are offered.
    """

    value_changed = Signal()

    def __init__(self, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._layers: list[Layer] = []
        self._value: Layer | None = None
        self.setPlaceholderText("Open or drop a film")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.activated.connect(self._on_activated)
        self._events = (viewer.layers.events.inserted, viewer.layers.events.removed, viewer.layers.events.renamed)
        for event in self._events:
            event.connect(self._on_layers_changed)
        viewer.layers.selection.events.active.connect(self._on_active_layer)
        self._on_layers_changed()
        self._on_active_layer()

    def value(self) -> Layer | None:
        """Return the film's image layer; None where no film is open."""
        return self._value

    def film_hw(self) -> tuple[int, int] | None:
        """Return height and width of the film in pixels; None where no film is open."""
        return None if self._value is None else self._value.data.shape[1:3]

    def set_value(self, layer: Layer | None) -> None:
        """Choose one of the viewer's film layers; tells `value_changed` where it is another one."""
        self.setCurrentIndex(self._layers.index(layer) if layer in self._layers else -1)
        if layer != self._value:  # not `is`: napari hands plugins a new proxy of the same layer each time
            self._value = layer
            self.value_changed.emit()

    def disconnect_viewer(self) -> None:
        """Stop following the viewer."""
        for event in self._events:
            event.disconnect(self._on_layers_changed)
        self._viewer.layers.selection.events.active.disconnect(self._on_active_layer)

    def _on_activated(self, index: int) -> None:
        layer = self._layers[index]
        film = film_of_layer(layer)
        self.set_value(layer)
        if film is not None:
            bring_to_front(self._viewer.layers, film.film_id)

    def _on_layers_changed(self) -> None:
        for layer in self._viewer.layers:
            adopt_stack(layer)
        self._layers = [layer for layer in self._viewer.layers if film_of_layer(layer) is not None]
        self.clear()
        self.addItems([layer.name for layer in self._layers])
        kept = self._value if self._value in self._layers else None
        self.set_value(kept or (self._layers[-1] if self._layers else None))

    def _on_active_layer(self) -> None:
        active = self._viewer.layers.selection.active
        if active in self._layers:
            self.set_value(active)
