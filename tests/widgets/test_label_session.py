"""Labels of a film as a person makes them: every change is stored at once, undone by the project, found again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import FilmRecord, LabelOrigin, LabelRecord, Project
from napari_mazetrack.widgets.label.label_session import LabelSession
from napari_mazetrack.widgets.label.label_words import what_next

FILM = FilmRecord("film-a", ("a.mp4",), 100, 640, 480)
OTHER = FilmRecord("film-b", ("sub/a.mp4",), 100, 640, 480)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "p.mazetrack") as project:
        project.films.put(FILM)
        project.films.put(OTHER)
        yield project


@pytest.fixture
def session(project: Project) -> LabelSession:
    return LabelSession(project, FILM)


def label(session: LabelSession, frame: int, x: float = 10.0) -> None:
    for k in range(3):
        session.set_point(frame, k, (x + 5 * k, 20.0))


def test_clicks_go_head_body_tail(session: LabelSession):
    assert [session.keypoints[k] for k in range(3)] == ["head", "body", "tail"]
    for k in range(3):
        assert session.next_keypoint(7) == k
        session.set_point(7, k, (k, k))
    assert session.next_keypoint(7) is None
    np.testing.assert_array_equal(session.points(7), [[0, 0], [1, 1], [2, 2]])


def test_every_change_is_there_for_whoever_opens_the_project_next(session: LabelSession, project: Project):
    project.author = "Ada"
    label(session, 3)
    session.delete_point(3, 1)
    session.mark_empty(9)
    project.close()
    with Project.open(project.path, read_only=True) as again:
        fresh = LabelSession(again, FILM)
        np.testing.assert_array_equal(fresh.points(3), [[10, 20], [np.nan, np.nan], [20, 20]])
        assert fresh.is_empty(9)
        assert fresh.labelled_frames() == [3, 9]
        assert again.labels.get("film-a", 3).annotator == "Ada"
        with pytest.raises(MazetrackError, match="cannot be changed"):
            fresh.set_point(3, 1, (1, 1))


def test_a_deleted_point_stays_deleted(session: LabelSession):
    label(session, 3)
    for k in range(3):
        session.delete_point(3, k)
    assert session.labelled_frames() == []
    assert np.isnan(session.points(3)).all()


def test_undo_and_redo_say_which_frame_they_changed(session: LabelSession):
    session.set_point(5, 0, (1, 2))
    session.set_point(8, 0, (3, 4))
    assert session.undo() == 8
    assert session.labelled_frames() == [5]
    assert session.redo() == 8
    assert session.labelled_frames() == [5, 8]
    session.set_queue([3, 9])
    assert session.undo() is None  # no frame's label


def test_a_point_that_cannot_be_seen_is_passed_over_today_and_tomorrow(session: LabelSession, project: Project):
    session.skip(4)
    assert session.next_keypoint(4) == 1
    session.set_point(4, 1, (5, 5))
    session.skip(4)
    session.set_queue([4])
    project.close()
    with Project.open(project.path, read_only=False) as again:
        fresh = LabelSession(again, FILM)
        assert fresh.next_keypoint(4) is None
        assert fresh.next_to_label(0) is None
        assert fresh.hidden(4) == [0, 2]
        np.testing.assert_array_equal(np.isfinite(fresh.points(4)).all(axis=1), [False, True, False])
        again.settings.delete("label_queue/film-a")
        fresh.undo()
        fresh.undo()  # the queue
        assert fresh.undo() == 4
        assert (fresh.next_keypoint(4), fresh.hidden(4)) == (2, [0])
        fresh.redo()
        fresh.skip(4)  # nothing is left to skip: both are asked for again
        assert (fresh.next_keypoint(4), fresh.hidden(4)) == (0, [])
        fresh.clear(4)
        assert fresh.next_keypoint(4) == 0


def test_a_frame_in_which_nothing_can_be_seen_is_done_but_teaches_nothing(session: LabelSession, project: Project):
    for _ in range(3):
        session.skip(4)
    assert not session.is_empty(4)  # an animal is there
    assert session.next_keypoint(4) is None
    session.mark_empty(9)
    label(session, 11)
    assert [frame.frame_index for frame in project.labelled_frames()] == [9, 11]
    for k in range(3):
        session.delete_point(4, k)
    assert session.labelled_frames() == [9, 11]


TWO = (
    LabelledInstance(np.array([[10.0, 10], [20, 10], [30, 10]]), np.full(3, 2, np.uint8), np.array([5.0, 5, 35, 15])),
    LabelledInstance(np.array([[10.0, 50], [np.nan] * 2, [30, 50]]), np.array([1, 0, 2], np.uint8)),
)


@pytest.fixture
def two(session: LabelSession, project: Project) -> LabelSession:
    """A session whose frame 6 holds two imported animals, the first with a box that a person drew."""
    project.labels.put(LabelRecord("film-a", 6, TWO, "Ada", LabelOrigin.IMPORTED))
    return session


def test_an_edit_of_one_animal_leaves_the_other_ones_as_they_are(two: LabelSession, project: Project):
    assert two.points(6).shape == (6, 2)
    frames, points = two.points_near(6, 10)
    np.testing.assert_array_equal(points[frames.tolist().index(6)], two.points(6))
    assert two.next_keypoint(6) == 4
    assert two.name_of(6, 4) == "body of animal 2"
    two.set_point(6, 4, (20.0, 51.0))
    two.set_point(6, 3, (11.0, 49.0))
    two.set_point(6, 0, (12.0, 11.0))
    two.delete_point(6, 1)
    two.skip(6)
    first, second = project.labels.get("film-a", 6).instances
    np.testing.assert_array_equal(first.keypoints_xy, [[12, 11], [np.nan] * 2, [30, 10]])
    np.testing.assert_array_equal(second.keypoints_xy, [[11, 49], [20, 51], [30, 50]])
    assert first.visibility.tolist() == [2, 1, 2]
    assert second.visibility.tolist() == [1, 2, 2]  # the head was said to be hidden, and its place guessed
    for row in (3, 4, 5):
        two.delete_point(6, row)
    assert len(project.labels.get("film-a", 6).instances) == 1


def test_a_drawn_box_stays_until_a_point_is_put_outside_of_it(two: LabelSession, project: Project):
    two.set_point(6, 0, (6.0, 14.0))
    two.skip(6)
    two.set_point(6, 5, (300.0, 300.0))  # of the other animal
    assert project.labels.get("film-a", 6).instances[0].box_xyxy.tolist() == [5, 5, 35, 15]
    two.set_point(6, 2, (40.0, 10.0))
    assert project.labels.get("film-a", 6).instances[0].box_xyxy is None
    two.undo()
    assert project.labels.get("film-a", 6).instances[0].box_xyxy.tolist() == [5, 5, 35, 15]


def test_a_copy_takes_all_animals_without_their_boxes_and_asks_for_what_was_hidden(two: LabelSession, project: Project):
    two.skip(6)
    assert two.hidden(6) == [4]
    two.copy_from_previous(9)
    first, second = project.labels.get("film-a", 9).instances
    np.testing.assert_array_equal(first.keypoints_xy, TWO[0].keypoints_xy)
    assert first.box_xyxy is None
    assert second.visibility.tolist() == [1, 0, 2]


def test_two_films_of_one_name_do_not_mix(session: LabelSession, project: Project):
    label(session, 3)
    other = LabelSession(project, OTHER)
    assert other.labelled_frames() == []
    other.mark_empty(3)
    assert not session.is_empty(3)


def test_copying_takes_the_nearest_label_with_points(session: LabelSession):
    assert not session.copy_from_previous(50)
    label(session, 10, x=1.0)
    label(session, 20, x=2.0)
    session.mark_empty(30)
    label(session, 60, x=3.0)
    assert session.copy_from_previous(50)
    assert session.points(50)[0, 0] == 2.0


def test_the_queue_is_worked_through(session: LabelSession):
    session.set_queue(np.array([59, 20, 40, 79, 5000]))
    assert session.queue() == [20, 40, 59, 79]  # in order, and within the film
    assert session.next_to_label(0) == 20
    label(session, 20)
    session.mark_empty(40)
    session.set_point(59, 0, (1, 1))  # not complete
    assert session.next_to_label(20) == 59
    assert session.next_to_label(90) == 59  # from the start again
    label(session, 59)
    label(session, 79)
    assert session.next_to_label(0) is None
    assert (session.neighbour(40, 1), session.neighbour(40, -1), session.neighbour(79, 1)) == (59, 20, None)


def test_beyond_the_queue_there_are_the_frames_that_are_not_labelled_to_the_end(session: LabelSession):
    label(session, 11)
    session.mark_empty(12)
    session.set_point(13, 0, (1, 1))
    assert session.next_unlabelled(10) == 13
    label(session, 13)
    assert session.next_unlabelled(10) == 14
    assert session.next_unlabelled(99) == 0
    assert LabelSession(session.project, FILM, "Bo").next_unlabelled(10) is None


def test_a_second_person_neither_sees_nor_changes_the_first_ones_points(project: Project):
    project.author = "Ada"
    first = LabelSession(project, FILM)
    for frame in (3, 10, 20, 31, 40):
        label(first, frame, x=frame)
    project.author = "Bo"
    second = LabelSession(project, FILM, "Bo")
    assert second.labelled_frames() == []
    assert np.isnan(second.points(3)).all()
    assert second.frames_for_second_pass(3) == [3, 20, 40]
    assert second.frames_for_second_pass(50) == [3, 10, 20, 31, 40]
    assert LabelSession(project, FILM, "Ada").frames_for_second_pass(50) == []
    second.set_queue([3, 20])
    label(second, 3, x=5.0)
    assert second.next_to_label(3) == 20
    assert (first.points(3)[0, 0], second.points(3)[0, 0]) == (3.0, 5.0)
    assert first.queue() == []
    second.clear(3)
    assert first.labelled_frames() == [3, 10, 20, 31, 40]
    assert second.undo() == 3
    assert second.points(3)[0, 0] == 5.0
    assert project.labels.get("film-a", 3).annotator == "Ada"
    assert project.second_labels("Bo").get("film-a", 3).annotator == "Bo"


def test_a_session_sees_what_others_do_to_the_project(session: LabelSession, project: Project):
    label(session, 3)
    beside = LabelSession(project, FILM)
    label(beside, 4, x=7.0)
    beside.clear(3)
    assert session.labelled_frames() == [4]
    assert session.points(4)[0, 0] == 7.0
    with Project.open(project.path, read_only=True) as reader:
        watching = LabelSession(reader, FILM)
        session.mark_empty(9)
        assert watching.labelled_frames() == [4, 9]


actions = st.lists(
    st.tuples(
        st.sampled_from(["set", "set", "set", "delete", "hide", "empty", "clear", "copy", "undo", "redo"]),
        st.integers(0, 4),
        st.integers(0, 2),
        st.integers(0, 50),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=actions)
def test_any_sequence_gives_what_a_dictionary_would(steps, tmp_path_factory):
    path = tmp_path_factory.mktemp("project") / "p.mazetrack"
    with Project.create(path) as project:
        project.films.put(FILM)
        session = LabelSession(project, FILM)
        truth, done, undone = {}, [], []  # frame -> 3 × (x, "hidden" or None), "empty" for an empty frame
        for what, frame, k, x in steps:
            before = dict(truth)
            _apply(truth, what, frame, k, x)
            {
                "set": lambda f=frame, k=k, x=x: session.set_point(f, k, (x, x)),
                "delete": lambda f=frame, k=k: session.delete_point(f, k),
                "hide": lambda f=frame: session.skip(f),
                "empty": lambda f=frame: session.mark_empty(f),
                "clear": lambda f=frame: session.clear(f),
                "copy": lambda f=frame: session.copy_from_previous(f),
                # The first edit put the film there: it is no label's.
                "undo": lambda: session.undo() if done else None,
                "redo": session.redo,
            }[what]()
            if what == "undo" and done:
                undone.append(dict(truth))
                truth = done.pop()
            elif what == "redo" and undone:
                done.append(dict(truth))
                truth = undone.pop()
            elif what not in ("undo", "redo") and truth != before:
                done.append(before)
                undone.clear()
    with Project.open(path, read_only=True) as again:
        fresh = LabelSession(again, FILM)
        assert fresh.labelled_frames() == sorted(truth)
        for frame, value in truth.items():
            if value == "empty":
                assert fresh.is_empty(frame)
            else:
                expected = [[np.nan if v in (None, "hidden") else v] * 2 for v in value]
                np.testing.assert_array_equal(fresh.points(frame), expected)
                assert fresh.hidden(frame) == [k for k, v in enumerate(value) if v == "hidden"]


def _apply(truth, what, frame, k, x):
    value = truth.get(frame)
    points = [None] * 3 if value in (None, "empty") else list(value)
    if what in ("set", "delete"):
        points[k] = x if what == "set" else None
        _store(truth, frame, points)
    elif what == "hide":
        _store(truth, frame, _hide(points))
    elif what == "empty":
        truth[frame] = "empty"
    elif what == "clear":
        truth.pop(frame, None)
    elif what == "copy":
        placed = {f: _ask_again(value) for f, value in truth.items() if f < frame and value != "empty"}
        before = [f for f in sorted(placed) if any(v is not None for v in placed[f])]
        if before:
            truth[frame] = placed[before[-1]]


def _hide(points):
    if None in points:
        points[points.index(None)] = "hidden"
        return points
    return list(_ask_again(points))


def _ask_again(points):
    return tuple(None if v == "hidden" else v for v in points)


def _store(truth, frame, points):
    if any(p is not None for p in points):
        truth[frame] = tuple(points)
    else:
        truth.pop(frame, None)


def test_beyond_the_end_of_a_film_nothing_is_labelled_and_what_stands_there_can_go(session: LabelSession):
    label(session, 3)
    session.set_queue([50])
    for change in (
        lambda: session.set_point(100, 0, (1, 1)),
        lambda: session.accept(100, np.ones((3, 2))),
        lambda: session.skip(100),
        lambda: session.mark_empty(100),
        lambda: session.copy_from_previous(100),
    ):
        with pytest.raises(MazetrackError, match="Frame 100 lies beyond the end of the film"):
            change()
    session.clear(100)
    assert what_next(session, 100) == "Frame 100 lies beyond the end of the film, whose last frame is 99."
    assert what_next(session, 99) == "Frame 99: click the head."
    assert session.next_to_label(100) == 50


def test_from_beyond_the_end_the_next_frame_is_found_from_the_start(session: LabelSession):
    assert session.next_unlabelled(130) == 0
    for frame in range(99):
        session.mark_empty(frame)
    assert session.next_unlabelled(130) == 99
    assert session.next_unlabelled(99) is None


def test_a_look_at_another_film_leaves_the_last_click_to_be_undone(session: LabelSession, project: Project):
    session.set_point(5, 0, (1, 2))
    project.films.put(replace(OTHER, film_id="film-c"))
    assert session.undo() == 5
    project.films.put(replace(FILM, paths=("moved/a.mp4",)))
    assert session.redo() == 5
    assert project.films.get("film-a").paths == ("moved/a.mp4",)


def test_undo_leaves_what_another_panel_made_and_tells_it(session: LabelSession, project: Project):
    session.set_point(5, 0, (1, 2))
    project.corrections.append("film-a", "swap", {})
    with pytest.raises(MazetrackError, match=r"^Nothing is undone: the newest edit is a correction, which"):
        session.undo()
    assert len(project.corrections) == 1
    project.undo()
    session.set_queue([3])
    assert session.undo() is None
    assert session.undo() == 5
