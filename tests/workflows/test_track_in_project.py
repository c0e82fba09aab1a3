"""Tracking a film of a project: corrections and times are applied, film and run are noted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.project import Project
from napari_mazetrack.project.default_model import set_default_model
from napari_mazetrack.review.event_marks import EventKind, EventMark
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.tracking.corrections import SetKeypoint
from napari_mazetrack.tracking.track import Source
from napari_mazetrack.video import Timing, open_film
from napari_mazetrack.workflows.correct import put_marks
from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks
from napari_mazetrack.workflows.recordings import load_recordings
from napari_mazetrack.workflows.track import TrackRequest, track_film
from napari_mazetrack.workflows.track_in_project import track_film_of_project

#: The pool of the film of a dark spot.
ARENA = {
    "schema": 1,
    "units": "px",
    "pool": {"cx": 48.0, "cy": 32.0, "rx": 45.0, "ry": 45.0, "angle_deg": 0.0},
    "y_axis": "down",
    "platform": {"shape": "circle", "cx": 60.0, "cy": 32.0, "r": 4.0},
}


@pytest.fixture
def request_(tmp_path: Path, write_blob_film: Callable, blob_model: Path) -> TrackRequest:
    return TrackRequest(write_blob_film(tmp_path / "pool.mp4", 30), blob_model, out_dir=tmp_path / "out")


@pytest.fixture
def project_path(tmp_path: Path) -> Path:
    path = tmp_path / "study.mazetrack"
    Project.create(path).close()
    return path


def test_film_and_run_are_noted_as_one_revision(request_: TrackRequest, project_path: Path) -> None:
    outcome = run_to_end(track_film_of_project(request_, project_path))
    with Project.open(project_path) as project:
        (run,) = project.runs
        (film,) = project.films
        assert len(project.history()) == 1
    assert run.verb == "track"
    assert run.film_id == film.film_id == outcome.track.attributes["film_id"]
    assert run.model_sha256 == outcome.track.attributes["model_hash"]
    assert [Path(path) for path in run.paths] == [outcome.nc, outcome.csv]
    assert run.settings["precision"] == "fp32"


def test_tracking_again_replaces_the_run(request_: TrackRequest, project_path: Path) -> None:
    run_to_end(track_film_of_project(request_, project_path))
    run_to_end(track_film_of_project(replace(request_, force=True), project_path))
    with Project.open(project_path) as project:
        assert len(project.runs) == 1


def test_corrections_of_the_project_are_applied(request_: TrackRequest, project_path: Path) -> None:
    with Project.open(project_path) as project, open_film(request_.film) as film:
        project.add_film(film)
        value = {"frame_index": 7, "animal": 0, "keypoint": "body", "x": 11.0, "y": 22.0}
        project.corrections.append(film.film_id, "set_keypoint", value)
    track = run_to_end(track_film_of_project(request_, project_path)).track
    np.testing.assert_allclose(track.keypoints_xy[7, 0, MOUSE.centre], (11, 22), atol=0.5)
    assert track.source[7, 0] == Source.CORRECTED
    assert track.attributes["n_corrections"] == 1


def test_a_finished_track_with_another_correction_is_not_taken_for_this_one(request_: TrackRequest) -> None:
    corrected = replace(request_, corrections=(SetKeypoint(7, 0, "body", 11.0, 22.0),))
    run_to_end(track_film(corrected))
    assert run_to_end(track_film(replace(corrected, resume=True))).was_finished
    other = replace(request_, corrections=(SetKeypoint(7, 0, "body", 11.0, 23.0),), resume=True)
    with pytest.raises(MazetrackError, match="other corrections"):
        run_to_end(track_film(other))


def test_times_of_the_project_are_used_unless_others_are_given(request_: TrackRequest, project_path: Path) -> None:
    with Project.open(project_path) as project, open_film(request_.film, timing=Timing(fps=10.0)) as film:
        project.add_film(film)
    track = run_to_end(track_film_of_project(request_, project_path)).track
    np.testing.assert_allclose(track.time_s, np.arange(30) / 10)
    given = replace(request_, timing=Timing(fps=5.0), force=True)
    track = run_to_end(track_film_of_project(given, project_path)).track
    np.testing.assert_allclose(track.time_s, np.arange(30) / 5)


def test_a_missing_project_is_told_before_the_work(request_: TrackRequest, tmp_path: Path) -> None:
    with pytest.raises(MazetrackError, match=r"gone\.mazetrack"):
        run_to_end(track_film_of_project(request_, tmp_path / "gone.mazetrack"))
    assert not request_.out_dir.exists()


def test_results_stand_where_only_the_note_fails(request_: TrackRequest, project_path: Path) -> None:
    job = track_film_of_project(request_, project_path)
    next(job)
    project_path.unlink()  # somebody removes it meanwhile
    with pytest.raises(MazetrackError, match=r"is tracked .* but not noted"):
        run_to_end(job)
    assert (request_.out_dir / "pool.tracks.csv").exists()


def test_a_project_is_measured_with_its_corrections(request_: TrackRequest, project_path: Path) -> None:
    with pytest.raises(MazetrackError, match="No film of"):
        load_recordings(project_path)
    outcome = run_to_end(track_film_of_project(request_, project_path))
    (before,) = load_recordings(project_path)
    np.testing.assert_array_equal(before.xy, outcome.track.path_xy())
    with Project.open(project_path) as project:
        value = {"frame_index": 7, "animal": 0, "keypoint": "body", "x": 11.0, "y": 22.0}
        project.corrections.append(str(outcome.track.attributes["film_id"]), "set_keypoint", value)
    (after,) = load_recordings(project_path)
    np.testing.assert_allclose(after.xy[7], (11, 22), atol=0.5)
    assert after.is_corrected.nonzero()[0].tolist() == [7]
    outcome.nc.unlink()
    with pytest.raises(MazetrackError, match="is gone"):
        load_recordings(project_path)


def test_a_trial_is_measured_from_the_release_that_a_person_said(request_: TrackRequest, project_path: Path) -> None:
    outcome = run_to_end(track_film_of_project(request_, project_path))
    release_s, end_s = float(outcome.track.time_s[6]), float(outcome.track.time_s[20])
    said = (EventMark(EventKind.RELEASE, release_s, "Ann"), EventMark(EventKind.REMOVED, end_s, "Ann"))
    with Project.open(project_path) as project:
        put_marks(project, str(outcome.track.attributes["film_id"]), said, "Events of pool.mp4")
    arena = project_path.with_name("arena.json")
    arena.write_text(json.dumps({**ARENA, "diameter_cm": 90.0}))
    request = MeasureRequest((project_path,), project_path.with_name("m.csv"), arena=arena, kind=TrialKind.PROBE)
    row, *_ = run_to_end(measure_tracks(request)).rows
    assert row["trial_duration_s"] == pytest.approx(end_s - release_s)
    (events,) = json.loads(request.out.with_suffix(".json").read_text())["trials"]
    assert (events["release"], events["release_s"]) == ("given", pytest.approx(release_s))


def test_the_projects_own_model_tracks_where_none_is_named(
    request_: TrackRequest, project_path: Path, blob_model: Path
) -> None:
    with Project.open(project_path) as project:
        set_default_model(project, blob_model, {})
    outcome = run_to_end(track_film_of_project(replace(request_, model=None), project_path))
    assert outcome.track.attributes["model_name"] == "blob.onnx"
