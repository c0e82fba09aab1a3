"""A film as a lazy image layer, and the way back from a layer to its film.

Axes are (frame, y, x). The time axis counts frames, which is no unit, and a film's frames need not be evenly spaced:
so no layer of this package sets a scale or units, and all of them fit together.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

from napari.layers import Layer

from napari_mazetrack.video import Film, FilmArray, open_film
from napari_mazetrack.widgets.session import FilmRef

#: What napari's readers and `Layer.create` take: data, keyword arguments, layer type.
LayerData: TypeAlias = tuple[Any, dict[str, Any], str]

FILM_PATH = "film_path"
FILM_ID = "film_id"
#: Where the project lies that a film was opened from, and the file that a track was opened from.
PROJECT_PATH, TRACK_PATH = "project_path", "track_path"
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


def film_of_layer(layer: Layer) -> FilmRef | None:
    """Return the film that a layer shows; None where it shows none of ours."""
    path, film_id = layer.metadata.get(FILM_PATH), layer.metadata.get(FILM_ID)
    return FilmRef(Path(path), film_id) if path and film_id else None


def path_of(layers: Iterable[Layer], film_id: str, key: str) -> Path | None:
    """Return what the newest layer of a film says under `PROJECT_PATH` or `TRACK_PATH`; None where none does."""
    said = [one.metadata[key] for one in layers if one.metadata.get(FILM_ID) == film_id and key in one.metadata]
    return Path(said[-1]) if said else None


def find_film_layer(layers: Iterable[Layer], film_id: str) -> Layer | None:
    """Return the first of `layers` that shows the film `film_id`, or None."""
    for layer in layers:
        film = film_of_layer(layer)
        if film is not None and film.film_id == film_id:
            return layer
    return None
