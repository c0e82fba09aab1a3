"""A film as a lazy image layer, and the way back from a layer to its film.

TIFF stacks are opened by napari's own reader; their layers are adopted (`adopt_stack`) as they are.

Axes are (frame, y, x). The time axis counts frames, which is no unit, and a film's frames need not be evenly spaced:
so no layer of this package sets a scale or units, and all of them fit together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from napari.components import LayerList
from napari.layers import Image, Layer

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.project import FilmRecord, Project
from napari_mazetrack.video import Film, FilmArray, Timing, open_film
from napari_mazetrack.widgets.session import FilmRef

#: What napari's readers and `Layer.create` take: data, keyword arguments, layer type.
LayerData: TypeAlias = tuple[Any, dict[str, Any], str]

FILM_PATH = "film_path"
FILM_ID = "film_id"
#: Where the project lies that a film was opened from, and the file that a track was opened from.
PROJECT_PATH, TRACK_PATH = "project_path", "track_path"
#: Says that a film has no times of its own, and how many frames a second a person gave it.
FILM_UNTIMED, FILM_FPS = "film_untimed", "film_fps"
STACK_ENDINGS = (".tif", ".tiff")
FILM_AXES = ("frame", "y", "x")


def film_layer_from_path(path: Path) -> LayerData:
    """Open a film as an image layer that decodes the frames that are looked at.

    Raises
    ------
    MazetrackError
        It cannot be opened as a film.
    """
    return film_layer(open_film(path))


def film_layer(film: Film) -> LayerData:
    """Return the image layer of an open film; the layer keeps the film open."""
    array = FilmArray(film)
    arguments = {
        "name": film.path.stem,
        "rgb": array.ndim == 4,
        "contrast_limits": (0, 255),  # given, so that napari need not look for them in the frames
        "multiscale": False,
        "axis_labels": FILM_AXES,
        "metadata": {FILM_PATH: str(film.path), FILM_ID: film.film_id},
    }
    return array, arguments, "image"


def adopt_stack(layer: Layer) -> None:
    """Let an image that napari's own reader made of a TIFF stack be a film's layer; any other is left as it is."""
    path = layer.source.path
    if FILM_ID in layer.metadata or not isinstance(path, str) or Path(path).suffix.lower() not in STACK_ENDINGS:
        return
    try:
        film = open_film(Path(path), timing=Timing(fps=1.0))  # only its pictures are looked at
    except MazetrackError:  # a picture that is no film: napari shows it, and that is all
        return
    with film:
        is_image = isinstance(layer, Image) and not layer.multiscale
        if is_image and layer.data.shape[: 3 if layer.rgb else None] == (film.n_frames, film.height, film.width):
            layer.metadata.update({FILM_PATH: str(film.path), FILM_ID: film.film_id, FILM_UNTIMED: True})


def note_film(project: Project, layer: Layer) -> FilmRecord:
    """Return what a project notes of the film of a layer, which is added where the project does not know it.

    Raises
    ------
    MazetrackError
        It cannot be added, as a film without times.
    """
    film = film_of_layer(layer)
    known = None if film is None else project.films.get(film.film_id)
    if known is not None:
        return known
    if isinstance(layer.data, FilmArray):
        return project.add_film(layer.data.film)
    fps = layer.metadata.get(FILM_FPS)
    if film is None or fps is None:
        raise MazetrackError(
            f"{layer.name} has no times of its own. Say in the Track panel, under Rate, how many frames it has in a "
            "second."
        )
    with open_film(film.path, timing=Timing(fps=fps)) as opened:
        return project.add_film(opened)


def film_of_layer(layer: Layer) -> FilmRef | None:
    """Return the film that a layer shows; None where it shows none of ours."""
    path, film_id = layer.metadata.get(FILM_PATH), layer.metadata.get(FILM_ID)
    return FilmRef(Path(path), film_id) if path and film_id else None


def path_of(layers: Iterable[Layer], film_id: str, key: str) -> Path | None:
    """Return what the newest layer of a film says under `PROJECT_PATH` or `TRACK_PATH`; None where none does."""
    said = [one.metadata[key] for one in layers if one.metadata.get(FILM_ID) == film_id and key in one.metadata]
    return Path(said[-1]) if said else None


def say_of_film(layers: Iterable[Layer], film_id: str, said: Mapping[str, str]) -> None:
    """Let the layers that a film has already say where it was opened from: its path is often replaced, it is not."""
    for layer in layers:
        if layer.metadata.get(FILM_ID) == film_id:
            layer.metadata.update(said)


def bring_to_front(layers: LayerList, film_id: str) -> None:
    """Show a film, and what is drawn on it, above the other films and what is drawn on those; nothing is hidden."""
    others = [i for i, one in enumerate(layers) if one.metadata.get(FILM_ID) not in (None, film_id)]
    layers.move_multiple(others, 0)
    film = find_film_layer(layers, film_id)
    if film is not None:
        film.visible = True


def find_film_layer(layers: Iterable[Layer], film_id: str) -> Layer | None:
    """Return the first of `layers` that shows the film `film_id`, or None."""
    for layer in layers:
        film = film_of_layer(layer)
        if film is not None and film.film_id == film_id:
            return layer
    return None
