"""Dry arenas: boxes and round open fields, so that a detector does not learn that animals are always wet."""

from __future__ import annotations

import numpy as np

from napari_mazetrack.simulator.canvas import (
    Luma,
    Points,
    Stencil,
    blend,
    blur,
    ellipse_points,
    soft_noise,
    window_around,
)
from napari_mazetrack.simulator.pool import Background, radial_light
from napari_mazetrack.simulator.surroundings import add_shape, paint_surroundings


def paint_open_field(rng: np.random.Generator, shape: tuple[int, int], floor_luma: float) -> tuple[Background, Points]:
    """Return an empty dry arena and the outline [P, 2] of its floor in pixels."""
    height, width = shape
    size = np.array([width, height]) * rng.uniform(0.62, 1.1)
    centre = np.array([width, height]) * rng.uniform(0.42, 0.58, 2)
    if rng.random() < 0.5:
        radius = float(min(size)) / 2
        floor = ellipse_points(centre, (radius, radius * rng.uniform(0.9, 1.0)), rng.uniform(0, 3), 72)
    else:
        corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * size
        corners = corners * rng.uniform(0.92, 1.0, (4, 2))
        a = rng.choice([rng.normal(0, 0.04), rng.uniform(0, np.pi)], p=[0.8, 0.2])
        turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        floor = corners @ turn + centre
    picture = paint_surroundings(rng, shape, (float(centre[0]), float(centre[1])))
    full = window_around(np.array([[0, 0], [width - 1, height - 1]]), 0).clip(shape)
    wall_size = rng.uniform(1.0, 1.25)
    wall_outline = (floor - centre) * wall_size + centre + rng.uniform(-0.03, 0.03, 2) * size
    for outline, tone in ((wall_outline, rng.uniform(15, 230)), (floor, floor_luma)):
        mask = Stencil(full, 1)
        mask.polygon(outline)
        shade = np.float32(tone) + np.float32(rng.uniform(1, 10)) * soft_noise(rng, shape, rng.uniform(20, 150))
        blend(picture, full, blur(mask.array(), rng.uniform(0.5, 1.5)), shade)
    _add_lines(rng, picture, floor)
    picture *= radial_light(rng, shape, rng.uniform(0, 0.9))
    if rng.random() < 0.4:
        picture += np.float32(rng.uniform(1, 6)) * soft_noise(rng, shape, rng.uniform(2, 5))
    nothing = np.zeros(shape, dtype=np.float32)
    return Background(luma=picture.astype(np.float32), cover=nothing, reflector=nothing), floor


def _add_lines(rng: np.random.Generator, picture: Luma, floor: Points) -> None:
    """Add seams, stains and objects to the floor."""
    low, high = floor.min(axis=0), floor.max(axis=0)
    for _ in range(int(rng.integers(0, 5))):
        n = int(rng.integers(2, 6))
        line = rng.uniform(low, high, (n, 2))
        window = window_around(line, 3).clip((picture.shape[0], picture.shape[1]))
        mask = Stencil(window, 1)
        mask.line(line, [rng.uniform(1, 4)] * n)
        blend(picture, window, blur(mask.array(), 0.7) * np.float32(rng.uniform(0.05, 0.5)), float(rng.uniform(0, 255)))
    for _ in range(int(rng.integers(0, 3))):
        add_shape(rng, picture, rng.uniform(low, high), rng.uniform(0.01, 0.06) * max(picture.shape), (1.0, 0.0))
