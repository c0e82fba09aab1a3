"""Time and path in the quadrants of the probe, every animal as a point."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from napari_mazetrack.experiment.figures.figure_data import FigureData
from napari_mazetrack.experiment.figures.points import draw_mean_sd, draw_points, offset_of
from napari_mazetrack.experiment.figures.style import TWO_COLUMNS_MM, legend_above, new_figure
from napari_mazetrack.maze.measures.quadrant_use import AREA_SHARE
from napari_mazetrack.maze.quadrants import ROLES

_PANELS = {"time_s": "time in the quadrant (s)", "path_cm": "displacement in the quadrant (cm)"}


def draw_quadrants(data: FigureData) -> Figure | None:
    """Draw time and displacement (path) in the target, opposite, left and right quadrant of the whole probe.

    The dashed line is what an even use of the pool's area would give.
    """
    if data.day_means("quadrant_target_time_s", "probe").empty:
        return None
    figure = new_figure(TWO_COLUMNS_MM, 70)
    panels = figure.subplots(1, 2)
    for axes, (what, label) in zip(panels, _PANELS.items(), strict=True):
        _draw_panel(axes, data, what)
        axes.set_ylabel(label)
    legend_above(figure, panels[0], len(data.groups) + 1)
    return figure


def _draw_panel(axes: Axes, data: FigureData, what: str) -> None:
    by_role = [data.day_means(f"quadrant_{role}_{what}", "probe") for role in ROLES]
    even = AREA_SHARE * sum(float(means.groupby("animal")["mean"].mean().mean()) for means in by_role)
    axes.axhline(even, color="0.5", linewidth=0.8, linestyle="--", label="share of the area", zorder=0)
    for group in data.groups:
        cells = [m[m["group"] == group].groupby("animal")["mean"].mean().to_numpy(float) for m in by_role]
        at = np.arange(float(len(ROLES))) + offset_of(data, group)
        for x, cell in zip(at, cells, strict=True):
            draw_points(axes, data, group, x, cell)
        draw_mean_sd(axes, data, group, at, cells, linestyle="none")
    axes.set_xticks(np.arange(len(ROLES)), ROLES)
    axes.set_ylim(bottom=0)
