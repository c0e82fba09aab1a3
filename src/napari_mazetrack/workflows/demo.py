"""The whole job: track, measure and draw the sample data that ships; then analyse a simulated experiment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_mazetrack.files import refuse_existing
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.resources import sample_data_folder
from napari_mazetrack.tracking.track import Track

if TYPE_CHECKING:
    from napari_mazetrack.experiment.trajectory_figure import TrajectoryPanel

SAMPLE_TRIALS = "trials.csv"
MEASURES_NAME = "measures.csv"
FIGURE_NAME = "trajectories"
FIGURE_ENDINGS = (".png", ".svg")
EXPERIMENT_NAME, ANALYSIS_NAME = "experiment", "analysis"
#: So many mice were followed in the study that this package began with; simulated ones stand for them.
N_MICE, MICE_NAME, MICE_GROUP = 3, "three_mice", "simulated"


@dataclass(frozen=True)
class DemoOutcome:
    """What the demonstration left behind.

    Attributes
    ----------
    films : tuple of Path
        The sample films.
    tracks : tuple of Path
        Their tracks (``.nc``).
    measures : Path
        The table.
    figures : tuple of Path
        The drawn paths.
    rows : tuple of dict
        The rows of the table.
    report : Path
        The report on a simulated experiment: two films are none.
    mice_report : Path
        The report on three of its mice, each of them named.
    """

    films: tuple[Path, ...]
    tracks: tuple[Path, ...]
    measures: Path
    figures: tuple[Path, ...]
    rows: tuple[dict[str, Any], ...]
    report: Path
    mice_report: Path


def run_demo(out: Path, *, force: bool = False) -> Job[DemoOutcome]:
    """Track, measure and draw the sample trials into the folder `out`, and analyse a simulated experiment.

    Raises
    ------
    MazetrackError
        The installation is incomplete, or results stand in `out` already and `force` is False.
    """
    from napari_mazetrack.experiment.trajectory_figure import save_trajectory_figure
    from napari_mazetrack.maze.trials import load_trials
    from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks
    from napari_mazetrack.workflows.track import TrackRequest, track_film

    figures = tuple(out / f"{FIGURE_NAME}{ending}" for ending in FIGURE_ENDINGS)
    for path in (*figures, *(out / name for name in (MEASURES_NAME, EXPERIMENT_NAME, ANALYSIS_NAME, MICE_NAME))):
        refuse_existing(path, overwrite=force)
    samples = sample_data_folder()
    trials = load_trials(samples / SAMPLE_TRIALS)
    outcomes = []
    for trial in trials:
        request = TrackRequest(samples / trial.film, arena=samples / trial.arena, out_dir=out, force=force)
        outcomes.append((yield from track_film(request)))
    tracks = tuple(outcome.nc for outcome in outcomes)
    table = MeasureRequest(tracks, out / MEASURES_NAME, trials=samples / SAMPLE_TRIALS, force=force)
    measured = yield from measure_tracks(table)
    yield Progress("Drawing the paths", 0, len(figures))
    panels = _panels(trials, [outcome.track for outcome in outcomes], measured.description)
    for path in figures:
        save_trajectory_figure(panels, path, overwrite=force)
    yield Progress("Drawing the paths", len(figures), len(figures))
    films = tuple(samples / trial.film for trial in trials)
    report, mice_report = yield from _analyse(out, force=force)
    return DemoOutcome(films, tracks, measured.csv, figures, measured.rows, report, mice_report)


def _analyse(out: Path, *, force: bool) -> Job[tuple[Path, Path]]:
    """Simulate an experiment (tracks of two groups over six days); analyse it, and three of its mice alone.

    Returns
    -------
    tuple of Path
        The two reports.
    """
    from napari_mazetrack.workflows.analyse import analyse_experiment
    from napari_mazetrack.workflows.analysis_request import AnalysisRequest
    from napari_mazetrack.workflows.simulate import simulate_experiment

    sheet = yield from simulate_experiment(out / EXPERIMENT_NAME, overwrite=force)
    whole = yield from analyse_experiment(AnalysisRequest(sheet, out / ANALYSIS_NAME, force=force))
    mice = _mice_sheet(sheet, force=force)
    three = yield from analyse_experiment(AnalysisRequest(mice, out / MICE_NAME, force=force))
    return whole.report, three.report


def _mice_sheet(sheet: Path, *, force: bool) -> Path:
    """Write the sheet of an experiment's first mice, which are named as simulated ones; return it."""
    from napari_mazetrack.maze.trials import load_trials, save_trials

    trials = load_trials(sheet)
    animals = list(dict.fromkeys(trial.animal for trial in trials))[:N_MICE]
    names = {animal: f"mouse {number}" for number, animal in enumerate(animals, start=1)}
    path = sheet.with_name(f"{MICE_NAME}.csv")
    mice = [replace(t, animal=names[t.animal], group=MICE_GROUP) for t in trials if t.animal in names]
    save_trials(mice, path, overwrite=force)
    return path


def _panels(trials: Sequence[Trial], tracks: Sequence[Track], description: Path) -> list[TrajectoryPanel]:
    """Return the swims from release to end, as the measures' description tells these times."""
    from napari_mazetrack.experiment.trajectory_figure import TrajectoryPanel
    from napari_mazetrack.maze.arena_files import load_arena

    events = {told["trial"]: told for told in json.loads(description.read_text())["trials"]}
    panels = []
    for trial, track in zip(trials, tracks, strict=True):
        begin_s, end_s = events[trial.trial]["release_s"], events[trial.trial]["end_s"]
        is_swim = (track.time_s >= begin_s) & (track.time_s <= end_s)
        panels.append(
            TrajectoryPanel(
                title=f"{trial.kind.value.capitalize()} trial",
                arena=load_arena(sample_data_folder() / trial.arena),
                path_xy=track.path_xy()[is_swim],
                time_s=track.time_s[is_swim],
                caption=f"release ○   end ■   {end_s - begin_s:.1f} s",
            )
        )
    return panels
