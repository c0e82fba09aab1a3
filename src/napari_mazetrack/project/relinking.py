"""Finding moved films again: every file that is looked at is told by its content, never by its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.project.films import identify
from napari_mazetrack.project.path_hints import hints_for, joined_hints
from napari_mazetrack.project.project import Project
from napari_mazetrack.project.records import FilmRecord

#: Endings of the files that are looked at in a folder.
FILM_ENDINGS = frozenset(
    ".avi .m4v .mkv .mov .mp4 .mpeg .mpg .mts .tif .tiff .ts .webm .wmv".split()  # noqa: SIM905 - easier to read
)
#: A folder with more films than that was chosen by mistake.
MAX_FILES = 10_000


@dataclass(frozen=True)
class FoundFilm:
    """A film of the project that lies somewhere else now.

    Attributes
    ----------
    film_id : str
        Which film.
    before : str
        Where it was seen last.
    path : Path
        Where it lies.
    """

    film_id: str
    before: str
    path: Path


def find_films(project: Project, places: Iterable[Path]) -> Job[tuple[FoundFilm, ...]]:
    """Look for the project's films in files and folders (with their folders); nothing is changed.

    Yields
    ------
    Progress
        One for each file; a file that is no film is told as a message.

    Returns
    -------
    tuple of FoundFilm
        The first file found for each film.

    Raises
    ------
    MazetrackError
        A place does not exist, or has too many films in it.
    """
    known = {film.film_id: film for film in project.films}
    files = [file for place in places for file in _files_in(place)]
    found: dict[str, FoundFilm] = {}
    for done, file in enumerate(files):
        message = ""
        try:
            film_id = identify(file)
        except MazetrackError as error:
            message = f"Passed over {file.name}: {error}"
        else:
            if film_id in known and film_id not in found:
                hints = known[film_id].paths
                found[film_id] = FoundFilm(film_id, hints[0] if hints else "", file)
        yield Progress("Looking for films", done + 1, len(files), message)
    return tuple(found.values())


def find_moved_films(project_path: Path, places: Iterable[Path]) -> Job[tuple[FoundFilm, ...]]:
    """Do as `find_films` for a project that the calling thread has not opened."""
    with Project.open(project_path, read_only=True) as project:
        return (yield from find_films(project, places))


def note_places(project: Project, found: Sequence[FoundFilm]) -> None:
    """Note where films lie that `find_films` found, as one revision."""
    with project.edit(f"Find {len(found)} films again"):
        for place in found:
            film = project.films.get(place.film_id)
            if film is not None:
                hints = joined_hints(hints_for(place.path, project.path.parent), film.paths)
                project.films.put(replace(film, paths=hints))


def missing_films(project: Project) -> list[FilmRecord]:
    """Return the films that are in none of the places where the project has seen them."""
    return [film for film in project.films if project.find_film(film.film_id) is None]


def _files_in(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise MazetrackError(f"There is no file or folder {place}. Check the path.")
    files: list[Path] = []
    for file in place.rglob("*"):
        if file.suffix.lower() in FILM_ENDINGS and file.is_file():
            files.append(file)
        if len(files) > MAX_FILES:
            raise MazetrackError(f"{place} has more than {MAX_FILES} films in it. Name a folder nearer to the films.")
    return sorted(files)
