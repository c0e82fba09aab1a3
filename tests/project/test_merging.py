"""Merging: nothing is lost, what was deleted stays deleted, contradictions are shown."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import FilmRecord, Project
from napari_mazetrack.skeleton import Skeleton


@pytest.fixture
def copy_of(tmp_path):
    """Close a project and open it again together with a copy of it."""
    opened: list[Project] = []

    def copy(project: Project) -> tuple[Project, Project]:
        project.close()
        other = tmp_path / "other.mazetrack"
        shutil.copy(project.path, other)
        opened.extend([Project.open(project.path), Project.open(other)])
        return opened[-2], opened[-1]

    yield copy
    for project in opened:
        project.close()


@pytest.fixture
def stranger(tmp_path, film):
    """A project with the same film that shares no history."""
    with Project.create(tmp_path / "stranger.mazetrack") as project:
        project.films.put(film)
        yield project


def test_new_labels_come_over_as_one_revision(project, stranger, make_label, xs):
    project.labels.put(make_label(1))
    stranger.labels.put(make_label(2, x=5.0))
    stranger.settings.put("a", 1)
    backup = project.merge(stranger)
    assert xs(project) == {1: 10.0, 2: 5.0}
    assert xs(stranger) == {2: 5.0}
    assert project.history(newest=1)[0].summary == "Merge stranger.mazetrack"
    project.undo()
    assert xs(project) == {1: 10.0}
    with Project.open(backup) as before:
        assert xs(before) == {1: 10.0}
    assert project.check() == ()


def test_contradictions_need_a_preference(project, stranger, make_label, xs):
    project.labels.put(make_label(1, x=1.0))
    stranger.labels.put(make_label(1, x=2.0))
    stranger.labels.put(make_label(3, x=3.0))
    (conflict,) = project.preview_merge(stranger).conflicts
    assert conflict.title == "the label of frame 1 of film a.mp4"
    with pytest.raises(MazetrackError, match="--prefer ours or --prefer theirs"):
        project.merge(stranger)
    assert xs(project) == {1: 1.0}
    project.merge(stranger, prefer="theirs")
    assert xs(project) == {1: 2.0, 3: 3.0}
    project.undo()
    project.merge(stranger, prefer="ours")
    assert xs(project) == {1: 1.0, 3: 3.0}


def test_what_was_deleted_in_one_copy_stays_deleted(project, copy_of, make_label, xs):
    project.labels.put(make_label(1))
    project.labels.put(make_label(2))
    ours, theirs = copy_of(project)
    ours.labels.delete("f1", 1)
    theirs.labels.delete("f1", 2)
    theirs.labels.put(make_label(3))
    assert ours.preview_merge(theirs).conflicts == ()
    ours.merge(theirs)
    assert xs(ours) == {3: 10.0}


def test_a_deletion_against_a_change_is_a_contradiction(project, copy_of, make_label, xs):
    project.labels.put(make_label(1))
    ours, theirs = copy_of(project)
    ours.labels.delete("f1", 1)
    theirs.labels.put(make_label(1, x=2.0))
    assert len(ours.preview_merge(theirs).conflicts) == 1


def test_a_merge_is_remembered(project, stranger, make_label, xs):
    project.labels.put(make_label(1, x=1.0))
    stranger.labels.put(make_label(1, x=2.0))
    stranger.labels.put(make_label(2))
    project.merge(stranger, prefer="ours")
    project.labels.delete("f1", 2)
    assert project.merge(stranger) is None, "nothing is new there, and frame 2 stays deleted"
    stranger.labels.put(make_label(3))
    project.merge(stranger)
    assert xs(project) == {1: 1.0, 3: 10.0}
    stranger.labels.put(make_label(1, x=7.0))
    assert len(project.preview_merge(stranger).conflicts) == 1, "ours was preferred to another label than this one"


def test_a_merge_that_kept_ours_everywhere_is_remembered_too(project, stranger, make_label):
    project.labels.put(make_label(1, x=1.0))
    stranger.labels.put(make_label(1, x=2.0))
    project.merge(stranger, prefer="ours")
    assert project.preview_merge(stranger).conflicts == ()
    project.undo()
    assert len(project.preview_merge(stranger).conflicts) == 1
    project.redo()
    assert project.preview_merge(stranger).conflicts == ()


def test_merging_there_and_back_makes_both_equal(project, stranger, make_label, xs):
    project.labels.put(make_label(1))
    stranger.labels.put(make_label(2))
    project.merge(stranger)
    stranger.merge(project)
    assert xs(project) == xs(stranger) == {1: 10.0, 2: 10.0}
    stranger.labels.delete("f1", 1)
    project.merge(stranger)
    assert xs(project) == {2: 10.0}


def test_paths_never_contradict(project, stranger, film):
    stranger.films.put(replace(film, paths=("C:/films/a.mp4",)))
    assert project.preview_merge(stranger).conflicts == ()
    project.merge(stranger)
    assert project.films.get("f1").paths == (*film.paths, "C:/films/a.mp4")


def test_corrections_of_a_film_are_taken_as_a_whole(project, stranger):
    for kind in ("a", "b"):
        project.corrections.append("f1", kind, {})
    stranger.corrections.append("f1", "c", {})
    (conflict,) = project.preview_merge(stranger).conflicts
    assert conflict.title == "the corrections of film a.mp4"
    project.merge(stranger, prefer="theirs")
    assert [c.kind for c in project.corrections.of_film("f1")] == ["c"]
    project.undo()
    project.merge(stranger, prefer="ours")
    assert [c.kind for c in project.corrections.of_film("f1")] == ["a", "b"]


@pytest.mark.parametrize("who_deletes", ["ours", "theirs"])
def test_a_film_that_is_still_needed_is_kept(project, copy_of, make_label, who_deletes):
    ours, theirs = copy_of(project)
    deleter, labeller = (ours, theirs) if who_deletes == "ours" else (theirs, ours)
    deleter.films.delete("f1")
    labeller.labels.put(make_label(1))
    ours.merge(theirs)
    assert "f1" in ours.films
    assert ours.check() == ()


def test_other_films_come_with_their_labels(project, stranger, make_label):
    stranger.films.put(FilmRecord("f2", ("b.mp4",), 5, 4, 3))
    stranger.labels.put(make_label(1, film_id="f2"))
    project.merge(stranger)
    assert project.labels.frames("f2") == [1]
    assert project.films.get("f2").paths == ("b.mp4",)


def test_itself_and_other_skeletons_are_refused(project, path, tmp_path):
    with Project.open(path, read_only=True) as same, pytest.raises(MazetrackError, match="with itself"):
        project.merge(same)
    rat = Skeleton(("nose", "tail"), ((0, 1),), front=0, centre=0, back=1)
    with (
        Project.create(tmp_path / "rat.mazetrack", skeleton=rat) as other,
        pytest.raises(MazetrackError, match=r"keypoints nose, tail, this project head, body, tail"),
    ):
        project.merge(other)


def test_unreadable_entries_do_not_come_in(project, stranger):
    stranger._connection.execute("INSERT INTO entity VALUES ('label', 'f1', 1, '{}')")
    stranger._connection.execute("INSERT INTO change VALUES (1, 'label', 'f1', 1, NULL, '{}')")
    with pytest.raises(MazetrackError, match="entry for the label of frame 1"):
        project.merge(stranger)


edits = st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 2)), max_size=5)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(common=edits, mine=edits, other=edits, prefer=st.sampled_from(["ours", "theirs"]))
def test_a_merge_of_copies_equals_the_model(tmp_path_factory, make_label, xs, common, mine, other, prefer):
    folder = tmp_path_factory.mktemp("merge")
    base = apply(folder / "a.mazetrack", common, make_label, {})
    shutil.copy(folder / "a.mazetrack", folder / "b.mazetrack")
    ours = apply(folder / "a.mazetrack", mine, make_label, base)
    theirs = apply(folder / "b.mazetrack", other, make_label, base)
    expected = {}
    for frame in range(4):
        old, a, b = base.get(frame), ours.get(frame), theirs.get(frame)
        expected[frame] = b if a == old else a if b == old or prefer == "ours" else b
    with Project.open(folder / "a.mazetrack") as project, Project.open(folder / "b.mazetrack") as second:
        project.merge(second, prefer=prefer)
        assert xs(project) == {frame: value for frame, value in expected.items() if value is not None}
        assert project.check() == ()
    shutil.rmtree(folder)


def apply(path, edits, make_label, state):
    """Do edits on the project at `path`, which is made where it is missing, and return the state they lead to."""
    state = dict(state)
    with Project.open(path) if path.exists() else Project.create(path) as project:
        project.films.put(FilmRecord("f1", (), 9, 1, 1))
        for frame, value in edits:
            if value is None:
                project.labels.delete("f1", frame)
                state.pop(frame, None)
            else:
                project.labels.put(make_label(frame, x=float(value)))
                state[frame] = float(value)
    return state
