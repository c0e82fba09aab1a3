"""Tracks several films one after the other for the Track panel: asks which, notes each, tells the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from napari.components import ViewerModel
from napari.utils.notifications import show_error, show_warning
from qtpy.QtWidgets import QWidget

from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.project.films import identify
from napari_mazetrack.video import Timing
from napari_mazetrack.widgets.films.film_jobs import track_as_chosen
from napari_mazetrack.widgets.films.film_layer import FILM_FPS, PROJECT_PATH, film_of_layer, path_of
from napari_mazetrack.widgets.films.film_project import FilmProject
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.widgets.session import FilmRef
from napari_mazetrack.widgets.track.film_queue import (
    describe_failures,
    describe_queue,
    describe_warnings,
    queue_requests,
    tracked_before,
)
from napari_mazetrack.widgets.track.queue_dialog import ask_for_films
from napari_mazetrack.widgets.window.ask import GoOn, ask_about_tracked
from napari_mazetrack.widgets.window.notify import failures_shown
from napari_mazetrack.workflows.track import OutputPaths, TrackOutcome, TrackRequest
from napari_mazetrack.workflows.track_films import FilmEnded, FilmOutcome, track_films


@dataclass(frozen=True)
class _OpenFilm:
    """What the window knows of a film: its project, those that hold it, and times in place of its own."""

    opened_from: Path | None = None
    projects: tuple[Path, ...] = ()
    timing: Timing | None = None


class QueueControl:
    """Knows the films of a queue and their projects.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Its films are offered.
    parent : QWidget
        Whose questions these are.
    """

    def __init__(self, viewer: ViewerModel, parent: QWidget) -> None:
        self._viewer = viewer
        self._parent = parent
        self._open_films: dict[Path, _OpenFilm] = {}

    def ask(self, first: TrackRequest, *, same_arena: bool) -> list[TrackRequest]:
        """Ask which films to track as `first` says, and what to do about results that stand there; none for nothing."""
        self._open_films = _open_films(self._viewer)
        has_arena = first.arena is not None
        choice = ask_for_films(self._parent, list(self._open_films), has_arena=has_arena, same_arena=same_arena)
        if choice is None:
            return []
        requests = [
            replace(request, timing=self._known(request.film).timing) for request in queue_requests(choice, first)
        ]
        before = tracked_before(requests)
        answer = ask_about_tracked(self._parent, [request.film for request in before]) if before else GoOn.AGAIN
        if answer is GoOn.LEAVE:
            return []
        if answer is GoOn.GO_ON:
            return [request for request in requests if request not in before]
        return [replace(request, force=request in before) for request in requests]

    def job(self, requests: Sequence[TrackRequest]) -> Job[tuple[FilmOutcome, ...]]:
        """Return the job that tracks the films, each as it would be tracked alone."""
        return track_films(requests, self._track_one)

    def note(self, report: Progress) -> None:
        """Note a film that has been tracked in its project."""
        if isinstance(report, FilmEnded) and report.outcome is not None and report.outcome.run is not None:
            outcome, run = report.outcome, report.outcome.run
            with failures_shown():
                self._home(outcome.film, Path(run.paths[0]).parent, run.film_id).note_run(run)

    def tell_end(self, outcomes: Sequence[FilmOutcome]) -> str:
        """Tell warnings and failures, and return in a line what was done."""
        if warnings := describe_warnings(outcomes):
            show_warning(warnings)
        if failures := describe_failures(outcomes):
            show_error(failures)
        return describe_queue(outcomes)

    def _track_one(self, request: TrackRequest) -> Job[TrackOutcome]:
        yield Progress(f"Opening {request.film.name}", 0)
        home = self._home(request.film, OutputPaths.of(request.film, request.out_dir).nc.parent, identify(request.film))
        projects = dict.fromkeys((home.path, *self._known(request.film).projects))
        tracked = yield from track_as_chosen(request, home, tuple(projects))
        return tracked.outcome

    def _home(self, film: Path, folder: Path, film_id: str) -> FilmProject:
        """Return the project of a film: the one that it was opened from, else the one beside its track."""
        beside = folder / f"{film.stem}.mazetrack"
        known = self._known(film)
        return FilmProject(known.opened_from or beside, FilmRef(film, film_id), known.timing)

    def _known(self, film: Path) -> _OpenFilm:
        return self._open_films.get(film, _OpenFilm())


def _open_films(viewer: ViewerModel) -> dict[Path, _OpenFilm]:
    """Return the films of a viewer, in the order of its layers."""
    films = {}
    for layer in viewer.layers:
        film = film_of_layer(layer)
        if film is not None:
            opened_from, fps = path_of(viewer.layers, film.film_id, PROJECT_PATH), layer.metadata.get(FILM_FPS)
            timing = Timing(fps=fps) if fps else None
            films[film.path] = _OpenFilm(opened_from, OPEN_PROJECTS.holding(film.film_id), timing)
    return films
