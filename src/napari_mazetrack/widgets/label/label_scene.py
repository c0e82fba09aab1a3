"""What the Label panel shows of one film: its labels, their outline, and the points that a model proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer
from numpy.typing import NDArray

from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.widgets.label.contrast_patch import ContrastPatch
from napari_mazetrack.widgets.label.label_assist import LabelAssist
from napari_mazetrack.widgets.label.label_layer import LabelLayer
from napari_mazetrack.widgets.label.label_outline import LabelOutline
from napari_mazetrack.widgets.label.label_session import LabelSession


class LabelScene:
    """Shows one session in a viewer.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Gets the layers.
    session : LabelSession
        What is shown.
    proposing : Path or None
        The session's film, where points are to be proposed on its frames.
    """

    def __init__(self, viewer: ViewerModel, session: LabelSession, proposing: Path | None) -> None:
        self._viewer = viewer
        self._session = session
        self.labels = LabelLayer(viewer, session)
        self.outline = LabelOutline(viewer, session, self.labels)
        self._contrast: ContrastPatch | None = None
        self.assist = None if proposing is None else LabelAssist(viewer, session, proposing, self.labels.size)

    def points(self, frame_index: int) -> NDArray[np.float64]:
        """Return the points of a frame that can be dragged, [rows, 2]: its label's, or those proposed."""
        proposed = self.proposed(frame_index)
        return self._session.points(frame_index) if proposed is None else proposed

    def proposed(self, frame_index: int) -> NDArray[np.float64] | None:
        """Return the points that are proposed for a frame, [n_keypoints, 2]; None where there are none."""
        points = None if self.assist is None else self.assist.points(frame_index)
        return points if points is not None and np.isfinite(points).any() else None

    def preview(self, frame_index: int, row: int, xy: tuple[float, float]) -> None:
        """Show a point where it is being dragged to; nothing is stored."""
        proposed = self.proposed(frame_index)
        if proposed is not None and self.assist is not None:
            proposed[row] = xy
            self.assist.preview(proposed)
            self.outline.show([_animal(proposed)], with_boxes=False)
            return
        self.labels.preview(frame_index, row, xy)
        animal, keypoint = divmod(row, len(self._session.keypoints))
        animals = list(self._session.animals(frame_index))
        moved = animals[animal].keypoints_xy.copy()
        moved[keypoint] = xy
        animals[animal] = replace(animals[animal], keypoints_xy=moved)
        self.outline.show(animals, with_boxes=False)

    @property
    def is_looking(self) -> bool:
        """Whether the model is about to look at the frame on the screen."""
        return self.assist is not None and self.assist.will_look(self._frame())

    def refresh(self) -> None:
        """Show what is stored now."""
        self.labels.refresh()
        self._show_frame()

    def follow(self) -> None:
        """Show the frame on the screen."""
        self.labels.follow()
        self._show_frame()

    def show_contrast(self, film: Layer | None) -> None:
        """Show the picture round the animal of a film's layer with more contrast; None: as it is."""
        # A viewer that closes takes its layers away one by one, and the frame changes.
        is_shown = film in self._viewer.layers and self._session.has_frame(self._frame())
        if film is None or not is_shown:
            if self._contrast is not None:
                self._contrast.remove()
            self._contrast = None
        else:
            self._contrast = self._contrast or ContrastPatch(self._viewer, film)
            self._contrast.show(self._frame(), self.points(self._frame()))

    def remove(self) -> None:
        """Take the layers out of the viewer, and let go of film and model."""
        self.show_contrast(None)
        self.labels.remove()
        self.outline.remove()
        if self.assist is not None:
            self.assist.stop()

    def _show_frame(self) -> None:
        if self.assist is not None:
            self.assist.follow()
        self.show_outline()

    def show_outline(self) -> None:
        """Draw the animals of the frame on the screen."""
        frame_index = self._frame()
        proposed = self.proposed(frame_index)
        animals: Sequence[LabelledInstance] = self._session.animals(frame_index)
        self.outline.show(animals if proposed is None else [_animal(proposed)], with_boxes=proposed is None)

    def _frame(self) -> int:
        return int(self._viewer.dims.current_step[0])


def _animal(points: NDArray[np.float64]) -> LabelledInstance:
    return LabelledInstance(points, np.full(len(points), 2, np.uint8))
