"""The Correct tab: points are dragged, ends exchanged, false finds rejected; path and measures follow at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from napari.components import ViewerModel
from napari.utils.notifications import show_error
from numpy.typing import NDArray
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.project import Project
from napari_mazetrack.project.lease import RENEW_EVERY_S
from napari_mazetrack.review.answers import Answer
from napari_mazetrack.tracking.corrections import are_of_track
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets.correct.correction_session import CorrectionSession
from napari_mazetrack.widgets.correct.track_saver import TrackSaver
from napari_mazetrack.widgets.films.film_layer import find_film_layer
from napari_mazetrack.widgets.films.film_places import FilmPlaces
from napari_mazetrack.widgets.overlay.overlays import KEYPOINT_SIZE
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.window.keys import CORRECT_KEYS, BoundKeys, help_text
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.widgets.window.point_mouse import PointMouse
from napari_mazetrack.widgets.window.stroke_mouse import StrokeMouse
from napari_mazetrack.workflows.correct import Correctable, corrections_of, load_correctable, run_of

NO_TRACK = "Track the film first: a track can be corrected once it is saved."
DRAW = "Draw the animal from its tail to its head, or click where its body is. Q: not now."
NO_POSE = "Draw it from tail to head: its pose is not known yet."
#: A shorter stroke is a click.
SHORTEST_STROKE_PX = 3.0
IDLE = "Press Correct to drag points of the track, exchange its ends, or say what is not the animal."


class CorrectPanel(QWidget):
    """Corrects the track of a session's film.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Where points are dragged.
    session : Session
        Its track is corrected.
    places : FilmPlaces
        Where the film's track and its project lie.
    preview : callable
        Shows a point, in a frame at (x, y), while it is dragged; (x, y) None takes it away.
    """

    next_requested = Signal()
    previous_requested = Signal()
    answered = Signal(object)  # Answer
    project_changed = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        session: Session,
        places: FilmPlaces,
        preview: Callable[[int, tuple[float, float] | None], None],
    ) -> None:
        super().__init__()
        self._viewer = viewer
        self._session = session
        self._places = places
        self._preview = preview
        self._path: Path | None = None
        self._correctable: Correctable | None = None
        self.corrections: CorrectionSession | None = None
        self._mouse: PointMouse | None = None
        self._keys: BoundKeys | None = None
        self._missing_from: int | None = None
        self._stroke: StrokeMouse | None = None
        self._seen_revision = 0
        self._pose: NDArray[np.float64] | None = None
        self.toggle = QPushButton("Correct")
        self.animal, self.other = QComboBox(), QComboBox()
        self.buttons = {
            "swap_from_here": QPushButton("Swap from here (H)"),
            "swap_here": QPushButton("Swap here (G)"),
            "mark_missing": QPushButton("Cannot be seen … (K)"),
            "reject": QPushButton("Not the animal (W)"),
            "put": QPushButton("Put it here (Q)"),
            "exchange": QPushButton("Exchange (8)"),
            "copy_pose": QPushButton("Copy pose (Shift+C)"),
            "paste_pose": QPushButton("Paste pose (Shift+D)"),
            "undo": QPushButton("Undo (U)"),
            "redo": QPushButton("Redo (J)"),
            "use_for_training": QPushButton("Use for training"),
        }
        self.buttons["use_for_training"].setToolTip(
            "Puts the frames in which you set a point among the labels of this project, for Train & Export."
        )
        self.buttons["exchange"].setToolTip("Exchanges the two animals chosen above, from this frame on.")
        self.state = QLabel(IDLE)
        self.keys = QLabel(help_text(CORRECT_KEYS))
        self._loading = JobRunner(self)
        self._saving = TrackSaver(self)
        self._renew = QTimer(self)
        self._lay_out()
        self._connect()
        self._show_state()

    def _lay_out(self) -> None:
        self.toggle.setCheckable(True)
        self.state.setWordWrap(True)
        self.keys.setWordWrap(True)
        grid = QGridLayout()
        for i, button in enumerate(self.buttons.values()):
            grid.addWidget(button, i // 2, i % 2)
        layout = QVBoxLayout(self)
        animals = QHBoxLayout()
        for choice in (self.animal, self.other):
            animals.addWidget(choice)
        self.other.setToolTip("With which animal it is exchanged")
        layout.addWidget(self.toggle)
        layout.addWidget(self.state)
        layout.addLayout(animals)
        layout.addLayout(grid)
        layout.addWidget(self.keys)
        layout.addStretch(1)

    def _connect(self) -> None:
        self.toggle.toggled.connect(self._on_toggled)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, method=name: getattr(self, method)())
        self._loading.ended.connect(self._on_loaded)
        self._saving.changed.connect(self._show_state)
        self._renew.setInterval(int(RENEW_EVERY_S * 1000))
        self._renew.timeout.connect(self._on_renew)
        self._session.events.film.connect(self.stop)
        self._session.events.animal.connect(self._on_animal_chosen_elsewhere)
        self.animal.activated.connect(lambda index: setattr(self._session, "animal", index))

    def _on_animal_chosen_elsewhere(self, animal: int) -> None:
        self.animal.setCurrentIndex(animal)

    # Beginning and ending.

    def _on_toggled(self, wanted: bool) -> None:
        if not wanted:
            self.stop()
            return
        path = self._places.track()
        if path is None or not path.is_file() or self._session.film is None:
            self.toggle.setChecked(False)
            self.state.setText(NO_TRACK)
            return
        self._path = path
        self.state.setText(f"Reading {path.name} …")
        self._loading.start(NamedJob(f"Reading {path.name}", _load(path)))

    def _on_loaded(self, ending: Ending) -> None:
        if isinstance(ending, Finished):
            with failures_shown():
                self._begin(ending.result)
        elif isinstance(ending, Failed):
            show_error(ending.message)
        if self.corrections is None:
            self.toggle.setChecked(False)

    def _begin(self, correctable: Correctable) -> None:
        film, path, home = self._session.film, self._path, self._places.home()
        if film is None or path is None or home is None:
            return
        if correctable.attributes.get("film_id") != film.film_id:
            raise MazetrackError(f"{path.name} is the track of another film. Track {film.path.name} first.")
        project = OPEN_PROJECTS.open(home.path, new=not home.is_there)
        try:
            if film.film_id not in project.films and not project.read_only:
                with open_film(film.path, timing=home.timing) as opened, project.edit(f"Correct {film.path.name}"):
                    project.add_film(opened)
                    project.runs.put(run_of(correctable.compute(()), (path, path.with_suffix(".csv"))))
            corrections = CorrectionSession(project, film.film_id, correctable)
        except MazetrackError:
            OPEN_PROJECTS.close(project)
            raise
        self._correctable, self.corrections = correctable, corrections
        for choice in (self.animal, self.other):
            choice.clear()
            choice.addItems(list(corrections.track.animals))
        self.animal.setCurrentIndex(self._session.animal)
        self.other.setCurrentIndex(min(1, self.other.count() - 1))
        self._hold_points(corrections)
        shown = find_film_layer(self._viewer.layers, film.film_id)
        self._keys = BoundKeys(self._viewer, CORRECT_KEYS, self)
        self._renew.start()
        if shown is not None:
            self._viewer.layers.selection.active = shown
        if are_of_track(corrections_of(project, film.film_id), correctable.attributes):
            self._session.track = corrections.track
        else:
            self._show_track(corrections)  # the window was closed before the files had followed
        self._show_state()

    def _hold_points(self, corrections: CorrectionSession) -> None:
        """Let the mouse take hold of points, not draw."""
        film = self._session.film
        shown = None if film is None else find_film_layer(self._viewer.layers, film.film_id)
        height = 480 if shown is None else int(shown.data.shape[1])
        self._release_mouse()
        self._mouse = PointMouse(
            self._viewer, corrections.points, max(3.0, KEYPOINT_SIZE * height), _ignore, self._on_dragged
        )

    def _release_mouse(self) -> None:
        for mouse in (self._mouse, self._stroke):
            if mouse is not None:
                mouse.disconnect()
        self._mouse, self._stroke = None, None

    def stop(self, _film: object = None) -> None:
        """End correcting."""
        self._loading.discard()
        self._renew.stop()
        self._release_mouse()
        if self._keys is not None:
            self._keys.give_back()
        if self.corrections is not None:
            OPEN_PROJECTS.close(self.corrections.project)
        self._keys, self.corrections, self._missing_from, self._pose = None, None, None, None
        self.toggle.setChecked(False)
        self._show_state()

    def _on_renew(self) -> None:
        if self.corrections is not None and not self.corrections.project.read_only:
            with failures_shown():
                self.corrections.project.renew_lease()

    # Corrections: stored first, shown then.

    def _on_dragged(self, frame_index: int, row: int, xy: tuple[float, float], let_go: bool) -> None:
        self._preview(frame_index, None if let_go else xy)
        if let_go:
            self._change(lambda corrections: corrections.set_point(frame_index, row, xy))

    def swap_from_here(self) -> None:
        """Exchange head and tail from this frame on."""
        self._change(lambda corrections: corrections.swap_from(self._frame(), self._animal()))

    def swap_here(self) -> None:
        """Exchange head and tail in this frame."""
        self._change(lambda corrections: corrections.swap(self._frame(), self._frame(), self._animal()))

    def mark_missing(self) -> None:
        """Remember this frame as the first in which the animal cannot be seen; the second time, as the last."""
        if self._missing_from is None:
            if self._is_in_film():
                self._missing_from = self._frame()
            self._show_state()
            return
        first, self._missing_from = self._missing_from, None
        self._change(lambda corrections: corrections.mark_missing(first, self._frame(), self._animal()))

    def reject(self) -> None:
        """Say that what was found in this frame is not the animal."""
        self._change(lambda corrections: corrections.reject(self._frame(), self._animal()))

    def put(self) -> None:
        """Wait for a stroke from the animal's tail to its head, or for a click; the second time, wait no longer."""
        corrections = self.corrections
        if corrections is None or corrections.project.read_only:
            return
        if self._stroke is not None:
            self._hold_points(corrections)
        elif self._is_in_film():
            self._release_mouse()
            self._stroke = StrokeMouse(self._viewer, self._preview, self._on_drawn)
        self._show_state()

    def _on_drawn(self, frame_index: int, start: tuple[float, float], end: tuple[float, float]) -> None:
        corrections, animal = self.corrections, self._animal()
        if corrections is None:
            return
        self._preview(frame_index, None)
        self._hold_points(corrections)
        if np.hypot(end[0] - start[0], end[1] - start[1]) >= SHORTEST_STROKE_PX:
            self._change(lambda corrections: corrections.put_from_to(frame_index, start, end, animal))
        elif self._change(lambda corrections: corrections.put_at(frame_index, start, animal)) is False:
            self.put()  # so that it can be drawn at once
            self.state.setText(NO_POSE)

    def copy_pose(self) -> None:
        """Remember where the animal's points are in this frame."""
        if self.corrections is not None:
            with failures_shown():
                self._pose = self.corrections.pose(self._frame(), self._animal())
            self._show_state()

    def paste_pose(self) -> None:
        """Put the animal into this frame as it was where it was copied."""
        pose = self._pose
        if pose is not None:
            self._change(lambda corrections: corrections.put(self._frame(), pose, self._animal()))

    def exchange(self) -> None:
        """Exchange two animals from this frame on."""
        one, other = self._animal(), max(self.other.currentIndex(), 0)
        if one != other:
            self._change(lambda corrections: corrections.exchange(self._frame(), one, other))

    def undo(self) -> None:
        """Take the last edit of the project back."""
        self._change(lambda corrections: corrections.undo())

    def redo(self) -> None:
        """Do again what was undone."""
        self._change(lambda corrections: corrections.redo())

    def use_for_training(self) -> None:
        """Put the frames in which a person set a point among the project's labels."""
        if self.corrections is None:
            return
        with failures_shown():
            n_new = self.corrections.use_for_training()
            self._show_state()
            self._tell()
            name = self.corrections.project.path.name
            if n_new:
                self.state.setText(f"Labels of {name}: {n_new} more. Train & Export can use them.")
            else:
                self.state.setText(f"No more frames for {name}: put a point of a frame where it belongs first.")

    def go_to_next(self) -> None:
        """Go to the next moment that should be checked."""
        self.next_requested.emit()

    def go_to_previous(self) -> None:
        """Go to the moment before, whether it is open or not."""
        self.previous_requested.emit()

    def answer_right(self) -> None:
        """Say that the selected moment is right as it is."""
        self.answered.emit(Answer.RIGHT)

    def answer_fixed(self) -> None:
        """Say that the selected moment is fixed."""
        self.answered.emit(Answer.FIXED)

    def answer_unsure(self) -> None:
        """Say that it cannot be said of the selected moment whether it is right."""
        self.answered.emit(Answer.UNSURE)

    def follow(self, project: Project) -> None:
        """Show what another panel changed in the project that is corrected."""
        corrections = self.corrections
        if corrections is not None and project is corrections.project and project.newest_number != self._seen_revision:
            self._do(lambda corrections: corrections.look_again())

    def _change(self, change: Callable[[CorrectionSession], object]) -> object:
        """Show what a change makes of the track, and return what it returned; None where it failed."""
        returned = self._do(change)
        self._tell()
        return returned

    def _do(self, change: Callable[[CorrectionSession], object]) -> object:
        if self.corrections is None:
            return None
        before, returned = self.corrections.track, None
        with failures_shown():
            returned = change(self.corrections)
        if self.corrections.track is not before:
            self._show_track(self.corrections)
        self._show_state()
        return returned

    def _tell(self) -> None:
        if self.corrections is not None:
            OPEN_PROJECTS.edited.emit(self.corrections.project)

    def _show_track(self, corrections: CorrectionSession) -> None:
        self._session.track = corrections.track
        if self._correctable is not None and self._path is not None:
            self._saving.save(corrections.track, self._correctable, self._path)

    def _is_in_film(self) -> bool:
        """Whether the film has the frame on the screen; tells where it has not."""
        with failures_shown():
            if self.corrections is not None:
                self.corrections.require_frame(self._frame())
                return True
        return False

    def _frame(self) -> int:
        return int(self._viewer.dims.current_step[0])

    def _animal(self) -> int:
        return max(self.animal.currentIndex(), 0)

    def _show_state(self) -> None:
        corrections = self.corrections
        self._seen_revision = 0 if corrections is None else corrections.project.newest_number
        self.project_changed.emit()
        for button in self.buttons.values():
            button.setEnabled(corrections is not None and not corrections.project.read_only)
        self.keys.setVisible(corrections is not None)  # they do nothing before, and all tabs are as high as this one
        has_several = self.animal.count() > 1
        self.animal.setVisible(has_several)
        self.other.setVisible(has_several)
        for name, is_possible in (("exchange", has_several), ("paste_pose", self._pose is not None)):
            self.buttons[name].setEnabled(is_possible and self.buttons[name].isEnabled())
        is_ending = self._missing_from is not None
        self.buttons["mark_missing"].setText("… to here (K)" if is_ending else "Cannot be seen … (K)")
        if corrections is None:
            self.state.setText(IDLE)
        elif corrections.project.read_only:
            self.state.setText(f"The project can be looked at only. {corrections.project.read_only_reason}")
        elif self._stroke is not None:
            self.state.setText(DRAW)
        else:
            n, name = corrections.n_corrections, corrections.project.path.name
            saved = "saving the track …" if self._saving.is_running else "the track is saved"
            self.state.setText(f"{n} correction{'' if n == 1 else 's'} in {name} ({saved}). Drag a point to move it.")


def _load(path: Path) -> Job[Correctable]:
    yield Progress(f"Reading {path.name}", 0)
    return load_correctable(path)


def _ignore(_frame_index: int, _xy: tuple[float, float]) -> None:
    """Do nothing: a click beside the points means nothing."""
