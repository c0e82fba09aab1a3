"""``mazetrack project``: what it prints, and how it fails."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import FilmRecord, LabelRecord, Project
from napari_mazetrack.video import Timing, open_film


def mazetrack(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["project", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "pool.mazetrack"
    mazetrack("new", path)
    with Project.open(path) as project:
        project.author = "Anna"
        project.films.put(FilmRecord("f1", ("films/a.mp4",), 900, 640, 480))
        project.labels.put(LabelRecord("f1", 3, (), "Anna"))
    return path


@pytest.fixture
def other(tmp_path):
    with Project.create(tmp_path / "other.mazetrack") as project:
        project.films.put(FilmRecord("f1", ("films/a.mp4",), 900, 640, 480))
        project.labels.put(LabelRecord("f1", 3, (), "Bo"))
        project.labels.put(LabelRecord("f1", 4, (), "Bo"))
    return project.path


def test_info_says_what_is_there(path):
    output = mazetrack("info", path)
    for part in (
        "1 film, 1 label, 0 corrections",
        "head, body, tail",
        "a.mp4: 900 frames, 1 labelled, NOT FOUND",
        "Anna: Label",
    ):
        assert part in output
    with Project.open(path) as project:
        project.second_labels("Bo").put(LabelRecord("f1", 3, (), "Bo"))
    assert "second pass by Bo: 1 frame\n" in mazetrack("info", path)


def test_info_of_a_strangers_project_does_not_steer_the_terminal(path):
    with Project.open(path) as project:
        project.films.put(FilmRecord("f2", ("\x1b[2Jx.mp4",), 1, 1, 1))
    assert "\x1b" not in mazetrack("info", path)


def test_check_of_a_sound_project(path):
    assert "is sound, after 2 revisions." in mazetrack("check", path)


def test_check_of_a_bad_project_fails(path):
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM entity WHERE kind = 'film'")
    connection.commit()
    connection.close()
    with pytest.raises(MazetrackError, match="has problems"):
        mazetrack("check", path)


def test_merge_shows_contradictions_and_waits_for_a_preference(path, other):
    output = mazetrack("merge", path, other, "--dry-run")
    assert "To take in: 1 × label" in output
    assert "the label of frame 3 of film a.mp4" in output
    assert "ours:   no animal (Anna, drawn)" in output
    assert "theirs: no animal (Bo, drawn)" in output
    with pytest.raises(MazetrackError, match="--prefer ours or --prefer theirs"):
        mazetrack("merge", path, other)
    with Project.open(path) as project:
        assert project.labels.frames("f1") == [3]


@pytest.mark.parametrize(("prefer", "annotator"), [("ours", "Anna"), ("theirs", "Bo")])
def test_merge(path, other, prefer, annotator):
    output = mazetrack("merge", path, other, "--prefer", prefer)
    with Project.open(path) as project:
        assert project.labels.frames("f1") == [3, 4]
        assert project.labels.get("f1", 3).annotator == annotator
    (backup,) = path.parent.glob("pool.backup-*.mazetrack")
    assert str(backup) in output
    assert "Nothing to take in" in mazetrack("merge", path, other)


def test_merge_takes_no_other_word(path, other):
    result = CliRunner().invoke(app, ["project", "merge", str(path), str(other), "--prefer", "mine"])
    assert result.exit_code == 2


@pytest.fixture
def moved(path, tmp_path):
    """Where a film of the project lies now; the project does not know."""
    film_path = tmp_path / "old" / "b.tif"
    film_path.parent.mkdir()
    tifffile.imwrite(film_path, np.arange(6 * 16 * 24, dtype=np.uint8).reshape(6, 16, 24), photometric="minisblack")
    with Project.open(path) as project, open_film(film_path, timing=Timing(fps=25.0)) as film:
        project.add_film(film)
    film_path.parent.rename(tmp_path / "new")
    return tmp_path / "new" / "b.tif"


def test_relink_finds_films_by_content(path, moved):
    output = mazetrack("relink", path, moved.parent, "--yes")
    assert f"old/b.tif -> {moved}" in output
    assert "Still missing: 1 film." in output
    assert str(moved) in mazetrack("info", path)


def test_relink_shows_first_and_asks(path, moved, monkeypatch):
    before = path.read_bytes()
    assert f"old/b.tif -> {moved}" in mazetrack("relink", path, moved.parent, "--dry-run")
    assert path.read_bytes() == before
    with pytest.raises(MazetrackError, match="--dry-run, then say --yes"):
        mazetrack("relink", path, moved.parent)
    answers = []
    monkeypatch.setattr("napari_mazetrack.cli.command_project._says_yes", lambda question: answers.pop())
    answers.append(False)
    assert "Nothing was changed" in mazetrack("relink", path, moved.parent)
    assert str(moved) not in mazetrack("info", path)
    answers.append(True)
    mazetrack("relink", path, moved.parent)
    assert str(moved) in mazetrack("info", path)


def test_relink_that_finds_nothing_fails(path, tmp_path):
    with pytest.raises(MazetrackError, match="None of the project's films"):
        mazetrack("relink", path, tmp_path)


@pytest.mark.parametrize("command", ["info", "check", "merge", "relink"])
def test_a_missing_project_is_told(tmp_path, other, command):
    more = {"merge": [other], "relink": [tmp_path]}.get(command, [])
    with pytest.raises(MazetrackError, match="There is no project"):
        mazetrack(command, tmp_path / "no.mazetrack", *more)
