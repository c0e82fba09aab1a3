"""Where the recordings of a sheet's trials come from: track files, and what projects say of their films.

A film's project, ``<film>.mazetrack`` beside the film or its track, holds what a person put right in the window:
corrections, and the events of the trial. Both count in an analysis as they count in the window.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import PROJECT_ENDING
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.arena_files import arena_to_json, load_arena
from napari_mazetrack.maze.trials import Trial, cells_of_trial, load_trials
from napari_mazetrack.project import Project
from napari_mazetrack.review.event_marks import EventMark, marks_to_plain
from napari_mazetrack.workflows.correct import (
    corrections_of,
    load_correctable,
    marks_of,
    newest_runs,
    saved_track,
    track_of_project,
)
from napari_mazetrack.workflows.recording import TRACK_ENDINGS, Recording, film_stem
from napari_mazetrack.workflows.recordings import (
    TEXT_ENDINGS,
    load_recordings,
    recordings_of_track,
)

#: Files that are tracks themselves; the film of a row may name one of these, or a project.
_TRACK_SUFFIXES = (".nc", ".h5", ".hdf5", ".slp", PROJECT_ENDING, *TEXT_ENDINGS)


@dataclass(frozen=True)
class Places:
    """Where the files of a sheet's rows are looked for.

    Attributes
    ----------
    sheet : Path
        The trials sheet, or the project that holds the trials; rows name files from its folder.
    tracks : Path or None
        Folder of the tracks, where it is another one than the sheet says.
    project : Path or None
        Project that knows the films: its tracks, corrections, events and arenas go before those beside the films.
    """

    sheet: Path
    tracks: Path | None = None
    project: Path | None = None


@dataclass(frozen=True)
class TrackSource:
    """A film's track, and who says more about it.

    Attributes
    ----------
    track : Path
        Track file, or a project that holds the film's track.
    project : Path or None
        The film's project beside a track file.
    film_id : str
        Which film of a project in `track`; empty: its only one.
    """

    track: Path
    project: Path | None = None
    film_id: str = ""

    @property
    def is_project(self) -> bool:
        """Whether the track is a project's."""
        return is_project(self.track)


def is_project(path: Path) -> bool:
    """Return whether a path is called as a project is."""
    return path.suffix.lower() == PROJECT_ENDING


def is_film(trial: Trial) -> bool:
    """Return whether a trial's film is a film, neither a track nor a project in its place."""
    return bool(trial.film) and Path(trial.film).suffix.lower() not in _TRACK_SUFFIXES


def load_experiment(experiment: Path) -> tuple[Trial, ...]:
    """Return the trials of a sheet, or those that a project holds.

    Raises
    ------
    MazetrackError
        The sheet or the project cannot be read, or the project holds no trials.
    """
    if not is_project(experiment):
        return load_trials(experiment)
    with Project.open(experiment, read_only=True) as project:
        trials = tuple(project.trials)
    if not trials:
        raise MazetrackError(
            f"{experiment} holds no trials. Write one row for each swim into a trials.csv that names its films, and "
            f"say so: mazetrack analyse {experiment.name} --trials trials.csv"
        )
    return trials


def find_track(trial: Trial, sheet: Path, tracks: Path | None) -> Path | None:
    """Return the track of a trial's film; None where there is none.

    The film of a row may be a track itself, or a project; else ``<film>.tracks.nc`` or ``.csv`` is looked for in
    `tracks`, beside the film and beside the sheet, in this order, and then the film's project that may hold a track.
    """
    source = find_source(trial, Places(sheet, tracks))
    return source.track if source else None


def find_source(trial: Trial, places: Places) -> TrackSource | None:
    """Return the track of a trial's film and its project, as `find_track`; None where there is no track."""
    if not trial.film:
        return None
    film = places.sheet.parent / trial.film
    stem = film_stem(film)
    film_id = _film_in(places.project, film) if places.project is not None else ""
    if places.project is not None and film_id:
        return TrackSource(places.project, film_id=film_id)
    if is_project(film):
        return TrackSource(film) if film.is_file() else None
    folders = [folder for folder in (places.tracks, film.parent, places.sheet.parent) if folder is not None]
    if film.suffix.lower() in _TRACK_SUFFIXES:
        track = film if film.is_file() else None
    else:
        names = [stem + ending for ending in TRACK_ENDINGS[:2]]
        track = next((folder / name for folder in folders for name in names if (folder / name).is_file()), None)
    beside = [track.parent] if track else []
    projects = (folder / f"{stem}{PROJECT_ENDING}" for folder in (*beside, film.parent))
    project = next((path for path in projects if path.is_file()), None)
    if track is None:
        return TrackSource(project) if project is not None and _may_hold_a_track(project) else None
    return TrackSource(track, project)


def source_of_track(track: Path) -> TrackSource:
    """Return a track file with its film's project, where that lies beside it."""
    project = track.parent / f"{film_stem(track)}{PROJECT_ENDING}"
    return TrackSource(track, project if project.is_file() and project != track else None)


def input_files(trials: Sequence[Trial], places: Places) -> list[Path]:
    """Return every file that measuring the trials reads, as far as it is there."""
    files = [places.sheet, *([places.project] if places.project else [])]
    for trial in trials:
        source = find_source(trial, places)
        files += [places.sheet.parent / trial.arena] if trial.arena else []
        if source is None:
            continue
        files += [path for path in (source.track, source.project) if path is not None]
        if source.is_project:
            with suppress(MazetrackError):  # what cannot be read is told where it is measured
                files += _saved_tracks(source)
    return files


def _may_hold_a_track(project: Path) -> bool:
    """Return whether a project holds a track, or cannot be read: then who measures it tells why."""
    try:
        return bool(_tracked(project))
    except MazetrackError:
        return True


def _saved_tracks(source: TrackSource) -> list[Path]:
    with Project.open(source.track, read_only=True) as project:
        runs = newest_runs(project)
        return [
            saved_track(project, run)
            for film_id, run in runs.items()
            if not source.film_id or film_id == source.film_id
        ]


def refuse_shared_tracks(trials: Sequence[Trial], places: Places) -> None:
    """Refuse a sheet in which films of one name, in different folders, would all be measured from one track.

    Raises
    ------
    MazetrackError
        Names the two films and the track.
    """
    film_of: dict[tuple[Path, str], Path] = {}
    for trial in trials:
        film, source = places.sheet.parent / trial.film, find_source(trial, places)
        if source is None or source.track == film:
            continue
        first = film_of.setdefault((source.track.resolve(), source.film_id), film)
        if first.resolve() != film.resolve():
            raise MazetrackError(
                f"The films {first} and {film} would both be measured from {source.track}. Keep the track of each film "
                "beside it, or name the track itself in the column film."
            )


def load_source(source: TrackSource, fps: float | None = None, point: str | None = None) -> list[Recording]:
    """Return the recordings of a track, with the corrections and the events that a person said.

    Parameters
    ----------
    source : TrackSource
        Where it is.
    fps, point : float or None, str or None
        For files of other programs, as `load_recordings`.

    Raises
    ------
    MazetrackError
        A file cannot be read, a project holds several films, or its corrections do not go with the track.
    """
    if source.is_project:
        return _recordings_in_project(source)
    if source.project is None or not has_said(source.project):
        return load_recordings(source.track, fps=fps, point=point)
    with Project.open(source.project, read_only=True) as project:
        if source.track.suffix.lower() == ".nc" and fps is None and point is None:
            correctable = load_correctable(source.track)
            film_id = str(correctable.attributes["film_id"])
            track = correctable.compute(corrections_of(project, film_id))
            recordings = recordings_of_track(track, film_stem(source.track))
        else:
            recordings = load_recordings(source.track, fps=fps, point=point)
            film_id = _film_of(project, film_stem(source.track))
            _refuse_uncorrected(recordings, project, film_id, source)
        return _said(recordings, marks_of(project, film_id))


def _said(recordings: Sequence[Recording], marks: tuple[EventMark, ...]) -> list[Recording]:
    return [replace(recording, said_events=marks) for recording in recordings]


def has_said(path: Path) -> bool:
    """Return whether a project holds a correction or an event; `MazetrackError` where it cannot be read."""
    return any(_what_was_said(path)[what] for what in ("corrections", "events"))


def _recordings_in_project(source: TrackSource) -> list[Recording]:
    with Project.open(source.track, read_only=True) as project:
        runs = newest_runs(project)
        film_id = source.film_id
        if not runs:
            raise MazetrackError(f"{source.track} holds no track. Track its film again, with --project.")
        if not film_id and len(runs) > 1:
            raise MazetrackError(
                f"{source.track} holds the tracks of {len(runs)} films. Name the film itself in the column film, and "
                f"give the project: mazetrack analyse {source.track.name} --trials trials.csv"
            )
        run = runs[film_id or next(iter(runs))]
        recordings = recordings_of_track(track_of_project(project, run), source.track.stem)
        return _said(recordings, marks_of(project, run.film_id))


def _refuse_uncorrected(recordings: Sequence[Recording], project: Project, film_id: str, source: TrackSource) -> None:
    """Refuse a table of positions that lacks the corrections of its project: they need the detections of the .nc."""
    if corrections_of(project, film_id) and not any(recording.is_corrected.any() for recording in recordings):
        raise MazetrackError(
            f"{project.path.name} holds corrections that are not in {source.track}. Keep the track's .nc beside it, or "
            "save the track again."
        )


def _film_of(project: Project, stem: str) -> str:
    """Return the film of a project by its name, for tracks that do not know their film; else the project's only one."""
    films = list(project.films)
    named = [f.film_id for f in films if any(Path(path).stem == stem for path in f.paths)]
    return next(iter(named or [film.film_id for film in films[:1] if len(films) == 1]), "")


def load_named_arena(name: str, places: Places) -> Arena:
    """Return an arena of a sheet: the project's of that name, or the file; `MazetrackError` where it is neither."""
    if places.project is not None:
        with Project.open(places.project, read_only=True) as project:
            arena = project.arenas.get(name)
        if arena is not None:
            return arena
    return load_arena(places.sheet.parent / name)


def project_text(path: Path) -> str:
    """Return what of a project an analysis depends on, as text: opening a project for writing changes its bytes."""
    return json.dumps(_what_was_said(path), sort_keys=True)


def _what_was_said(path: Path) -> dict[str, object]:
    with Project.open(path, read_only=True) as project:
        ids = [film.film_id for film in project.films]
        corrections = {i: [[c.kind, dict(c.value)] for c in project.corrections.of_film(i)] for i in ids}
        events = {i: marks_to_plain(marks_of(project, i)) for i in ids}
        return {
            "trials": [cells_of_trial(trial) for trial in project.trials],
            "arenas": {name: arena_to_json(arena) for name, arena in _arenas(project)},
            "corrections": {film_id: found for film_id, found in corrections.items() if found},
            "events": {film_id: found for film_id, found in events.items() if found},
        }


def _arenas(project: Project) -> list[tuple[str, Arena]]:
    return list(zip(project.arenas.names(), project.arenas, strict=True))


def _film_in(project: Path, film: Path) -> str:
    """Return which tracked film of a project a path means: by its place, else by a name that is its alone."""
    tracked = _tracked(project)
    there = [film_id for film_id, path in tracked if (project.parent / path).resolve() == film.resolve()]
    named = list(dict.fromkeys(film_id for film_id, path in tracked if Path(path).stem == film_stem(film)))
    if not there and len(named) > 1:
        raise MazetrackError(
            f"{project} knows {len(named)} films named '{film_stem(film)}', and none of them lies at {film}. Correct "
            "the column film."
        )
    return next(iter([*there, *named]), "")


def _tracked(path: Path) -> tuple[tuple[str, str], ...]:
    """Return film_id and path of every place where a tracked film of a project was seen."""
    return _tracked_at(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=8)
def _tracked_at(path: Path, _mtime_ns: int) -> tuple[tuple[str, str], ...]:
    with Project.open(path, read_only=True) as project:
        films = (project.films.get(film_id) for film_id in newest_runs(project))
        return tuple((film.film_id, name) for film in films if film is not None for name in film.paths)
