"""The trials sheet of an experiment: who belongs to which group, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import Trial


def check_sheet(trials: Sequence[Trial], *, may_name_groups: bool = True) -> None:
    """Refuse a sheet whose groups are not clear; for who is blinded, without saying which groups these are.

    Raises
    ------
    MazetrackError
        An animal is in two groups (or in one and in none) or cohorts, or of two sexes, some animals have a group or
        cohort and others none, or no trial names an animal.
    """
    first: dict[str, Trial] = {}
    for trial in trials:
        if not trial.animal:
            continue
        known = first.setdefault(trial.animal, trial)
        if known.group != trial.group and not may_name_groups:
            raise MazetrackError(
                f"The animal '{trial.animal}' is in one group in trial '{known.trial}', but in another in "
                f"'{trial.trial}'. An animal has one group: the column group has to be corrected."
            )
        if known.group != trial.group:
            raise MazetrackError(
                f"The animal '{trial.animal}' is in the group '{known.group}' in trial '{known.trial}', but in "
                f"'{trial.group}' in trial '{trial.trial}'. An animal has one group: correct the column group."
            )
        _refuse_two_of(known, trial)
    if not first:
        raise MazetrackError(
            "No trial names its animal, so nothing can be averaged over animals. Fill in the column animal."
        )
    for what in ("group", "cohort"):
        without = sorted(name for name, trial in first.items() if not getattr(trial, what))
        if without and len(without) < len(first):
            raise MazetrackError(
                f"{len(without)} {'animal has' if len(without) == 1 else 'animals have'} no {what} "
                f"({', '.join(without[:5])}), the others have one. Fill in the column {what} for all animals, or for "
                "none."
            )


def _refuse_two_of(known: Trial, trial: Trial) -> None:
    for what in ("cohort", "sex"):
        if getattr(known, what) != getattr(trial, what):
            raise MazetrackError(
                f"The animal '{trial.animal}' has another {what} in trial '{trial.trial}' than in '{known.trial}'. An "
                f"animal has one: correct the column {what}."
            )
