"""Measure all trials of an experiment; one that cannot be measured is told, counted, and never stops the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.drawn_swim import DrawnSwim, drawn_swim
from napari_mazetrack.experiment.exclusions import Placement
from napari_mazetrack.experiment.measuring import Measuring, MeasuringChoices
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.calibration import maze_plane
from napari_mazetrack.maze.measures import TrialMeasures, measure_trial
from napari_mazetrack.maze.measures.view import maze_of_trial
from napari_mazetrack.maze.sessions import Stretch
from napari_mazetrack.maze.trials import Trial
from napari_mazetrack.progress import Job, Progress, run_to_end
from napari_mazetrack.review.event_marks import BEGINS, ENDS, marks_to_plain
from napari_mazetrack.workflows.camera_between_films import CameraShift
from napari_mazetrack.workflows.film_trials import (
    TrialOnFilm,
    told_of_old_platforms,
    told_of_unknown_starts,
    trials_on_film,
)
from napari_mazetrack.workflows.in_processes import map_in_order
from napari_mazetrack.workflows.measure import MeasureTask, events_of, excluded_row, row_of, swim_of
from napari_mazetrack.workflows.measure_description import chance_of_trials
from napari_mazetrack.workflows.measure_intervals import measure_intervals, with_intervals
from napari_mazetrack.workflows.recording import Recording
from napari_mazetrack.workflows.track_doubts import find_doubt
from napari_mazetrack.workflows.trial_tracks import (
    Places,
    TrackSource,
    find_source,
    load_named_arena,
    load_source,
    refuse_shared_tracks,
)

_STAGE = "Measuring"
#: Farther from the pool's centre than this many radii is outside; within it, a body's middle may look out of the water.
_OUTSIDE_RADII = 1.1
#: Trials that share more than this of the shorter one's time are of the same swim.
_SAME_SHARE = 0.5
#: Seed of the paths that are drawn for intervals.
_DRAW_SEED = 0


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
    intervals : list of dict
        Rows of the table of intervals; empty where none were asked for.
    warnings : list of str
        What must be read before the results.
    doubts : dict
        By trial: why its track is in doubt.
    camera : tuple of CameraShift
        Between which films of a day the camera moved.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    placements: dict[str, Placement] = field(default_factory=dict)
    swims: list[DrawnSwim] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    intervals: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    doubts: dict[str, str] = field(default_factory=dict)
    camera: tuple[CameraShift, ...] = ()

    def add(self, others: ExperimentMeasures) -> None:
        """Take in what was measured of other trials."""
        self.rows += others.rows
        self.problems |= others.problems
        self.placements |= others.placements
        self.swims += others.swims
        self.events += others.events
        self.intervals += others.intervals
        self.warnings += others.warnings
        self.doubts |= others.doubts

    def sort(self, trials: Sequence[Trial]) -> None:
        """Put all of it in the order of a sheet."""
        place = {trial.trial: number for number, trial in enumerate(trials)}
        for rows in (self.rows, self.events, self.intervals):
            rows.sort(key=lambda row: place[row["trial"]])
        self.swims.sort(key=lambda swim: place[swim.trial.trial])
        self.problems = {name: self.problems[name] for name in sorted(self.problems, key=place.__getitem__)}
        self.doubts = {name: self.doubts[name] for name in sorted(self.doubts, key=place.__getitem__)}

    def told(self, choices: MeasuringChoices) -> Measuring:
        """Return what a report says of the measuring."""
        corrected = {row["trial"] for row in self.rows if float(row.get("corrected_fraction") or 0) > 0}
        return Measuring(
            choices,
            n_marked=sum(_SAID in (event.get("release"), event.get("end")) for event in self.events),
            n_corrected=len(corrected),
            n_split=sum(bool(event.get("of_session_film")) for event in self.events),
            has_former=any(row.get("former_zone_time_fraction") is not None for row in self.rows),
            warnings=(*self.warnings, *(shift.in_words() for shift in self.camera)),
            doubts=self.doubts,
            chance=chance_of_trials(self.events),
        )


def measure_experiment(
    trials: Sequence[Trial],
    places: Places,
    choices: MeasuringChoices | None = None,
    processes: int | None = None,
) -> Job[ExperimentMeasures]:
    """Measure every trial of a sheet.

    Parameters
    ----------
    trials : sequence of Trial
        The trials.
    places : Places
        Where their files are.
    choices : MeasuringChoices or None
        How they are measured; None: by this package's definitions.
    processes : int or None
        Processes that share the films; None: as many as are worth it.

    Raises
    ------
    MazetrackError
        No trial can be measured; the sentence tells the first one's problem. Or one track is found for two films.
    """
    refuse_shared_tracks(trials, places)
    measures, n_done = ExperimentMeasures(), 0
    of_film: dict[object, list[Trial]] = {}
    for trial in trials:
        of_film.setdefault(_normal(find_source(trial, places)) or trial.film, []).append(trial)
    films = [tuple(group) for group in of_film.values()]
    measure = partial(_measure_film, places=places, choices=choices or MeasuringChoices())
    for film, measured in zip(films, map_in_order(measure, films, processes), strict=True):
        measures.add(measured)
        for trial in film:
            n_done += 1
            yield Progress(_STAGE, n_done, len(trials), _told(trial, measures))
    if len(measures.problems) == len(trials):
        first = measures.problems[trials[0].trial]
        raise MazetrackError(f"None of the {len(trials)} trials could be measured. The first one: {first}")
    measures.sort(trials)
    measures.warnings += told_of_old_platforms(trials)
    if places.project is None:  # whose arenas have names of their own
        measures.warnings += told_of_unknown_starts((places.sheet.parent / t.arena, t) for t in trials if t.arena)
    for warning in measures.warnings:
        yield Progress(_STAGE, n_done, len(trials), warning)
    return measures


def _measure_film(trials: Sequence[Trial], *, places: Places, choices: MeasuringChoices) -> ExperimentMeasures:
    """Measure the trials of one film (a session film has several), whose track is read once."""
    measures = ExperimentMeasures()
    load = lru_cache(partial(load_source, fps=choices.fps, point=choices.point))
    arena_named = lru_cache(partial(load_named_arena, places=places))
    of_recording: dict[int, tuple[Recording, list[Trial]]] = {}
    for trial in trials:
        try:
            recording = _recording(trial, _normal(find_source(trial, places)), load)
        except MazetrackError as error:
            _leave_out(trial, error, measures, choices)
        else:
            of_recording.setdefault(id(recording), (recording, []))[1].append(trial)
    for recording, rows in of_recording.values():
        named = [replace(trial, animal=trial.animal or recording.animal) for trial in rows]
        try:
            placed = trials_on_film(named, recording)
        except MazetrackError as error:
            for trial in rows:
                _leave_out(trial, error, measures, choices)
            continue
        for row, on_film in zip(rows, placed, strict=True):
            try:
                _measure(on_film, recording, arena_named(row.arena), choices, measures)
            except MazetrackError as error:
                _leave_out(row, error, measures, choices)
        _note_same_swims(measures, [row.trial for row in rows])
    return measures


def _normal(source: TrackSource | None) -> TrackSource | None:
    """Return a source whose track is the same wherever rows write its path differently."""
    return source and replace(source, track=Path(os.path.normpath(source.track.absolute())))


def _leave_out(trial: Trial, why: MazetrackError, measures: ExperimentMeasures, choices: MeasuringChoices) -> None:
    measures.problems[trial.trial] = str(why)
    measures.rows.append(excluded_row(MeasureTask(trial, _nothing(trial), Path()), choices.definitions))


def _told(trial: Trial, measures: ExperimentMeasures) -> str:
    problem = measures.problems.get(trial.trial)
    return f"Left out, trial '{trial.trial}': {problem}" if problem else ""


def _nothing(trial: Trial) -> Recording:
    """Return the recording of a trial whose track cannot be read."""
    none = np.zeros(0)
    return Recording(trial.film, trial.animal, none, np.zeros((0, 2)), None, "", none.astype(bool))


def _recording(trial: Trial, source: TrackSource | None, load: Callable[[TrackSource], list[Recording]]) -> Recording:
    """Return the recording of a trial: its animal's where the track names it, or the only one."""
    if source is None:
        raise MazetrackError(
            f"there is no track for its film '{trial.film}'. Track the film, or say where the tracks lie with --tracks."
            if trial.film
            else "the sheet names no film. Fill in the column film."
        )
    if not trial.arena:
        raise MazetrackError("the sheet names no arena. Fill in the column arena.")
    recordings = load(source)
    own = [recording for recording in recordings if recording.animal == trial.animal]
    if not own and len(recordings) > 1:
        names = ", ".join(recording.animal for recording in recordings)
        raise MazetrackError(f"its track has several animals ({names}), none of them '{trial.animal}'.")
    return (own or recordings)[0]


def _measure(
    on_film: TrialOnFilm,
    recording: Recording,
    arena: Arena,
    choices: MeasuringChoices,
    measures: ExperimentMeasures,
) -> None:
    """Measure one trial and put what was found into `measures`."""
    trial, variant, settings = on_film.trial, choices.definitions, choices.numbers
    swim = swim_of(recording, arena)
    results = measure_trial(swim, arena, trial, settings, choices.stretches, variant)
    drawn = drawn_swim(swim, arena, trial, results[0].events, settings.max_gap_s)
    placement = _placement(arena, drawn)
    found = _intervals(on_film, recording, results, arena, choices) if choices.n_draws else []
    measures.intervals += found
    task = MeasureTask(trial, recording, Path())
    measures.rows += with_intervals([row_of(task, result, variant) for result in results], found)
    measures.events.append(_events(on_film, results[0]))
    measures.swims.append(drawn)
    measures.placements[trial.trial] = placement
    doubt = find_doubt(recording, swim, maze_of_trial(arena, trial), results[0].events)
    if doubt:
        measures.doubts[trial.trial] = doubt


def _intervals(
    on_film: TrialOnFilm,
    recording: Recording,
    results: Sequence[TrialMeasures],
    arena: Arena,
    choices: MeasuringChoices,
) -> list[dict[str, Any]]:
    """Return the rows of a trial in the table of intervals; none where the track does not say how sure it is."""
    trial, windows = on_film.trial, tuple(result.window for result in results)

    def measure(drawn: Recording) -> list[TrialMeasures]:
        return measure_trial(swim_of(drawn, arena), arena, trial, choices.numbers, windows, choices.definitions)

    rows = run_to_end(measure_intervals(recording, results, measure, choices.n_draws, _DRAW_SEED))
    return [{"trial": trial.trial, "animal": trial.animal, **row} for row in rows]


#: Who said when a trial begins or ends, where a person did in the film's project.
_SAID = "said in the film"


def _events(on_film: TrialOnFilm, result: TrialMeasures) -> dict[str, Any]:
    """Return a trial's events for the description beside the table, with who said so."""
    kinds = {mark.kind for mark in on_film.marks}
    found = events_of(on_film.trial, result)
    if on_film.is_split:
        found |= {"of_session_film": True, "release": "detected", "end": "detected"}
    if kinds & set(BEGINS):
        found["release"] = _SAID
    if kinds & set(ENDS):
        found["end"] = _SAID
    return found | ({"marks": marks_to_plain(on_film.marks)} if on_film.marks else {})


def _note_same_swims(measures: ExperimentMeasures, names: Sequence[str]) -> None:
    """Note of each of these trials, which are of one recording, that another one was measured on the same swim."""
    swims = {e["trial"]: Stretch(e["release_s"], e["end_s"]) for e in measures.events if e["trial"] in names}
    for one, other in permutations(swims, 2):
        shorter_s = min(swims[name].end_s - swims[name].begin_s for name in (one, other))
        if swims[one].overlap_s(swims[other]) > _SAME_SHARE * shorter_s:
            measures.placements[one] = replace(measures.placements[one], same_as=other)


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
