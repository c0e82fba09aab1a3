"""Points that the model proposes on a frame without a label: hollow, and no label until a person accepts them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from napari.components import ViewerModel
from napari.layers import Points
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal

from napari_mazetrack.project.default_model import default_model_of
from napari_mazetrack.widgets.convert import frame_xy_to_napari
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, FILM_ID
from napari_mazetrack.widgets.label.label_session import LabelSession
from napari_mazetrack.widgets.overlay.overlays import KEYPOINT_COLOURS, KEYPOINT_SYMBOLS, PROPOSED, ROLE
from napari_mazetrack.widgets.window.background import Crashed, Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.window.notify import CRASHED
from napari_mazetrack.workflows.propose import Proposal, Proposer

#: So long a frame must stay on the screen before the model looks at it, milliseconds.
STILL_MS = 60


class LabelAssist(QObject):
    """Proposes points for the frames of one session, in the background.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where the points are shown.
    session : LabelSession
        Whose frames without a label get proposals.
    film : Path
        The session's film.
    size : float
        Of a drawn point, pixels.
    """

    changed = Signal()  # there is a proposal now, or the model cannot be used

    def __init__(self, viewer: ViewerModel, session: LabelSession, film: Path, size: float) -> None:
        super().__init__()
        project = session.project
        self._viewer, self._session = viewer, session
        self._proposer = Proposer(film, session.keypoints, default_model_of(project), project.path.parent)
        self._proposals: dict[int, NDArray[np.float64] | None] = {}
        self.failure = ""
        self._looking = JobRunner(self)
        self._looking.ended.connect(self._on_ended)
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL_MS)
        self._still.timeout.connect(self._look)
        self.layer = Points(
            np.zeros((0, 3)),
            ndim=3,
            name="proposed",
            size=size,
            face_color="transparent",
            border_width=0.2,
            axis_labels=FILM_AXES,
            metadata={ROLE: PROPOSED, FILM_ID: session.film.film_id},
        )
        active = viewer.layers.selection.active
        viewer.layers.append(self.layer)
        viewer.layers.selection.active = active

    def points(self, frame_index: int) -> NDArray[np.float64]:
        """Return the proposed points [n, 2] of a frame without a label; NaN where there are none."""
        found = None if self._session.is_labelled(frame_index) else self._proposals.get(frame_index)
        return np.full((len(self._session.keypoints), 2), np.nan) if found is None else found.copy()

    def has_looked(self, frame_index: int) -> bool:
        """Whether the model has looked at a frame."""
        return frame_index in self._proposals

    def will_look(self, frame_index: int) -> bool:
        """Whether the model looks at a frame as soon as that stays on the screen."""
        if self.failure or not self._session.has_frame(frame_index):
            return False
        return not self.has_looked(frame_index) and not self._session.is_labelled(frame_index)

    def follow(self) -> None:
        """Show what is proposed for the frame on the screen; look at it where nobody has labelled it."""
        frame_index = self._frame()
        self.preview(self.points(frame_index))
        self._still.stop()
        if self.will_look(frame_index):
            self._still.start()

    def preview(self, points: NDArray[np.float64]) -> None:
        """Show points [n, 2] on the frame on the screen; nothing is stored."""
        shown = np.flatnonzero(np.isfinite(points).all(axis=1))
        if len(shown) == 0 and len(self.layer.data) == 0:
            return
        self.layer.selected_data = set()
        self.layer.data = frame_xy_to_napari(np.full(len(shown), self._frame()), points[shown])
        self.layer.editable = False  # they are dragged as labels are, not by napari's tools
        if len(shown):
            self.layer.symbol = np.asarray(KEYPOINT_SYMBOLS)[shown % len(KEYPOINT_SYMBOLS)]
            self.layer.border_color = np.asarray(KEYPOINT_COLOURS)[shown % len(KEYPOINT_COLOURS)]

    def stop(self) -> None:
        """Let go of film and model, and of the layer."""
        self._still.stop()
        self._looking.discard()
        self._proposer.close()
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)

    def _frame(self) -> int:
        return int(self._viewer.dims.current_step[0])

    def _look(self) -> None:
        frame_index = self._frame()
        self._looking.start(NamedJob(f"Looking at frame {frame_index}", self._proposer.propose(frame_index)))

    def _on_ended(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            proposal: Proposal = ending.result
            self._proposals[proposal.frame_index] = proposal.keypoints_xy
        elif isinstance(ending, Failed):
            self.failure = ending.message
        elif isinstance(ending, Crashed):
            self.failure = CRASHED  # or it would be met again and again
        self.follow()
        self.changed.emit()
