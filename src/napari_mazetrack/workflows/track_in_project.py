"""Track a film of a project: with the corrections and times that people gave it, and noted there as a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job
from napari_mazetrack.workflows.track import TrackOutcome, TrackRequest, track_film

if TYPE_CHECKING:
    from napari_mazetrack.tracking.corrections import Correction
    from napari_mazetrack.video import Timing


def track_film_of_project(request: TrackRequest, project_path: Path) -> Job[TrackOutcome]:
    """Track one film with what the project knows of it, then note film and run in the project.

    The project is open only before and after the work, so that it can be edited meanwhile. A model and times that the
    request names go before those of the project.

    Raises
    ------
    MazetrackError
        As `track_film`; or the project cannot be read. Where only the note cannot be written, the results stand.
    """
    notes = _read_notes(request.film, project_path, with_model=request.model is None)
    corrections = (*request.corrections, *notes.corrections)
    timing = request.timing or notes.timing
    model = request.model or notes.model
    outcome = yield from track_film(replace(request, model=model, corrections=corrections, timing=timing))
    try:
        _note_run(replace(request, timing=timing), outcome, project_path)
    except MazetrackError as error:
        raise MazetrackError(f"{request.film.name} is tracked ({outcome.csv}), but not noted: {error}") from error
    return outcome


@dataclass(frozen=True)
class _Notes:
    """What a project knows of a film, and the model that it uses."""

    corrections: tuple[Correction, ...] = ()
    timing: Timing | None = None
    model: Path | None = None


def _read_notes(film_path: Path, project_path: Path, *, with_model: bool) -> _Notes:
    from napari_mazetrack.project import Project, timing_of
    from napari_mazetrack.project.default_model import find_default_model
    from napari_mazetrack.project.films import identify
    from napari_mazetrack.workflows.correct import corrections_of

    with Project.open(project_path, read_only=True) as project:
        model = find_default_model(project) if with_model else None
        film = project.films.get(identify(film_path))
        if film is None:
            return _Notes(model=model)
        return _Notes(corrections_of(project, film.film_id), timing_of(film), model)


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
