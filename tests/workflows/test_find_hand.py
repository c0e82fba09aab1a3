"""The hand in a simulated film, looked for by the job and on the command line."""

from dataclasses import replace

import numpy as np
import psutil
import pytest
from typer.testing import CliRunner

from napari_mazetrack.cli.main import app
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.find_hand import FoundHand
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.review.event_marks import FOUND_IN_FILM, EventKind
from napari_mazetrack.simulator import Scenario, render_film, simulate_trial, true_arena, true_track
from napari_mazetrack.simulator.scenario import Course
from napari_mazetrack.tracking.track_csv import save_track_csv
from napari_mazetrack.workflows.find_hand import find_hand, hand_marks

SCENARIO = Scenario("swim", fps=15, shape=(240, 320), search_s=8, course=Course.FILM_ENDS)


@pytest.fixture(scope="module")
def trial():
    return simulate_trial(SCENARIO, 11)


@pytest.fixture(scope="module")
def film(trial, tmp_path_factory):
    path = tmp_path_factory.mktemp("hand") / "swim.mp4"
    list(render_film(trial, path))
    return path


@pytest.fixture(scope="module")
def track(trial):
    track = true_track(trial)
    attributes = {name: value for name, value in track.attributes.items() if name != "film_id"}
    return replace(track, attributes=attributes)


def test_the_hand_of_a_film_is_found_and_gives_marks(trial, film, track):
    found = run_to_end(find_hand(film, track, true_arena(trial)))
    assert isinstance(found, FoundHand), found
    assert found.release_s == pytest.approx(trial.truth.release_s, abs=0.2)
    marks = hand_marks(found)
    assert [mark.kind for mark in marks] == [EventKind.HAND_IN, EventKind.RELEASE]
    assert {mark.said_by for mark in marks} == {FOUND_IN_FILM}


def test_looking_can_be_stopped(trial, film, track):
    job = find_hand(film, track, true_arena(trial))
    stages = {next(job).stage for _ in range(60)}
    assert stages == {"Reading swim.mp4", "Looking for the hand in swim.mp4"}
    assert str(film) in {file.path for file in psutil.Process().open_files()}
    job.close()
    assert str(film) not in {file.path for file in psutil.Process().open_files()}


def test_another_films_track_and_an_arena_without_pixels_are_refused(trial, film, track):
    shorter = replace(track, time_s=track.time_s[:-1])
    with pytest.raises(MazetrackError, match="not that of"):
        run_to_end(find_hand(film, shorter, true_arena(trial)))
    with pytest.raises(MazetrackError, match="centimetres"):
        run_to_end(find_hand(film, track, replace(true_arena(trial), units="cm")))
    nowhere = replace(track, box_xyxy=np.full_like(track.box_xyxy, np.nan))
    with pytest.raises(MazetrackError, match="no animal"):
        run_to_end(find_hand(film, nowhere, true_arena(trial)))


def test_the_command_tells_the_times_or_why_there_are_none(trial, film, track):
    save_track_csv(track, film.with_name("swim.tracks.csv"))
    save_arena(true_arena(trial), film.with_name("arena.json"))
    arguments = ["find-release", str(film), "--track", str(film.with_name("swim.tracks.csv"))]
    result = CliRunner().invoke(app, [*arguments, "--arena", str(film.with_name("arena.json"))])
    assert result.exit_code == 0, result.output
    said_s = float(result.output.split("lets go at ")[1].split(" s")[0])
    assert said_s == pytest.approx(trial.truth.release_s, abs=0.21)

    late = np.where(track.time_s[:, None, None] > 8, track.box_xyxy[:, 0][:, None], np.nan)
    save_track_csv(replace(track, box_xyxy=late), film.with_name("late.csv"))
    arguments[-1] = str(film.with_name("late.csv"))
    result = CliRunner().invoke(app, [*arguments, "--arena", str(film.with_name("arena.json"))])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Nothing found. ")
