"""Every figure of an experiment: its name, its legend, and what draws it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from napari_mazetrack.experiment.figures.figure_data import FEW_ANIMALS, FigureData
from napari_mazetrack.experiment.figures.occupancy import draw_occupancy
from napari_mazetrack.experiment.figures.over_days import draw_exploration_time, draw_learning_curves
from napari_mazetrack.experiment.figures.paths import draw_contact_sheet, draw_paths_by_day, draw_probe_paths
from napari_mazetrack.experiment.figures.quadrants import draw_quadrants
from napari_mazetrack.experiment.figures.strategies import draw_strategies
from napari_mazetrack.experiment.figures.style import figure_files, style
from napari_mazetrack.experiment.figures.survival_curves import draw_survival

_POINTS = "Points: animals. Markers and bars: mean ± SD over animals."
_PLATFORM = "Orange: the platform, in a probe where it was. Ring: release."


@dataclass(frozen=True)
class FigureKind:
    """One figure: the name of its files, its legend, and what draws it (None where the trials do not give it)."""

    name: str
    legend: str
    draw: Callable[[FigureData], Figure | None]


FIGURES = (
    FigureKind("learning_curves", f"Learning curves, with swim speed beside them. {_POINTS}", draw_learning_curves),
    FigureKind(
        "exploration_time",
        "Time from release to the trial's end. Thin lines: animals (mean of a day's trials), named where a group has "
        f"no more than {FEW_ANIMALS}; markers: mean ± SD.",
        draw_exploration_time,
    ),
    FigureKind(
        "survival",
        "Latency on the first and the last day of hidden training (Kaplan–Meier over trials). Ticks: censored trials.",
        draw_survival,
    ),
    FigureKind(
        "quadrants",
        f"Time and displacement (length of the path) in the quadrants of the probe. {_POINTS}",
        draw_quadrants,
    ),
    FigureKind(
        "strategies",
        "Search strategies by each of three ways of telling them, as families of what they have in common: share of an "
        "animal's trials, mean over animals. Where the rows differ, the strategy is in doubt.",
        draw_strategies,
    ),
    FigureKind(
        "trajectories",
        "First trial of each day, and its duration, of the animal whose path in training is nearest to its group's "
        f"median; of all where a group has no more than {FEW_ANIMALS}. {_PLATFORM}",
        draw_paths_by_day,
    ),
    FigureKind("probe_trajectories", f"Probe of every animal. {_PLATFORM}", draw_probe_paths),
    FigureKind(
        "occupancy",
        "Seconds per trial in each percent of the pool's area, mean over an animal's trials, then over animals; all on "
        "one scale. White: the platform.",
        draw_occupancy,
    ),
    FigureKind(
        "contact_sheet",
        "All paths. Colours: a day's trials in order; grey and dotted: flagged trials; with a question mark: tracks in "
        f"doubt. {_PLATFORM}",
        draw_contact_sheet,
    ),
)


@dataclass(frozen=True)
class DrawnFigure:
    """A figure that was drawn: its kind and its files' contents by ending."""

    kind: FigureKind
    files: dict[str, bytes]


def draw_figures(data: FigureData) -> Iterator[DrawnFigure | None]:
    """Draw every figure in turn; None for one that these trials do not give."""
    for kind in FIGURES:
        with style():
            figure = kind.draw(data)
            files = None if figure is None else figure_files(figure)
        yield None if files is None else DrawnFigure(kind, files)


def figure_path(kind: FigureKind, ending: str) -> Path:
    """Return where a figure's file lies among the results."""
    return Path("figures") / f"{kind.name}{ending}"
