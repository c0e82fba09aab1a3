"""The one class that adds layers to a viewer: it shows a session's track and arena on its film."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.events import Event
from numpy.typing import NDArray

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.widgets.convert import frame_xy_to_napari, xy_to_napari
from napari_mazetrack.widgets.films.film_layer import FILM_ID, LayerData, find_film_layer
from napari_mazetrack.widgets.overlay.arena_marks import scale_layer, starts_layer
from napari_mazetrack.widgets.overlay.frame_overlay import FrameOverlay
from napari_mazetrack.widgets.overlay.locked import lock
from napari_mazetrack.widgets.overlay.overlays import (
    DRAGGED,
    HANDLES,
    KEYPOINTS,
    LIT,
    LOCKED,
    PATH,
    PLATFORM,
    POOL,
    QUADRANTS,
    ROLE,
    SCALE,
    STARTS,
    arena_layers,
    dragged_layer,
    handles_layer,
    lit_layer,
)
from napari_mazetrack.widgets.overlay.shown_track import ShownTrack
from napari_mazetrack.widgets.overlay.track_overlays import path_feature, track_layers
from napari_mazetrack.widgets.overlay_choice import OverlayChoice
from napari_mazetrack.widgets.session import Session
from napari_mazetrack.widgets.window.notify import failures_shown

#: What a person chose in napari's controls stays when a track is computed anew.
CHOSEN_LOOKS = ("visible", "opacity", "blending", "tail_length", "head_length", "tail_width", "color_by", "colormap")


class LayersView:
    """Keeps the overlays of a viewer in step with a session.

    A new track or arena replaces the layers of the old one of the same film; what is shown of other films is left.
    napari's own tools cannot change the layers: they would no longer show what is stored and measured.

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
        self._shown: ShownTrack | None = None
        self._choice = session.overlays
        self._frame = FrameOverlay(viewer, session, self._add)
        session.events.track.connect(self._on_session_track)
        session.events.arena.connect(self._on_session_arena)
        session.events.platform.connect(self._on_session_platform)
        session.events.overlays.connect(self._on_session_overlays)
        viewer.layers.events.inserted.connect(self._on_layers_inserted)
        for layer in viewer.layers:
            _lock_mine(layer)

    def show_frame(self, frame_index: int) -> None:
        """Go to a frame."""
        self._viewer.dims.set_point(0, frame_index)

    def show_again(self) -> None:
        """Show what was removed from the viewer by hand."""
        self._on_session_track(self._session.track)
        self._show_arena(self._session.arena)
        self._frame.show()

    def show_handles(self, xy: NDArray[np.float64] | None) -> None:
        """Show the handles of pool and platforms, [H, 2]; None takes them away."""
        data = None if xy is None else xy_to_napari(xy)
        self._show_mark(HANDLES, data, lambda height: handles_layer(np.asarray(xy), height))

    def preview_point(self, frame_index: int, xy: tuple[float, float] | None) -> None:
        """Show where a point is being dragged to; None takes it away."""
        data = None if xy is None else frame_xy_to_napari([frame_index], [xy])
        self._show_mark(DRAGGED, data, lambda height: dragged_layer(frame_index, xy or (0.0, 0.0), height))

    def light(self, xy: NDArray[np.float64] | None) -> None:
        """Light the places that a measure comes from, [F, 2]; None takes them away."""
        data = None if xy is None or len(xy) == 0 else xy_to_napari(xy)
        self._show_mark(LIT, data, lambda height: lit_layer(np.asarray(xy), height))

    def close(self) -> None:
        """Stop listening; the layers stay."""
        self._frame.close()
        self._viewer.layers.events.inserted.disconnect(self._on_layers_inserted)
        self._session.events.track.disconnect(self._on_session_track)
        self._session.events.arena.disconnect(self._on_session_arena)
        self._session.events.platform.disconnect(self._on_session_platform)
        self._session.events.overlays.disconnect(self._on_session_overlays)

    # The session is shown.

    def _on_session_track(self, track: Track | None) -> None:
        film, shown = self._session.film, self._shown
        if film is None or track is None:
            self._shown = None
            self._frame.show()
        elif shown is not None and self._has_all_of(shown, film.film_id) and shown.follow(track):
            self._frame.follow()
        else:
            layers = track_layers(track, film.path.stem, film.film_id)
            for _, arguments, kind in layers:
                if kind == "tracks":
                    arguments["color_by"] = path_feature(self._choice.path_colour, len(track.animals))
            new = self._replace(film.film_id, (PATH, KEYPOINTS), layers, len(self._viewer.layers))
            self._shown = ShownTrack(track, new) if len(new) == 2 else None
            self._frame.show()
        if self._shown is not None:
            self._shown.show_quadrants(self._session.arena, self._session.platform)

    def _has_all_of(self, shown: ShownTrack, film_id: str) -> bool:
        return all(_shows(one, film_id, (PATH, KEYPOINTS)) and one in self._viewer.layers for one in shown.layers)

    def _on_session_arena(self, arena: Arena | None) -> None:
        film = self._session.film
        if arena is not None:
            self._show_arena(arena)
        elif film is not None and not self._session.is_changing_film:
            self._replace(film.film_id, (POOL, PLATFORM, QUADRANTS, STARTS, SCALE), [], 0)
            if self._shown is not None:
                self._shown.show_quadrants(None)

    def _show_arena(self, arena: Arena | None) -> None:
        film = self._session.film
        if film is None or arena is None:
            return
        with failures_shown():
            layers = arena_layers(arena, film.path.stem, film.film_id, self._session.platform)
            self._replace(film.film_id, (POOL, PLATFORM, QUADRANTS), layers, self._above_film())
            self._show_marks_of_arena()
        if self._shown is not None:
            self._shown.show_quadrants(arena, self._session.platform)

    def _on_session_platform(self, _name: str) -> None:
        self._show_arena(self._session.arena)

    def _show_marks_of_arena(self) -> None:
        """Show start positions and scale as they are chosen."""
        film, arena, shown = self._session.film, self._session.arena, self._film_layer()
        if film is None or arena is None:
            return
        name, film_id = film.path.stem, film.film_id
        layers = [starts_layer(arena, name, film_id)] if self._choice.starts else []
        if self._choice.scale and shown is not None:
            layers.append(scale_layer(arena, shown.data.shape[1:3], name, film_id))
        self._replace(film_id, (STARTS, SCALE), [one for one in layers if one is not None], self._above_film())

    def _on_session_overlays(self, choice: OverlayChoice) -> None:
        before, self._choice = self._choice, choice
        if self._shown is not None and choice.path_colour != before.path_colour:
            self._shown.path.color_by = path_feature(choice.path_colour, len(self._shown.track.animals))
        if (choice.starts, choice.scale) != (before.starts, before.scale):
            with failures_shown():
                self._show_marks_of_arena()
        if choice.tail_s is None and before.tail_s is not None:
            self._frame.show_whole_path()
        self._frame.show()

    # Layers of the viewer.

    def _show_mark(self, role: str, data: NDArray[np.float64] | None, make: Callable[[int], LayerData]) -> None:
        """Show `data` in the layer of a role, which is made for a film's height where it has to be; None removes it."""
        for old in [one for one in self._viewer.layers if one.metadata.get(ROLE) == role]:
            if data is not None and old.data.shape == data.shape:
                old.data = data
                return
            self._viewer.layers.remove(old)
        film = self._film_layer()
        if data is not None and film is not None:
            self._add(make(int(film.data.shape[1])))

    def _add(self, layer_data: LayerData) -> Layer:
        """Add a layer on top; what is selected stays so."""
        selected = set(self._viewer.layers.selection)
        layer = Layer.create(*layer_data)
        self._viewer.layers.append(layer)
        self._viewer.layers.selection = selected
        return layer

    def _film_layer(self) -> Layer | None:
        film = self._session.film
        return None if film is None else find_film_layer(self._viewer.layers, film.film_id)

    def _above_film(self) -> int:
        shown = self._film_layer()
        return 0 if shown is None else self._viewer.layers.index(shown) + 1

    def _on_layers_inserted(self, event: Event) -> None:
        """Drop the layer that a new one shows again, such as the arena that a sample film brings along."""
        new: Layer = event.value
        _lock_mine(new)
        role, film_id = new.metadata.get(ROLE), new.metadata.get(FILM_ID)
        for old in [one for one in self._viewer.layers if one is not new and _shows(one, film_id, (role,))]:
            name = old.name
            self._viewer.layers.remove(old)
            new.name = name

    def _replace(self, film_id: str, roles: Sequence[str], layers: Sequence[LayerData], index: int) -> list[Layer]:
        """Show `layers` from `index` on in place of those that had the same roles for the same film; return them."""
        mine = self._viewer.layers
        selected = set(mine.selection)
        looks: dict[str, dict[str, Any]] = {}
        for layer in [one for one in mine if _shows(one, film_id, roles)]:
            looks[layer.metadata[ROLE]] = {name: getattr(layer, name) for name in CHOSEN_LOOKS if hasattr(layer, name)}
            index -= mine.index(layer) < index
            selected.discard(layer)
            mine.remove(layer)
        new = []
        for i, (values, arguments, kind) in enumerate(layers):
            chosen = looks.get(arguments["metadata"][ROLE], {})
            new.append(Layer.create(values, {**arguments, **chosen}, kind))
            mine.insert(index + i, new[-1])
        mine.selection = selected  # the film stays the layer that is worked on
        return new


def _shows(layer: Layer, film_id: str | None, roles: Sequence[str | None]) -> bool:
    role = layer.metadata.get(ROLE)
    return role is not None and role in roles and layer.metadata.get(FILM_ID) == film_id


def _lock_mine(layer: Layer) -> None:
    if layer.metadata.get(ROLE) in LOCKED:
        lock(layer)
