"""What each side of a contradiction says, in words."""

from __future__ import annotations

import pytest

from napari_mazetrack.project import FilmRecord, Project
from napari_mazetrack.project.conflict_words import NOTHING, sides_in_words


@pytest.fixture
def other(tmp_path, film):
    with Project.create(tmp_path / "other.mazetrack") as project:
        project.films.put(film)
        yield project


def said(project, other):
    return {c.title: sides_in_words(c, project.skeleton.keypoints) for c in project.preview_merge(other).conflicts}


def test_both_sides_of_a_label_are_told(project, other, make_label):
    project.labels.put(make_label(1, x=10.0))
    other.labels.put(make_label(1, x=12.5, annotator="Bo"))
    assert said(project, other) == {
        "the label of frame 1 of film a.mp4": (
            "head 10.0, 20.0 · body 11.0, 21.0 (hidden) · tail – (ann, drawn)",
            "head 12.5, 25.0 · body 13.5, 26.0 (hidden) · tail – (Bo, drawn)",
        )
    }


def test_settings_corrections_and_films_are_told(project, other, film):
    project.settings.put("a", 1)
    other.settings.put("a", [2])
    project.corrections.append("f1", "exchange", {})
    other.corrections.append("f1", "move", {})
    other.films.put(FilmRecord("f1", film.paths, 900, 640, 480, {"fps": 25.0}))
    assert said(project, other) == {
        "the setting a": ("value 1", "value [2]"),
        "the corrections of film a.mp4": (
            "1 that the other side has not, or otherwise: 1 × exchange",
            "1 that the other side has not, or otherwise: 1 × move",
        ),
        "the film a.mp4": ("timing {}", 'timing {"fps": 25.0}'),
    }


def test_what_one_side_deleted_is_nothing_there(project, tmp_path, make_label):
    project.labels.put(make_label(1))
    backup = project.backup()
    with Project.open(backup) as other:
        other.labels.delete("f1", 1)
        project.labels.put(make_label(1, x=7.0))
        ((_, theirs),) = said(project, other).values()
    assert theirs == NOTHING


def test_each_contradiction_can_be_decided_by_itself(project, other, make_label, xs):
    for frame in (1, 2):
        project.labels.put(make_label(frame, x=1.0))
        other.labels.put(make_label(frame, x=2.0))
    _, second = project.preview_merge(other).conflicts
    project.merge(other, prefer=frozenset([second.unit]))
    assert xs(project) == {1: 1.0, 2: 2.0}
