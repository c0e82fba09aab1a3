"""The layers of a track, which follow it from correction to correction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from napari.layers import Layer
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.widgets.convert import xy_to_napari
from napari_mazetrack.widgets.overlay.overlays import KEYPOINTS, ROLE
from napari_mazetrack.widgets.overlay.quadrant_numbers import quadrants_along
from napari_mazetrack.widgets.overlay.track_overlays import (
    SOURCE_NAMES,
    found_keypoints,
    path_features,
    path_vertices,
    point_colours,
)


class ShownTrack:
    """Path and keypoints of one track in a viewer.

    A correction moves a few points of a long film and seldom adds any. So only what changed is written, and into the
    arrays of the layers: napari's own setters loop over all points, and layers made anew take a second.

    Parameters
    ----------
    track : Track
        What the layers show.
    layers : sequence of Layer
        Its path and its keypoints.
    """

    def __init__(self, track: Track, layers: Sequence[Layer]) -> None:
        self.track = track
        self.layers = tuple(layers)
        self.path, self.points = sorted(layers, key=lambda layer: bool(layer.metadata[ROLE] == KEYPOINTS))
        self._found = found_keypoints(track)
        self._row = np.cumsum(self._found).reshape(self._found.shape) - 1  # of each keypoint in its layer
        self._vertices = path_vertices(track)

    def follow(self, track: Track) -> bool:
        """Show another track of the film; False, and no change, where it has points in other frames."""
        old = self.track
        if track.keypoints_xy.shape != old.keypoints_xy.shape or track.animals != old.animals:
            return False
        has_moved = track.keypoints_xy != old.keypoints_xy  # NaN always has
        moved = np.nonzero(has_moved[..., 0] | has_moved[..., 1])
        is_found = are_finite(track.keypoints_xy[moved])
        if not np.array_equal(is_found, self._found[moved]) or not np.array_equal(track.time_s, old.time_s):
            return False
        self.track = track
        moved = tuple(index[is_found] for index in moved)
        self.points.data[self._row[moved], 1:] = xy_to_napari(track.keypoints_xy[moved])
        self._show_sources(old)
        self.points.refresh(extent=False, thumbnail=False)
        self._show_path()
        return True

    def _show_sources(self, old: Track) -> None:
        frame, animal = np.nonzero(self.track.source != old.source)
        at, keypoint = np.nonzero(self._found[frame, animal])
        if len(at) == 0:
            return
        frame, animal = frame[at], animal[at]
        rows, source = self._row[frame, animal, keypoint], self.track.source[frame, animal]
        points = self.points
        points.face_color[rows], points.border_color[rows] = point_colours(keypoint, source)
        codes = pd.Categorical.from_codes(source, pd.Index(SOURCE_NAMES))
        points.features.iloc[rows, points.features.columns.get_loc("source")] = codes
        points.events.features()

    def _show_path(self) -> None:
        path = self.path
        for name, values in path_features(self.track, self._vertices).items():
            self._show_feature(name, values)
        yx = xy_to_napari(self._vertices.xy(self.track))
        if not np.array_equal(yx, path.data[:, 2:]):
            path.data[:, 2:] = yx
            path.events.rebuild_tracks()

    def show_quadrants(self, arena: Arena | None, platform: str = "") -> None:
        """Let the path be coloured by the quadrants of an arena."""
        self._show_feature("quadrant", quadrants_along(arena, self._vertices.xy(self.track), platform))

    def _show_feature(self, name: str, values: NDArray[np.float64] | NDArray[np.intp]) -> None:
        path = self.path
        if not np.array_equal(values, path.features[name]):
            path.features[name] = values
            if path.color_by == name:
                path.color_by = name  # napari colours anew
