"""What a person said and corrected in the window counts in an analysis, wherever the film's project lies."""

from __future__ import annotations

import csv
import filecmp
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.measuring import MeasuringChoices
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.maze.arena_files import arena_from_json
from napari_mazetrack.maze.trials import Trial, TrialKind, save_trials
from napari_mazetrack.progress import Job, Progress, run_to_end
from napari_mazetrack.project import Project
from napari_mazetrack.review.event_marks import EventKind, EventMark
from napari_mazetrack.workflows.analyse import AnalysisOutcome, analyse_experiment
from napari_mazetrack.workflows.analysis_request import AnalysisRequest
from napari_mazetrack.workflows.camera_between_films import CameraShift
from napari_mazetrack.workflows.correct import put_marks
from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks
from napari_mazetrack.workflows.track import TrackRequest
from napari_mazetrack.workflows.track_in_project import track_film_of_project

ARENA = {
    "schema": 1,
    "units": "px",
    "pool": {"cx": 48.0, "cy": 32.0, "rx": 45.0, "ry": 45.0, "angle_deg": 0.0},
    "y_axis": "down",
    "platform": {"shape": "circle", "cx": 60.0, "cy": 32.0, "r": 4.0},
    "diameter_cm": 90.0,
}
#: What a person said of the film (25 frames a second, 30 frames): release and removal.
RELEASE_S, REMOVED_S = 0.24, 0.8
ROW = Trial("t", TrialKind.PROBE, "films/pool.mp4", "a.json", "m1", "g", day=1)
SETTINGS = AnalysisSettings(n_bootstrap=99, n_permutations=99)

pytestmark = pytest.mark.usefixtures("without_figures")


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, write_blob_film: Callable, blob_model: Path) -> Path:
    """A film, its track, and its project with a correction and two events."""
    folder = tmp_path_factory.mktemp("tracked")
    (folder / "films").mkdir()
    film = write_blob_film(folder / "films" / "pool.mp4", 30)
    path = film.with_suffix(".mazetrack")
    Project.create(path).close()
    track = run_to_end(track_film_of_project(TrackRequest(film, blob_model, out_dir=film.parent), path)).track
    film_id = str(track.attributes["film_id"])
    with Project.open(path) as project:
        value = {"frame_index": 10, "animal": 0, "keypoint": "body", "x": 60.0, "y": 47.0}
        project.corrections.append(film_id, "set_keypoint", value)
        said = (EventMark(EventKind.RELEASE, RELEASE_S, "Ann"), EventMark(EventKind.REMOVED, REMOVED_S, "Ann"))
        put_marks(project, film_id, said, "Events")
    return folder


@pytest.fixture
def folder(tracked: Path, tmp_path: Path) -> Path:
    """A copy of it with a sheet and an arena."""
    folder = Path(shutil.copytree(tracked, tmp_path / "lab"))
    (folder / "a.json").write_text(json.dumps(ARENA))
    save_trials([ROW], folder / "trials.csv")
    return folder


def analyse(folder: Path, **changes: object) -> AnalysisOutcome:
    request = AnalysisRequest(folder / "trials.csv", folder / "out", settings=SETTINGS)
    return run_to_end(analyse_experiment(replace(request, **changes)))


def measured(folder: Path, trial: str = "t", window: str = "whole", out: str = "out") -> dict[str, str]:
    with (folder / out / "measures.csv").open(newline="") as handle:
        return next(r for r in csv.DictReader(handle) if (r["trial"], r["window"]) == (trial, window))


def check_said(folder: Path, trial: str = "t") -> None:
    row = measured(folder, trial)
    assert float(row["trial_duration_s"]) == pytest.approx(REMOVED_S - RELEASE_S)
    assert row["end_reason"] == "removed"
    assert float(row["corrected_fraction"]) > 0


def test_events_and_corrections_of_the_project_beside_the_film_count(folder: Path) -> None:
    analyse(folder)
    check_said(folder)
    (events,) = json.loads((folder / "out" / "measures.json").read_text())["trials"]
    assert (events["release"], events["end"]) == ("said in the film", "said in the film")
    assert [mark["said_by"] for mark in events["marks"]] == ["Ann", "Ann"]
    assert any("pool.mazetrack" in name for name in json.loads((folder / "out/analysis.json").read_text())["files"])
    report = (folder / "out" / "report.html").read_text()
    assert "Release or end of 1 trial were set by a person in the film." in report
    assert "The tracks of 1 trial were corrected by hand." in report


def test_they_count_when_the_track_alone_is_measured_too(folder: Path) -> None:
    track, out = folder / "films" / "pool.tracks.nc", folder / "out"
    out.mkdir()
    outcome = run_to_end(
        measure_tracks(MeasureRequest((track,), out / "measures.csv", arena=folder / "a.json", kind=TrialKind.PROBE))
    )
    (message,) = outcome.messages
    assert message.startswith(f"Corrections and events that {folder / 'films' / 'pool.mazetrack'} holds count")
    check_said(folder, outcome.rows[0]["trial"])
    analyse(folder, out=folder / "analysed")
    same = measured(folder, out="analysed")["path_length_cm"]
    assert measured(folder, outcome.rows[0]["trial"])["path_length_cm"] == same


def test_the_project_may_lie_beside_the_track(folder: Path) -> None:
    (folder / "tracks").mkdir()
    for name in ("pool.tracks.nc", "pool.tracks.csv", "pool.mazetrack"):
        shutil.move(folder / "films" / name, folder / "tracks" / name)
    analyse(folder, tracks=folder / "tracks")
    check_said(folder)


def test_a_project_may_stand_in_the_column_film(folder: Path) -> None:
    save_trials([replace(ROW, film="films/pool.mazetrack")], folder / "trials.csv", overwrite=True)
    analyse(folder)
    check_said(folder)


@pytest.mark.parametrize("holds_trials", [True, False])
def test_a_project_may_be_the_experiment(folder: Path, holds_trials: bool) -> None:
    path = folder / "films" / "pool.mazetrack"
    with Project.open(path) as project:
        project.arenas.put("big pool", arena_from_json(ARENA, "arena"))
        if holds_trials:
            project.trials.put(replace(ROW, film="pool.mp4", arena="big pool"))
    if holds_trials:
        analyse(folder, experiment=path)
    else:
        with pytest.raises(MazetrackError, match=r"holds no trials.*--trials trials\.csv"):
            analyse(folder, experiment=path)
        analyse(folder, experiment=path, trials=folder / "trials.csv")
    check_said(folder)
    analyse(folder, experiment=folder / "out" / "analysis.json", out=folder / "again")
    assert measured(folder, out="again") == measured(folder)


def test_another_event_is_another_analysis(folder: Path) -> None:
    analyse(folder)
    path = folder / "films" / "pool.mazetrack"
    with Project.open(path) as project:  # opening a project for writing changes its bytes, not what was said
        (film,) = project.films
    record = folder / "out" / "analysis.json"
    analyse(folder, experiment=record, out=folder / "again")
    with Project.open(path) as project:
        put_marks(project, film.film_id, (EventMark(EventKind.RELEASE, 0.4, "Ann"),), "Another release")
    with pytest.raises(MazetrackError, match=r"pool\.mazetrack has changed"):
        analyse(folder, experiment=record, out=folder / "third")


def test_each_of_two_trials_of_a_film_has_its_own_events(folder: Path) -> None:
    rows = [replace(ROW, trial="a", end_s=0.1, release_s=0.0), replace(ROW, trial="b", day=2, release_s=0.2)]
    save_trials(rows, folder / "trials.csv", overwrite=True)
    analyse(folder)
    assert float(measured(folder, "a")["trial_duration_s"]) == pytest.approx(0.1, abs=0.011)
    assert float(measured(folder, "b")["trial_duration_s"]) == pytest.approx(REMOVED_S - RELEASE_S)


def test_a_table_without_the_corrections_of_its_project_is_no_silent_result(folder: Path) -> None:
    (folder / "films" / "pool.tracks.nc").unlink()
    with pytest.raises(MazetrackError, match="holds corrections that are not in"):
        analyse(folder)


def test_a_damaged_project_leaves_out_its_own_trials_alone(folder: Path) -> None:
    shutil.copy(folder / "films" / "pool.tracks.csv", folder / "other.csv")
    (folder / "films" / "pool.mazetrack").write_text("none")
    save_trials([ROW, replace(ROW, trial="other", film="other.csv")], folder / "trials.csv", overwrite=True)
    (flag,) = analyse(folder).flags
    assert (flag.rule, flag.trial) == ("not_measured", "t")
    assert "pool.mazetrack" in flag.why
    (folder / "films" / "pool.tracks.nc").unlink()
    (folder / "films" / "pool.tracks.csv").unlink()
    assert [flag.trial for flag in analyse(folder, out=folder / "without a track").flags] == ["t"]


def test_the_choices_of_the_measuring_are_recorded_and_made_again(folder: Path) -> None:
    choices = MeasuringChoices(variant="rtrack", windows=("0:0.4",), n_draws=5, settings=("wall_width=0.3",))
    analyse(folder, measuring=choices)
    analyse(folder, experiment=folder / "out" / "analysis.json", out=folder / "again")
    names = [path.name for path in (folder / "out").iterdir()]
    assert "measures.intervals.csv" in names
    same, different, wrong = filecmp.cmpfiles(folder / "out", folder / "again", names, shallow=False)
    assert (sorted(same), different, wrong) == (sorted(names), [], [])
    assert (measured(folder)["variant"], measured(folder, window="0:0.4")["variant"]) == ("rtrack", "rtrack")
    report = (folder / "out" / "report.html").read_text()
    for words in ("definitions of rtrack", "windows 0:0.4", "5 paths drawn", "wall_width=0.3", "within 0.3 pool radii"):
        assert words in report
    about = json.loads((folder / "out" / "measures.json").read_text())
    assert about["changed_settings"] == {"wall_width": 0.3}
    (row,) = [row for row in csv.DictReader((folder / "out" / "measures.csv").open()) if row["window"] == "0:0.4"]
    assert float(row["displacement_cm_low"]) <= float(row["displacement_cm"]) <= float(row["displacement_cm_high"])


def test_shares_stand_beside_chance_and_unknown_starts_are_told(folder: Path) -> None:
    save_trials([replace(ROW, start="nowhere")], folder / "trials.csv", overwrite=True)
    analyse(folder)
    report = (folder / "out" / "report.html").read_text()
    assert "target quadrant, share of time (chance 0.25)" in report
    assert "names the start &#39;nowhere&#39;" in report


def test_what_the_films_told_is_told_again_without_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_: object) -> Job[tuple[CameraShift, ...]]:
        yield Progress("Comparing the films of a day", 1, 1)
        return (CameraShift("a.mp4", "b.mp4", "a.json", 1, 8.0),)

    where = "napari_mazetrack.workflows.analyse.find_camera_shifts"
    monkeypatch.setattr(where, found)
    analyse(folder)
    report = (folder / "out" / "report.html").read_bytes()
    assert b"The camera moved by 8 px between the films a.mp4 and b.mp4" in report
    monkeypatch.setattr(where, None)
    analyse(folder, experiment=folder / "out" / "analysis.json", out=folder / "again")
    assert (folder / "again" / "report.html").read_bytes() == report


def test_a_deeplabcut_table_is_analysed_with_its_rate_and_point(folder: Path) -> None:
    xy = np.stack([48 + np.arange(60) / 3, np.full(60, 32.0)], axis=1)
    lines = ["scorer,n,n,n,n,n,n", "bodyparts,nose,nose,nose,back,back,back", "coords" + ",x,y,likelihood" * 2]
    lines += [f"{i},0,0,1,{x},{y},1" for i, (x, y) in enumerate(xy)]
    (folder / "dlc.csv").write_text("\n".join(lines) + "\n")
    save_trials([replace(ROW, film="dlc.csv")], folder / "trials.csv", overwrite=True)
    analyse(folder, measuring=MeasuringChoices(fps=30.0, point="back"))
    assert float(measured(folder)["path_length_cm"]) == pytest.approx(59 / 3, rel=0.02)
