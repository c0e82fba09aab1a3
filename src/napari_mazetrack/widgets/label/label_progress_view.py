"""How far the labelling is, in the Label panel: a bar for the film, a line for all films of the project."""

from __future__ import annotations

from qtpy.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from napari_mazetrack.widgets.label.label_progress import ProjectProgress, describe_progress
from napari_mazetrack.widgets.label.label_session import LabelSession


class LabelProgressView(QWidget):
    """Shows how many frames are labelled."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setFormat("%v of %m frames labelled")
        self.films = QLabel()
        self.films.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.bar)
        layout.addWidget(self.films)

    def show_for(self, session: LabelSession | None, films: ProjectProgress | None, *, with_names: bool) -> None:
        """Show it for a session, and for the project whose films are counted."""
        labelled = set() if session is None else set(session.labelled_frames())
        picked = set() if session is None else set(session.queue())
        self.bar.setUpdatesEnabled(False)  # Qt would draw the whole window at once, before what else has changed
        self.bar.setRange(0, max(len(picked | labelled), 1))
        self.bar.setValue(len(labelled))
        self.bar.setUpdatesEnabled(True)
        said = "" if films is None else describe_progress(films.films(), with_names=with_names)
        self.films.setText(said)
        self.films.setVisible(bool(said))
