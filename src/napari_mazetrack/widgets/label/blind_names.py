"""Hides the names of films, which often say animal and group: who labels shall not know."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Layer

from napari_mazetrack.widgets.films.film_layer import FILM_ID
from napari_mazetrack.widgets.overlay.overlays import ROLE


class BlindNames:
    """Calls the films of a viewer "Film 1", "Film 2", … while names are hidden, in lists and in the line at the bottom.

    Files are not touched.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Whose layers of films, and of what belongs to them, are renamed.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._names: dict[Layer, str] = {}
        self._films: list[str] = []
        self._is_hidden = False

    def set_hidden(self, is_hidden: bool) -> None:
        """Hide all names, or show them again."""
        if is_hidden == self._is_hidden:
            return
        self._is_hidden = is_hidden
        inserted, status = self._viewer.layers.events.inserted, self._viewer.events.status
        if is_hidden:
            inserted.connect(self._hide_all)
            status.connect(self._hide_file, position="last")  # behind the window, which shows it, so that this stays
            self._hide_all()
            self._hide_file()
        else:
            inserted.disconnect(self._hide_all)
            status.disconnect(self._hide_file)
            for layer, name in self._names.items():
                layer.name = name
            self._names, self._films = {}, []

    def _hide_file(self) -> None:
        """Name the layer in napari's line at the bottom, and not the file that it was read from."""
        status = self._viewer.status
        if isinstance(status, dict) and status.get("layer_base") != status.get("layer_name"):
            self._viewer.status = {**status, "layer_base": status["layer_name"]}

    def _hide_all(self) -> None:
        for layer in self._viewer.layers:
            film_id = layer.metadata.get(FILM_ID)
            if film_id is None or layer in self._names:
                continue
            if film_id not in self._films:
                self._films.append(film_id)
            self._names[layer] = layer.name
            layer.name = f"Film {self._films.index(film_id) + 1} {layer.metadata.get(ROLE, '')}".strip()
