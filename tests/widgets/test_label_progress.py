"""How far all films of a project are: counted anew where a revision touches them."""

from __future__ import annotations

import pytest

from napari_mazetrack.project import FilmRecord, Project
from napari_mazetrack.widgets.label.label_progress import FilmProgress, ProjectProgress, describe_progress
from napari_mazetrack.widgets.label.label_session import LabelSession

FILMS = [
    FilmRecord(film_id, (f"films/{name}.mp4",), 50, 640, 480) for film_id, name in (("3", "a"), ("2", "b"), ("1", "c"))
]


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "p.mazetrack") as project:
        for film in FILMS:
            project.films.put(film)
        yield project


def counts(progress):
    return {film.name: (film.n_labelled, film.waiting) for film in progress.films()}


def test_labels_queues_and_undo_are_followed(project):
    progress = ProjectProgress(project)
    assert counts(progress) == {"a": (0, ()), "b": (0, ()), "c": (0, ())}
    session = LabelSession(project, FILMS[1])
    session.set_queue([3, 8, 9])
    session.mark_empty(3)
    session.set_point(8, 0, (1, 1))
    session.set_point(20, 0, (1, 1))
    assert counts(progress) == {"a": (0, ()), "b": (3, (8, 9)), "c": (0, ())}
    session.set_point(8, 1, (1, 1))
    session.skip(8)
    assert counts(progress)["b"] == (3, (9,))
    session.undo()
    assert counts(progress)["b"] == (3, (8, 9))
    assert counts(ProjectProgress(project, "Bo"))["b"] == (0, ())
    second = LabelSession(project, FILMS[1], "Bo")
    bo = ProjectProgress(project, "Bo")
    bo.films()
    second.set_queue([3, 8])
    second.mark_empty(3)
    assert counts(bo)["b"] == (1, (8,))
    assert counts(progress)["b"] == (3, (8, 9))


def test_the_next_film_is_one_with_something_left(project):
    progress = ProjectProgress(project)
    assert progress.next_film("3").name == "b"  # not begun
    for film in FILMS[1:]:
        LabelSession(project, film).mark_empty(0)
    assert progress.next_film("3") is None  # nothing was picked there
    LabelSession(project, FILMS[2]).set_queue([0, 7])
    assert progress.next_film("3").name == "c"
    assert progress.next_film("1").name == "a"
    assert progress.next_film("unknown").name == "a"


@pytest.mark.parametrize(
    ("counted", "with_names", "said"),
    [
        ([(4, ())], True, ""),
        ([(1, ()), (0, ())], True, "All 2 films: 1 frame labelled, none left. 1 not begun."),
        ([(4, (1, 2)), (0, (5,))], True, "All 2 films: 4 frames labelled, 3 left (f0 2, f1 1)."),
        ([(4, (1, 2)), (0, (5,))], False, "All 2 films: 4 frames labelled, 3 left in 2 films."),
        ([(0, (1,))] * 5, True, "All 5 films: 0 frames labelled, 5 left (f0 1, f1 1, f2 1, 2 more films)."),
    ],
)
def test_progress_in_words(counted, with_names, said):
    films = [FilmProgress(FilmRecord("x", (f"f{i}.mp4",), 9, 9, 9), n, left) for i, (n, left) in enumerate(counted)]
    assert describe_progress(films, with_names=with_names) == said
