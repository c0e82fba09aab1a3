"""Edits, revisions, undo and redo through the public face of a project."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import threading
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.project import (
    Action,
    EntityKey,
    LabelOrigin,
    LabelRecord,
    ModelRecord,
    Project,
    RunRecord,
)


def test_what_was_put_is_there_after_reopening(project, path, film, make_label, xs):
    arena = Arena(Ellipse(320, 240, 200, 198), diameter_cm=120.0, platforms={"SW": Platform("circle", 250, 300, 17)})
    trial = Trial("t1", TrialKind.PROBE, film="f1", animal="m1", day=2, release_s=1.25, exclude=True)
    model = ModelRecord("mine", "ab" * 32, ("models/m.onnx",), {"ap50": 0.97})
    run = RunRecord("r1", "track", "f1", "ab" * 32, ("a.tracks.nc",), {"precision": "fp32"})
    project.labels.put(make_label(3))
    project.arenas.put("north", arena)
    project.trials.put(trial)
    project.models.put(model)
    project.runs.put(run)
    project.settings.put("default_model", "mine")
    correction = project.corrections.append("f1", "swap", {"frame_index": 7})
    project.close()

    with Project.open(path) as again:
        assert again.films.get("f1") == film
        assert xs(again) == {3: 10.0}
        assert again.arenas.get("north") == arena
        assert again.trials.get("t1") == trial
        assert again.models.get("mine") == model
        assert again.runs.get("r1") == run
        assert again.settings.get("default_model") == "mine"
        assert again.corrections.of_film("f1") == (correction,)
        assert again.check() == ()


def test_label_comes_back_exactly(project, make_label):
    label = make_label(5, x=1 / 3)
    instance = replace(label.instances[0], box_xyxy=np.array([0.1, 0.2, 30.0, 40.5]))
    boxed = replace(label, instances=(instance,), origin=LabelOrigin.CORRECTED)
    project.labels.put(boxed)
    back = project.labels.get("f1", 5)
    assert (back.annotator, back.origin) == ("ann", LabelOrigin.CORRECTED)
    np.testing.assert_array_equal(back.instances[0].keypoints_xy, boxed.instances[0].keypoints_xy)
    np.testing.assert_array_equal(back.instances[0].visibility, [2, 1, 0])
    np.testing.assert_array_equal(back.instances[0].box_xyxy, [0.1, 0.2, 30.0, 40.5])


def test_an_empty_frame_is_not_an_unlabelled_one(project):
    project.labels.put(LabelRecord("f1", 9, ()))
    assert project.labels.get("f1", 9).instances == ()
    assert project.labels.get("f1", 10) is None
    assert project.labels.frames("f1") == [9]


def test_each_edit_is_a_revision_that_says_who_when_and_what(project, make_label):
    project.author = "Bo"
    project.labels.put(make_label(3, x=1.0))
    project.labels.put(make_label(3, x=2.0))
    newest = project.history(newest=1)[0]
    assert (newest.author, newest.action, newest.summary) == ("Bo", Action.EDIT, "Label frame 3")
    assert datetime.fromisoformat(newest.time_utc).utcoffset().total_seconds() == 0
    (change,) = project.changes(newest)
    assert change.key == EntityKey("label", "f1", 3)
    assert '"head":[1.0,2.0,2]' in change.before
    assert '"head":[2.0,4.0,2]' in change.after


def test_undo_and_redo_append_to_one_history(project, make_label, xs):
    project.labels.put(make_label(3))
    project.labels.delete("f1", 3)
    project.undo()
    assert xs(project) == {3: 10.0}
    project.redo()
    assert xs(project) == {}
    assert [(r.action, r.target) for r in project.history()[:3]] == [("redo", 3), ("undo", 3), ("edit", None)]
    assert project.check() == ()


def test_a_new_edit_clears_the_redo_list(project, make_label, xs):
    for frame_index in (1, 2, 3):
        project.labels.put(make_label(frame_index))
    project.undo()
    project.undo()
    project.labels.put(make_label(8))
    assert project.next_redo is None
    assert project.redo() == ()
    assert sorted(xs(project)) == [1, 8]
    project.undo()
    assert sorted(xs(project)) == [1]
    assert project.next_redo.summary == "Label frame 8"


def test_undo_survives_reopening(project, path, make_label, xs):
    project.labels.put(make_label(1))
    project.labels.put(make_label(2))
    project.undo()
    project.close()
    with Project.open(path) as again:
        assert again.next_redo.summary == "Label frame 2"
        again.redo()
        assert sorted(xs(again)) == [1, 2]
        again.undo()
        again.undo()
        assert xs(again) == {}


def test_undo_of_everything_leaves_nothing_and_then_does_nothing(project):
    assert [change.key.kind for change in project.undo()] == ["film"]
    n_revisions = len(project.history())
    assert project.undo() == ()
    assert len(project.history()) == n_revisions
    assert len(project.films) == 0


def test_a_group_is_one_revision(project, make_label, xs):
    with project.edit("Label two frames"):
        project.labels.put(make_label(1))
        project.labels.put(make_label(1, x=5.0))
        project.labels.put(make_label(2))
    assert project.history(newest=1)[0].summary == "Label two frames"
    assert len(project.changes(project.history(newest=1)[0])) == 2
    project.undo()
    assert xs(project) == {}
    project.redo()
    assert xs(project) == {1: 5.0, 2: 10.0}


def test_an_exception_takes_the_whole_group_back(project, make_label, xs):
    def fail() -> None:
        with project.edit("never"):
            project.labels.put(make_label(1))
            raise KeyError

    before = project.history()
    with pytest.raises(KeyError):
        fail()
    assert xs(project) == {}
    assert project.history() == before
    project.labels.put(make_label(2))
    project.undo()
    assert project.check() == ()


@pytest.mark.parametrize("case", ["the same again", "there and back", "nothing to delete"])
def test_an_edit_without_a_net_change_is_no_revision(project, make_label, case):
    project.labels.put(make_label(1))
    project.undo()
    project.redo()
    before = project.history()
    if case == "the same again":
        project.labels.put(make_label(1))
    elif case == "there and back":
        with project.edit("there and back"):
            project.labels.put(make_label(2))
            project.labels.delete("f1", 2)
    else:
        assert project.labels.delete("f1", 77) is False
    assert project.history() == before


def test_undo_cannot_stand_in_a_group(project, make_label):
    with project.edit("group"):
        project.labels.put(make_label(1))
        with pytest.raises(RuntimeError, match="transaction"):
            project.undo()
    assert len(project.labels) == 1


def test_labels_need_their_film(project, make_label):
    with pytest.raises(MazetrackError, match="Add it to the project first"):
        project.labels.put(make_label(1, film_id="other"))
    project.labels.put(make_label(1))
    with pytest.raises(MazetrackError, match="still has 1 labels"):
        project.films.delete("f1")
    project.labels.delete("f1", 1)
    assert project.films.delete("f1") is True


def test_corrections_keep_their_order(project):
    for kind in ("a", "b", "c"):
        project.corrections.append("f1", kind, {})
    project.corrections.delete("f1", 1)
    assert project.corrections.append("f1", "d", {"x": 1.5}).position == 3
    assert [c.kind for c in project.corrections.of_film("f1")] == ["a", "c", "d"]
    project.undo()
    project.undo()
    assert [c.kind for c in project.corrections.of_film("f1")] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("points", "visibility"),
    [
        (np.zeros((2, 2)), np.zeros(3)),
        (np.zeros((3, 2)), np.zeros(2)),
        (np.zeros((3, 2)), np.full(3, 7)),
        (np.full((3, 2), np.inf), np.zeros(3)),
    ],
    ids=["two points", "two flags", "flag 7", "infinite"],
)
def test_a_label_must_fit_the_skeleton(project, make_label, points, visibility):
    instance = type(make_label(0).instances[0])(points, visibility.astype(np.uint8))
    with pytest.raises(ValueError, match=r"labelled instance|visibility"):
        project.labels.put(LabelRecord("f1", 0, (instance,)))


@pytest.mark.parametrize("name", ["", "  ", "x" * 301, "\udcff"], ids=["empty", "blank", "long", "no text"])
def test_names_must_be_names(project, name):
    with pytest.raises(MazetrackError, match="name"):
        project.settings.put(name, 1)


def test_labels_as_values_to_train_with(project, tmp_path, make_label):
    project.labels.put(make_label(4))
    (frame,) = project.labelled_frames()
    assert (frame.source, frame.frame_index, frame.film_id, frame.group) == (Path("films/a.mp4"), 4, "f1", "f1")
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.mp4").touch()
    (frame,) = project.labelled_frames()
    assert frame.source == tmp_path / "films" / "a.mp4"


def label_many(project, make_label) -> None:
    with project.edit("too much"):
        for frame_index in range(2, 500):
            project.labels.put(make_label(frame_index))


def test_a_full_disk_takes_the_edit_back(project, make_label, xs):
    project.labels.put(make_label(1))
    n_pages = project._connection.execute("PRAGMA page_count").fetchone()[0]
    project._connection.execute(f"PRAGMA max_page_count = {n_pages}")
    with pytest.raises(MazetrackError, match=r"disk is full.*not in it"):
        label_many(project, make_label)
    assert xs(project) == {1: 10.0}
    project._connection.execute("PRAGMA max_page_count = 1000000")
    project.labels.put(make_label(2))
    assert project.check() == ()


def test_another_thread_is_refused(project):
    caught: list[type[Exception]] = []

    def use() -> None:
        try:
            len(project.labels)
        except sqlite3.ProgrammingError as error:
            caught.append(type(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert caught == [sqlite3.ProgrammingError]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_process_may_not_write(project, make_label, xs):
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    def child() -> None:
        try:
            project.labels.put(make_label(1))
        except RuntimeError as error:
            answers.put(str(error))

    process = context.Process(target=child)
    process.start()
    process.join(20)
    assert "child process" in answers.get(timeout=5)
    assert xs(project) == {}


def test_opens_20000_labelled_frames_in_time(project, path, film, make_label):
    with project.edit("A long film"):
        project.films.put(replace(film, n_frames=20_000))
        project.labels.put(make_label(0, x=123.456789))
    project.close()
    connection = sqlite3.connect(path)
    (payload,) = connection.execute("SELECT payload FROM entity WHERE kind = 'label'").fetchone()
    numbers = range(1, 20_000)
    connection.executemany(
        "INSERT INTO revision (id, uid, author, time_utc, action, summary) VALUES (?, ?, 'a', 't', 'edit', 's')",
        [(n + 10, f"uid{n}") for n in numbers],
    )
    connection.executemany("INSERT INTO entity VALUES ('label', 'f1', ?, ?)", [(n, payload) for n in numbers])
    connection.executemany(
        "INSERT INTO change VALUES (?, 'label', 'f1', ?, NULL, ?)", [(n + 10, n, payload) for n in numbers]
    )
    connection.commit()
    connection.close()
    start = time.process_time()  # not the clock on the wall: the machine may be busy with other tests
    with Project.open(path) as again:
        assert len(again.labels.frames("f1")) == 20_000
        assert again.labels.get("f1", 19_999) is not None
        assert again.next_undo.number == 20_009
        assert time.process_time() - start < 1.5
        assert again.check() == ()


def test_a_label_beyond_the_end_of_the_film_is_refused(project, make_label, xs):
    beyond = r"^Frame 900 lies beyond the end of the film, whose last frame is 899\.$"
    with pytest.raises(MazetrackError, match=beyond):
        project.labels.put(make_label(900))
    with pytest.raises(MazetrackError, match=beyond):
        project.second_labels("Bo").put(make_label(900))
    project.labels.put(make_label(899, x=4))
    assert xs(project) == {899: 4}


def test_a_label_beyond_the_end_that_an_older_version_let_in_is_told_and_left_out(project, film, make_label):
    project.labels.put(make_label(4))
    project.films.put(replace(film, n_frames=4))
    (problem,) = project.check()
    assert problem.startswith("There is a label of frame 4 of the film f1, whose last frame is 3.")
    assert list(project.labelled_frames()) == []


@pytest.mark.parametrize("note", ["another film", "the film elsewhere"])
def test_a_note_of_a_film_neither_blocks_undo_nor_clears_redo(project, path, film, make_label, xs, note):
    other = replace(film, film_id="f2") if note == "another film" else replace(film, paths=("b.mp4",))
    project.labels.put(make_label(1))
    project.labels.put(make_label(2))
    project.undo(keep_films=True)
    project.films.put(other)
    assert project.next_redo.summary == "Label frame 2"
    assert project.next_undo_beside_films.summary == "Label frame 1"
    assert project.undo(keep_films=True)
    assert project.undo(keep_films=True) == ()
    assert xs(project) == {}
    project.close()
    with Project.open(path) as again:  # the file alone says the same
        again.redo()
        again.redo()
        assert xs(again) == {1: 10.0, 2: 10.0}
        assert again.films.get(other.film_id) == other
        assert again.undo(keep_films=True)
        assert again.check() == ()


def test_undo_and_redo_leave_what_was_noted_of_a_film_since_then(project, path, film, make_label, xs):
    elsewhere = replace(film, film_id="f2", paths=("elsewhere.mp4",))
    with project.edit("A film and a setting"):
        project.films.put(replace(film, film_id="f2"))
        project.settings.put("a", 1)
    assert project.undo(keep_films=True) == ()  # the film would go with it
    project.undo()
    project.films.put(elsewhere)
    project.redo()
    assert (project.films.get("f2"), project.settings.get("a")) == (elsewhere, 1)
    project.undo()
    assert (project.films.get("f2"), project.settings.get("a")) == (elsewhere, None)
    assert project.check() == ()
    project.films.delete("f2")  # an edit like others
    assert project.next_redo is None
    assert project.undo(keep_films=True) == ()
    project.undo()
    assert project.films.get("f2") == elsewhere
