"""Track a film of a project: with the corrections and times that people gave it, and noted there as a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job
from napari_mazetrack.workflows.track import TrackOutcome, TrackRequest, track_film


def track_film_of_project(request: TrackRequest, project_path: Path) -> Job[TrackOutcome]:
    """Track one film with what the project knows of it, then note film and run in the project.

    The project is open only before and after the work, so that it can be edited meanwhile. A model and times that the
    request names go before those of the project.

    Raises
    ------
    MazetrackError
        As `track_film`; or the project cannot be read. Where only the note cannot be written, the results stand.
    """
    noted = _with_notes(request, project_path)
    outcome = yield from track_film(noted)
    try:
        _note_run(noted, outcome, project_path)
    except MazetrackError as error:
        raise MazetrackError(f"{request.film.name} is tracked ({outcome.csv}), but not noted: {error}") from error
    return outcome


def track_film_with_notes(request: TrackRequest, project_path: Path) -> Job[TrackOutcome]:
    """Track one film as `track_film_of_project`, but leave it to the caller to note the run.

    That is for a window, which may have the project open for writing.
    """
    return (yield from track_film(_with_notes(request, project_path)))


def _with_notes(request: TrackRequest, project_path: Path) -> TrackRequest:
    """Return the request with what the project knows: corrections, and times and model where it names none."""
    from napari_mazetrack.project import Project
    from napari_mazetrack.project.default_model import find_default_model
    from napari_mazetrack.project.films import identify
    from napari_mazetrack.tracking.corrections import check_corrections
    from napari_mazetrack.workflows.film_notes import FilmNotes, notes_of

    with Project.open(project_path, read_only=True) as project:
        model = request.model or find_default_model(project)
        film = project.films.get(identify(request.film))
        notes = FilmNotes() if film is None else notes_of(project, film.film_id)
        if film is not None:  # what does not fit is told before the work
            keypoints, n_animals = project.skeleton.keypoints, request.settings.n_animals
            check_corrections(notes.corrections, film.n_frames, n_animals, keypoints)
    return replace(
        request,
        model=model,
        corrections=(*request.corrections, *notes.corrections),
        timing=request.timing or notes.timing,
    )


def _note_run(request: TrackRequest, outcome: TrackOutcome, project_path: Path) -> None:
    """Note film and run, one revision; tracking a film again with the same model replaces its run."""
    from napari_mazetrack.project import Project
    from napari_mazetrack.video import open_film
    from napari_mazetrack.workflows.correct import run_of

    with (
        open_film(request.film, timing=request.timing) as film,
        Project.open(project_path, read_only=False) as project,
        project.edit(f"Track {request.film.name}"),
    ):
        project.add_film(film)
        project.runs.put(run_of(outcome.track, (outcome.nc, outcome.csv)))
