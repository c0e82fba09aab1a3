"""What napari calls to open files: films as lazy images, tracks as overlays on their film, projects as both.

A file that cannot be opened is told in a notification and adds nothing; there is no traceback for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import napari
from napari.layers import Layer
from napari.utils.notifications import show_error, show_warning

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import PROJECT_ENDING
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.tracking.track_files import load_track
from napari_mazetrack.video import Film, open_film
from napari_mazetrack.widgets.films.film_layer import (
    TRACK_PATH,
    LayerData,
    film_layer,
    film_of_layer,
    find_film_layer,
    say_of_film,
)

Paths: TypeAlias = str | Sequence[str]
TRACK_ENDINGS = (".tracks.nc", ".tracks.csv")
#: napari's way to say: this file was taken, and it adds no layer.
NOTHING: list[Any] = [(None,)]


def get_reader(path: Paths) -> Callable[[Paths], list[Any]]:  # noqa: ARG001 - napari gives it
    """Return the function that opens `path`; the manifest's patterns have chosen it already.

    Parameters
    ----------
    path : str or list of str
        One file, or several that were opened together.
    """
    return read


def read(path: Paths) -> list[Any]:
    """Open films, tracks and projects as layers.

    Returns
    -------
    list of LayerData
        Layers; napari's "nothing to add" where a file cannot be opened, which a notification tells.
    """
    paths = [path] if isinstance(path, str) else list(path)
    layers: list[LayerData] = []
    for one in paths:
        try:
            layers.extend(layers_of_file(Path(one), _open_layers()))
        except MazetrackError as error:
            show_error(str(error))
    return layers or NOTHING


def layers_of_file(path: Path, open_layers: Iterable[Layer]) -> list[LayerData]:
    """Return the layers of one film, tracks file or project.

    Parameters
    ----------
    path : Path
        The file.
    open_layers : iterable of Layer
        What the viewer shows already; tracks need their film there, or beside their own file.

    Raises
    ------
    MazetrackError
        It cannot be read, or the film of the tracks is not to be found.
    """
    if path.name.lower().endswith(TRACK_ENDINGS):
        return _layers_of_tracks(path, open_layers)
    if path.suffix.lower() == PROJECT_ENDING:
        from napari_mazetrack.widgets.project_reader import layers_of_project

        return layers_of_project(path, open_layers)
    return [_show_film(open_film(path))]


def _layers_of_tracks(path: Path, open_layers: Iterable[Layer]) -> list[LayerData]:
    track = load_track(path)
    film_id = str(track.attributes.get("film_id", ""))
    shown = list(open_layers)
    if not film_id:
        return _layers_by_name(path, track, shown)
    layer = find_film_layer(shown, film_id)
    if layer is not None:
        layers = _of_file(path, _track_layers(track, layer.name, film_id))
        say_of_film(shown, film_id, {TRACK_PATH: str(path.absolute())})
        return layers
    return _layers_with_film_beside(path, track, film_id)


def _layers_by_name(path: Path, track: Track, shown: list[Layer]) -> list[LayerData]:
    """Show tracks that do not say which film they belong to (CSV) on the film of their name."""
    stem = path.name.split(".tracks.")[0]
    for layer in shown:
        film = film_of_layer(layer)
        if film is not None and film.path.stem == stem and layer.data.shape[0] == track.n_frames:
            return _track_layers(track, layer.name, film.film_id)
    raise MazetrackError(
        f"{path.name} does not say which film it belongs to, and no film named {stem} with {track.n_frames} frames "
        "is open. Open that film first, or open the .tracks.nc file."
    )


def _layers_with_film_beside(path: Path, track: Track, film_id: str) -> list[LayerData]:
    name = Path(str(track.attributes.get("film_name", ""))).name
    beside = path.parent / name
    if not name or not beside.is_file():
        raise MazetrackError(
            f"The film of {path.name} ({name or 'its name is not known'}) is neither open nor beside it. "
            "Open the film first, then open the tracks again."
        )
    film = open_film(beside)
    if film.film_id != film_id:
        film.close()
        raise MazetrackError(
            f"{path.name} was made from another film than the {name} that lies beside it. "
            "Open the film that was tracked, then open the tracks again."
        )
    return [_show_film(film), *_of_file(path, _track_layers(track, film.path.stem, film_id))]


def _track_layers(track: Track, name: str, film_id: str) -> list[LayerData]:
    from napari_mazetrack.widgets.overlay.track_overlays import track_layers  # a film alone opens without pandas

    return track_layers(track, name, film_id)


def _of_file(path: Path, layers: list[LayerData]) -> list[LayerData]:
    """Let layers say which track they show: the Track panel works on it."""
    for _, arguments, _ in layers:
        arguments["metadata"][TRACK_PATH] = str(path.absolute())
    return layers


def _show_film(film: Film) -> LayerData:
    for warning in film.warnings:
        show_warning(warning)
    return film_layer(film)


def _open_layers() -> list[Layer]:
    viewer = napari.current_viewer()
    return [] if viewer is None else list(viewer.layers)
