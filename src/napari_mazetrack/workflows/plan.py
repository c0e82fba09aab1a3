"""How many animals an experiment needs, from the table of measures of a pilot."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.measures_frame import measures_frame
from napari_mazetrack.experiment.outcomes import animal_values, outcomes_of, primary_outcome
from napari_mazetrack.experiment.permutation import values_by_group
from napari_mazetrack.experiment.sample_size import Plan, plan_experiment
from napari_mazetrack.maze.tables import read_table


def plan_from_pilot(measures: Path, name: str, difference: float, power: float) -> tuple[Plan, str]:
    """Return the plan for an outcome, and the unit of its values.

    Parameters
    ----------
    measures : Path
        A table that `mazetrack measure` or `analyse` wrote; excluded trials are passed over.
    name : str
        The outcome, such as ``hidden.path_length_cm.mean``.
    difference, power : float
        See `plan_experiment`.

    Raises
    ------
    MazetrackError
        The table cannot be read, does not give the outcome, or has too few animals.
    """
    columns, rows = read_table(measures, "table of measures")
    if not {"trial", "animal", "kind", "window"} <= set(columns):
        raise MazetrackError(f"{measures} is no table that `mazetrack measure` wrote.")
    frame = measures_frame(rows)
    frame = frame[~frame["excluded"] & (frame["animal"] != "")]
    outcome = primary_outcome(outcomes_of(frame), name)
    if outcome is None or frame.empty:
        raise MazetrackError(f"{measures} has no trial that names its animal and is not excluded. Check the table.")
    return plan_experiment(values_by_group(animal_values(frame, outcome)), difference, power), outcome.unit
