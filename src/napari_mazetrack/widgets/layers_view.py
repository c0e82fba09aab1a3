"""The one class that adds layers to a viewer: it shows a session's track and arena on its film."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.events import Event
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.widgets.convert import frame_xy_to_napari, xy_to_napari
from napari_mazetrack.widgets.film_layer import FILM_ID, LayerData, find_film_layer
from napari_mazetrack.widgets.notify import failures_shown
from napari_mazetrack.widgets.overlays import (
    DRAGGED,
    HANDLES,
    KEYPOINTS,
    LIT,
    PATH,
    PLATFORM,
    POOL,
    QUADRANTS,
    ROLE,
    SOURCES,
    WHICH,
    arena_layers,
    dragged_layer,
    handles_layer,
    lit_layer,
    track_layers,
)
from napari_mazetrack.widgets.session import Session

#: What a person chose in napari's controls stays when a track is computed anew.
CHOSEN_LOOKS = ("visible", "opacity", "blending", "tail_length", "head_length", "tail_width", "color_by", "colormap")


class LayersView:
    """Keeps the overlays of a viewer in step with a session.

    A new track or arena replaces the layers of the old one of the same film; what is shown of other films is left.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Gets the layers.
    session : Session
        Is listened to.
    """

    def __init__(self, viewer: ViewerModel, session: Session) -> None:
        self._viewer = viewer
        self._session = session
        session.events.track.connect(self._on_session_track)
        session.events.arena.connect(self._on_session_arena)
        viewer.layers.events.inserted.connect(self._on_layers_inserted)

    def show_frame(self, frame_index: int) -> None:
        """Go to a frame."""
        self._viewer.dims.set_point(0, frame_index)

    def show_handles(self, xy: NDArray[np.float64] | None) -> None:
        """Show the handles of pool and platforms, [H, 2]; None takes them away."""
        for old in [one for one in self._viewer.layers if one.metadata.get(ROLE) == HANDLES]:
            if xy is not None and len(old.data) == len(xy):
                old.data = xy_to_napari(xy)
                return
            self._viewer.layers.remove(old)
        film = self._session.film
        shown = None if film is None else find_film_layer(self._viewer.layers, film.film_id)
        if xy is not None and shown is not None:
            selected = set(self._viewer.layers.selection)
            self._viewer.layers.append(Layer.create(*handles_layer(xy, int(shown.data.shape[1]))))
            self._viewer.layers.selection = selected

    def preview_point(self, frame_index: int, xy: tuple[float, float] | None) -> None:
        """Show where a point is being dragged to; None takes it away."""
        for old in [one for one in self._viewer.layers if one.metadata.get(ROLE) == DRAGGED]:
            if xy is not None:
                old.data = frame_xy_to_napari([frame_index], [xy])
                return
            self._viewer.layers.remove(old)
        film = self._session.film
        shown = None if film is None else find_film_layer(self._viewer.layers, film.film_id)
        if xy is not None and shown is not None:
            selected = set(self._viewer.layers.selection)
            self._viewer.layers.append(Layer.create(*dragged_layer(frame_index, xy, int(shown.data.shape[1]))))
            self._viewer.layers.selection = selected

    def light(self, xy: NDArray[np.float64] | None) -> None:
        """Light the places that a measure comes from, [F, 2]; None takes them away."""
        for old in [one for one in self._viewer.layers if one.metadata.get(ROLE) == LIT]:
            self._viewer.layers.remove(old)
        film = self._session.film
        shown = None if film is None else find_film_layer(self._viewer.layers, film.film_id)
        if xy is not None and len(xy) and shown is not None:
            selected = set(self._viewer.layers.selection)
            self._viewer.layers.append(Layer.create(*lit_layer(xy, int(shown.data.shape[1]))))
            self._viewer.layers.selection = selected

    def close(self) -> None:
        """Stop listening; the layers stay."""
        self._viewer.layers.events.inserted.disconnect(self._on_layers_inserted)
        self._session.events.track.disconnect(self._on_session_track)
        self._session.events.arena.disconnect(self._on_session_arena)

    def _on_session_track(self, track: Track | None) -> None:
        film = self._session.film
        if film is None or track is None:
            return
        layers = track_layers(track, film.path.stem, film.film_id)
        if not self._has_refreshed(film.film_id, layers):
            self._replace(film.film_id, (PATH, KEYPOINTS), layers, len(self._viewer.layers))

    def _has_refreshed(self, film_id: str, layers: Sequence[LayerData]) -> bool:
        """Show a track in the layers of the one before; False, and no change, where these are of other points.

        A correction moves points and seldom adds any; to make the layers of a long film anew takes a second.
        """
        old = {one.metadata[ROLE]: one for one in self._viewer.layers if _shows(one, film_id, (PATH, KEYPOINTS))}
        new = {arguments["metadata"][ROLE]: (values, arguments) for values, arguments, _ in layers}
        if old.keys() != {PATH, KEYPOINTS} or new.keys() != old.keys():
            return False
        if not _are_same_points(old[KEYPOINTS], *new[KEYPOINTS]):
            return False
        _move_points(old[KEYPOINTS], *new[KEYPOINTS])
        _move_path(old[PATH], *new[PATH])
        return True

    def _on_session_arena(self, arena: Arena | None) -> None:
        film = self._session.film
        if film is None or arena is None:
            return
        with failures_shown():
            layers = arena_layers(arena, film.path.stem, film.film_id)
            shown = find_film_layer(self._viewer.layers, film.film_id)
            above_film = 0 if shown is None else self._viewer.layers.index(shown) + 1
            self._replace(film.film_id, (POOL, PLATFORM, QUADRANTS), layers, above_film)

    def _on_layers_inserted(self, event: Event) -> None:
        """Drop the layer that a new one shows again, such as the arena that a sample film brings along."""
        new: Layer = event.value
        role, film_id = new.metadata.get(ROLE), new.metadata.get(FILM_ID)
        for old in [one for one in self._viewer.layers if one is not new and _shows(one, film_id, (role,))]:
            name = old.name
            self._viewer.layers.remove(old)
            new.name = name

    def _replace(self, film_id: str, roles: Sequence[str], layers: Sequence[LayerData], index: int) -> None:
        """Show `layers` from `index` on in place of those that had the same roles for the same film."""
        mine = self._viewer.layers
        selected = set(mine.selection)
        looks: dict[str, dict[str, Any]] = {}
        for layer in [one for one in mine if _shows(one, film_id, roles)]:
            looks[layer.metadata[ROLE]] = {name: getattr(layer, name) for name in CHOSEN_LOOKS if hasattr(layer, name)}
            index -= mine.index(layer) < index
            selected.discard(layer)
            mine.remove(layer)
        for i, (values, arguments, kind) in enumerate(layers):
            chosen = looks.get(arguments["metadata"][ROLE], {})
            mine.insert(index + i, Layer.create(values, {**arguments, **chosen}, kind))
        mine.selection = selected  # the film stays the layer that is worked on


def _shows(layer: Layer, film_id: str | None, roles: Sequence[str | None]) -> bool:
    role = layer.metadata.get(ROLE)
    return role is not None and role in roles and layer.metadata.get(FILM_ID) == film_id


def _are_same_points(points: Layer, values: NDArray[np.float64], arguments: dict[str, Any]) -> bool:
    """Whether a layer of keypoints has the same points in the same frames as new ones, wherever they are."""
    return (
        values.shape == points.data.shape
        and np.array_equal(values[:, 0], points.data[:, 0])
        and np.array_equal(points.metadata[WHICH], arguments["metadata"][WHICH])
    )


def _move_points(points: Layer, values: NDArray[np.float64], arguments: dict[str, Any]) -> None:
    points.data[:] = values  # setting `data` costs a loop over all points
    sources = arguments["metadata"][SOURCES]
    if not np.array_equal(points.metadata[SOURCES], sources):
        points.metadata[SOURCES] = sources
        points.features = arguments["features"]
        points.face_color, points.border_color = arguments["face_color"], arguments["border_color"]
    points.refresh()


def _move_path(path: Layer, values: NDArray[np.float64], arguments: dict[str, Any]) -> None:
    colour_by = path.color_by
    with warnings.catch_warnings():
        # napari has no features for the new path yet, and says so
        warnings.filterwarnings("ignore", "Previous color_by key", UserWarning)
        path.data = values
    path.features = arguments["features"]
    path.color_by = colour_by
