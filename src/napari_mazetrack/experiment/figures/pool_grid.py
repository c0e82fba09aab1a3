"""Paths drawn on their pools, in rows and columns with headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from numpy.typing import NDArray

from napari_mazetrack.experiment.drawn_swim import DrawnSwim
from napari_mazetrack.experiment.figures.style import PAGE_MM, TWO_COLUMNS_MM, new_figure

#: From one pool's centre to the next, in pool radii.
_PITCH = 2.15
_LABEL_MM, _MAX_CELL_MM, _MIN_CELL_MM = 20.0, 45.0, 9.0
_HEADING_MM, _NO_HEADING_MM, _CAPTION_MM = 9.0, 1.0, 3.0
_POOL, _BORDER = "0.45", "0.88"
_PLATFORM, _PLATFORM_EDGE = "#F0B27A", "#8A5A0B"
#: The trials of a cell, one after the other; light ones come late.
PATH_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


@dataclass(frozen=True)
class PoolGrid:
    """What is drawn.

    Attributes
    ----------
    rows, columns : sequence of (key, heading)
        In order; headings are drawn, keys only tell cells apart.
    cells : mapping of (row, column) to swims
        Several swims of a cell lie over each other.
    captions : mapping of (row, column) to text
        Small words below a pool.
    flagged : set of str
        Trials drawn dotted and grey.
    doubtful : set of str
        Trials with a question mark in the colour of their path.
    """

    rows: Sequence[tuple[str, str]]
    columns: Sequence[tuple[str, str]]
    cells: Mapping[tuple[str, str], Sequence[DrawnSwim]]
    captions: Mapping[tuple[str, str], str]
    flagged: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()


def draw_pool_grid(grid: PoolGrid) -> Figure:
    """Draw a grid of pools; as wide as two columns of a journal at most, and no higher than its page if it can be."""
    n_rows, n_columns = len(grid.rows), len(grid.columns)
    heading_mm = _HEADING_MM if any(heading for _, heading in grid.columns) else _NO_HEADING_MM
    cell_mm = min((TWO_COLUMNS_MM - _LABEL_MM) / n_columns, (PAGE_MM - heading_mm) / n_rows, _MAX_CELL_MM)
    cell_mm = max(cell_mm, _MIN_CELL_MM)
    line_mm = _CAPTION_MM if grid.captions else 0.0
    size = (_LABEL_MM + cell_mm * n_columns, heading_mm + (cell_mm + line_mm) * n_rows)
    figure = new_figure(*size)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    unit = cell_mm / _PITCH  # mm per pool radius
    axes.set_xlim(0, size[0] / unit)
    axes.set_ylim(0, size[1] / unit)
    down = _PITCH + line_mm / unit
    for r, (row, heading) in enumerate(grid.rows):
        y = (size[1] - heading_mm) / unit - _PITCH / 2 - r * down
        axes.text((_LABEL_MM - 2) / unit, y, heading, ha="right", va="center")
        for c, (column, _) in enumerate(grid.columns):
            at = np.array([_LABEL_MM / unit + _PITCH / 2 + c * _PITCH, y])
            _draw_cell(axes, at, grid, (row, column))
    for c, (_, heading) in enumerate(grid.columns):
        x = _LABEL_MM / unit + _PITCH / 2 + c * _PITCH
        axes.text(x, (size[1] - heading_mm / 2) / unit, heading, ha="center", va="center")
    return figure


def _draw_cell(axes: Axes, at: NDArray[np.float64], grid: PoolGrid, key: tuple[str, str]) -> None:
    swims = grid.cells.get(key, ())
    if not swims:
        axes.text(at[0], at[1], "–", ha="center", va="center", color=_POOL)
        return
    draw_pool(axes, swims[0], at)
    for number, swim in enumerate(swims):
        is_flagged = swim.trial.trial in grid.flagged
        colour = "0.6" if is_flagged else PATH_COLOURS[number % len(PATH_COLOURS)]
        draw_path(axes, swim, at, colour, is_dotted=is_flagged)
        if swim.trial.trial in grid.doubtful:
            _draw_doubt(axes, at + np.array([0.92 - 0.16 * number, 0.92]), colour)
    if key in grid.captions:
        axes.text(at[0], at[1] - 1.03, grid.captions[key], ha="center", va="top", fontsize=5, color="0.3")


def _draw_doubt(axes: Axes, at: NDArray[np.float64], colour: str) -> None:
    axes.text(at[0], at[1], "?", ha="center", va="center", color=colour, fontsize=6, fontweight="bold")


def draw_pool(axes: Axes, swim: DrawnSwim, at: NDArray[np.float64]) -> None:
    """Draw pool, borders of the quadrants and platform round a place [2]."""
    angles = swim.border_rad + np.arange(4) * np.pi / 2
    rays = at + np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for begin, end in ((rays[0], rays[2]), (rays[1], rays[3])):
        axes.plot(*np.stack([begin, end]).T, color=_BORDER, linewidth=0.5, zorder=0)
    axes.add_patch(Circle((float(at[0]), float(at[1])), 1.0, fill=False, edgecolor=_POOL, linewidth=0.7, zorder=1))
    if swim.goal_outline is not None:
        dash = "--" if not swim.trial.kind.has_platform else "-"
        axes.add_patch(
            Polygon(
                swim.goal_outline + at,
                linewidth=0.5,
                linestyle=dash,
                zorder=1.5,
                facecolor=_PLATFORM,
                edgecolor=_PLATFORM_EDGE,
            )
        )


def draw_path(axes: Axes, swim: DrawnSwim, at: NDArray[np.float64], colour: str, *, is_dotted: bool = False) -> None:
    """Draw one path with a ring where it begins; nothing is drawn across a gap."""
    axes.plot(*(swim.xy + at).T, color=colour, linewidth=0.6, linestyle=":" if is_dotted else "-", zorder=2)
    known = swim.xy[np.isfinite(swim.xy).all(axis=1)] + at
    if len(known):
        axes.plot(*known[0], "o", color="white", markeredgecolor=colour, markeredgewidth=0.6, markersize=2.2, zorder=3)
