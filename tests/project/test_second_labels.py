"""A second person labels frames again: nobody's points replace anybody's, and how far they are apart is known."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.labels.human_error import compute_human_error
from napari_mazetrack.labels.labelled import LabelledInstance
from napari_mazetrack.project import FilmRecord, LabelRecord, Project
from napari_mazetrack.project.second_passes import frames_of_others, labelled_twice


def test_two_peoples_labels_of_a_frame_stand_beside_each_other(project, path, make_label, xs):
    project.labels.put(make_label(3, x=10.0, annotator="Ada"))
    bo = project.second_labels("Bo")
    bo.put(make_label(3, x=12.0, annotator="Bo"))
    project.second_labels("Cy").put(make_label(3, x=14.0, annotator="Cy"))
    project.labels.put(make_label(3, x=11.0, annotator="Ada"))
    project.close()
    with Project.open(path) as again:
        assert xs(again) == {3: 11.0}
        assert again.second_annotators() == ("Bo", "Cy")
        assert again.second_labels("Bo").get("f1", 3).instances[0].keypoints_xy[0, 0] == 12.0
        assert [len(again.second_labels(name)) for name in ("Bo", "Cy", "Di")] == [1, 1, 0]
        assert [frame.instances for frame in again.labelled_frames()] != []
        assert len(list(again.labelled_frames())) == 1  # a training sees the first one's alone
        assert again.check() == ()
        again.undo()
        assert again.undo()  # Cy's
        assert again.second_annotators() == ("Bo",)


def test_a_film_with_second_labels_alone_is_not_deleted(project, make_label):
    project.second_labels("Bo").put(make_label(3))
    with pytest.raises(MazetrackError, match="still has 1 second labels"):
        project.films.delete("f1")
    project.second_labels("Bo").delete("f1", 3)
    assert project.films.delete("f1")


@pytest.mark.parametrize(("name", "said"), [("  ", "needs the name"), ("x" * 400, "must have 1 to 300")])
def test_a_name_that_is_none(project, make_label, name, said):
    with pytest.raises(MazetrackError, match=said):
        project.second_labels(name).put(make_label(3))


def test_a_name_with_a_slash_is_one_name(project, make_label):
    project.second_labels("Bo / lab 2").put(make_label(3))
    assert project.second_annotators() == ("Bo / lab 2",)
    assert project.second_labels("Bo / lab 2").frames("f1") == [3]
    assert project.check() == ()


def test_a_second_pass_made_in_a_copy_comes_home(project, path, tmp_path, make_label, xs):
    project.labels.put(make_label(1, annotator="Ada"))
    project.close()
    copy = tmp_path / "copy.mazetrack"
    shutil.copy(path, copy)
    with Project.open(path) as ours, Project.open(copy) as theirs:
        ours.second_labels("Cy").put(make_label(1, x=3.0, annotator="Cy"))
        theirs.second_labels("Bo").put(make_label(1, x=2.0, annotator="Bo"))
        assert ours.preview_merge(theirs).conflicts == ()
        ours.merge(theirs)
        assert xs(ours) == {1: 10.0}
        assert ours.second_annotators() == ("Bo", "Cy")
        assert ours.check() == ()


def test_contradicting_second_labels_are_named(project, tmp_path, make_label, film):
    with Project.create(tmp_path / "other.mazetrack") as other:
        other.films.put(film)
        for which, x in ((project, 1.0), (other, 2.0)):
            which.second_labels("Bo").put(make_label(4, x=x))
        (conflict,) = project.preview_merge(other).conflicts
        assert conflict.title == "the second label by Bo of frame 4 of film a.mp4"


def test_second_labels_bring_their_film_along(project, tmp_path, make_label):
    with Project.create(tmp_path / "other.mazetrack") as other:
        other.films.put(FilmRecord("f2", (), 10, 10, 10))
        other.second_labels("Bo").put(make_label(4, film_id="f2"))
        other.films.put(FilmRecord("f2", (), 10, 20, 10))
        project.merge(other)
    assert "f2" in project.films
    assert project.check() == ()


def people(project, offsets_px):
    """Ada labels frames 0, 1, …; Bo the same ones, each `offsets_px` to the right."""
    rng = np.random.default_rng(3)
    for frame, offset in enumerate(offsets_px):
        points = rng.uniform(50, 400, 2) + np.array([[20.0, 0], [0, 0], [-20, 0]])
        for who, xy in (("Ada", points), ("Bo", points + np.array([offset, 0]))):
            label = LabelRecord("f1", frame, (LabelledInstance(xy, np.full(3, 2, np.uint8)),), who)
            (project.labels if who == "Ada" else project.second_labels("Bo")).put(label)


def test_the_human_error_is_the_distance_between_two_people(project):
    people(project, [0, 1, 2, 3, 10])
    project.labels.put(LabelRecord("f1", 50, (), "Ada"))
    project.second_labels("Bo").put(LabelRecord("f1", 50, (), "Bo"))
    half = LabelledInstance(np.array([[5.0, 5], [np.nan, np.nan], [9, 5]]), np.array([2, 0, 2], np.uint8))
    whole = LabelledInstance(np.array([[5.0, 6], [7, 5], [9, 6]]), np.full(3, 2, np.uint8))
    project.labels.put(LabelRecord("f1", 60, (whole,), "Ada"))
    project.second_labels("Bo").put(LabelRecord("f1", 60, (half,), "Bo"))
    project.labels.put(LabelRecord("f1", 70, (whole,), "Ada"))
    project.second_labels("Bo").put(LabelRecord("f1", 70, (), "Bo"))
    error = compute_human_error(list(labelled_twice(project)), project.skeleton)
    assert (error.n_frames, error.n_disputed) == (8, 1)
    plain = error.to_plain()["keypoints"]
    assert plain["head"] == {"n": 6, "mean_px": pytest.approx(17 / 6, abs=1e-4), "median_px": 1.5, "p95_px": 8.25}
    assert plain["body"] == {"n": 5, "mean_px": 3.2, "median_px": 2.0, "p95_px": 8.6}


def test_several_animals_are_held_against_their_nearest(project):
    one = np.array([[0.0, 0], [10, 0], [20, 0]])
    first, second = [(one, one + 100), (one + 103, one + 1)]
    for who, animals in (("Ada", first), ("Bo", second)):
        instances = tuple(LabelledInstance(points, np.full(3, 2, np.uint8)) for points in animals)
        (project.labels if who == "Ada" else project.second_labels("Bo")).put(LabelRecord("f1", 1, instances, who))
    error = compute_human_error(list(labelled_twice(project)), project.skeleton)
    assert error.keypoints["head"].median_px == pytest.approx((2**0.5 + 3 * 2**0.5) / 2)


def test_ones_own_labels_are_nobodys_second_opinion(project, make_label):
    project.labels.put(make_label(1, annotator="Bo"))
    project.labels.put(make_label(2, annotator="Ada"))
    for frame in (1, 2):
        project.second_labels("Bo").put(make_label(frame, annotator="Bo"))
    assert len(list(labelled_twice(project))) == 1
    assert frames_of_others(project, "f1", "Bo") == [2]


def test_nothing_labelled_twice_has_no_error(project):
    error = compute_human_error([], project.skeleton)
    assert error.n_frames == 0
    assert error.to_plain()["keypoints"]["head"] == {"n": 0, "mean_px": None, "median_px": None, "p95_px": None}
