"""The films of a project to look at: those that were worked on last, each with its newest track."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import Change, Kind, Project
from napari_mazetrack.project.path_hints import candidates
from napari_mazetrack.project.records import film_of
from napari_mazetrack.workflows.film_notes import FilmNotes, notes_of

#: More films at once only hide each other.
MAX_FILMS = 5
#: So many names of films that are missing are told.
MAX_NAMES = 3


@dataclass(frozen=True)
class ProjectFilm:
    """A film of a project.

    Attributes
    ----------
    film_id : str
        Its identity.
    path : Path
        Where it lies, as far as its name tells: compare the identity of what is opened there.
    track : Path or None
        The ``.nc`` of its newest track.
    notes : FilmNotes
        What the project knows of it.
    """

    film_id: str
    path: Path
    track: Path | None
    notes: FilmNotes


@dataclass(frozen=True)
class ProjectFilms:
    """What of a project can be shown.

    Attributes
    ----------
    films : tuple of ProjectFilm
        Worked on last first.
    missing : tuple of str
        Names of films that lie where nobody knows.
    n_left : int
        Films that are there, but too many to be shown.
    """

    films: tuple[ProjectFilm, ...]
    missing: tuple[str, ...]
    n_left: int


def films_of_project(path: Path, most: int = MAX_FILMS) -> ProjectFilms:
    """Return the films of a project that can be shown, and tell of the others.

    Raises
    ------
    MazetrackError
        The project cannot be read, or none of its films is to be found.
    """
    with Project.open(path, read_only=True) as project:
        places = {film.film_id: project.find_film(film.film_id) for film in project.films}
        missing = tuple(
            Path(film.paths[0]).name if film.paths else film.film_id
            for film in project.films
            if places[film.film_id] is None
        )
        _refuse_nothing(path, len(places), missing)
        films: list[ProjectFilm] = []
        for film_id in _worked_on_last(project, len(places)):
            place = places[film_id]
            if place is not None and len(films) < most:
                films.append(ProjectFilm(film_id, place, _newest_track(project, film_id), notes_of(project, film_id)))
    return ProjectFilms(tuple(films), missing, len(places) - len(missing) - len(films))


def _refuse_nothing(path: Path, n_films: int, missing: tuple[str, ...]) -> None:
    if not n_films:
        raise MazetrackError(f"{path.name} has no films yet. Open a film, and track or label it.")
    if len(missing) == n_films:
        raise MazetrackError(
            f"None of the films of {path.name} is where it was: {in_words(missing)}. Say where they are with: "
            f"mazetrack project relink {path.name} FOLDER"
        )


def in_words(names: tuple[str, ...]) -> str:
    """Return the first of these names, and how many more there are."""
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def _worked_on_last(project: Project, n_films: int) -> Iterator[str]:
    """Yield the identities of all films, those whose labels, tracks or corrections were changed last first."""
    seen: set[str] = set()
    for revision in project.history():
        if len(seen) >= n_films:
            return
        for change in project.changes(revision):
            film_id = _film_of(project, change)
            if film_id is not None and film_id not in seen and film_id in project.films:
                seen.add(film_id)
                yield film_id


def _film_of(project: Project, change: Change) -> str | None:
    kind, name = Kind(change.key.kind), change.key.name
    if kind is Kind.RUN:
        run = project.runs.get(name)
        return None if run is None else run.film_id
    return name if kind in (Kind.FILM, Kind.ARENA, Kind.TRIAL) else film_of(kind, name)


def _newest_track(project: Project, film_id: str) -> Path | None:
    """Return the track of a film that was written last, of those that the project notes and that are there."""
    names = [name for run in project.runs if run.film_id == film_id for name in run.paths if name.endswith(".nc")]
    return max(candidates(names, project.path.parent), key=lambda path: path.stat().st_mtime, default=None)
