"""The animals of the frame on the screen, drawn in one still layer: lines along the skeleton, and their boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from napari.components import ViewerModel
from napari.layers import Shapes
from numpy.typing import NDArray

from napari_mazetrack.labels.boxes import box_from_keypoints
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.widgets.convert import xy_to_napari
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, FILM_ID
from napari_mazetrack.widgets.label.label_layer import LabelLayer
from napari_mazetrack.widgets.label.label_session import LabelSession
from napari_mazetrack.widgets.overlay.overlays import ROLE

OUTLINE = "outline"
COLOUR = "#009e73"
#: Width of a line, as a share of the size of a drawn point.
WIDTH = 0.12


class LabelOutline:
    """Shows lines and boxes of one session in a viewer.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Gets the layer.
    session : LabelSession
        Its project says which keypoints are joined.
    labels : LabelLayer
        The points, below which they are drawn.
    """

    def __init__(self, viewer: ViewerModel, session: LabelSession, labels: LabelLayer) -> None:
        self._viewer = viewer
        self._edges = session.project.skeleton.edges
        self._width = WIDTH * labels.size
        self.layer = Shapes(
            [],
            ndim=2,
            name="outline",
            edge_color=COLOUR,
            face_color="transparent",
            opacity=0.8,
            axis_labels=FILM_AXES[1:],
            metadata={ROLE: OUTLINE, FILM_ID: session.film.film_id},
        )
        active = viewer.layers.selection.active
        viewer.layers.insert(viewer.layers.index(labels.layer), self.layer)
        viewer.layers.selection.active = active

    def show(self, animals: Sequence[LabelledInstance], *, with_boxes: bool) -> None:
        """Draw animals: the box that a person drew, or else the one that a training makes of the points."""
        shapes = [("line", line) for animal in animals for line in self._lines(animal.keypoints_xy)]
        if with_boxes:
            boxes = (animal.box_xyxy if animal.box_xyxy is not None else _box(animal) for animal in animals)
            shapes += [("rectangle", _corners(box)) for box in boxes if box is not None]
        if not shapes and not self.layer.data:
            return
        with self.layer.events.blocker_all():  # each of its events costs more than the drawing
            self.layer.data = [(xy_to_napari(xy), kind) for kind, xy in shapes]
            self.layer.edge_width = [self._width] * len(shapes)
            self.layer.editable = False
        self.layer.events.editable()
        self.layer.refresh()

    def remove(self) -> None:
        """Take the layer out of the viewer."""
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)

    def _lines(self, points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        lines = [points[list(edge)] for edge in self._edges]
        return [line for line in lines if np.isfinite(line).all() and (line[0] != line[1]).any()]


def _box(animal: LabelledInstance) -> NDArray[np.float64] | None:
    return box_from_keypoints(animal.keypoints_xy)


def _corners(box: NDArray[np.float64]) -> NDArray[np.float64]:
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
