"""Measure all trials of an experiment; one that cannot be measured is told, counted, and never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.drawn_swim import DrawnSwim, drawn_swim
from napari_mazetrack.experiment.exclusions import Placement
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.calibration import maze_plane
from napari_mazetrack.maze.measures import VARIANTS, MeasureSettings, measure_trial
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.workflows.in_processes import map_in_order
from napari_mazetrack.workflows.measure import MeasureTask, events_of, excluded_row, row_of, swim_of
from napari_mazetrack.workflows.recording import TRACK_ENDINGS, Recording, film_stem
from napari_mazetrack.workflows.recordings import TEXT_ENDINGS, load_recordings

_STAGE = "Measuring"
_VARIANT = VARIANTS["default"]
#: Files that are tracks themselves; the film of a row may name one of these.
_TRACK_SUFFIXES = (".nc", *TEXT_ENDINGS)
#: Farther from the pool's centre than this many radii is outside; within it, a body's middle may look out of the water.
_OUTSIDE_RADII = 1.1


@dataclass
class ExperimentMeasures:
    """What was measured of an experiment.

    Attributes
    ----------
    rows : list of dict
        Rows of the table of measures; an unmeasured trial has one without measures.
    problems : dict
        By trial: why it could not be measured.
    placements : dict
        By trial: where its path lies.
    swims : list of DrawnSwim
        Paths, to be drawn.
    events : list of dict
        Of each measured trial, for the description beside the table.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    placements: dict[str, Placement] = field(default_factory=dict)
    swims: list[DrawnSwim] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, others: ExperimentMeasures) -> None:
        """Take in what was measured of other trials."""
        self.rows += others.rows
        self.problems |= others.problems
        self.placements |= others.placements
        self.swims += others.swims
        self.events += others.events


def input_files(trials: Sequence[Trial], sheet: Path, tracks: Path | None) -> list[Path]:
    """Return every file that measuring the trials reads, as far as it is there."""
    files = [sheet]
    for trial in trials:
        track = find_track(trial, sheet, tracks)
        files += [path for path in (track, sheet.parent / trial.arena if trial.arena else None) if path is not None]
    return files


def find_track(trial: Trial, sheet: Path, tracks: Path | None) -> Path | None:
    """Return the track of a trial's film; None where there is none.

    The film of a row may be a track itself; else ``<film>.tracks.nc`` or ``.csv`` is looked for in `tracks`, beside the
    film and beside the sheet, in this order.
    """
    if not trial.film:
        return None
    film = sheet.parent / trial.film
    if film.suffix.lower() in _TRACK_SUFFIXES:
        return film if film.is_file() else None
    folders = [folder for folder in (tracks, film.parent, sheet.parent) if folder is not None]
    names = [film_stem(film) + ending for ending in TRACK_ENDINGS[:2]]
    return next((folder / name for folder in folders for name in names if (folder / name).is_file()), None)


def _refuse_shared_tracks(trials: Sequence[Trial], sheet: Path, tracks: Path | None) -> None:
    """Refuse a sheet in which films of one name, in different folders, would all be measured from one track."""
    film_of: dict[Path, Path] = {}
    for trial in trials:
        film, track = sheet.parent / trial.film, find_track(trial, sheet, tracks)
        if track is None or track == film:
            continue
        first = film_of.setdefault(track.resolve(), film)
        if first.resolve() != film.resolve():
            raise MazetrackError(
                f"The films {first} and {film} would both be measured from {track}. Keep the track of each film beside "
                "it, or name the track itself in the column film."
            )


def measure_experiment(
    trials: Sequence[Trial], sheet: Path, tracks: Path | None, processes: int | None = None
) -> Job[ExperimentMeasures]:
    """Measure every trial of a sheet by this package's definitions.

    Parameters
    ----------
    trials, sheet, tracks
        The trials, their sheet, and the folder of the tracks where it is another one than the sheet says.
    processes : int or None
        Processes that share the films; None: as many as are worth it.

    Raises
    ------
    MazetrackError
        No trial can be measured; the sentence tells the first one's problem. Or one track is found for two films.
    """
    _refuse_shared_tracks(trials, sheet, tracks)
    measures, n_done = ExperimentMeasures(), 0
    films = [tuple(group) for _, group in groupby(trials, key=lambda trial: trial.film)]
    measure = partial(_measure_film, sheet=sheet, tracks=tracks)
    for film, measured in zip(films, map_in_order(measure, films, processes), strict=True):
        measures.add(measured)
        for trial in film:
            n_done += 1
            yield Progress(_STAGE, n_done, len(trials), _told(trial, measures))
    if len(measures.problems) == len(trials):
        first = next(iter(measures.problems.values()))
        raise MazetrackError(f"None of the {len(trials)} trials could be measured. The first one: {first}")
    return measures


def _measure_film(trials: Sequence[Trial], *, sheet: Path, tracks: Path | None) -> ExperimentMeasures:
    """Measure the trials of one film (a session film has several), whose track is read once."""
    measures = ExperimentMeasures()
    load, arenas = lru_cache(load_recordings), lru_cache(load_arena)
    for trial in trials:
        task = MeasureTask(trial, _nothing(trial), sheet.parent / trial.arena)
        try:
            for recording in _recordings(trial, find_track(trial, sheet, tracks), load):
                named = replace(trial, animal=trial.animal or recording.animal)
                task = MeasureTask(named, recording, sheet.parent / trial.arena)
                _measure(task, arenas(task.arena), measures)
        except MazetrackError as error:
            measures.problems[trial.trial] = str(error)
            measures.rows.append(excluded_row(task, _VARIANT))
    return measures


def _told(trial: Trial, measures: ExperimentMeasures) -> str:
    problem = measures.problems.get(trial.trial)
    return f"Left out, trial '{trial.trial}': {problem}" if problem else ""


def _nothing(trial: Trial) -> Recording:
    """Return the recording of a trial whose track cannot be read."""
    none = np.zeros(0)
    return Recording(trial.film, trial.animal, none, np.zeros((0, 2)), None, "", none.astype(bool))


def _recordings(trial: Trial, track: Path | None, load: Callable[[Path], list[Recording]]) -> list[Recording]:
    """Return the recordings of a trial: its animal's where the track names it, the only one, or all."""
    if track is None:
        raise MazetrackError(
            f"there is no track for its film '{trial.film}'. Track the film, or say where the tracks lie with --tracks."
            if trial.film
            else "the sheet names no film. Fill in the column film."
        )
    if not trial.arena:
        raise MazetrackError("the sheet names no arena. Fill in the column arena.")
    recordings = load(track)
    own = [recording for recording in recordings if recording.animal == trial.animal]
    if not own and len(recordings) > 1:
        names = ", ".join(recording.animal for recording in recordings)
        raise MazetrackError(f"its track has several animals ({names}), none of them '{trial.animal}'.")
    return own or recordings


def _measure(task: MeasureTask, arena: Arena, measures: ExperimentMeasures) -> None:
    swim = swim_of(task.recording, arena)
    settings = MeasureSettings()
    results = measure_trial(swim, arena, task.trial, settings, None, _VARIANT)
    drawn = drawn_swim(swim, arena, task.trial, results[0].events, settings.max_gap_s)
    measures.rows += [row_of(task, result, _VARIANT) for result in results]
    measures.events.append(events_of(task.trial, results[0]))
    measures.swims.append(drawn)
    measures.placements[task.trial.trial] = _placement(arena, drawn)


def _placement(arena: Arena, drawn: DrawnSwim) -> Placement:
    known = drawn.xy[np.isfinite(drawn.xy).all(axis=1)]
    outside = float((np.hypot(*known.T) > _OUTSIDE_RADII).mean()) if len(known) else 0.0
    start = arena.starts.get(drawn.trial.start)
    if start is None or not len(known):
        return Placement(outside)
    plane = maze_plane(arena)
    from_centre = plane.cm(np.array(start)) - plane.centre_cm
    start_xy = np.array([from_centre @ plane.right, from_centre @ plane.up]) / plane.radius_cm
    return Placement(outside, float(np.hypot(*(known[0] - start_xy))) / 2)
