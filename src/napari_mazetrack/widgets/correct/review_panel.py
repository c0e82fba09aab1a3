"""The To check tab: the moments of a track, what was said of each, and how much can still change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_mazetrack.review.answers import (
    Answer,
    Answered,
    answer_to,
    answers_from_plain,
    answers_to_plain,
    still_open,
    with_answer,
)
from napari_mazetrack.review.moment import Moment
from napari_mazetrack.review.queue import sum_stakes
from napari_mazetrack.widgets.correct.correction_session import ANSWERS_SETTING, CorrectionSession
from napari_mazetrack.widgets.correct.moments_table import MomentsTable, in_words
from napari_mazetrack.widgets.window.notify import failures_shown

BUTTONS = {Answer.RIGHT: "Right (0)", Answer.FIXED: "Fixed (9)", Answer.UNSURE: "Cannot say (Shift+Q)"}
NOTHING = "Here stand the moments of a track that should be looked at, once it is measured."
NOT_CORRECTING = "Press Correct in the next tab to answer them: answers are kept in the project."


class ReviewPanel(QWidget):
    """Shows moments and takes answers.

    Parameters
    ----------
    corrections : callable
        The session whose project keeps the answers; None while nothing is corrected.
    """

    def __init__(self, corrections: Callable[[], CorrectionSession | None]) -> None:
        super().__init__()
        self._corrections = corrections
        self.table = MomentsTable()
        self.state = QLabel(NOTHING)
        self.state.setWordWrap(True)
        self.buttons = {answer: QPushButton(text) for answer, text in BUTTONS.items()}
        row = QHBoxLayout()
        for answer, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, given=answer: self.answer(given))
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        layout.addWidget(self.table, stretch=1)
        layout.addLayout(row)
        self.refresh()

    def set_moments(self, moments: Sequence[Moment]) -> None:
        """Show moments, and what was said of them."""
        self.table.set_value(moments)
        self.refresh()

    def answers(self) -> tuple[Answered, ...]:
        """Return what was said of the film's moments."""
        session = self._corrections()
        if session is None:
            return ()
        return answers_from_plain(session.project.settings.get(ANSWERS_SETTING.format(session.film_id)))

    def answer(self, answer: Answer) -> None:
        """Answer the selected moment, on the disk when it is shown, and go to the next open one."""
        session, moment = self._corrections(), self.table.selected()
        if session is None or moment is None:
            return
        with failures_shown():
            answers = with_answer(self.answers(), moment, answer)
            session.project.settings.put(ANSWERS_SETTING.format(session.film_id), answers_to_plain(answers))
        self.refresh()
        self.select_next()

    def select_next(self) -> None:
        """Select the next moment that can still change something, after the last one the first."""
        waiting = still_open(self.table.value(), self.answers())
        if waiting:
            self.table.select_next(waiting)

    def refresh(self) -> None:
        """Show what is known now."""
        moments, answers = self.table.value(), self.answers()
        self.table.set_answers([answer_to(moment, answers) for moment in moments])
        can_answer = self._corrections() is not None and bool(moments)
        for button in self.buttons.values():
            button.setEnabled(can_answer)
        if not moments:
            self.state.setText(NOTHING)
            return
        waiting = still_open(moments, answers)
        at_stake = in_words(sum_stakes(waiting), "Together they")
        said = f"{len(waiting)} of {len(moments)} moments are open. {at_stake}"
        self.state.setText(said if self._corrections() is not None else f"{said} {NOT_CORRECTING}")
