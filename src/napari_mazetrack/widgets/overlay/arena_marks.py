"""Start positions and a scale as still napari layers: values in, layer data out; nothing here knows a viewer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.calibration import maze_plane
from napari_mazetrack.widgets.convert import xy_to_napari
from napari_mazetrack.widgets.films.film_layer import FILM_AXES, LayerData
from napari_mazetrack.widgets.overlay.overlays import EDGE_WIDTH, QUADRANT_COLOUR, SCALE, STARTS, metadata_of

START_COLOUR = "#e69f00"
#: The bar is the longest of these that is at most this share of the pool's diameter.
LENGTHS_CM, LONGEST = (1, 2, 5, 10, 20, 50, 100, 200), 0.25
#: Where it begins, as a share of the picture's width and height.
CORNER = (0.04, 0.95)


def starts_layer(arena: Arena, name: str, film_id: str) -> LayerData | None:
    """Return the named start positions of an arena in film pixels as a Points layer; None where it names none."""
    if not arena.starts or arena.units != "px" or arena.y_axis != "down":
        return None
    arguments = {
        "name": f"{name} starts",
        "features": {"start": np.asarray(list(arena.starts))},
        "text": {"string": "{start}", "size": 12, "color": START_COLOUR, "anchor": "upper_left"},
        "size": 8 * EDGE_WIDTH * (arena.pool.rx + arena.pool.ry) / 2,
        "symbol": "diamond",
        "face_color": START_COLOUR,
        "border_color": "black",
        "axis_labels": FILM_AXES[1:],
        "metadata": metadata_of(STARTS, film_id),
    }
    return xy_to_napari(list(arena.starts.values())), arguments, "points"


def scale_layer(arena: Arena, film_hw: Sequence[int], name: str, film_id: str) -> LayerData | None:
    """Return a bar in the lower left of a picture [H, W] with its length; None where the arena gives no centimetres.

    It is a layer and not napari's own scale bar: a film's layer has no unit, since its first axis counts frames. It
    holds along the picture's rows, at the centre of the pool.
    """
    if arena.diameter_cm is None or arena.units != "px":
        return None
    plane = maze_plane(arena)
    x, y = plane.source(plane.centre_cm).tolist()
    cm_per_px = float(np.hypot(*(plane.cm([x + 0.5, y]) - plane.cm([x - 0.5, y]))))
    length_cm = max((one for one in LENGTHS_CM if one <= LONGEST * arena.diameter_cm), default=LENGTHS_CM[0])
    left, below = CORNER[0] * film_hw[1], CORNER[1] * film_hw[0]
    bar = [(left, below), (left + length_cm / cm_per_px, below)]
    arguments = {
        "name": f"{name} scale",
        "shape_type": "line",
        "features": {"length": [f"{length_cm} cm"]},
        "text": {
            "string": "{length}",
            "size": 12,
            "color": QUADRANT_COLOUR,
            "anchor": "center",
            "translation": [-0.03 * film_hw[0], 0],
        },
        "edge_color": QUADRANT_COLOUR,
        "edge_width": 2 * EDGE_WIDTH * (arena.pool.rx + arena.pool.ry) / 2,
        "axis_labels": FILM_AXES[1:],
        "metadata": metadata_of(SCALE, film_id),
    }
    return [xy_to_napari(bar)], arguments, "shapes"
