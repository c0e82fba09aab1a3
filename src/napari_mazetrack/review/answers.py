"""What a person said of the moments of a track: right, fixed, or that it cannot be said.

Moments are found anew whenever the track changes; an answer stays with the moment of its kind that shares frames with
it, and counts for what it explains: who has looked at a jump has looked at the gap within it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from napari_mazetrack.review.moment import EXPLAINS, Moment, MomentKind


class Answer(StrEnum):
    """What a person says of a moment."""

    RIGHT = "right"
    FIXED = "fixed"
    UNSURE = "cannot say"


@dataclass(frozen=True)
class Answered:
    """An answer, and the frames (both included) that it was given for."""

    kind: MomentKind
    first_frame: int
    last_frame: int
    answer: Answer

    def concerns(self, moment: Moment) -> bool:
        """Whether the moment is the one that was answered, as far as frames can tell."""
        shares_frames = self.first_frame <= moment.last_frame and moment.first_frame <= self.last_frame
        return self.kind == moment.kind and shares_frames

    def explains(self, moment: Moment) -> bool:
        """Whether the moment lies within what was answered, and is a lesser sign of the same."""
        is_within = self.first_frame <= moment.first_frame and moment.last_frame <= self.last_frame
        is_known = self.kind in EXPLAINS and moment.kind in EXPLAINS
        return is_within and is_known and EXPLAINS.index(self.kind) < EXPLAINS.index(moment.kind)


def answer_to(moment: Moment, answers: Sequence[Answered]) -> Answer | None:
    """Return the newest answer to a moment, or to what explains it; None where there is none."""
    own = (given.answer for given in reversed(answers) if given.concerns(moment))
    other = (given.answer for given in reversed(answers) if given.explains(moment))
    return next(own, next(other, None))


def with_answer(answers: Sequence[Answered], moment: Moment, answer: Answer) -> tuple[Answered, ...]:
    """Return the answers with a new one, in place of what was said of the same moment before."""
    kept = [given for given in answers if not given.concerns(moment)]
    return (*kept, Answered(moment.kind, moment.first_frame, moment.last_frame, answer))


def still_open(moments: Sequence[Moment], answers: Sequence[Answered]) -> list[Moment]:
    """Return the moments that can still change something: without an answer, or where it could not be said."""
    return [moment for moment in moments if answer_to(moment, answers) in (None, Answer.UNSURE)]


def answers_to_plain(answers: Sequence[Answered]) -> list[list[str | int]]:
    """Return answers as lists for JSON."""
    return [[str(a.kind), a.first_frame, a.last_frame, str(a.answer)] for a in answers]


def answers_from_plain(plain: object) -> tuple[Answered, ...]:
    """Read what `answers_to_plain` gave; what cannot be read is left out: it is only asked again."""
    answers = []
    for item in plain if isinstance(plain, list) else []:
        try:
            kind, first, last, answer = item
            answers.append(Answered(MomentKind(kind), int(first), int(last), Answer(answer)))
        except (ValueError, TypeError):
            continue
    return tuple(answers)
