"""Tracks and arenas as napari layers: values in, layer data out; nothing here knows a viewer.

One Points layer holds all keypoints of all frames, one Tracks layer the path of each animal's centre, and the arena
is drawn in still 2-D Shapes layers: that is what stays fast on long films.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.calibration import ellipse_outline
from napari_mazetrack.maze.quadrants import quadrant_polygons
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.widgets.convert import frame_xy_to_napari, xy_to_napari
from napari_mazetrack.widgets.film_layer import FILM_AXES, FILM_ID, LayerData

#: Key in a layer's metadata that says what it shows; with the film's identity it finds the layer again.
ROLE = "mazetrack_role"
KEYPOINTS, PATH, POOL, PLATFORM, QUADRANTS = "keypoints", "path", "pool", "platform", "quadrants"
LABELS, PROPOSED, DRAGGED, HANDLES, LIT = "labels", "proposed", "dragged", "handles", "lit"

#: Keys in the metadata of the keypoints: which keypoint of which animal each point is, and its `Source`, as numbers.
WHICH, SOURCES = "mazetrack_which", "mazetrack_sources"

#: Colours that colour-blind people can tell apart (Okabe and Ito 2008); the shapes differ too.
KEYPOINT_COLOURS = ("#e69f00", "#56b4e9", "#cc79a7", "#009e73", "#f0e442", "#0072b2", "#d55e00")
KEYPOINT_SYMBOLS = ("triangle_up", "disc", "square", "diamond", "star", "cross", "x")
POOL_COLOUR = "#56b4e9"
PLATFORM_COLOUR = "#d55e00"
QUADRANT_COLOUR = "#0072b2"
#: Drawn size of a keypoint relative to the film's height.
KEYPOINT_SIZE = 1 / 55
#: Drawn width of an outline relative to the pool's radius: widths are in film pixels.
EDGE_WIDTH = 1 / 120
_N_OUTLINE = 120
#: Vertices of all paths together, but for the ends of their stretches.
MAX_PATH = 10_000
#: Colour of the frames that a measure comes from, and the most points that show them.
LIT_COLOUR = "#f0e442"
MAX_LIT = 3000


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


def keypoints_layer(track: Track, name: str, film_id: str) -> LayerData | None:
    """Return all keypoints of a track as one Points layer, without the missing ones; None where there are none.

    Its features are ``keypoint`` and ``animal`` (names) and ``source`` (as in the tracks' files). A point that was
    interpolated is hollow, one that a person put right has a white ring.
    """
    found = np.isfinite(track.keypoints_xy).all(axis=-1)  # [T, A, n_keypoints]
    if not found.any():
        return None
    frame, animal, keypoint = np.nonzero(found)
    # In columns: napari looks for the least and the largest of each at every step.
    data = np.asfortranarray(frame_xy_to_napari(frame, track.keypoints_xy[found]))
    names = track.skeleton.keypoints
    face, border = _point_colours(keypoint, track.source[frame, animal])
    arguments = {
        "name": f"{name} keypoints",
        "features": {  # categories: a text for each point of a long film is slow
            "keypoint": pd.Categorical.from_codes(keypoint, pd.Index(names)),
            "animal": pd.Categorical.from_codes(animal, pd.Index(track.animals)),
            "source": pd.Categorical.from_codes(track.source[frame, animal], pd.Index(_source_names())),
        },
        "face_color": face,
        "symbol": np.asarray(KEYPOINT_SYMBOLS)[keypoint % len(KEYPOINT_SYMBOLS)],
        "border_color": border,
        "border_width": 0.15,
        "size": max(3.0, KEYPOINT_SIZE * float(track.attributes.get("film_height", 480))),
        "ndim": 3,
        "opacity": 0.9,
        "axis_labels": FILM_AXES,
        "metadata": {
            **_metadata(KEYPOINTS, film_id),
            WHICH: animal * len(names) + keypoint,
            SOURCES: track.source[frame, animal],
        },
    }
    return data, arguments, "points"


def _point_colours(
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


def path_layer(track: Track, name: str, film_id: str) -> LayerData | None:
    """Return the smoothed path of each animal's centre as one Tracks layer; None where there is none.

    Of a long film every n-th frame is drawn, so that there are at most `MAX_PATH` vertices: each costs time at every
    step. Its features, by which it can be coloured, are ``animal``, ``time_s``, ``speed_px_s`` and ``sigma_px``. Each
    uninterrupted stretch is a track of its own, so that no line is drawn across a gap.
    """
    vertices, animals, speeds, sigmas = [], [], [], []
    n_stretches = 0
    for animal in range(len(track.animals)):
        path = track.path_xy(animal)
        frame = np.flatnonzero(np.isfinite(path).all(axis=1))
        if len(frame) == 0:
            continue
        stretch = n_stretches + np.cumsum(np.diff(frame, prepend=frame[0]) > 1)
        n_stretches = int(stretch[-1]) + 1
        drawn = _thinned(stretch, MAX_PATH // len(track.animals))
        frame, stretch = frame[drawn], stretch[drawn]
        vertices.append(np.column_stack([stretch, frame_xy_to_napari(frame, path[frame])]))
        animals.append(np.full(len(frame), animal))
        speeds.append(_speed(path[frame], track.time_s[frame], stretch))
        sigmas.append(track.sigma_px[frame, animal, track.skeleton.centre])
    if not vertices:
        return None
    data = np.concatenate(vertices)
    arguments = {
        "name": f"{name} path",
        "features": {
            "animal": np.concatenate(animals),
            "time_s": track.time_s[data[:, 1].astype(np.intp)],
            "speed_px_s": np.concatenate(speeds),
            "sigma_px": np.nan_to_num(np.concatenate(sigmas)),
        },
        "color_by": "time_s" if len(track.animals) == 1 else "animal",
        "colormap": "turbo",
        "blending": "translucent",
        "tail_length": track.n_frames,  # the whole swim is seen, wherever the slider stands
        "head_length": track.n_frames,
        "tail_width": 3,
        "axis_labels": FILM_AXES,
        "metadata": _metadata(PATH, film_id),
    }
    return data, arguments, "tracks"


def _thinned(stretch: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return which of the positions [N] of a path to draw, about `most`: every n-th, and the ends of each stretch."""
    every = -(-len(stretch) // most)
    is_end = np.concatenate([[True], np.diff(stretch) != 0]) | np.concatenate([np.diff(stretch) != 0, [True]])
    return np.flatnonzero(is_end | (np.arange(len(stretch)) % every == 0))


def _speed(xy: NDArray[np.float64], time_s: NDArray[np.float64], stretch: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the speed along each stretch of a path, pixels a second; 0 where a stretch is one frame."""
    speed = np.zeros(len(xy))
    for one in np.split(np.arange(len(xy)), np.flatnonzero(np.diff(stretch)) + 1):
        if len(one) > 1:
            step = np.maximum(np.gradient(time_s[one]), 1e-6)
            speed[one] = np.hypot(*np.gradient(xy[one], axis=0).T) / step
    return speed


def arena_layers(arena: Arena, name: str, film_id: str) -> list[LayerData]:
    """Return pool, platforms and the four numbered quadrants as still Shapes layers.

    Raises
    ------
    MazetrackError
        The arena is not in film pixels, so that it cannot be drawn on the film.
    """
    if arena.units != "px" or arena.y_axis != "down":
        raise MazetrackError(
            "The arena is not in the film's pixels (y down), so it cannot be drawn on it. "
            "Choose an arena file made for this film, or press Find the pool."
        )
    outlines = [xy_to_napari(outline) for outline in quadrant_polygons(arena)]
    quadrants = _shapes(outlines, f"{name} quadrants", QUADRANT_COLOUR, _metadata(QUADRANTS, film_id))
    quadrants[1]["features"] = {"quadrant": np.arange(1, len(outlines) + 1)}
    quadrants[1]["text"] = {
        "string": "{quadrant}",
        "size": 18,
        "color": QUADRANT_COLOUR,
        "anchor": "center",
    }
    pool = [xy_to_napari(ellipse_outline(arena.pool, _N_OUTLINE))]
    layers = [quadrants, _shapes(pool, f"{name} pool", POOL_COLOUR, _metadata(POOL, film_id))]
    if arena.platforms:
        platforms = [xy_to_napari(_platform_outline(platform)) for platform in arena.platforms.values()]
        layer = _shapes(platforms, f"{name} platform", PLATFORM_COLOUR, _metadata(PLATFORM, film_id))
        layer[1]["features"] = {"platform": np.asarray(list(arena.platforms))}
        layers.append(layer)
    for _, arguments, _ in layers:
        arguments["edge_width"] = EDGE_WIDTH * (arena.pool.rx + arena.pool.ry) / 2
    return layers


def _shapes(outlines: list[NDArray[np.float64]], name: str, colour: str, metadata: dict[str, Any]) -> LayerData:
    arguments = {
        "name": name,
        "shape_type": "polygon",
        "face_color": "transparent",
        "edge_color": colour,
        "opacity": 0.8,
        "axis_labels": FILM_AXES[1:],
        "metadata": metadata,
    }
    return outlines, arguments, "shapes"


def _platform_outline(platform: Platform) -> NDArray[np.float64]:
    if platform.shape == "polygon":
        return np.asarray(platform.points, np.float64)
    return ellipse_outline(Ellipse(platform.cx, platform.cy, platform.r, platform.r), _N_OUTLINE)


def dragged_layer(frame_index: int, xy: tuple[float, float], film_height: int) -> LayerData:
    """Return the layer of the one point that is being dragged."""
    arguments = {
        "name": "dragged point",
        "size": max(3.0, KEYPOINT_SIZE * film_height),
        "face_color": "transparent",
        "border_color": "white",
        "border_width": 0.2,
        "axis_labels": FILM_AXES,
        "metadata": {ROLE: DRAGGED},
    }
    return frame_xy_to_napari([frame_index], [xy]), arguments, "points"


def handles_layer(xy: NDArray[np.float64], film_height: int) -> LayerData:
    """Return the layer of the handles by which pool and platforms are moved, x, y [H, 2]."""
    arguments = {
        "name": "handles",
        "size": max(3.0, KEYPOINT_SIZE * film_height),
        "symbol": "diamond",
        "face_color": "white",
        "border_color": PLATFORM_COLOUR,
        "border_width": 0.2,
        "axis_labels": FILM_AXES[1:],
        "metadata": {ROLE: HANDLES},
    }
    return xy_to_napari(xy), arguments, "points"


def lit_layer(xy: NDArray[np.float64], film_height: int) -> LayerData:
    """Return the still layer of the places that a measure comes from, x, y [F, 2]; thinned where there are many."""
    step = -(-len(xy) // MAX_LIT) or 1
    arguments = {
        "name": "frames of the measure",
        "size": max(2.0, KEYPOINT_SIZE * film_height / 2),
        "face_color": LIT_COLOUR,
        "border_width": 0.0,
        "opacity": 0.7,
        "axis_labels": FILM_AXES[1:],
        "metadata": {ROLE: LIT},
    }
    return xy_to_napari(xy[::step]), arguments, "points"


def _source_names() -> list[str]:
    return [source.name.lower() for source in sorted(Source)]


def _metadata(role: str, film_id: str) -> dict[str, Any]:
    return {ROLE: role, FILM_ID: film_id}
