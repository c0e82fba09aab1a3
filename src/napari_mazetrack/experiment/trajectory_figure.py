"""Paths drawn on their arenas: pool, quadrants with their numbers, platform, and the swim coloured by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.files import atomic_path
from napari_mazetrack.maze.arena import Arena, Platform
from napari_mazetrack.maze.calibration import ellipse_outline
from napari_mazetrack.maze.quadrants import quadrant_label_positions, quadrant_polygons

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL_INCHES = 3.4
_LINE = "0.55"
#: Colour-blind safe and dark enough on white: the path runs through it from release to end.
_PATH_COLOURS = "viridis"


@dataclass(frozen=True)
class TrajectoryPanel:
    """One swim to be drawn.

    Attributes
    ----------
    title : str
        Stands above the panel.
    arena : Arena
        In the units of the path.
    path_xy : float64 [T, 2]
        Positions; NaN where missing: no line is drawn across a gap.
    time_s : float64 [T]
        Their times.
    caption : str
        Stands below the panel.
    """

    title: str
    arena: Arena
    path_xy: NDArray[np.float64]
    time_s: NDArray[np.float64]
    caption: str = ""


def draw_trajectory(axes: Axes, panel: TrajectoryPanel) -> None:
    """Draw one swim on `axes`, the way it looks on the screen (y axis as the arena says)."""
    from matplotlib.collections import LineCollection

    _draw_arena(axes, panel.arena)
    segments = np.stack([panel.path_xy[:-1], panel.path_xy[1:]], axis=1)  # [T - 1, 2, 2]
    is_known = np.isfinite(segments).all(axis=(1, 2))
    lines = LineCollection(list(segments[is_known]), cmap=_PATH_COLOURS, linewidths=1.3, capstyle="round")
    lines.set_array(panel.time_s[1:][is_known])
    axes.add_collection(lines)
    known = panel.path_xy[np.isfinite(panel.path_xy).all(axis=1)]
    if len(known):
        axes.plot(*known[0], "o", color="white", markeredgecolor="black", markersize=6)
        axes.plot(*known[-1], "s", color="black", markersize=5)
    axes.set_title(panel.title, fontsize=10)
    axes.text(0.5, -0.03, panel.caption, transform=axes.transAxes, ha="center", va="top", fontsize=8)


def save_trajectory_figure(panels: Sequence[TrajectoryPanel], path: Path, *, overwrite: bool = False) -> None:
    """Draw the panels side by side into one file; its ending (png, svg, pdf) chooses the format.

    Raises
    ------
    MazetrackError
        The file exists and may not be overwritten, or cannot be written.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(
        figsize=(PANEL_INCHES * len(panels), PANEL_INCHES + 0.5), layout=ConstrainedLayoutEngine(h_pad=0.02, w_pad=0.02)
    )
    FigureCanvasAgg(figure)
    for panel, axes in zip(panels, figure.subplots(1, len(panels), squeeze=False)[0], strict=True):
        draw_trajectory(axes, panel)
    # Fixed salt and no date: the same panels give the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "mazetrack"}), atomic_path(path, overwrite=overwrite) as temporary:
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(temporary, dpi=200, metadata=metadata)


def _draw_arena(axes: Axes, arena: Arena) -> None:
    for polygon in quadrant_polygons(arena):
        axes.plot(*np.vstack([polygon, polygon[:1]]).T, color="0.85", linewidth=0.8, zorder=0)
    outline = ellipse_outline(arena.pool, 181)
    axes.plot(*np.vstack([outline, outline[:1]]).T, color=_LINE, linewidth=1.5, zorder=0.5)
    for number, (x, y) in enumerate(quadrant_label_positions(arena), start=1):
        axes.text(x, y, str(number), color="0.8", fontsize=16, ha="center", va="center", zorder=0)
    for platform in arena.platforms.values():
        corners = platform_outline(platform)
        axes.fill(*corners.T, facecolor="#f0b27a66", edgecolor="#b9770e", linewidth=1.0, zorder=0.6)
    axes.set_aspect("equal")
    margin = 0.04 * max(arena.pool.rx, arena.pool.ry)
    (x0, y0), (x1, y1) = outline.min(axis=0) - margin, outline.max(axis=0) + margin
    axes.set_xlim(x0, x1)
    axes.set_ylim((y1, y0) if arena.y_axis == "down" else (y0, y1))
    axes.axis("off")


def platform_outline(platform: Platform) -> NDArray[np.float64]:
    """Corners [P, 2] of a platform's outline, for drawing."""
    if platform.shape == "polygon":
        return np.array(platform.points)
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    return np.stack([platform.cx + platform.r * np.cos(turn), platform.cy + platform.r * np.sin(turn)], axis=1)
