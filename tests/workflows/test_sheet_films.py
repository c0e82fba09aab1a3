"""Which films of a trials sheet are still to be tracked."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import Trial, TrialKind, save_trials
from napari_mazetrack.workflows.sheet_films import SheetFilm, films_to_track


def sheet_of(folder: Path, *rows: tuple[str, str] | Trial) -> Path:
    """Write a sheet of trials, given whole or as film and arena."""
    trials = [
        row if isinstance(row, Trial) else Trial(f"t{i}", TrialKind.HIDDEN, film=row[0], arena=row[1])
        for i, row in enumerate(rows)
    ]
    save_trials(trials, folder / "trials.csv")
    return folder / "trials.csv"


def test_films_without_a_track_come_once_each_with_their_arena(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, ("a.mp4", "a.json"), ("b.mp4", ""), ("a.mp4", "a.json"), ("./a.mp4", "a.json"))
    assert films_to_track(sheet) == [
        SheetFilm(tmp_path / "a.mp4", (tmp_path / "a.json",)),
        SheetFilm(tmp_path / "b.mp4"),
    ]
    assert films_to_track(sheet)[0].arena == tmp_path / "a.json"
    assert films_to_track(sheet)[1].arena is None


def test_a_film_of_two_pools_has_no_arena_of_its_own(tmp_path: Path) -> None:
    named = ("left.json", "right.json", "left.json")
    (film,) = films_to_track(sheet_of(tmp_path, *(("a.mp4", arena) for arena in named)))
    assert film.arenas == (tmp_path / "left.json", tmp_path / "right.json")
    assert film.arena is None


def test_an_arena_that_is_written_in_two_ways_is_one(tmp_path: Path) -> None:
    named = (str(tmp_path / "a.json"), "a.json", "./sub/../a.json")
    (tmp_path / "sub").mkdir()
    (film,) = films_to_track(sheet_of(tmp_path, *(("a.mp4", arena) for arena in named)))
    assert film.arena == tmp_path / "a.json"


def test_a_film_whose_track_is_that_of_another_film_is_told(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, ("day1/a.mp4", ""), ("day2/a.mp4", ""))
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / "a.tracks.csv").touch()
    with pytest.raises(MazetrackError, match="would both be measured from"):
        films_to_track(sheet, tmp_path / "tracks")
    assert len(films_to_track(sheet)) == 2
    assert len(films_to_track(sheet, tmp_path / "tracks", again=True)) == 2


def test_what_is_tracked_is_left_out_unless_it_is_asked_for_again(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, ("a.mp4", ""), ("b.mp4", ""), ("c.mp4", ""))
    (tmp_path / "a.tracks.csv").touch()
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / "b.tracks.nc").touch()
    assert [film.path.name for film in films_to_track(sheet)] == ["b.mp4", "c.mp4"]
    assert [film.path.name for film in films_to_track(sheet, tmp_path / "tracks")] == ["c.mp4"]
    assert len(films_to_track(sheet, tmp_path / "tracks", again=True)) == 3


def test_tracks_and_projects_in_place_of_films_are_no_films(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, ("a.mp4", ""), ("b.tracks.nc", ""), ("lab.mazetrack", ""), ("", ""))
    assert [film.path.name for film in films_to_track(sheet, again=True)] == ["a.mp4"]


def test_a_missing_film_is_passed_over_only_where_its_trial_is_left_out(tmp_path: Path) -> None:
    left_out = Trial("ill", TrialKind.HIDDEN, film="ill.mp4", exclude=True, exclude_reason="fell ill")
    sheet = sheet_of(tmp_path, ("gone.mp4", ""), left_out)
    assert [film.path.name for film in films_to_track(sheet)] == ["gone.mp4"]
    (tmp_path / "ill.mp4").touch()
    assert [film.path.name for film in films_to_track(sheet)] == ["gone.mp4", "ill.mp4"]


def test_a_sheet_without_films_is_told(tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match="names no films"):
        films_to_track(sheet_of(tmp_path, ("a.tracks.csv", "")))
