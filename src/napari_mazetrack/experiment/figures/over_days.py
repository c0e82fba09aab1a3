"""Figures over the days of training: learning curves, and the time that each animal explores."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_mazetrack.experiment.figures.figure_data import FEW_ANIMALS, FigureData, group_name, in_legend
from napari_mazetrack.experiment.figures.points import draw_mean_sd, draw_points, offset_of
from napari_mazetrack.experiment.figures.style import (
    ONE_COLUMN_MM,
    TWO_COLUMNS_MM,
    group_colour,
    legend_above,
    new_figure,
)

_LINES = ("-", "--", ":")
_CURVES = {
    "path_length_cm": "path length (cm)",
    "mean_proximity_cm": "mean distance to platform (cm)",
    "latency_s": "latency (s)",
    "swim_speed_cm_s": "swim speed (cm/s)",
}


def draw_learning_curves(data: FigureData) -> Figure | None:
    """Draw path, proximity and latency beside swim speed, over days: mean ± SD over animals, animals as points."""
    if data.placed_means("path_length_cm").empty:
        return None
    figure = new_figure(TWO_COLUMNS_MM, 110)
    panels = figure.subplots(2, 2).ravel()
    for axes, (measure, label) in zip(panels, _CURVES.items(), strict=True):
        _draw_curve(axes, data, measure)
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
    for axes in panels[2:]:
        axes.set_xlabel(data.training_days.axis_name)
    legend_above(figure, panels[0], len(data.groups))
    return figure


def _draw_curve(axes: Axes, data: FigureData, measure: str) -> None:
    means = data.placed_means(measure)
    days = _mark_days(axes, data)
    for group in data.groups:
        cells = _cells(means[means["group"] == group], days)
        at = days + offset_of(data, group, 0.4)
        for x, cell in zip(at, cells, strict=True):
            draw_points(axes, data, group, x, cell)
        draw_mean_sd(axes, data, group, at, cells)


def draw_exploration_time(data: FigureData) -> Figure | None:
    """Draw the time from release to the trial's end: a thin line per animal, mean ± SD over them; a panel per group.

    The animals are named where a group has few.
    """
    means = data.placed_means("trial_duration_s")
    if means.empty:
        return None
    n = len(data.groups)
    figure = new_figure(min(TWO_COLUMNS_MM, ONE_COLUMN_MM * max(n, 1)), 65)
    panels = figure.subplots(1, n, sharey=True, squeeze=False)[0]
    for axes, group in zip(panels, data.groups, strict=True):
        own = means[means["group"] == group]
        days = _mark_days(axes, data)
        _draw_animals(axes, own, group_colour(data.groups, group))
        draw_mean_sd(axes, data, group, days, _cells(own, days))
        axes.set_title(f"{group_name(group)} (n = {own['animal'].nunique()})")
        axes.set_xlabel(data.training_days.axis_name)
        axes.set_ylim(bottom=0)
        if own["animal"].nunique() <= FEW_ANIMALS:
            axes.legend().set_in_layout(False)  # a long name would leave the axes no room
    panels[0].set_ylabel("exploration time (s)")
    return figure


def _draw_animals(axes: Axes, means: pd.DataFrame, colour: str) -> None:
    """Draw a thin line for each animal of a group, each of another kind where they are few."""
    kinds = _LINES if means["animal"].nunique() <= FEW_ANIMALS else ("-",)
    for place, (animal, own) in enumerate(means.groupby("animal")):
        kind = kinds[place % len(kinds)]
        own = own.sort_values("place")
        axes.plot(own["place"], own["mean"], kind, color=colour, alpha=0.5, linewidth=0.7, label=in_legend(str(animal)))


def _mark_days(axes: Axes, data: FigureData) -> NDArray[np.float64]:
    """Name the days of training on an axis; return where they stand."""
    days = data.training_days
    places = np.array([days.place(*day) for day in days.days])
    axes.set_xticks(places, [days.label(*day) for day in days.days])
    return places


def _cells(means: pd.DataFrame, days: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the animals' values on each day."""
    return [means.loc[means["place"] == day, "mean"].to_numpy(float) for day in days]
