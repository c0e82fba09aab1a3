"""Several films to track: what is asked for, what the dialog gives, what is told at the end."""

from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_mazetrack.widgets.track.film_queue import (
    QueueChoice,
    describe_failures,
    describe_queue,
    describe_warnings,
    queue_requests,
    tracked_before,
)
from napari_mazetrack.widgets.track.queue_dialog import QueueDialog
from napari_mazetrack.workflows.track import TrackRequest
from napari_mazetrack.workflows.track_films import FilmOutcome


@pytest.fixture
def films(tmp_path):
    """Three films in two folders."""
    films = tuple(tmp_path / name for name in ("day1/a.mp4", "day1/b.mp4", "day2/c.mp4"))
    for film in films:
        film.parent.mkdir(exist_ok=True)
        film.touch()
    return films


def test_results_go_beside_each_film_or_all_to_the_folder_that_was_chosen(films, tmp_path):
    beside = queue_requests(QueueChoice(films), TrackRequest(films[0], out_dir=films[0].parent))
    assert [request.out_dir for request in beside] == [film.parent for film in films]
    together = queue_requests(QueueChoice(films), TrackRequest(films[0], out_dir=tmp_path))
    assert {request.out_dir for request in together} == {tmp_path}


@pytest.mark.parametrize("same_arena", [True, False])
def test_an_arena_holds_for_all_films_only_where_a_person_says_so(films, same_arena):
    first = TrackRequest(films[0], arena=Path("arena.json"), out_dir=films[0].parent)
    requests = queue_requests(QueueChoice(films, same_arena), first)
    assert {request.arena for request in requests} == {Path("arena.json") if same_arena else None}


def test_what_was_interrupted_goes_on_and_what_is_finished_is_asked_about(films):
    (films[0].parent / "a.tracks.part").touch()
    (films[1].parent / "b.tracks.nc").touch()
    requests = queue_requests(QueueChoice(films), TrackRequest(films[0], out_dir=films[0].parent))
    assert [request.resume for request in requests] == [True, False, False]
    assert not any(request.force for request in requests)
    assert [request.film for request in tracked_before(requests)] == [films[1]]


def test_the_end_tells_what_failed_and_why():
    outcomes = (
        FilmOutcome(Path("d/a.mp4"), Path("o/a.tracks.csv"), warnings=("It is cut off.",)),
        FilmOutcome(Path("d/b.mp4"), failure="It is gone. Copy it again."),
    )
    assert describe_queue(outcomes) == "Films tracked: 1 of 2. Their tracks are in o."
    assert describe_failures(outcomes) == "Films not tracked: 1 of 2.\nb.mp4: It is gone. Copy it again."
    assert describe_warnings(outcomes) == "a.mp4: It is cut off."
    assert describe_failures(outcomes[:1]) == ""
    assert describe_queue(outcomes[1:]) == "Films tracked: 0 of 1."


def test_films_can_be_left_out_and_files_added_once(qtbot, films, monkeypatch):
    dialog = QueueDialog(films[:2], has_arena=True, same_arena=True)
    qtbot.addWidget(dialog)
    assert dialog.value() == QueueChoice(films[:2], True)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(film) for film in films[1:]], ""))
    dialog.add.click()
    assert dialog.value().films == films
    assert dialog.track.text() == "Track 3 films"
    dialog.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert dialog.value().films == films[2:]
    assert dialog.track.text() == "Track 1 film"
    dialog.list.item(2).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.track.isEnabled()


def test_without_an_arena_there_is_none_to_share(qtbot, films):
    dialog = QueueDialog(films, has_arena=False, same_arena=True)
    qtbot.addWidget(dialog)
    assert not dialog.same_arena.isEnabled()
    assert not dialog.value().same_arena
