"""Where a group spends its time: maps in seconds, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from numpy.typing import NDArray
from scipy import ndimage

from napari_mazetrack.experiment.drawn_swim import DrawnSwim
from napari_mazetrack.experiment.figures.figure_data import FigureData, group_name
from napari_mazetrack.experiment.figures.style import TWO_COLUMNS_MM, new_figure

_N_CELLS = 40
_SMOOTHING_CELLS = 1.5
_MAX_CELL_MM, _SCALE_MM = 48.0, 22.0
_COLOURS = "viridis"


def draw_occupancy(data: FigureData) -> Figure | None:
    """Draw a map per group of the first and last day of hidden training and of the probe, on one scale."""
    rows = {name: swims for name, swims in _rows(data).items() if swims}
    if not rows:
        return None
    maps = {
        (name, group): _group_map([s for s in swims if s.trial.group == group])
        for name, swims in rows.items()
        for group in data.groups
    }
    highest = max(float(np.nanmax(found)) for found in maps.values() if found is not None)
    cell_mm = min((TWO_COLUMNS_MM - _SCALE_MM) / len(data.groups), _MAX_CELL_MM)
    figure = new_figure(cell_mm * len(data.groups) + _SCALE_MM, (cell_mm + 4) * len(rows))
    panels = figure.subplots(len(rows), len(data.groups), squeeze=False)
    for (name, group), axes in zip(maps, panels.ravel(), strict=True):
        axes.set_title(f"{group_name(group)}, {name}")
        _draw_map(axes, maps[name, group], rows[name][0], highest)
    scale = ScalarMappable(Normalize(0, highest), _COLOURS)
    figure.colorbar(scale, ax=panels, shrink=0.5, label="s per trial and 1 % of the pool's area")
    return figure


def _draw_map(axes: Axes, found: NDArray[np.float64] | None, swim: DrawnSwim, highest: float) -> None:
    axes.set(xlim=(-1.03, 1.03), ylim=(-1.03, 1.03), aspect="equal")
    axes.axis("off")
    if found is None:
        axes.text(0, 0, "–", ha="center", va="center")
        return
    image = axes.imshow(found, extent=(-1, 1, -1, 1), origin="lower", cmap=_COLOURS, vmin=0, vmax=highest)
    rim = axes.add_patch(Circle((0, 0), 1.0, fill=False, edgecolor="0.3", linewidth=0.8))
    image.set_clip_path(rim)
    if swim.goal_outline is not None:
        axes.add_patch(Polygon(swim.goal_outline, fill=False, edgecolor="white", linewidth=1.0))


def _rows(data: FigureData) -> dict[str, list[DrawnSwim]]:
    hidden = [s for s in data.analysed_swims("hidden") if s.trial.day is not None]
    days = sorted({s.trial.day for s in hidden if s.trial.day is not None})
    rows = {f"hidden, day {day}": [s for s in hidden if s.trial.day == day] for day in {*days[:1], *days[-1:]}}
    return rows | {"probe": data.analysed_swims("probe")}


def _group_map(swims: Sequence[DrawnSwim]) -> NDArray[np.float64] | None:
    """Return seconds per trial and 1 % of the pool's area: an animal's trials first, then animals; None without any."""
    by_animal: dict[str, list[NDArray[np.float64]]] = {}
    for swim in swims:
        by_animal.setdefault(swim.trial.animal, []).append(_time_map(swim))
    if not by_animal:
        return None
    seconds = np.mean([np.mean(maps, axis=0) for maps in by_animal.values()], axis=0)
    centre = (np.arange(_N_CELLS) + 0.5) / _N_CELLS * 2 - 1
    is_pool = np.hypot(*np.meshgrid(centre, centre)) <= 1
    is_drawn = np.hypot(*np.meshgrid(centre, centre)) <= 1 + 2 / _N_CELLS  # cells that the rim cuts are drawn up to it
    # Smoothed within the pool only: divided by what the smoothing gives of the pool itself.
    smooth = ndimage.gaussian_filter(seconds, _SMOOTHING_CELLS, mode="constant")
    weight = ndimage.gaussian_filter(is_pool.astype(float), _SMOOTHING_CELLS, mode="constant")
    return np.where(is_drawn, smooth / np.where(weight > 0, weight, 1) * is_pool.sum() / 100, np.nan)


def _time_map(swim: DrawnSwim) -> NDArray[np.float64]:
    """Return the seconds [cell y, cell x] of a swim; half of each step belongs to either of its ends."""
    step_s = np.diff(swim.time_s)
    is_known: NDArray[np.bool_] = np.isfinite(swim.xy[:, 0])
    is_joined = is_known[:-1] & is_known[1:]
    weight = np.zeros(len(swim.time_s))
    weight[:-1] += np.where(is_joined, step_s / 2, 0)
    weight[1:] += np.where(is_joined, step_s / 2, 0)
    x, y = np.where(is_known[:, None], swim.xy, 0).T
    edges = np.linspace(-1, 1, _N_CELLS + 1)
    seconds, _, _ = np.histogram2d(y, x, bins=[edges, edges], weights=weight)
    return np.asarray(seconds, np.float64)
