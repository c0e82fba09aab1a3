"""The path that grows on a film while it is tracked; it goes when the tracking ends, however that is."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer
from numpy.typing import NDArray

from napari_mazetrack.progress import Progress
from napari_mazetrack.widgets.convert import xy_to_napari
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, FILM_ID, LayerData, find_film_layer
from napari_mazetrack.widgets.overlay.overlays import KEYPOINT_SIZE, ROLE
from napari_mazetrack.workflows.track_progress import TrackProgress

GROWING = "growing path"
#: Unlike the colours of a finished track.
COLOUR = "#f0e442"


def growing_path_layer(xy: NDArray[np.float64], name: str, film_id: str, film_height: int) -> LayerData:
    """Return the still layer of where animals were found so far, x, y [N, 2] in pixels of a film."""
    arguments = {
        "name": f"{name} path so far",
        "size": max(2.0, KEYPOINT_SIZE * film_height / 3),
        "face_color": COLOUR,
        "border_width": 0.0,
        "opacity": 0.8,
        "axis_labels": FILM_AXES[1:],
        "metadata": {ROLE: GROWING, FILM_ID: film_id},
    }
    return xy_to_napari(xy), arguments, "points"


class GrowingPath:
    """Shows where animals were found so far, on the film that is tracked, where that is open.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Gets the layer, and loses it again.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer

    def show(self, report: Progress) -> None:
        """Draw the path of a report, where it has one."""
        if not isinstance(report, TrackProgress) or report.path_xy is None or not len(report.path_xy):
            return
        film = find_film_layer(self._viewer.layers, report.film_id)
        shown = next(iter(self._layers()), None)
        if shown is not None and (film is None or shown.metadata[FILM_ID] != report.film_id):
            self.clear()
            shown = None
        if shown is not None:
            shown.data = xy_to_napari(report.path_xy)
        elif film is not None:
            selected = set(self._viewer.layers.selection)
            layer = growing_path_layer(report.path_xy, film.name, report.film_id, int(film.data.shape[1]))
            self._viewer.layers.append(Layer.create(*layer))
            self._viewer.layers.selection = selected  # the film stays the layer that is worked on

    def clear(self) -> None:
        """Take the path away."""
        for layer in self._layers():
            self._viewer.layers.remove(layer)

    def _layers(self) -> list[Layer]:
        return [layer for layer in self._viewer.layers if layer.metadata.get(ROLE) == GROWING]
