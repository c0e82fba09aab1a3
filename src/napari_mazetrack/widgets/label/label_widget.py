"""The Label panel: head, body and tail of an animal, frame by frame, each click in the project before it is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from napari.components import ViewerModel
from napari.utils.notifications import show_info
from numpy.typing import NDArray
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_mazetrack.project import Project
from napari_mazetrack.training.worst_frames import WorstFrame
from napari_mazetrack.widgets.films.film_choice import FilmChoice
from napari_mazetrack.widgets.films.film_layer import film_of_layer, note_film
from napari_mazetrack.widgets.films.frame_opener import FrameOpener
from napari_mazetrack.widgets.films.sample_films import default_out_dir
from napari_mazetrack.widgets.label.animal_view import AnimalView
from napari_mazetrack.widgets.label.blind_names import BlindNames
from napari_mazetrack.widgets.label.frame_picker import FramePicker
from napari_mazetrack.widgets.label.label_buttons import LabelButtons
from napari_mazetrack.widgets.label.label_mouse import LabelMouse
from napari_mazetrack.widgets.label.label_options import LabelOptionsView
from napari_mazetrack.widgets.label.label_progress import ProjectProgress
from napari_mazetrack.widgets.label.label_progress_view import LabelProgressView
from napari_mazetrack.widgets.label.label_scene import LabelScene
from napari_mazetrack.widgets.label.label_session import LabelSession
from napari_mazetrack.widgets.label.label_words import (
    ASIDE,
    NO_FILM,
    NO_FILM_LEFT,
    NO_PROJECT,
    HumanErrorLine,
    what_next,
)
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.projects.project_actions import ProjectActions
from napari_mazetrack.widgets.projects.project_choice import ProjectChoice
from napari_mazetrack.widgets.window.canvas_turn import turn_of
from napari_mazetrack.widgets.window.dock_panel import DockPanel
from napari_mazetrack.widgets.window.form import add_row, form_layout
from napari_mazetrack.widgets.window.in_sight import InSight
from napari_mazetrack.widgets.window.keys import LABEL_KEYS, BoundKeys
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.workflows.pick_frames import PickRequest, Way
from napari_mazetrack.workflows.track import OutputPaths

MINIMUM_WIDTH = 320


class LabelWidget(DockPanel):
    """Labels the film that is open into a project.

    Parameters
    ----------
    napari_viewer : napari.components.ViewerModel
        The viewer whose film is labelled; napari gives it by this name.
    """

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self._viewer = napari_viewer
        self.session: LabelSession | None = None
        self._scene: LabelScene | None = None
        self._mouse: LabelMouse | None = None
        self._keys: BoundKeys | None = None
        self._turn, self._in_sight = turn_of(napari_viewer), InSight(self)
        self.projects = ProjectChoice()
        self.actions_row = ProjectActions()
        self.film = FilmChoice(napari_viewer)
        self.options = LabelOptionsView()
        self._names = BlindNames(napari_viewer)
        self.frames = FramePicker(self._pick_request)
        self.what_next = QLabel()
        self._progress = LabelProgressView()
        self.progress = self._progress.bar
        self.human_error = HumanErrorLine()
        self._buttons = LabelButtons()
        self.buttons = self._buttons.buttons
        self._opener = FrameOpener(napari_viewer, self)
        self._camera = AnimalView(napari_viewer)
        self._all_films: ProjectProgress | None = None
        self._lay_out()
        self._connect()
        self._show_state()

    def _lay_out(self) -> None:
        self.what_next.setWordWrap(True)
        form = QWidget()
        rows = form_layout(form)
        add_row(rows, "Project", self.projects)
        add_row(rows, "", self.actions_row)
        add_row(rows, "Film", self.film)
        add_row(rows, "Name", self.projects.author)
        add_row(rows, "", self.options)
        add_row(rows, "Frames", self.frames)
        content = QWidget()
        content.setMinimumWidth(MINIMUM_WIDTH)
        layout = QVBoxLayout(content)
        for part in (form, self.what_next, self._progress, self.human_error, self._buttons):
            layout.addWidget(part)
        layout.addStretch(1)
        self.fill(content)

    def _connect(self) -> None:
        OPEN_PROJECTS.edited.connect(self._on_project_edited)
        self.projects.value_changed.connect(self._start_session)
        self.projects.author_changed.connect(self._on_author_changed)
        self.projects.renewed.connect(self._show_state)
        self.actions_row.changed.connect(self._refresh)
        self.film.value_changed.connect(self._start_session)
        self.options.value_changed.connect(self._on_options_changed)
        self.frames.picked.connect(self._on_picked)
        self._buttons.pressed.connect(lambda method: getattr(self, method)())
        self.options.view_changed.connect(self._look)
        self._viewer.dims.events.current_step.connect(self._on_step)
        self._turn.changed.connect(self._take_turn)
        self._in_sight.changed.connect(self._take_turn)

    # The project.

    @property
    def project(self) -> Project | None:
        """The project that is open."""
        return self.projects.value()

    def open_project(self, path: Path, *, new: bool = False) -> None:
        """Open a project, or make one; `MazetrackError` where that cannot be done."""
        self.projects.open(path, new=new)

    def _on_author_changed(self) -> None:
        if self.options.value().second_pass:
            self._start_session()  # another person's pass

    def _on_options_changed(self) -> None:
        is_hidden = self.options.value().hide_names
        self._names.set_hidden(is_hidden)
        self.projects.set_path_hidden(is_hidden)
        self._start_session()

    # The film.

    def _start_session(self) -> None:
        self._end_session()
        layer = self.film.value()
        film = None if layer is None else film_of_layer(layer)
        if self.project is not None and layer is not None and film is not None:
            with failures_shown():
                second = self.project.author if self.options.value().second_pass else ""
                self._all_films = ProjectProgress(self.project, second)
                record = note_film(self.project, layer)
                self.session = LabelSession(self.project, record, second)
                self._viewer.layers.selection.active = layer  # new layers leave it so
                proposes = self.options.value().propose and not second and not self.project.read_only
                self._scene = LabelScene(self._viewer, self.session, film.path if proposes else None)
                if self._scene.assist is not None:
                    self._scene.assist.changed.connect(self._on_proposed)
                self._scene.follow()
                again = self.session.frames_for_second_pass(self.frames.n_frames.value()) if second else []
                if again and not self.session.queue():
                    self.session.set_queue(again)
                    self.go_to_next()
        self.human_error.show_for(self.project)
        self._take_turn()

    def _end_session(self) -> None:
        self.frames.stop()
        self._stand_aside()
        if self._scene is not None:
            self._scene.remove()
        self.session, self._scene, self._all_films = None, None, None

    # Mouse and keys are this panel's while it can be seen and no other tool holds the canvas.

    def _take_turn(self) -> None:
        self._stand_aside()
        if self._in_sight and not self._turn.is_held and not self._is_shut_down:
            self._keys = BoundKeys(self._viewer, LABEL_KEYS, self)
            if self.session is not None and self._scene is not None:
                self._mouse = LabelMouse(
                    self._viewer,
                    self._scene.points,
                    self._scene.labels.size,
                    self._on_clicked,
                    self._on_dragged,
                    self.session.name_of,
                )
        self._look()
        self._show_state()

    def _stand_aside(self) -> None:
        if self._mouse is not None:
            self._mouse.disconnect()
        if self._keys is not None:
            self._keys.give_back()
        self._mouse, self._keys = None, None

    def _pick_request(self, n: int, way: Way) -> PickRequest | list[int] | None:
        layer = self.film.value()
        film = None if layer is None else film_of_layer(layer)
        if self.session is None or film is None:
            return None
        if self.session.second:
            return self.session.frames_for_second_pass(n)
        track = OutputPaths.of(film.path, default_out_dir(film.path)).nc
        return PickRequest(film.path, n, way, self.session.project.path, track)

    def _on_picked(self, frames: list[int]) -> None:
        if self.session is not None:
            with failures_shown():
                self.session.set_queue(frames)
                QTimer.singleShot(0, self.go_to_next)  # the disk and the picture take their time one by one
            self._show_state()

    # Labels: stored first, shown then.

    def _on_clicked(self, frame_index: int, xy: tuple[float, float]) -> None:
        if self.session is None:
            return
        row = self.session.next_keypoint(frame_index)
        if row is None or not self._is_inside(xy):
            return
        with failures_shown():
            self.session.set_point(frame_index, row, xy)
        self._refresh()
        self._go_on(frame_index)

    def _on_dragged(self, frame_index: int, row: int, xy: tuple[float, float], let_go: bool) -> None:
        if self.session is None or self._scene is None:
            return
        if not let_go:
            self._scene.preview(frame_index, row, xy)
            return
        proposed = self._scene.proposed(frame_index)
        if self._is_inside(xy):
            with failures_shown():
                if proposed is not None:
                    proposed[row] = xy
                    self.session.accept(frame_index, proposed)
                else:
                    self.session.set_point(frame_index, row, xy)
        self._refresh()

    def _proposed(self) -> NDArray[np.float64] | None:
        return None if self._scene is None else self._scene.proposed(self._frame())

    def _is_inside(self, xy: tuple[float, float]) -> bool:
        film = None if self.session is None else self.session.film
        return film is not None and -0.5 <= xy[0] <= film.width - 0.5 and -0.5 <= xy[1] <= film.height - 0.5

    def accept_proposal(self) -> None:
        """Make the proposed points this frame's label, and go to the next frame that is to be labelled."""
        proposed = self._proposed()
        if proposed is not None:
            self._change(lambda session, frame: session.accept(frame, proposed))
            self._go_on(self._frame())

    def delete_point(self) -> None:
        """Take the label's point under the mouse away."""
        frame, *yx = self._viewer.cursor.position
        if self.session is None or self._mouse is None or len(yx) != 2 or round(frame) != self._frame():
            return
        row = self._mouse.find(self._frame(), (yx[1], yx[0]))
        if row is not None and self._proposed() is None:
            self._change(lambda session, frame_index: session.delete_point(frame_index, row))

    def skip_keypoint(self) -> None:
        """Say that the next keypoint of this frame cannot be seen; where none is next, ask again for those."""
        frame = self._frame()
        is_complete = self.session is None or self.session.next_keypoint(frame) is None
        self._change(lambda session, frame: session.skip(frame))
        if not is_complete:
            self._go_on(frame)

    def copy_previous(self) -> None:
        """Take over the points of the labelled frame before."""
        self._change(lambda session, frame: session.copy_from_previous(frame))

    def mark_empty(self) -> None:
        """Say that this frame shows no animal."""
        self._change(lambda session, frame: session.mark_empty(frame))

    def clear_frame(self) -> None:
        """Take this frame's label away."""
        self._change(lambda session, frame: session.clear(frame))

    def undo(self) -> None:
        """Take the last edit of the project back, and go to its frame."""
        self._change(lambda session, _: self._go(session.undo()))
        self._tell()

    def redo(self) -> None:
        """Do again what was undone, and go to its frame."""
        self._change(lambda session, _: self._go(session.redo()))
        self._tell()

    # Frames.

    def go_to_next(self) -> None:
        """Go to the next frame that was picked; where all of them are labelled, to the next one that is not."""
        if self.session is not None:
            picked = self.session.next_to_label(self._frame())
            self._go(self.session.next_unlabelled(self._frame()) if picked is None else picked)

    def go_to_next_film(self) -> None:
        """Open the next film of the project in which something is left to label, at its first frame that waits."""
        if self.session is None or self._all_films is None:
            return
        found = self._all_films.next_film(self.session.film.film_id)
        if found is None:
            show_info(NO_FILM_LEFT)
            return
        lies_at = self.session.project.find_film(found.film.film_id)
        source = str(lies_at or (found.film.paths or ("",))[0])
        frame = WorstFrame(source, next(iter(found.waiting), 0), found.film.film_id, None)
        self._opener.show_frame(frame, self.session.project.path)

    def go_forward(self) -> None:
        """Go to the next labelled frame."""
        if self.session is not None:
            self._go(self.session.neighbour(self._frame(), 1))

    def go_back(self) -> None:
        """Go to the labelled frame before."""
        if self.session is not None:
            self._go(self.session.neighbour(self._frame(), -1))

    def _go_on(self, frame_index: int) -> None:
        """Go to the next frame of the queue where this one is done."""
        if self.session is not None and self.session.next_keypoint(frame_index) is None:
            self._go(self.session.next_to_label(frame_index))

    def _frame(self) -> int:
        return int(self._viewer.dims.current_step[0])

    def _go(self, frame_index: int | None) -> None:
        if frame_index is not None:
            self._viewer.dims.set_point(0, frame_index)

    def _change(self, change: Callable[[LabelSession, int], object]) -> None:
        if self.session is not None:
            with failures_shown():
                change(self.session, self._frame())
            self._refresh()

    def _tell(self) -> None:
        if self.project is not None:
            OPEN_PROJECTS.edited.emit(self.project)

    def _on_project_edited(self, project: Project) -> None:
        if project is self.project:
            self._refresh()

    def _refresh(self) -> None:
        if self._scene is not None:
            self._scene.refresh()
        if self.session is not None and self.session.second:
            self.human_error.show_for(self.project)
        self._show_state()

    def _on_step(self) -> None:
        if self._scene is not None:
            self._scene.follow()
        self._look()
        self._show_state()

    def _on_proposed(self) -> None:
        if self._scene is not None:
            self._scene.show_outline()
        self._look()
        self._show_state()

    def _look(self) -> None:
        """Look at the animal as the person wishes, where it is this panel's turn.

        Not at each click: the picture would move away under the mouse.
        """
        options, scene, is_mine = self.options.value(), self._scene, self._mouse is not None
        if scene is None or not (options.follow and is_mine):
            self._camera.go_back()
        elif not scene.is_looking:
            self._camera.look_at(scene.points(self._frame()))
        if scene is not None:
            scene.show_contrast(self.film.value() if options.contrast and is_mine else None)

    def _show_state(self) -> None:
        session = self.session
        self.actions_row.show_for(self.project)
        can_label = session is not None and not session.project.read_only
        self.frames.panel.set_can_run(can_label)
        has_proposal = self._proposed() is not None
        self._buttons.set_enabled(can_label, has_proposal=has_proposal)
        self._progress.show_for(session, self._all_films, with_names=not self.options.value().hide_names)
        if session is None:
            self.what_next.setText(NO_PROJECT if self.project is None else NO_FILM)
            return
        assist = None if self._scene is None else self._scene.assist
        failure = "" if assist is None else assist.failure
        aside = ASIDE if self._turn.is_held else ""
        self.what_next.setText(aside or failure or what_next(session, self._frame(), has_proposal=has_proposal))

    # The window around it.

    def release(self) -> None:
        """Close the project and let go of the viewer."""
        OPEN_PROJECTS.edited.disconnect(self._on_project_edited)
        self.projects.close_project()
        self._end_session()
        self._viewer.dims.events.current_step.disconnect(self._on_step)
        self._opener.discard()
        self._camera.go_back()
        self._turn.changed.disconnect(self._take_turn)
        self._names.set_hidden(False)
        self.film.disconnect_viewer()
