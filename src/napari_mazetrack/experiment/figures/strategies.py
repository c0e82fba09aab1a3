"""Which search strategies a group uses over the days, by each way of telling them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from napari_mazetrack.experiment.figures.figure_data import FigureData, group_name
from napari_mazetrack.experiment.figures.style import TWO_COLUMNS_MM, category_look, new_figure
from napari_mazetrack.experiment.strategy_shares import FAMILY_ORDER, WAYS, family_shares

_ROW_MM, _LEGEND_MM = 40.0, 18.0
_KINDS = ("hidden", "reversal", "probe")


def draw_strategies(data: FigureData) -> Figure | None:
    """Draw the shares as stacked bars: a row for each way of telling them, a panel per group, a bar per day."""
    shares = {way: family_shares(data.frame[data.frame["kind"].isin(_KINDS)], way) for way in WAYS}
    shares = {way: found for way, found in shares.items() if len(found)}
    if not shares:
        return None
    figure = new_figure(TWO_COLUMNS_MM, _ROW_MM * len(shares) + _LEGEND_MM)
    panels = figure.subplots(len(shares), len(data.groups), sharey=True, squeeze=False)
    for row, (way, found) in zip(panels, shares.items(), strict=True):
        bars = _bars(found)
        for axes, group in zip(row, data.groups, strict=True):
            _draw_panel(axes, found[found["group"] == group], bars)
            axes.set_title(f"{group_name(group)}, {WAYS[way]}")
        row[0].set_ylabel("share of trials")
    drawn = [name for name in FAMILY_ORDER if any(name in found for found in shares.values())]
    handles = [Patch(label=name, edgecolor="white", **_look(name)) for name in drawn]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    return figure


def _bars(found: pd.DataFrame) -> list[tuple[str, float]]:
    """Return kind and day of every bar, in order of day."""
    cells = {(str(kind), float(day)) for kind, day in zip(found["kind"], found["day"], strict=True)}
    return sorted(cells, key=lambda cell: (np.isnan(cell[1]), cell[1], _KINDS.index(cell[0])))


def _draw_panel(axes: Axes, own: pd.DataFrame, bars: list[tuple[str, float]]) -> None:
    for x, (kind, day) in enumerate(bars):
        is_day = own["day"].isna() if np.isnan(day) else own["day"] == day
        cell = own[(own["kind"] == kind) & is_day]
        bottom = 0.0
        for name in FAMILY_ORDER if len(cell) else ():
            share = float(cell[name].iloc[0]) if name in cell else 0.0
            if share > 0:
                axes.bar(x, share, bottom=bottom, width=0.8, edgecolor="white", linewidth=0.4, **_look(name))
            bottom += share
    axes.set_xticks(range(len(bars)), [_label(kind, day) for kind, day in bars])
    axes.set_ylim(0, 1)


def _look(family: str) -> dict[str, Any]:
    return category_look(FAMILY_ORDER.index(family))


def _label(kind: str, day: float) -> str:
    """Return what stands under a bar: the day of training, the kind of any other trial."""
    named = "" if np.isnan(day) else f"{day:g}"
    return named if kind == "hidden" and named else f"{kind}\n{named}".strip()
