"""A project as napari opens it: the films that were worked on last, each with its newest track."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from napari.layers import Layer
from napari.utils.notifications import show_warning

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.video import open_film
from napari_mazetrack.widgets.films.film_layer import (
    PROJECT_PATH,
    TRACK_PATH,
    LayerData,
    film_layer,
    find_film_layer,
    say_of_film,
)
from napari_mazetrack.widgets.overlay.track_overlays import track_layers
from napari_mazetrack.widgets.projects.open_projects import OPEN_PROJECTS
from napari_mazetrack.workflows.correct import with_corrections
from napari_mazetrack.workflows.project_films import ProjectFilm, films_of_project, in_words


def layers_of_project(path: Path, open_layers: Iterable[Layer]) -> list[LayerData]:
    """Return the layers of a project's films, the one that was worked on last on top, and tell which are left out.

    Parameters
    ----------
    path : Path
        The project.
    open_layers : iterable of Layer
        What the viewer shows already: a film of it is not opened again.

    Raises
    ------
    MazetrackError
        The project cannot be read, or none of its films can be opened.
    """
    found, shown = films_of_project(path), list(open_layers)
    layers: list[LayerData] = []
    missing = list(found.missing)
    for film in reversed(found.films):
        try:
            layers += _layers_of_film(film, path, shown)
        except MazetrackError as error:
            missing.append(film.path.name)
            show_warning(str(error))
    OPEN_PROJECTS.shown.emit()
    if missing:
        show_warning(
            f"Not shown of {path.name}: {in_words(tuple(missing))}. If they were moved, run: mazetrack project relink "
            f"{path.name} FOLDER"
        )
    if found.n_left:
        show_warning(
            f"Shown are the {len(found.films)} films of {path.name} that were worked on last; open the other "
            f"{found.n_left} by themselves."
        )
    return layers


def _layers_of_film(film: ProjectFilm, project: Path, shown: list[Layer]) -> list[LayerData]:
    layer = find_film_layer(shown, film.film_id)
    layers = [] if layer is not None else [_film_layer(film)]
    name = film.path.stem if layer is None else layer.name
    said = {PROJECT_PATH: str(project.absolute())}
    if film.track is not None:
        track = _newest(film, film.track)
        said[TRACK_PATH] = str(film.track.absolute())
        layers += track_layers(track, name, film.film_id)
    for _, arguments, _ in layers:
        arguments["metadata"].update(said)
    say_of_film(shown, film.film_id, said)
    return layers


def _film_layer(film: ProjectFilm) -> LayerData:
    opened = open_film(film.path, timing=film.notes.timing)
    if opened.film_id != film.film_id:
        opened.close()
        raise MazetrackError(f"{film.path} is another film than the one of that name in the project.")
    for warning in opened.warnings:
        show_warning(warning)
    return film_layer(opened)


def _newest(film: ProjectFilm, path: Path) -> Track:
    """Return a film's track as the project has it: its files may be behind its corrections."""
    track = load_track(path)
    if track.attributes.get("film_id") != film.film_id:
        raise MazetrackError(f"{path} was made from another film than {film.path.name}. Track the film again.")
    return with_corrections(track, path, film.notes.corrections)
