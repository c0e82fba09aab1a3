"""Answers stay with their moments while the track changes."""

from dataclasses import replace

import pytest

from napari_mazetrack.review.answers import (
    Answer,
    Answered,
    answer_to,
    answers_from_plain,
    answers_to_plain,
    still_open,
    with_answer,
)
from napari_mazetrack.review.moment import Moment, MomentKind, Stake

GAP = Moment(MomentKind.GAP, 40, 80, 2.0, "not seen", Stake(path_cm=10))
JUMP = Moment(MomentKind.JUMP, 60, 61, 3.0, "jumps", Stake(path_cm=5))


def test_an_answer_is_of_its_kind_and_frames():
    answers = with_answer((), GAP, Answer.RIGHT)
    assert answer_to(GAP, answers) == Answer.RIGHT
    assert answer_to(JUMP, answers) is None
    assert answer_to(replace(GAP, first_frame=80, last_frame=90), answers) == Answer.RIGHT
    assert answer_to(replace(GAP, first_frame=81, last_frame=90), answers) is None


def test_a_new_answer_replaces_the_old_one():
    answers = with_answer(with_answer((), GAP, Answer.RIGHT), JUMP, Answer.FIXED)
    answers = with_answer(answers, replace(GAP, first_frame=45), Answer.UNSURE)
    assert [given.answer for given in answers] == [Answer.FIXED, Answer.UNSURE]


@pytest.mark.parametrize(("answer", "is_open"), [(Answer.RIGHT, False), (Answer.FIXED, False), (Answer.UNSURE, True)])
def test_what_cannot_be_said_stays_open(answer, is_open):
    assert (GAP in still_open([GAP, JUMP], with_answer((), GAP, answer))) == is_open
    assert JUMP in still_open([GAP, JUMP], with_answer((), GAP, answer))


def test_what_a_jump_explains_is_answered_with_it():
    """Whoever mends a jump has looked at what is left of it: a gap in its frames, but none that reaches beyond them."""
    jump = replace(JUMP, first_frame=40, last_frame=80)
    answers = with_answer((), jump, Answer.FIXED)
    assert answer_to(GAP, answers) == Answer.FIXED
    assert answer_to(replace(GAP, last_frame=81), answers) is None
    assert answer_to(Moment(MomentKind.BORDER, 50, 60, 2.0, "", Stake()), answers) is None
    assert answer_to(jump, with_answer((), GAP, Answer.FIXED)) is None
    assert answer_to(GAP, with_answer(answers, GAP, Answer.UNSURE)) == Answer.UNSURE


def test_answers_come_back_from_json_and_damage_is_left_out():
    answers = with_answer(with_answer((), GAP, Answer.RIGHT), JUMP, Answer.FIXED)
    assert answers_from_plain(answers_to_plain(answers)) == answers
    damaged = [["gap", 1], "x", ["gap", "a", 2, "right"], ["hop", 1, 2, "right"], ["gap", 1, 2, "right"], None]
    assert answers_from_plain(damaged) == (Answered(MomentKind.GAP, 1, 2, Answer.RIGHT),)
    assert answers_from_plain(None) == ()
