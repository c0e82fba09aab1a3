"""Fixtures of the maze's tests: arenas that are easy to reckon with."""

from __future__ import annotations

import pytest

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform


@pytest.fixture
def cm_arena() -> Arena:
    """A pool of radius 100 cm round (100, 100), y up, platform of radius 10 at (150, 150): in quadrant 4."""
    return Arena(
        Ellipse(100.0, 100.0, 100.0, 100.0),
        units="cm",
        y_axis="up",
        platforms={"north-east": Platform("circle", 150.0, 150.0, 10.0)},
    )


@pytest.fixture
def px_arena() -> Arena:
    """An oblique pool in a film of 720 × 720, 120 cm wide."""
    return Arena(
        Ellipse(380.6, 315.1, 268.8, 259.9, 127.1),
        diameter_cm=120.0,
        platforms={"platform": Platform("circle", 510.5, 323.5, 30.0)},
        starts={"W": (115.0, 310.0)},
    )
