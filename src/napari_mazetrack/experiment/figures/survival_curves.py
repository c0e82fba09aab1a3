"""Kaplan–Meier curves of latency: the share of trials that have not reached the platform yet."""

from __future__ import annotations

from matplotlib.figure import Figure

from napari_mazetrack.experiment.figures.figure_data import FigureData, group_name
from napari_mazetrack.experiment.figures.style import TWO_COLUMNS_MM, group_colour, legend_above, new_figure
from napari_mazetrack.experiment.survival import kaplan_meier, latencies

_LINES = ("-", "--", "-.", ":")


def draw_survival(data: FigureData) -> Figure | None:
    """Draw a curve per group for the first and the last day of hidden training; a tick is a censored trial."""
    trials = latencies(data.frame, "hidden").dropna(subset=["day"])
    if trials.empty:
        return None
    days = sorted({trials["day"].min(), trials["day"].max()})
    figure = new_figure(TWO_COLUMNS_MM, 70)
    panels = figure.subplots(1, len(days), sharey=True, sharex=True, squeeze=False)[0]
    for axes, day in zip(panels, days, strict=True):
        for number, group in enumerate(data.groups):
            own = trials[(trials["day"] == day) & (trials["group"] == group)]
            if own.empty:
                continue
            time_s, share = kaplan_meier(own)
            colour, line = group_colour(data.groups, group), _LINES[number % len(_LINES)]
            axes.step(time_s, share, where="post", color=colour, linestyle=line, label=group_name(group))
            censored_s = own.loc[own["reached_platform"] == 0, "latency_s"].to_numpy()
            at = share[(time_s[:, None] <= censored_s).sum(axis=0) - 1]
            axes.plot(censored_s, at, "|", color=colour, markersize=5)
        axes.set_title(f"hidden, day {day:g}")
        axes.set_xlabel("time from release (s)")
        axes.set_ylim(0, 1.03)
        axes.set_xlim(left=0)
    panels[0].set_ylabel("share of trials not on the platform")
    legend_above(figure, panels[0], len(data.groups))
    return figure
