"""The labels of a film as one napari Points layer; the layer shows what is stored and is never itself the store.

It holds the labels round the frame on the screen, not all of a film: so a click costs the same in a film with 20,000
labelled frames as in one with 20.
"""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from napari.layers import Points
from numpy.typing import NDArray

from napari_mazetrack.widgets.convert import frame_xy_to_napari
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, FILM_ID, find_film_layer
from napari_mazetrack.widgets.label.label_session import LabelSession
from napari_mazetrack.widgets.overlay.overlays import KEYPOINT_COLOURS, KEYPOINT_SIZE, KEYPOINT_SYMBOLS, LABELS, ROLE

#: So many labelled frames are in the layer at a time.
N_SHOWN = 400


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
        self._rows = np.zeros((0, 2), np.intp)  # frame and row of each point in the layer
        self._limits = (-np.inf, np.inf)  # frames between which all labels are in the layer
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
        frames, points = self._session.points_near(self._frame(), N_SHOWN)
        at, row = np.nonzero(np.isfinite(points).all(axis=2))
        self._rows = np.column_stack([frames[at], row])
        self._limits = self._limits_of(frames)
        names = self._session.keypoints
        keypoint = row % len(names)
        with self.layer.events.blocker_all():
            self.layer.selected_data = set()
            self._set_data(frame_xy_to_napari(frames[at], points[at, row]))
            self.layer.features = {"keypoint": np.asarray(names)[keypoint]}
            if len(keypoint):
                self.layer.symbol = np.asarray(KEYPOINT_SYMBOLS)[keypoint % len(KEYPOINT_SYMBOLS)]
                self.layer.face_color = np.asarray(KEYPOINT_COLOURS)[keypoint % len(KEYPOINT_COLOURS)]
        self.layer.events.editable()
        self.layer.refresh()

    def _limits_of(self, frames: NDArray[np.intp]) -> tuple[float, float]:
        """Return between which frames all labels are among those of `frames`."""
        labelled = self._session.labelled_frames()
        first = -np.inf if len(frames) == 0 or frames[0] == labelled[0] else frames[0]
        last = np.inf if len(frames) == 0 or frames[-1] == labelled[-1] else frames[-1]
        return float(first), float(last)

    def follow(self) -> None:
        """Show the labels round the frame on the screen, where those that are shown lie elsewhere.

        A layer that was removed stays so: a viewer that closes takes its layers away one by one, and the frame changes.
        """
        first, last = self._limits
        if self.layer in self._viewer.layers and not first <= self._frame() <= last:
            self.refresh()

    def preview(self, frame_index: int, row: int, xy: tuple[float, float]) -> None:
        """Show a point where it is being dragged to; nothing is stored."""
        data = self.layer.data.copy()
        data[(self._rows == (frame_index, row)).all(axis=1)] = frame_xy_to_napari([frame_index], [xy])
        self._set_data(data)

    def _frame(self) -> int:
        return int(self._viewer.dims.current_step[0])

    def _set_data(self, data: NDArray[np.float64]) -> None:
        self.layer.data = data
        # napari's own tools would change what is seen and not the labels: a point deleted so would come back.
        self.layer.editable = False  # which new data make true

    def remove(self) -> None:
        """Take the layer out of the viewer."""
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)
