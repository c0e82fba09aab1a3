"""Measure tracks: from track files, arenas and trials to a table of measures with its formulas beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import refuse_existing
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.arena_files import check_arena_in_picture, load_arena
from napari_mazetrack.maze.calibration import maze_plane
from napari_mazetrack.maze.measures import MeasureSettings, TrialMeasures, Window, measure_trial
from napari_mazetrack.maze.measures.variants import Variant, variant_named
from napari_mazetrack.maze.swim import Swim, make_swim
from napari_mazetrack.maze.tables import write_table
from napari_mazetrack.maze.trials import Trial, TrialKind, load_trials
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.workflows.film_trials import told_of_old_platforms, told_of_unknown_starts, trials_on_film
from napari_mazetrack.workflows.in_processes import map_in_order
from napari_mazetrack.workflows.measure_description import describe_measures, measures_in
from napari_mazetrack.workflows.measure_intervals import COLUMNS as INTERVAL_COLUMNS
from napari_mazetrack.workflows.measure_intervals import (
    interval_columns,
    intervals_path,
    measure_intervals,
    with_intervals,
)
from napari_mazetrack.workflows.recording import Recording, film_stem
from napari_mazetrack.workflows.recordings import load_recordings
from napari_mazetrack.workflows.trial_tracks import has_said, is_project, load_source, source_of_track

IDENTITY = (
    "trial", "film", "animal", "group", "day", "kind", "platform", "window", "end_reason", "excluded", "variant",
    "model", "corrected_fraction", "missing_fraction",
)  # fmt: skip
#: Positions farther from the pool's centre than this many radii lie outside; a few do (the hand, the wall).
_FAR_RADII = 1.25
_MAX_FAR = 0.5
Row = dict[str, Any]


@dataclass(frozen=True)
class MeasureRequest:
    """What is to be measured.

    Attributes
    ----------
    tracks : tuple of Path
        Track files.
    out : Path
        The table to write (``.csv``).
    trials : Path or None
        ``trials.csv``; without it each track is one trial of the kind `kind`.
    arena : Path or None
        Arena of the trials that name none.
    kind, limit_s : TrialKind or None, float or None
        Of the trials, where there is no table.
    windows : tuple of Window
        Stretches; empty for the usual ones of each kind.
    variant : str
        Whose definitions.
    fps, point : float or None, str or None
        For DeepLabCut's and SLEAP's files: frames a second, and the point whose path is measured.
    settings : MeasureSettings
        Every number of the measures.
    n_draws, seed : int
        Paths drawn for the intervals of each trial, 0 for no intervals; the seed of the draws.
    processes : int or None
        Processes that share reading and measuring; None: as many as are worth it. Intervals are made in one.
    force : bool
        Replace existing files.
    """

    tracks: tuple[Path, ...]
    out: Path
    trials: Path | None = None
    arena: Path | None = None
    kind: TrialKind | None = None
    limit_s: float | None = None
    windows: tuple[Window, ...] = ()
    variant: str = "default"
    fps: float | None = None
    point: str | None = None
    settings: MeasureSettings = field(default_factory=MeasureSettings)
    n_draws: int = 0
    seed: int = 0
    processes: int | None = None
    force: bool = False

    @property
    def sharing(self) -> int | None:
        """How many processes may share the work: what draws paths holds a whole track and stays in one."""
        return 1 if self.n_draws else self.processes


@dataclass(frozen=True)
class MeasureOutcome:
    """The table, its description, what was written into them, and the table of intervals where there is one."""

    csv: Path
    description: Path
    rows: tuple[Row, ...]
    messages: tuple[str, ...]
    intervals: Path | None = None


@dataclass(frozen=True)
class MeasureTask:
    """One trial of one animal: what the sheet says, its recording, the file of its arena, and why it has no place."""

    trial: Trial
    recording: Recording
    arena: Path
    problem: str = ""


def measure_tracks(request: MeasureRequest) -> Job[MeasureOutcome]:
    """Measure tracks and write the table and its description.

    A trial that cannot be measured is told and stands in the table as excluded, without measures; where none can be
    measured, that is an error.

    Raises
    ------
    MazetrackError
        A file cannot be read, the output exists, or nothing can be measured.
    """
    description = request.out.with_suffix(".json")
    intervals = intervals_path(request.out) if request.n_draws else None
    for path in filter(None, (request.out, description, intervals)):
        refuse_existing(path, overwrite=request.force)
    variant = variant_named(request.variant)
    yield Progress("Reading tracks", 0, len(request.tracks))
    recordings: list[Recording] = []
    track_of: dict[tuple[str, str], Path] = {}
    load = partial(_load, fps=request.fps, point=request.point, can_draw=request.n_draws > 0)
    loads = zip(request.tracks, map_in_order(load, request.tracks, request.sharing), strict=True)
    for done, (path, loaded) in enumerate(loads, start=1):
        for recording in loaded:
            _refuse_second_track(recording, path, track_of)
        recordings += loaded
        yield Progress("Reading tracks", done, len(request.tracks))
    tasks, messages = _tasks(request, recordings)
    messages += _told_of_projects(request.tracks)
    messages += told_of_unknown_starts((task.arena, task.trial) for task in tasks)
    for message in messages:
        yield Progress("Measuring", 0, len(tasks), message)
    rows: list[Row] = []
    interval_rows: list[Row] = []
    trials: list[dict[str, Any]] = []
    failures: list[MazetrackError] = []
    measure = partial(_measure_or_fail, settings=request.settings, windows=request.windows, variant=request.variant)
    for task, results in zip(tasks, map_in_order(measure, tasks, request.sharing), strict=True):
        if isinstance(results, MazetrackError):
            failures.append(results)
            messages.append(f"Left out: {results}")
            rows.append(excluded_row(task, variant))
        else:
            trials.append(events_of(task.trial, results[0]))
            found = yield from _intervals(task, results, request, variant)
            rows += with_intervals([row_of(task, result, variant) for result in results], found)
            interval_rows += found
        told = messages[-1] if isinstance(results, MazetrackError) and len(tasks) > 1 else ""
        yield Progress("Measuring", len(trials) + len(failures), len(tasks), told)
    if len(failures) == len(tasks):
        raise failures[0]
    describe_measures(description, request.settings, variant, rows, {"trials": trials, "messages": messages})
    names = [m.name for m in measures_in(rows)]
    columns = (*IDENTITY, *names, *interval_columns(names, rows))
    write_table(columns, rows, request.out, overwrite=request.force)
    if intervals:
        write_table(INTERVAL_COLUMNS, interval_rows, intervals, overwrite=request.force)
    return MeasureOutcome(request.out, description, tuple(rows), tuple(messages), intervals)


def _load(path: Path, *, fps: float | None, point: str | None, can_draw: bool) -> list[Recording]:
    """Read a track file, with what its film's project says; without draws a recording holds no more than its path."""
    if is_project(path):
        recordings = load_recordings(path, fps=fps, point=point)
    else:
        recordings = load_source(source_of_track(path), fps=fps, point=point)
    return recordings if can_draw else [replace(recording, draw=None) for recording in recordings]


def _told_of_projects(tracks: Sequence[Path]) -> list[str]:
    projects = [source_of_track(path).project for path in tracks]
    said = [path for path in projects if path is not None and has_said(path)]
    return [f"Corrections and events that {path} holds count, as they do in napari." for path in said]


def _refuse_second_track(recording: Recording, path: Path, track_of: dict[tuple[str, str], Path]) -> None:
    """Refuse a swim that another file holds too: it would count twice, or for a trial of another film of its name."""
    key = (recording.stem, recording.animal)
    if key in track_of:
        raise MazetrackError(
            f"Two tracks are of a film named '{recording.stem}': in {track_of[key]} and in {path}. Give one track of "
            "each film; films of one name in different folders are told apart by `mazetrack analyse`."
        )
    track_of[key] = path


def _measure_or_fail(
    task: MeasureTask, *, settings: MeasureSettings, windows: tuple[Window, ...], variant: str
) -> list[TrialMeasures] | MazetrackError:
    """Measure a trial, or return why it cannot be measured."""
    if task.problem:
        return MazetrackError(task.problem)
    try:
        arena = load_arena(task.arena)
        swim = swim_of(task.recording, arena)
        return measure_trial(swim, arena, task.trial, settings, windows or None, variant_named(variant))
    except MazetrackError as error:
        return error


def _intervals(
    task: MeasureTask, results: Sequence[TrialMeasures], request: MeasureRequest, variant: Variant
) -> Job[list[Row]]:
    """Return the rows of a trial in the table of intervals; none where no intervals are asked for."""
    if not request.n_draws:
        return []
    if task.recording.draw is None:
        name = task.trial.trial
        told = f"No intervals for trial '{name}': only a track's .nc file, or a project, says how sure it is."
        yield Progress("Measuring", 0, None, told)
    arena = load_arena(task.arena)
    windows = tuple(result.window for result in results)

    def measure(recording: Recording) -> list[TrialMeasures]:
        return measure_trial(swim_of(recording, arena), arena, task.trial, request.settings, windows, variant)

    rows = yield from measure_intervals(task.recording, results, measure, request.n_draws, request.seed)
    return [{"trial": task.trial.trial, "animal": task.trial.animal, **row} for row in rows]


def swim_of(recording: Recording, arena: Arena) -> Swim:
    """Return a recording as a swim in centimetres.

    Raises
    ------
    MazetrackError
        Track and arena are in different units or do not belong together, or the recording is empty or disordered.
    """
    what = f"The track of {recording.stem}"
    if recording.units and recording.units != arena.units:
        raise MazetrackError(
            f"{what} is in {recording.units}, but its arena in {arena.units}. Use an arena in the track's units."
        )
    if recording.film_hw is not None:
        check_arena_in_picture(arena, recording.film_hw, f"The arena given for {recording.stem}")
    plane = maze_plane(arena)
    xy_cm = plane.cm(recording.xy)
    heading = None if recording.head_xy is None else plane.cm(recording.head_xy) - xy_cm
    swim = make_swim(recording.time_s, xy_cm, heading, what)
    distance = np.hypot(*(swim.xy_cm[~swim.is_missing] - plane.centre_cm).T)
    far_share = float((distance > _FAR_RADII * plane.radius_cm).mean()) if len(distance) else 0.0
    if far_share > _MAX_FAR:
        raise MazetrackError(
            f"{what} lies outside the pool of its arena in {far_share:.0%} of its samples."
            " Is it the arena of this film, and in the same units?"
        )
    return swim


def measure_recording(
    recording: Recording,
    arena: Arena,
    trial: Trial,
    windows: Sequence[Window] | None = None,
    settings: MeasureSettings | None = None,
) -> list[TrialMeasures]:
    """Measure one trial of a recording, by this package's definitions; raises as `swim_of` and `measure_trial`."""
    return measure_trial(swim_of(recording, arena), arena, trial, settings, windows)


def _tasks(request: MeasureRequest, recordings: list[Recording]) -> tuple[list[MeasureTask], list[str]]:
    """Pair trials and recordings; what has no partner is told."""
    if request.trials is None:
        if request.arena is None or request.kind is None:
            raise MazetrackError("Without a trials file, an arena and the kind of the trials are needed.")
        arena, kind, limit_s = request.arena, request.kind, request.limit_s
        alone = [
            MeasureTask(Trial(recording.stem, kind, animal=recording.animal, limit_s=limit_s), recording, arena)
            for recording in recordings
        ]
        return _on_film(alone), told_of_old_platforms([task.trial for task in alone])
    tasks, messages = [], []
    of_film: dict[str, list[Recording]] = {}
    for recording in recordings:
        of_film.setdefault(recording.stem, []).append(recording)
    for trial in load_trials(request.trials):
        partners = of_film.get(film_stem(Path(trial.film)), [])
        if trial.animal and any(r.animal == trial.animal for r in partners):
            partners = [r for r in partners if r.animal == trial.animal]
        if not partners:
            messages.append(f"Left out: no track was given for the film '{trial.film}' of trial '{trial.trial}'.")
        arena = _arena_path(request, trial)
        if trial.animal and len(partners) > 1:
            names = ", ".join(r.animal for r in partners)
            problem = (
                f"Trial '{trial.trial}': its track has several animals ({names}), none of them '{trial.animal}'. Write "
                "the one that is meant into the column animal."
            )
            tasks.append(MeasureTask(trial, partners[0], arena, problem))
        else:
            tasks += [MeasureTask(_named(trial, r), r, arena) for r in partners]
    used = {id(task.recording) for task in tasks}
    unclear = {task.recording.stem for task in tasks if task.problem}
    named = {task.recording.stem for task in tasks}
    messages += [
        f"Left out: no trial is of {r.animal} in the film {r.stem}."
        if r.stem in named
        else f"Left out: no trial names the film {r.stem}."
        for r in recordings
        if id(r) not in used and r.stem not in unclear
    ]
    if not tasks:
        raise MazetrackError(
            f"No trial of {request.trials} belongs to the given tracks ({', '.join(r.stem for r in recordings[:5])}). "
            "Check the column film: it must name the films that were tracked."
        )
    return _on_film(tasks), [*messages, *told_of_old_platforms([task.trial for task in tasks])]


def _on_film(tasks: Sequence[MeasureTask]) -> list[MeasureTask]:
    """Return tasks whose trials begin and end where a person said so, or where their part of a session film does."""
    of_recording: dict[int, list[int]] = {}
    for i, task in enumerate(tasks):
        if not task.problem:
            of_recording.setdefault(id(task.recording), []).append(i)
    placed = list(tasks)
    for own in of_recording.values():
        try:
            on_film = trials_on_film([tasks[i].trial for i in own], tasks[own[0]].recording)
        except MazetrackError as error:
            for i in own:
                placed[i] = replace(tasks[i], problem=f"Trial '{tasks[i].trial.trial}': {error}")
        else:
            for i, found in zip(own, on_film, strict=True):
                placed[i] = replace(tasks[i], trial=found.trial)
    return placed


def _named(trial: Trial, recording: Recording) -> Trial:
    return trial if trial.animal else replace(trial, animal=recording.animal)


def _arena_path(request: MeasureRequest, trial: Trial) -> Path:
    if trial.arena and request.trials is not None:
        return request.trials.parent / trial.arena
    if request.arena is None:
        raise MazetrackError(f"Trial '{trial.trial}' names no arena. Fill in the column arena, or give --arena.")
    return request.arena


def _identity(task: MeasureTask, variant: Variant) -> Row:
    trial, recording = task.trial, task.recording
    return {
        "trial": trial.trial,
        "film": trial.film or recording.stem,
        "animal": trial.animal,
        "group": trial.group,
        "day": trial.day,
        "kind": trial.kind.value,
        "platform": trial.platform,
        "excluded": trial.exclude,
        "variant": variant.name,
        "model": recording.model,
        "sex": trial.sex,
        "cohort": trial.cohort,
    }


def row_of(task: MeasureTask, result: TrialMeasures, variant: Variant) -> Row:
    """Return the row of one window."""
    recording, events = task.recording, result.events
    begin = events.release_s + result.window.begin_s
    end = min(events.end_s, events.release_s + (result.window.end_s or np.inf))
    is_within = (recording.time_s >= begin) & (recording.time_s <= end)
    return {
        **_identity(task, variant),
        "window": result.window.name,
        "end_reason": events.end_reason.value,
        "corrected_fraction": float(recording.is_corrected[is_within].mean()) if is_within.any() else 0.0,
        "missing_fraction": result.missing_fraction,
        **result.values,
    }


def excluded_row(task: MeasureTask, variant: Variant) -> Row:
    """Return the row of a trial that cannot be measured: who and when, no measures."""
    return {**_identity(task, variant), "window": "whole", "excluded": True}


def events_of(trial: Trial, result: TrialMeasures) -> dict[str, Any]:
    """Return a trial's events for the description beside the table."""
    events = result.events
    return {
        "trial": trial.trial,
        "animal": trial.animal,
        "release_s": events.release_s,
        "release": "detected" if events.is_release_detected else "given",
        "end": "detected" if events.is_end_detected else "given",
        "first_contact_s": events.first_contact_s,
        "escape_s": events.escape_s,
        "end_s": events.end_s,
        "end_reason": events.end_reason.value,
        "chance": result.chance,
        "stays": [[stay.begin_s, stay.end_s] for stay in events.stays],
    }
