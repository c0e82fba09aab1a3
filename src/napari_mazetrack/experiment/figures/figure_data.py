"""What figures are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from napari_mazetrack.experiment.drawn_swim import DrawnSwim
from napari_mazetrack.experiment.summaries import animal_days
from napari_mazetrack.experiment.training_days import TRAINING, TrainingDays

#: A group of no more animals is shown animal by animal, with names.
FEW_ANIMALS = 3


@dataclass(frozen=True)
class FigureData:
    """An experiment to be drawn.

    Attributes
    ----------
    frame : DataFrame
        Measures of the trials that are analysed (`measures_frame`).
    swims : sequence of DrawnSwim
        All paths, also flagged ones; empty where only a table of measures was given.
    flagged : frozenset of str
        Trials that are flagged.
    doubtful : frozenset of str
        Trials whose tracks are in doubt.
    """

    frame: pd.DataFrame
    swims: Sequence[DrawnSwim] = ()
    flagged: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()

    @property
    def groups(self) -> list[str]:
        """Names of the groups, in the order of their colours."""
        return sorted(self.frame["group"].unique())

    def analysed_swims(self, *kinds: str) -> list[DrawnSwim]:
        """Return the paths of the kinds that are not flagged."""
        return [s for s in self.swims if s.trial.kind.value in kinds and s.trial.trial not in self.flagged]

    def day_means(self, measure: str, *kinds: str, window: str = "whole") -> pd.DataFrame:
        """Return ``group, animal, kind, day, mean`` of a measure: one row per animal, kind and day."""
        is_meant = self.frame["kind"].isin(kinds) & (self.frame["window"] == window)
        return animal_days(self.frame[is_meant], [measure])

    @property
    def training_days(self) -> TrainingDays:
        """The days of training, one after the other."""
        trained = self.frame[self.frame["kind"].isin(TRAINING)].dropna(subset=["day"])
        return TrainingDays.of(zip(trained["kind"], trained["day"], strict=True))

    def placed_means(self, measure: str) -> pd.DataFrame:
        """Return the `day_means` of training with ``place``, where each day stands on an axis of days."""
        means, days = self.day_means(measure, *TRAINING).dropna(subset=["day"]), self.training_days
        return means.assign(place=[days.place(*day) for day in zip(means["kind"], means["day"], strict=True)])


def group_name(group: str) -> str:
    """Return what stands for a group in a figure."""
    return in_legend(group or "all animals")


def in_legend(name: str) -> str:
    """Return a name as a legend shows it: matplotlib leaves out one that begins with an underscore."""
    return f" {name}" if name.startswith("_") else name
