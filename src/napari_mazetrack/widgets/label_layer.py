"""The labels of a film as one napari Points layer; the layer shows what is stored and is never itself the store."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from napari.layers import Points
from numpy.typing import NDArray

from napari_mazetrack.widgets.convert import frame_xy_to_napari
from napari_mazetrack.widgets.film_layer import FILM_AXES, FILM_ID, find_film_layer
from napari_mazetrack.widgets.label_session import LabelSession
from napari_mazetrack.widgets.overlays import KEYPOINT_COLOURS, KEYPOINT_SIZE, KEYPOINT_SYMBOLS, LABELS, ROLE


class LabelLayer:
    """Shows the labels of one session in a viewer.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Gets the layer.
    session : LabelSession
        What is shown.
    """

    def __init__(self, viewer: ViewerModel, session: LabelSession) -> None:
        self._viewer = viewer
        self._session = session
        self.size = max(3.0, KEYPOINT_SIZE * session.film.height)
        for old in [layer for layer in viewer.layers if layer.metadata.get(ROLE) == LABELS]:
            viewer.layers.remove(old)
        film = find_film_layer(viewer.layers, session.film.film_id)
        self.layer = Points(
            np.zeros((0, 3)),
            ndim=3,
            name=f"{film.name} labels" if film is not None else "labels",
            features={"keypoint": np.array([], dtype=str)},
            border_color="black",
            border_width=0.1,
            size=self.size,
            axis_labels=FILM_AXES,
            metadata={ROLE: LABELS, FILM_ID: session.film.film_id},
        )
        self.refresh()

    def refresh(self) -> None:
        """Show what is stored now, also where the layer was removed by hand."""
        if self.layer not in self._viewer.layers:
            active = self._viewer.layers.selection.active
            self._viewer.layers.append(self.layer)
            self._viewer.layers.selection.active = active or self.layer
        frames, points = self._session.all_points()
        row, keypoint = np.nonzero(np.isfinite(points).all(axis=2))
        names = self._session.keypoints
        with self.layer.events.blocker_all():
            self.layer.selected_data = set()
            self._set_data(frame_xy_to_napari(frames[row], points[row, keypoint]))
            self.layer.features = {"keypoint": np.asarray(names)[keypoint]}
            if len(keypoint):
                self.layer.symbol = np.asarray(KEYPOINT_SYMBOLS)[keypoint % len(KEYPOINT_SYMBOLS)]
                self.layer.face_color = np.asarray(KEYPOINT_COLOURS)[keypoint % len(KEYPOINT_COLOURS)]
        self.layer.refresh()

    def preview(self, frame_index: int, keypoint: int, xy: tuple[float, float]) -> None:
        """Show a point where it is being dragged to; nothing is stored."""
        frames, points = self._session.all_points()
        shown = np.argwhere(np.isfinite(points).all(axis=2))
        dragged = np.flatnonzero((frames[shown[:, 0]] == frame_index) & (shown[:, 1] == keypoint))
        data = self.layer.data.copy()
        data[dragged] = frame_xy_to_napari([frame_index], [xy])
        self._set_data(data)

    def _set_data(self, data: NDArray[np.float64]) -> None:
        self.layer.data = data
        # napari's own tools would change what is seen and not the labels: a point deleted so would come back.
        self.layer.editable = False  # which new data make true

    def remove(self) -> None:
        """Take the layer out of the viewer."""
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)
