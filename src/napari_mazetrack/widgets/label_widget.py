"""The Label panel: head, body and tail of an animal, frame by frame, each click in the project before it is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from napari.components import ViewerModel
from numpy.typing import NDArray
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_mazetrack.project import Project
from napari_mazetrack.project.lease import RENEW_EVERY_S
from napari_mazetrack.widgets.blind_names import BlindNames
from napari_mazetrack.widgets.dock_panel import DockPanel
from napari_mazetrack.widgets.film_choice import FilmChoice
from napari_mazetrack.widgets.film_layer import film_of_layer, note_film
from napari_mazetrack.widgets.form import add_row, form_layout
from napari_mazetrack.widgets.frame_picker import FramePicker
from napari_mazetrack.widgets.keys import LABEL_KEYS, BoundKeys, help_text
from napari_mazetrack.widgets.label_assist import LabelAssist
from napari_mazetrack.widgets.label_layer import LabelLayer
from napari_mazetrack.widgets.label_options import LabelOptionsView
from napari_mazetrack.widgets.label_session import LabelSession
from napari_mazetrack.widgets.label_words import NO_FILM, NO_PROJECT, HumanErrorLine, what_next
from napari_mazetrack.widgets.notify import failures_shown
from napari_mazetrack.widgets.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.path_edit import PathEdit, PathKind
from napari_mazetrack.widgets.point_mouse import PointMouse
from napari_mazetrack.widgets.work import default_out_dir
from napari_mazetrack.workflows.pick_frames import PickRequest, Way
from napari_mazetrack.workflows.track import OutputPaths

MINIMUM_WIDTH = 320
FILTER = "MazeTrack projects (*.mazetrack)"


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
        self.project: Project | None = None
        self.session: LabelSession | None = None
        self._labels: LabelLayer | None = None
        self._mouse: PointMouse | None = None
        self._assist: LabelAssist | None = None
        self.project_path = PathEdit(PathKind.FILE, file_filter=FILTER, placeholder="name.mazetrack")
        self.new_project = QPushButton("New project …")
        self.film = FilmChoice(napari_viewer)
        self.annotator = QLineEdit()
        self.options = LabelOptionsView()
        self._names = BlindNames(napari_viewer)
        self.frames = FramePicker(self._pick_request)
        self.what_next = QLabel()
        self.progress = QProgressBar()
        self.human_error = HumanErrorLine()
        self.buttons = {
            "go_to_next": QPushButton("Next to label (N)"),
            "copy_previous": QPushButton("Copy previous (K)"),
            "skip_keypoint": QPushButton("Not visible (H)"),
            "mark_empty": QPushButton("No animal (W)"),
            "accept_proposal": QPushButton("Take proposed (0)"),
            "clear_frame": QPushButton("Clear frame (8)"),
            "undo": QPushButton("Undo (U)"),
            "redo": QPushButton("Redo (J)"),
        }
        self._lay_out()
        self._renew = QTimer(self)
        self._renew.setInterval(int(RENEW_EVERY_S * 1000))
        self._connect()
        self._show_state()

    def _lay_out(self) -> None:
        self.annotator.setPlaceholderText("Your name, noted with every label")
        self.what_next.setWordWrap(True)
        self.progress.setFormat("%v of %m frames labelled")
        form = QWidget()
        rows = form_layout(form)
        add_row(rows, "Project", self.project_path)
        add_row(rows, "", self.new_project)
        add_row(rows, "Film", self.film)
        add_row(rows, "Name", self.annotator)
        add_row(rows, "", self.options)
        add_row(rows, "Frames", self.frames)
        grid = QGridLayout()
        for i, button in enumerate(self.buttons.values()):
            grid.addWidget(button, i // 2, i % 2)
        keys = QLabel(help_text(LABEL_KEYS))
        keys.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        content = QWidget()
        content.setMinimumWidth(MINIMUM_WIDTH)
        layout = QVBoxLayout(content)
        for part in (form, self.what_next, self.progress, self.human_error):
            layout.addWidget(part)
        layout.addLayout(grid)
        layout.addWidget(keys)
        layout.addStretch(1)
        self.fill(content)

    def _connect(self) -> None:
        self.project_path.value_changed.connect(self._on_project_chosen)
        self.new_project.clicked.connect(self._on_new_project)
        self.film.value_changed.connect(self._start_session)
        self.annotator.editingFinished.connect(self._on_annotator_edited)
        self.options.value_changed.connect(self._on_options_changed)
        self.frames.picked.connect(self._on_picked)
        self._renew.timeout.connect(self._on_renew)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, method=name: getattr(self, method)())
        self._viewer.dims.events.current_step.connect(self._on_step)
        self._keys = BoundKeys(self._viewer, LABEL_KEYS, self)

    # The project.

    def open_project(self, path: Path, *, new: bool = False) -> None:
        """Open a project, or make one; the one that was open is closed.

        Raises
        ------
        MazetrackError
            It cannot be opened or made.
        """
        project = OPEN_PROJECTS.open(path, new=new)
        self._close_project()
        self.project = project
        self.annotator.setText(project.author)
        self.project_path.set_value(project.path)
        self._renew.start()
        self._start_session()

    def _on_project_chosen(self) -> None:
        path = self.project_path.value()
        if path is None:
            self._close_project()
            self._show_state()
        elif self.project is None or path.resolve() != self.project.path:
            with failures_shown():
                self.open_project(path)

    def _on_new_project(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, "New project", "labels.mazetrack", FILTER)
        if chosen:
            with failures_shown():
                self.open_project(Path(chosen).with_suffix(".mazetrack"), new=True)

    def _on_annotator_edited(self) -> None:
        if self.project is not None and self.annotator.text().strip():
            self.project.author = self.annotator.text().strip()
            if self.options.value().second_pass:
                self._start_session()  # another person's pass

    def _on_options_changed(self) -> None:
        self._names.set_hidden(self.options.value().hide_names)
        self._start_session()

    def _on_renew(self) -> None:
        if self.project is not None and not self.project.read_only:
            with failures_shown():
                self.project.renew_lease()
        self._show_state()

    def _close_project(self) -> None:
        self._end_session()
        self._renew.stop()
        if self.project is not None:
            OPEN_PROJECTS.close(self.project)
            self.project = None

    # The film.

    def _start_session(self) -> None:
        self._end_session()
        layer = self.film.value()
        film = None if layer is None else film_of_layer(layer)
        if self.project is not None and layer is not None and film is not None:
            with failures_shown():
                second = self.project.author if self.options.value().second_pass else ""
                record = note_film(self.project, layer)
                self.session = LabelSession(self.project, record, second)
                self._labels = LabelLayer(self._viewer, self.session)
                self._mouse = PointMouse(
                    self._viewer, self._points, self._labels.size, self._on_clicked, self._on_dragged
                )
                if self.options.value().propose and not second and not self.project.read_only:
                    self._assist = LabelAssist(self._viewer, self.session, film.path, self._labels.size)
                    self._assist.changed.connect(self._show_state)
                    self._assist.follow()
                self._viewer.layers.selection.active = layer
                again = self.session.frames_for_second_pass(self.frames.n_frames.value()) if second else []
                if again and not self.session.queue():
                    self.session.set_queue(again)
                    self.go_to_next()
        self.human_error.show_for(self.project)
        self._show_state()

    def _end_session(self) -> None:
        self.frames.stop()
        if self._mouse is not None:
            self._mouse.disconnect()
        if self._labels is not None:
            self._labels.remove()
        if self._assist is not None:
            self._assist.stop()
        self.session, self._labels, self._mouse, self._assist = None, None, None, None

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
        keypoint = self.session.next_keypoint(frame_index)
        if keypoint is None or not self._is_inside(xy):
            return
        with failures_shown():
            self.session.set_point(frame_index, keypoint, xy)
        self._refresh()
        if self.session.next_keypoint(frame_index) is None and self.session.queue():
            self.go_to_next()

    def _on_dragged(self, frame_index: int, keypoint: int, xy: tuple[float, float], let_go: bool) -> None:
        if self.session is None or self._labels is None:
            return
        proposed = self._proposed(frame_index)
        if proposed is not None and self._assist is not None:
            proposed[keypoint] = xy
            if not let_go:
                self._assist.preview(proposed)
        elif not let_go:
            self._labels.preview(frame_index, keypoint, xy)
        if let_go and self._is_inside(xy):
            with failures_shown():
                if proposed is not None:
                    self.session.accept(frame_index, proposed)
                else:
                    self.session.set_point(frame_index, keypoint, xy)
        if let_go:
            self._refresh()

    def _points(self, frame_index: int) -> NDArray[np.float64]:
        """Return the points of a frame that can be dragged: its label's, or those proposed."""
        proposed = self._proposed(frame_index)
        if proposed is not None or self.session is None:
            return np.empty((0, 2)) if proposed is None else proposed
        return self.session.points(frame_index)

    def _proposed(self, frame_index: int) -> NDArray[np.float64] | None:
        points = None if self._assist is None else self._assist.points(frame_index)
        return points if points is not None and np.isfinite(points).any() else None

    def _is_inside(self, xy: tuple[float, float]) -> bool:
        film = None if self.session is None else self.session.film
        return film is not None and -0.5 <= xy[0] <= film.width - 0.5 and -0.5 <= xy[1] <= film.height - 0.5

    def accept_proposal(self) -> None:
        """Make the proposed points this frame's label, and go to the next frame that is to be labelled."""
        proposed = self._proposed(self._frame())
        if proposed is not None:
            self._change(lambda session, frame: session.accept(frame, proposed))
            if self.session is not None and self.session.queue():
                self.go_to_next()

    def delete_point(self) -> None:
        """Take the label's point under the mouse away."""
        frame, *yx = self._viewer.cursor.position
        if self.session is None or self._mouse is None or len(yx) != 2 or round(frame) != self._frame():
            return
        keypoint = self._mouse.find(self._frame(), (yx[1], yx[0]))
        if keypoint is not None and self._proposed(self._frame()) is None:
            self._change(lambda session, frame_index: session.delete_point(frame_index, keypoint))

    def skip_keypoint(self) -> None:
        """Leave the next keypoint of this frame out."""
        if self.session is not None:
            self.session.skip(self._frame())
            self._show_state()

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

    def redo(self) -> None:
        """Do again what was undone, and go to its frame."""
        self._change(lambda session, _: self._go(session.redo()))

    # Frames.

    def go_to_next(self) -> None:
        """Go to the next frame that is to be labelled."""
        if self.session is not None:
            self._go(self.session.next_to_label(self._frame()))

    def go_forward(self) -> None:
        """Go to the next labelled frame."""
        if self.session is not None:
            self._go(self.session.neighbour(self._frame(), 1))

    def go_back(self) -> None:
        """Go to the labelled frame before."""
        if self.session is not None:
            self._go(self.session.neighbour(self._frame(), -1))

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

    def _refresh(self) -> None:
        if self._labels is not None:
            self._labels.refresh()
        if self._assist is not None:
            self._assist.follow()
        if self.session is not None and self.session.second:
            self.human_error.show_for(self.project)
        self._show_state()

    def _on_step(self) -> None:
        if self._labels is not None:
            self._labels.follow()
        if self._assist is not None:
            self._assist.follow()
        self._show_state()

    def _show_state(self) -> None:
        session = self.session
        can_label = session is not None and not session.project.read_only
        self.frames.panel.set_can_run(can_label)
        for button in self.buttons.values():
            button.setEnabled(can_label)
        if session is None:
            self.what_next.setText(NO_PROJECT if self.project is None else NO_FILM)
            self.progress.setRange(0, 1)
            self.progress.setValue(0)
            return
        labelled, queue = set(session.labelled_frames()), session.queue()
        self.progress.setRange(0, max(len(set(queue) | labelled), 1))
        self.progress.setValue(len(labelled))
        has_proposal = self._proposed(self._frame()) is not None
        self.buttons["accept_proposal"].setEnabled(can_label and has_proposal)
        failure = "" if self._assist is None else self._assist.failure
        self.what_next.setText(failure or what_next(session, self._frame(), has_proposal=has_proposal))

    # The window around it.

    def release(self) -> None:
        """Close the project and let go of the viewer."""
        self._close_project()
        self._viewer.dims.events.current_step.disconnect(self._on_step)
        self._keys.give_back()
        self._names.set_hidden(False)
        self.film.disconnect_viewer()
