"""The arena of a film: pool, platforms, starts, quadrants, and the way from pixels to centimetres."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SCHEMA = 1


@dataclass(frozen=True)
class Ellipse:
    """The waterline: centre, half axes (rx along `angle_deg`, ry across), in the arena's units."""

    cx: float
    cy: float
    rx: float
    ry: float
    angle_deg: float = 0.0


@dataclass(frozen=True)
class Platform:
    """A platform: a circle (centre and radius) or a polygon (points [P, 2]), in the arena's units.

    Attributes
    ----------
    shape : {"circle", "polygon"}
        What it is.
    cx, cy, r : float
        Centre and radius of a circle; for a polygon its centroid and the radius of the circle of equal area.
    points : tuple of (x, y)
        Corners of a polygon; empty for a circle.
    """

    shape: Literal["circle", "polygon"]
    cx: float
    cy: float
    r: float
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Arena:
    """Where the maze lies in the film (``interfaces.md``: arena.json, schema 1).

    Attributes
    ----------
    units : {"px", "cm"}
        Units of every coordinate below.
    pool : Ellipse
        The waterline.
    diameter_cm : float or None
        Diameter of the pool in the plane of the water; None means that nothing can be given in centimetres.
    image_to_cm : float64 [3, 3] or None
        A homography from film pixels to centimetres where one is known; None means the affine map that takes the
        ellipse to a circle of `diameter_cm`.
    y_axis : {"down", "up"}
        Direction of y in the source.
    mirrored : bool
        The film shows the pool in a mirror.
    north_deg : float or None
        Direction of north, counter-clockwise from the x axis as seen on the screen.
    platforms, starts : dict
        By name.
    quadrant_frame : {"image", "platform"}
        Quadrants counted in the picture, or centred on the platform.
    quadrant_angle_deg : float
        Rotation of the quadrants' borders, counter-clockwise on the screen.
    """

    pool: Ellipse
    units: Literal["px", "cm"] = "px"
    diameter_cm: float | None = None
    image_to_cm: NDArray[np.float64] | None = None
    y_axis: Literal["down", "up"] = "down"
    mirrored: bool = False
    north_deg: float | None = None
    platforms: dict[str, Platform] = field(default_factory=dict)
    starts: dict[str, tuple[float, float]] = field(default_factory=dict)
    quadrant_frame: Literal["image", "platform"] = "image"
    quadrant_angle_deg: float = 0.0
