"""Every animal as a point, and beside them the mean ± SD over animals."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from napari_mazetrack.experiment.figures.figure_data import FigureData, group_name
from napari_mazetrack.experiment.figures.style import group_colour, group_marker

#: Width over which the animals of one group are spread at one place.
_SPREAD = 0.16


def offset_of(data: FigureData, group: str, width: float = 0.6) -> float:
    """Return how far beside a place the points of a group stand, so that groups do not hide each other."""
    groups = data.groups
    return (groups.index(group) - (len(groups) - 1) / 2) * width / max(len(groups), 1)


def draw_points(axes: Axes, data: FigureData, group: str, x: float, values: NDArray[np.float64]) -> None:
    """Draw the animals of a group at a place; spread evenly in the order of their values, never at random."""
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    spread = (order % 4 - 1.5) / 4 * _SPREAD
    colour = group_colour(data.groups, group)
    axes.plot(
        x + spread,
        values,
        group_marker(data.groups, group),
        color=colour,
        alpha=0.45,
        markersize=2.4,
        markeredgewidth=0,
    )


def draw_mean_sd(
    axes: Axes,
    data: FigureData,
    group: str,
    x: NDArray[np.float64],
    cells: list[NDArray[np.float64]],
    linestyle: str = "-",
) -> None:
    """Draw mean ± SD of each cell's animals; no bar where there is one animal, nothing where there is none."""
    mean = np.array([cell.mean() if len(cell) else np.nan for cell in cells])
    sd = np.array([cell.std(ddof=1) if len(cell) > 1 else np.nan for cell in cells])
    axes.errorbar(
        x,
        mean,
        sd,
        color=group_colour(data.groups, group),
        marker=group_marker(data.groups, group),
        markersize=3.6,
        capsize=2,
        elinewidth=0.8,
        label=group_name(group),
        zorder=3,
        linestyle=linestyle,
    )
