"""Differences of two ways of measuring against their means, with the limits of agreement (Bland and Altman)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from napari_mazetrack.experiment.agreement import Agreement, Interval
from napari_mazetrack.experiment.figures.style import ONE_COLUMN_MM, TWO_COLUMNS_MM, new_figure

_POINT, _BIAS, _LIMIT = "#0072B2", "#000000", "#D55E00"
_PANEL_MM, _N_COLUMNS = 55.0, 3
Pairs = tuple[NDArray[np.float64], NDArray[np.float64]]


def draw_agreement(pairs: Mapping[str, Pairs], found: Mapping[str, Agreement]) -> Figure:
    """Draw a panel for each measure, by its name with its unit: every pair a point; bias and limits with intervals."""
    n_columns = min(len(pairs), _N_COLUMNS)
    n_rows = -(-len(pairs) // n_columns)
    figure = new_figure(ONE_COLUMN_MM if n_columns == 1 else TWO_COLUMNS_MM, n_rows * _PANEL_MM)
    panels = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, (name, (ours, theirs)) in zip(panels, pairs.items(), strict=False):
        agreement = found[name]
        axes.plot((ours + theirs) / 2, ours - theirs, "o", color=_POINT, alpha=0.6, markersize=2.8, markeredgewidth=0)
        _draw_line(axes, agreement.bias, _BIAS, "-")
        for limit in (agreement.lower_limit, agreement.upper_limit):
            _draw_line(axes, limit, _LIMIT, "--")
        axes.set_title(f"{name}, n = {agreement.n}")
        axes.set_xlabel("mean of both")
        axes.set_ylabel("ours - theirs")
    for axes in panels[len(pairs) :]:
        axes.set_axis_off()
    return figure


def _draw_line(axes: Axes, value: Interval, colour: str, line: str) -> None:
    axes.axhline(value.value, color=colour, linestyle=line, linewidth=0.9)
    axes.axhspan(value.low, value.high, color=colour, alpha=0.1, linewidth=0)
