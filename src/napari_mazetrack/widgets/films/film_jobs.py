"""What the Track panel does to a film in the background: read its track, look for its model, track it.

Neither Qt nor napari. A job reads projects and never writes them: that is for the window's own thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.widgets.films.chosen_model import OwnModel, choose_model, find_own_model
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.session import FilmRef
from napari_mazetrack.workflows.correct import with_corrections
from napari_mazetrack.workflows.track import TrackOutcome, TrackRequest, track_film
from napari_mazetrack.workflows.track_in_project import track_film_with_notes


@dataclass(frozen=True)
class Tracked:
    """What came of tracking a film, and the model that did it as people call it."""

    outcome: TrackOutcome
    model: str


def track_as_chosen(request: TrackRequest, home: FilmProject, projects: Sequence[Path]) -> Job[Tracked]:
    """Track a film with the model that was chosen, and with the corrections of its project where it has one.

    Parameters
    ----------
    request : TrackRequest
        Its model is a choice as `choose_model` takes it.
    home : FilmProject
        The film's project.
    projects : sequence of Path
        Where its model is looked for first.

    Raises
    ------
    MazetrackError
        As `choose_model` and `track_film`.
    """
    yield Progress(f"Looking for the model of {request.film.name}", 0)
    model = choose_model(request.model, home.film, projects)
    yield Progress(f"Tracking {request.film.name}", 0, message=f"With {model.in_words}.")
    request = replace(request, model=model.file)
    job = track_film_with_notes(request, home.path) if home.is_there else track_film(request)
    outcome = yield from job
    return Tracked(outcome, model.in_words)


def look_for_model(film: FilmRef, projects: Sequence[Path]) -> Job[OwnModel | None]:
    """Return the model of the project that holds a film; raises as `find_own_model`."""
    yield Progress(f"Looking for the model of {film.path.name}", 0)
    return find_own_model(film, projects)


def read_shown_track(path: Path, home: FilmProject) -> Job[Track]:
    """Read the track of a film, with the corrections of its project; no file is changed.

    Raises
    ------
    MazetrackError
        The track or the project cannot be read, or it is another film's track.
    """
    yield Progress(f"Reading {path.name}", 0)
    notes = home.read()
    track = load_track(path)
    film = home.film
    if track.attributes.get("film_id") != film.film_id:
        raise MazetrackError(
            f"{path.name} in {path.parent} was made from another film than {film.path.name}. Open the film that was "
            "tracked, or choose another folder under Save in."
        )
    return with_corrections(track, path, notes.corrections) if notes.is_known else track
