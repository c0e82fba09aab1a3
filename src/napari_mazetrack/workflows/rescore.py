"""A sheet of trials that a person scores again with a stopwatch, without seeing what was measured or who swam."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.measures_frame import NUMBERS
from napari_mazetrack.maze.tables import read_table, write_table

#: Two series of fewer values than this say nothing about how well they agree.
FEWEST_TRIALS = 3


def write_rescore_sheet(
    measures: Path, out: Path, names: Sequence[str], *, percent: float, seed: int, force: bool = False
) -> int:
    """Draw trials at random and write them in random order, with an empty column for each measure to be scored.

    Parameters
    ----------
    measures : Path
        A table that `mazetrack measure` or `analyse` wrote.
    out : Path
        The sheet to write; `compare_measures` reads it when it is filled in.
    names : sequence of str
        Measures to be scored.
    percent, seed : float, int
        Share of the trials; the same seed draws the same ones.
    force : bool
        Replace a sheet that exists.

    Returns
    -------
    int
        Trials in the sheet.

    Raises
    ------
    MazetrackError
        The table cannot be read or has too few trials, a measure is not known, or the sheet exists.
    """
    unknown = [name for name in names if name not in NUMBERS]
    if unknown:
        raise MazetrackError(f"There is no measure '{unknown[0]}'. Name one such as latency_s.")
    columns, rows = read_table(measures, "table of measures")
    if not {"trial", "window", "latency_s"} <= set(columns):
        raise MazetrackError(f"{measures} is no table that `mazetrack measure` wrote.")
    trials = [row for row in rows if row["window"] == "whole" and row["latency_s"]]
    n = max(FEWEST_TRIALS, math.ceil(len(trials) * percent / 100))
    if n > len(trials):
        raise MazetrackError(f"{measures} has {len(trials)} measured trials; scoring again needs {n}.")
    chosen = np.random.default_rng(seed).permutation(len(trials))[:n]
    shown: list[str] = [name for name in ("trial", "animal", "film", "kind") if name in columns]
    several = len({row["trial"] for row in trials}) < len(trials)
    shown = [name for name in shown if name != "animal" or several]
    sheet = [{name: trials[i][name] for name in shown} for i in chosen]
    write_table((*shown, *names), sheet, out, overwrite=force)
    return n
