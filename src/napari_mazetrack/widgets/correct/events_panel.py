"""The Events tab: when the animal was released, touched the platform, escaped …; found, or said by a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from napari.components import ViewerModel
from napari.utils.notifications import show_error
from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_mazetrack.maze.find_hand import FoundHand
from napari_mazetrack.project.lease import person
from napari_mazetrack.review.event_marks import (
    FOLLOWS_FROM_PATH,
    EventKind,
    EventMark,
    moved_mark,
    with_found_marks,
    with_mark,
)
from napari_mazetrack.video import Timing
from napari_mazetrack.widgets.correct.correction_session import CorrectionSession
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.window.background import Ending, Failed, Finished, JobRunner, NamedJob
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.workflows.correct import marks_of, put_marks
from napari_mazetrack.workflows.find_hand import find_hand, hand_in_words, hand_marks

COLUMNS = ("Time", "Event", "Said by")
FOUND = "found"
NOTHING = "The events of the trial stand here once the track is measured."
NOT_CORRECTING = "Press Correct in the tab before to change them: they are kept in the project."
LOOK_YOURSELF = "Nothing was marked: go to the frame and set the release yourself (Add here)."
CHECK_IT = "Marked: click on the release and check it in the film; Move here puts it right, Undo takes it back."
SAID_ALREADY = "You have said when it was released, so nothing was changed."
HELP = "Guided, removed and end end the trial; release begins it. Touch and escape follow from path and platform."


class EventsPanel(QWidget):
    """Shows the events of a session's trial, and changes them.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Its frame is where an event is put.
    session : Session
        Its marks are shown.
    corrections : callable
        The session whose project keeps what is said; None while nothing is corrected.
    timing : callable
        Times in place of the film's own; None where there are none.
    """

    frame_requested = Signal(int)

    def __init__(
        self,
        viewer: ViewerModel,
        session: Session,
        corrections: Callable[[], CorrectionSession | None],
        timing: Callable[[], Timing | None],
    ) -> None:
        super().__init__()
        self._viewer = viewer
        self._session = session
        self._corrections = corrections
        self._timing = timing
        self._followed: CorrectionSession | None = None
        self._marks: tuple[EventMark, ...] = ()
        self.table = QTableWidget(0, len(COLUMNS))
        self.state = QLabel(NOTHING)
        self.kind = QComboBox()
        self.buttons = {
            "add": QPushButton("Add here"),
            "move": QPushButton("Move here"),
            "confirm": QPushButton("Confirm"),
            "remove": QPushButton("Take away"),
            "find_hand": QPushButton("Find the hand"),
        }
        self.buttons["find_hand"].setToolTip(
            "Looks in the film for the hand that brings the animal, and marks when it comes in and lets go."
        )
        self._looking = JobRunner(self)
        self._told_of_hand = ""
        self._lay_out()
        self.table.itemSelectionChanged.connect(self._on_selected)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, method=name: getattr(self, method)())
        for event in (session.events.found_marks, session.events.said_marks):
            event.connect(self.refresh)
        self._looking.ended.connect(self._on_looked)
        session.events.film.connect(self.stop_looking)
        self.refresh()

    def _lay_out(self) -> None:
        self.state.setWordWrap(True)
        for kind in EventKind:
            self.kind.addItem(in_words(kind), kind)
        self.table.setHorizontalHeaderLabels(COLUMNS)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        grid = QGridLayout()
        grid.addWidget(self.kind, 0, 0, 1, 2)
        grid.addWidget(self.buttons["add"], 0, 2)
        for column, name in enumerate(("move", "confirm", "remove")):
            grid.addWidget(self.buttons[name], 1, column)
        grid.addWidget(self.buttons["find_hand"], 2, 0, 1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        layout.addWidget(self.table, stretch=1)
        layout.addLayout(grid)

    def value(self) -> tuple[EventMark, ...]:
        """Return the marks that are shown."""
        return self._marks

    def can_change(self) -> bool:
        """Whether there is a project to keep what is said."""
        corrections = self._corrections()
        return corrections is not None and not corrections.project.read_only

    # What the person does.

    def add(self) -> None:
        """Say that the chosen kind of event happened in this frame."""
        time_s = self._time_here()
        if time_s is not None:
            mark = EventMark(EventKind(self.kind.currentData()), time_s, self._person())
            self._say(with_mark(self._session.said_marks, mark), f"{in_words(mark.kind)} at {time_s:.2f} s")

    def move(self) -> None:
        """Say that the selected event happened in this frame."""
        mark, time_s = self._selected(), self._time_here()
        if mark is not None and time_s is not None:
            self.move_mark(mark, time_s)

    def move_mark(self, mark: EventMark, time_s: float) -> None:
        """Say that an event happened in the frame nearest to a time; what follows from the path stays."""
        if mark.kind in FOLLOWS_FROM_PATH:
            self.state.setText(f"The {in_words(mark.kind)} follows from path and platform: correct those.")
            return
        track = self._session.track
        if track is not None:
            time_s = float(track.time_s[np.argmin(np.abs(track.time_s - time_s))])
        said = moved_mark(self._session.said_marks, mark, time_s, self._person())
        self._say(said, f"Move {in_words(mark.kind)} to {time_s:.2f} s")

    def confirm(self) -> None:
        """Say that the selected event is right as it was found."""
        mark = self._selected()
        if mark is not None:
            said = with_mark(self._session.said_marks, replace(mark, said_by=self._person()))
            self._say(said, f"Confirm {in_words(mark.kind)} at {mark.time_s:.2f} s")

    def remove(self) -> None:
        """Take back what was said of the selected event; what was found in its place is shown again."""
        mark = self._selected()
        if mark is not None and mark.said_by:
            said = tuple(one for one in self._session.said_marks if one != mark)
            self._say(said, f"Take away {in_words(mark.kind)} at {mark.time_s:.2f} s")

    def find_hand(self) -> None:
        """Look for the hand that brings the animal, in the background; while it is looked for, stop looking."""
        film, track = self._session.film, self._session.track
        if self._looking.is_running:
            self._looking.cancel()
        elif film is not None and track is not None:
            job = find_hand(film.path, track, self._session.arena, timing=self._timing())
            self._looking.start(NamedJob(f"Looking for the hand in {film.path.name}", job))
            self.buttons["find_hand"].setText("Stop looking")

    def stop_looking(self, _film: object = None) -> None:
        """Stop looking for the hand, and drop what is found all the same."""
        self._looking.discard()
        self._told_of_hand = ""
        self.buttons["find_hand"].setText("Find the hand")

    def _on_looked(self, ending: Ending) -> None:
        self.stop_looking()
        if isinstance(ending, Failed):
            show_error(ending.message)
        elif isinstance(ending, Finished) and self.can_change():
            self._take_hand(ending.result)

    def _take_hand(self, found: FoundHand | str) -> None:
        """Keep what was found as marks, in one revision; a release that a person said stays."""
        if isinstance(found, str):
            told = f"{found} {LOOK_YOURSELF}"
        else:
            marks = with_found_marks(self._session.said_marks, hand_marks(found))
            self._say(marks, f"Found: the hand lets go at {found.release_s:.2f} s")
            is_marked = any(mark in marks for mark in hand_marks(found))
            told = f"{hand_in_words(found)} {CHECK_IT if is_marked else SAID_ALREADY}"
        self._told_of_hand = told
        self.refresh()

    def follow_project(self) -> None:
        """Show what the project holds after an undo; where correcting begins, keep in it what was said before."""
        corrections = self._corrections()
        if corrections is not None:
            with failures_shown():
                said, kept = self._session.said_marks, marks_of(corrections.project, corrections.film_id)
                if corrections is not self._followed and said and said != kept and self.can_change():
                    put_marks(corrections.project, corrections.film_id, said, "Note the events of the trial")
                elif said != kept:
                    self._session.said_marks = kept
        self._followed = corrections
        self.refresh()

    def said_release(self) -> float | None:
        """Return when a person said that the animal was released; None where nobody did."""
        return next((mark.time_s for mark in self._session.said_marks if mark.kind == EventKind.RELEASE), None)

    def set_release(self, time_s: float | None) -> None:
        """Say when the animal was released, None for found; on the disk first while the track is corrected."""
        said = tuple(mark for mark in self._session.said_marks if mark.kind != EventKind.RELEASE)
        if time_s is not None:
            said = with_mark(said, EventMark(EventKind.RELEASE, time_s, self._person()))
        if self.can_change():
            self._say(said, "Release as found" if time_s is None else f"Release at {time_s:.2f} s")
        else:
            self._session.said_marks = said

    def _say(self, said: tuple[EventMark, ...], summary: str) -> None:
        corrections = self._corrections()
        if corrections is None or said == self._session.said_marks:
            return
        self._told_of_hand = ""
        with failures_shown():
            put_marks(corrections.project, corrections.film_id, said, summary)
            self._session.said_marks = said

    def _person(self) -> str:
        corrections = self._corrections()
        return person() if corrections is None else corrections.project.author

    def _time_here(self) -> float | None:
        track, frame = self._session.track, int(self._viewer.dims.current_step[0])
        return None if track is None or not 0 <= frame < track.n_frames else float(track.time_s[frame])

    # The session is shown.

    def refresh(self, _value: object = None) -> None:
        """Show the events as they are known now."""
        chosen = self._selected()
        self._marks = self._session.marks
        self.table.blockSignals(True)
        self.table.clearSelection()
        self.table.setRowCount(len(self._marks))
        for i, mark in enumerate(self._marks):
            for column, text in enumerate((f"{mark.time_s:.2f} s", in_words(mark.kind), mark.said_by or FOUND)):
                self.table.setItem(i, column, QTableWidgetItem(text))
            if chosen is not None and chosen.is_same_event(mark):
                self.table.selectRow(i)
        self.table.blockSignals(False)
        for button in self.buttons.values():
            button.setEnabled(self.can_change() and bool(self._marks))
        can_say = self._told_of_hand or HELP if self.can_change() else NOT_CORRECTING
        self.state.setText(can_say if self._marks else NOTHING)

    def _selected(self) -> EventMark | None:
        rows = self.table.selectionModel().selectedRows()
        return self._marks[rows[0].row()] if rows and rows[0].row() < len(self._marks) else None

    def _on_selected(self) -> None:
        mark, track = self._selected(), self._session.track
        if mark is not None and track is not None:
            self.frame_requested.emit(int(np.argmin(np.abs(track.time_s - mark.time_s))))


def in_words(kind: EventKind) -> str:
    """Return the name of an event as people read it."""
    return str(kind).replace("_", " ")
