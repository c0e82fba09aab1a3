"""What the Label panel says."""

from __future__ import annotations

from qtpy.QtWidgets import QLabel

from napari_mazetrack.labels.human_error import compute_human_error, describe_human_error
from napari_mazetrack.project import Project
from napari_mazetrack.project.records import beyond_the_end
from napari_mazetrack.project.second_passes import labelled_twice
from napari_mazetrack.widgets.label.label_session import LabelSession

NO_PROJECT = "Open a project, or make a new one, to label the film."
NO_FILM = "Open a film, or drop one on the window."
NO_FILM_LEFT = "No other film of the project has frames left to label."
PROPOSED = "Frame {}: the hollow points are proposed. Take them with 0, or drag one that is wrong; a click begins anew."
ASIDE = "Correct, Put it here or Move in the Track panel has mouse and keys: end it there to go on labelling."
NOTHING_TO_REPEAT = (
    "A second pass goes over frames that somebody else has labelled: this film has none. Is it your own name above?"
)


def what_next(session: LabelSession, frame_index: int, *, has_proposal: bool = False) -> str:
    """Say what a frame waits for."""
    if session.project.read_only:
        return f"The project can be looked at only. {session.project.read_only_reason}"
    if not session.has_frame(frame_index):
        return beyond_the_end(frame_index, session.film.n_frames)
    if session.second and not session.queue():
        return NOTHING_TO_REPEAT
    if has_proposal:
        return PROPOSED.format(frame_index)
    if session.is_empty(frame_index):
        return f"Frame {frame_index}: no animal. A click begins a label all the same."
    row = session.next_keypoint(frame_index)
    if row is not None:
        return f"Frame {frame_index}: click the {session.name_of(frame_index, row)}."
    hidden = " and the ".join(session.name_of(frame_index, row) for row in session.hidden(frame_index))
    but = f", but for the {hidden} (H asks again)" if hidden else ""
    return f"Frame {frame_index} is labelled{but}. Drag a point to move it, or press N for the next frame."


class HumanErrorLine(QLabel):
    """Says how far two people are apart who labelled the same frames; hidden where nobody did."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.hide()

    def show_for(self, project: Project | None) -> None:
        """Say it of a project."""
        twice = [] if project is None else list(labelled_twice(project))
        said = (
            "" if project is None or not twice else describe_human_error(compute_human_error(twice, project.skeleton))
        )
        self.setText(said)
        self.setVisible(bool(said))
