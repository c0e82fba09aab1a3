"""Arenas, and marks of a moment, as napari layers: values in, layer data out; nothing here knows a viewer.

What does not move is drawn in still 2-D layers: that is what stays fast on long films.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.calibration import ellipse_outline
from napari_mazetrack.maze.quadrants import quadrant_polygons
from napari_mazetrack.widgets.convert import frame_xy_to_napari, xy_to_napari
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, FILM_ID, LayerData

#: Key in a layer's metadata that says what it shows; with the film's identity it finds the layer again.
ROLE = "mazetrack_role"
KEYPOINTS, PATH, POOL, PLATFORM, QUADRANTS = "keypoints", "path", "pool", "platform", "quadrants"
LABELS, PROPOSED, DRAGGED, HANDLES, LIT = "labels", "proposed", "dragged", "handles", "lit"
NOW, STARTS, SCALE = "now", "starts", "scale"
#: What these show is stored elsewhere: napari's own tools must not change them.
LOCKED = frozenset({KEYPOINTS, PATH, POOL, PLATFORM, QUADRANTS, DRAGGED, HANDLES, LIT, NOW, STARTS, SCALE})

#: Colours that colour-blind people can tell apart (Okabe and Ito 2008); the shapes differ too.
KEYPOINT_COLOURS = ("#e69f00", "#56b4e9", "#cc79a7", "#009e73", "#f0e442", "#0072b2", "#d55e00")
KEYPOINT_SYMBOLS = ("triangle_up", "disc", "square", "diamond", "star", "cross", "x")
POOL_COLOUR = "#56b4e9"
PLATFORM_COLOUR = "#d55e00"
#: A platform of other trials.
OTHER_PLATFORM_COLOUR = "#8c510a"
QUADRANT_COLOUR = "#0072b2"
#: Drawn size of a keypoint relative to the film's height.
KEYPOINT_SIZE = 1 / 55
#: Drawn width of an outline relative to the pool's radius: widths are in film pixels.
EDGE_WIDTH = 1 / 120
_N_OUTLINE = 120
#: Colour of the frames that a measure comes from, and the most points that show them.
LIT_COLOUR = "#f0e442"
MAX_LIT = 3000


def arena_layers(arena: Arena, name: str, film_id: str, platform: str = "") -> list[LayerData]:
    """Return pool, platforms and the four numbered quadrants as still Shapes layers.

    `platform` names the trial's, on which quadrants are centred that follow it; empty: the first. Several have their
    names beside them, and those that are not the trial's are brown.

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
    outlines = [xy_to_napari(outline) for outline in quadrant_polygons(arena, platform)]
    quadrants = _shapes(outlines, f"{name} quadrants", QUADRANT_COLOUR, metadata_of(QUADRANTS, film_id))
    quadrants[1]["features"] = {"quadrant": np.arange(1, len(outlines) + 1)}
    quadrants[1]["text"] = {
        "string": "{quadrant}",
        "size": 18,
        "color": QUADRANT_COLOUR,
        "anchor": "center",
    }
    pool = [xy_to_napari(ellipse_outline(arena.pool, _N_OUTLINE))]
    layers = [quadrants, _shapes(pool, f"{name} pool", POOL_COLOUR, metadata_of(POOL, film_id))]
    if arena.platforms:
        layers.append(_platforms(arena, name, film_id, platform))
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


def _platforms(arena: Arena, name: str, film_id: str, trials: str) -> LayerData:
    outlines = [xy_to_napari(_platform_outline(platform)) for platform in arena.platforms.values()]
    layer = _shapes(outlines, f"{name} platform", PLATFORM_COLOUR, metadata_of(PLATFORM, film_id))
    names = list(arena.platforms)
    layer[1]["features"] = {"platform": np.asarray(names)}
    if len(names) > 1:
        colours = [PLATFORM_COLOUR if one == trials or not trials else OTHER_PLATFORM_COLOUR for one in names]
        layer[1]["edge_color"] = colours
        above = -0.2 * max(platform.r for platform in arena.platforms.values())
        layer[1]["text"] = {
            "string": "{platform}",
            "size": 12,
            "color": PLATFORM_COLOUR,
            "anchor": "upper_left",
            "translation": [above, 0.0],
        }
    return layer


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


def metadata_of(role: str, film_id: str) -> dict[str, Any]:
    """Return the metadata by which a layer of a film is found again."""
    return {ROLE: role, FILM_ID: film_id}
