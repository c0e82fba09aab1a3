"""Figures of paths: typical animals over the days, all probes, and all paths of the experiment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from napari_mazetrack.experiment.drawn_swim import DrawnSwim
from napari_mazetrack.experiment.figures.figure_data import FEW_ANIMALS, FigureData, group_name
from napari_mazetrack.experiment.figures.pool_grid import PoolGrid, draw_pool_grid
from napari_mazetrack.experiment.natural_order import counted
from napari_mazetrack.experiment.training_days import TRAINING

_KIND_ORDER = ("visible", "hidden", "reversal", "probe")


def draw_paths_by_day(data: FigureData) -> Figure | None:
    """Draw the first trial of each training day of each group's animals to be shown, a row per animal."""
    shown = {(group, animal) for group in data.groups for animal in shown_animals(data, group)}
    swims = [swim for swim in data.analysed_swims(*TRAINING) if swim.trial.day is not None]
    chosen = [swim for swim in _in_order(swims) if (swim.trial.group, swim.trial.animal) in shown]
    if not chosen:
        return None
    cells = _by_cell((_row_key(swim), _day_key(swim), swim) for swim in chosen)
    first = {key: sorted(found, key=lambda s: s.trial.trial_of_day or 0)[:1] for key, found in cells.items()}
    captions = {key: f"{found[0].time_s[-1]:.0f} s" for key, found in first.items() if len(found[0].time_s)}
    return draw_pool_grid(PoolGrid(_rows(chosen), _columns(chosen), first, captions))


def shown_animals(data: FigureData, group: str) -> list[str]:
    """Return the animals that stand for a group: all of few, else the typical one."""
    means = data.day_means("path_length_cm", *TRAINING)
    by_animal = means[means["group"] == group].groupby("animal")["mean"].mean()
    return list(by_animal.index) if len(by_animal) <= FEW_ANIMALS else [typical_animal(by_animal)]


def typical_animal(path_by_animal: pd.Series) -> str:
    """Return the animal whose mean path in training is nearest to its group's median."""
    return str((path_by_animal - path_by_animal.median()).abs().idxmin())


def draw_probe_paths(data: FigureData) -> Figure | None:
    """Draw the first probe of every animal, a row of pools per group."""
    cells: dict[tuple[str, str], list[DrawnSwim]] = {}
    captions = {}
    widest = 0
    for group in data.groups:
        first: dict[str, DrawnSwim] = {}
        for swim in data.analysed_swims("probe"):
            if swim.trial.group == group:
                first.setdefault(swim.trial.animal, swim)
        widest = max(widest, len(first))
        for place, (animal, swim) in enumerate(sorted(first.items(), key=lambda item: counted(item[0]))):
            key = (f"{group}/{place // _PER_ROW}", str(place % _PER_ROW))
            cells[key], captions[key] = [swim], animal
    if not cells:
        return None
    rows = [
        (row, group_name(row.rpartition("/")[0]) if row.endswith("/0") else "")
        for row in dict.fromkeys(r for r, _ in cells)
    ]
    columns = [(str(place), "") for place in range(min(widest, _PER_ROW))]
    return draw_pool_grid(PoolGrid(rows, columns, cells, captions))


#: Pools in a row of the figure of probes.
_PER_ROW = 8


def draw_contact_sheet(data: FigureData) -> Figure | None:
    """Draw all paths: a row per animal, a column per kind and day; flagged trials and doubts are marked."""
    if not data.swims:
        return None
    swims = _in_order(data.swims)
    cells = _by_cell((_row_key(swim), _day_key(swim), swim) for swim in swims)
    return draw_pool_grid(PoolGrid(_rows(swims), _columns(swims), cells, {}, data.flagged, data.doubtful))


def _in_order(swims: Iterable[DrawnSwim]) -> list[DrawnSwim]:
    return sorted(swims, key=lambda s: (s.trial.group, counted(s.trial.animal), s.trial.trial_of_day or 0))


def _row_key(swim: DrawnSwim) -> str:
    return f"{swim.trial.group}/{swim.trial.animal}"


def _rows(swims: Iterable[DrawnSwim]) -> list[tuple[str, str]]:
    """Return a row for each animal, in the order of the swims."""
    return list(dict.fromkeys((_row_key(s), f"{group_name(s.trial.group)}\n{s.trial.animal}") for s in swims))


def _by_cell(keyed: Iterable[tuple[str, str, DrawnSwim]]) -> dict[tuple[str, str], list[DrawnSwim]]:
    cells: dict[tuple[str, str], list[DrawnSwim]] = defaultdict(list)
    for row, column, swim in keyed:
        cells[row, column].append(swim)
    return dict(cells)


def _day_key(swim: DrawnSwim) -> str:
    return f"{swim.trial.kind.value}/{swim.trial.day}"


def _columns(swims: Iterable[DrawnSwim]) -> list[tuple[str, str]]:
    """Return the columns in order of day, then kind; several kinds are told in the heading."""
    found = {
        (s.trial.day if s.trial.day is not None else np.inf, _KIND_ORDER.index(s.trial.kind.value), _day_key(s))
        for s in swims
    }
    return [
        (key, f"{_KIND_ORDER[kind]}" + (f"\nday {day:g}" if np.isfinite(day) else ""))
        for day, kind, key in sorted(found)
    ]
