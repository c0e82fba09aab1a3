"""Tracks as napari layers: values in, layer data out; nothing here knows a viewer.

One Points layer holds all keypoints of all frames, and one Tracks layer the path of each animal's centre: that is what
stays fast on long films.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.widgets.convert import frame_xy_to_napari
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, LayerData
from napari_mazetrack.widgets.overlay.overlays import (
    KEYPOINT_COLOURS,
    KEYPOINT_SIZE,
    KEYPOINT_SYMBOLS,
    KEYPOINTS,
    PATH,
    metadata_of,
)
from napari_mazetrack.widgets.overlay.quadrant_numbers import QUADRANT_COLOURS
from napari_mazetrack.widgets.overlay_choice import PathColour

#: Vertices of all paths together, but for the ends of their stretches.
MAX_PATH = 10_000
#: Names of the sources of a position, in the order of their numbers.
SOURCE_NAMES = [source.name.lower() for source in sorted(Source)]


def track_layers(track: Track, name: str, film_id: str) -> list[LayerData]:
    """Return the layers of a track, the path first so that the keypoints lie on it; none where nothing was found.

    Parameters
    ----------
    track : Track
        Of one film.
    name : str
        How the layers' names begin (the film's name).
    film_id : str
        Identity of the film that the layers are shown on.
    """
    layers = path_layer(track, name, film_id), keypoints_layer(track, name, film_id)
    return [layer for layer in layers if layer is not None]


def found_keypoints(track: Track) -> NDArray[np.bool_]:
    """Return which keypoints [T, A, n_keypoints] are drawn: all but the missing ones, in this order."""
    return are_finite(track.keypoints_xy)


def keypoints_layer(track: Track, name: str, film_id: str) -> LayerData | None:
    """Return all keypoints of a track as one Points layer, without the missing ones; None where there are none.

    Its features are ``keypoint`` and ``animal`` (names) and ``source`` (as in the tracks' files). A point that was
    interpolated is hollow, one that a person put right has a white ring.
    """
    found = found_keypoints(track)
    if not found.any():
        return None
    frame, animal, keypoint = np.nonzero(found)
    # In columns: napari looks for the least and the largest of each at every step.
    data = np.asfortranarray(frame_xy_to_napari(frame, track.keypoints_xy[found]))
    face, border = point_colours(keypoint, track.source[frame, animal])
    arguments = {
        "name": f"{name} keypoints",
        "features": {  # categories: a text for each point of a long film is slow
            "keypoint": pd.Categorical.from_codes(keypoint, pd.Index(track.skeleton.keypoints)),
            "animal": pd.Categorical.from_codes(animal, pd.Index(track.animals)),
            "source": pd.Categorical.from_codes(track.source[frame, animal], pd.Index(SOURCE_NAMES)),
        },
        "face_color": face,
        "symbol": np.asarray(KEYPOINT_SYMBOLS)[keypoint % len(KEYPOINT_SYMBOLS)],
        "border_color": border,
        "border_width": 0.15,
        "size": max(3.0, KEYPOINT_SIZE * float(track.attributes.get("film_height", 480))),
        "ndim": 3,
        "opacity": 0.9,
        "axis_labels": FILM_AXES,
        "metadata": metadata_of(KEYPOINTS, film_id),
    }
    return data, arguments, "points"


def point_colours(
    keypoint: NDArray[np.intp], source: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return face and border colours, RGBA [N, 4] each, of points with these keypoints and `Source` values."""
    cycled = np.array([to_rgba(colour) for colour in KEYPOINT_COLOURS])
    face = cycled[keypoint % len(cycled)]
    border = np.tile(to_rgba("black"), (len(face), 1))
    is_hollow = source == Source.INTERPOLATED
    border[is_hollow] = face[is_hollow]
    face[is_hollow, 3] = 0.0
    border[source == Source.CORRECTED] = to_rgba("white")
    return face, border


@dataclass(frozen=True)
class PathVertices:
    """Which frames of a track its path is drawn through, in the order of the layer; all are int [N].

    Attributes
    ----------
    stretch : int [N]
        Number of the uninterrupted stretch.
    frame, animal : int [N]
        Of each vertex.
    """

    stretch: NDArray[np.intp]
    frame: NDArray[np.intp]
    animal: NDArray[np.intp]

    def xy(self, track: Track) -> NDArray[np.float64]:
        """Return x, y of the vertices in a track, [N, 2]."""
        points: NDArray[np.float64] = track.keypoints_xy[self.frame, self.animal, track.skeleton.centre]
        return points


def path_vertices(track: Track) -> PathVertices:
    """Choose the frames that are drawn: of a long film every n-th, and the ends of each stretch.

    There are at most `MAX_PATH` vertices and the ends: each costs time at every step.
    """
    parts = []
    n_stretches = 0
    for animal in range(len(track.animals)):
        frame = np.flatnonzero(are_finite(track.path_xy(animal)))
        if len(frame) == 0:
            continue
        stretch = n_stretches + np.cumsum(np.diff(frame, prepend=frame[0]) > 1)
        n_stretches = int(stretch[-1]) + 1
        drawn = _thinned(stretch, MAX_PATH // len(track.animals))
        parts.append(np.stack([stretch[drawn], frame[drawn], np.full(len(drawn), animal)]))
    return PathVertices(*(np.concatenate(parts, axis=1) if parts else np.zeros((3, 0), np.intp)))


def _thinned(stretch: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return which of the positions [N] of a path to draw, about `most`: every n-th, and the ends of each stretch."""
    every = -(-len(stretch) // most)
    is_end = np.concatenate([[True], np.diff(stretch) != 0]) | np.concatenate([np.diff(stretch) != 0, [True]])
    return np.flatnonzero(is_end | (np.arange(len(stretch)) % every == 0))


def path_layer(track: Track, name: str, film_id: str) -> LayerData | None:
    """Return the smoothed path of each animal's centre as one Tracks layer; None where there is none.

    Its features are those of `path_features`, and ``quadrant``, which is 0 until an arena is known. Each uninterrupted
    stretch is a track of its own, so that no line is drawn across a gap.
    """
    vertices = path_vertices(track)
    if len(vertices.frame) == 0:
        return None
    data = np.column_stack([vertices.stretch, frame_xy_to_napari(vertices.frame, vertices.xy(track))])
    arguments = {
        "name": f"{name} path",
        "features": {**path_features(track, vertices), "quadrant": np.zeros(len(data), np.int64)},
        "color_by": path_feature(PathColour.TIME, len(track.animals)),
        "colormap": "turbo",
        "colormaps_dict": {"quadrant": DirectLabelColormap(color_dict=QUADRANT_COLOURS)},
        "blending": "translucent",
        "tail_length": track.n_frames,  # the whole swim is seen, wherever the slider stands
        "head_length": track.n_frames,
        "tail_width": 3,
        "axis_labels": FILM_AXES,
        "metadata": metadata_of(PATH, film_id),
    }
    return data, arguments, "tracks"


def path_features(track: Track, vertices: PathVertices) -> dict[str, NDArray[np.float64] | NDArray[np.intp]]:
    """Return by what a path can be coloured: ``animal``, ``time_s``, ``speed_px_s`` and ``sigma_px``, [N] each."""
    sigma_px = track.sigma_px[vertices.frame, vertices.animal, track.skeleton.centre]
    return {
        "animal": vertices.animal,
        "time_s": track.time_s[vertices.frame],
        "speed_px_s": _speed(vertices.xy(track), track.time_s[vertices.frame], vertices.stretch),
        "sigma_px": np.nan_to_num(sigma_px),
    }


def path_feature(colour: PathColour, n_animals: int) -> str:
    """Return the feature of a path that stands for a colour; with several animals time stands for the animal."""
    names = {PathColour.SPEED: "speed_px_s", PathColour.SIGMA: "sigma_px", PathColour.QUADRANT: "quadrant"}
    return names.get(colour, "time_s" if n_animals == 1 else "animal")


def _speed(xy: NDArray[np.float64], time_s: NDArray[np.float64], stretch: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the speed along each stretch of a path, pixels a second; 0 where a stretch is one frame."""
    at = np.arange(len(xy))
    before = np.where(np.diff(stretch, prepend=-1) == 0, at - 1, at)
    after = np.where(np.diff(stretch, append=-1) == 0, at + 1, at)
    step_s = np.maximum(time_s[after] - time_s[before], 1e-6)
    speed: NDArray[np.float64] = np.hypot(*(xy[after] - xy[before]).T) / step_s
    return speed
