"""Cohorts: animals that were born, housed or trained together, and what they mean for a test.

Where cohorts hold animals of several groups, labels are permuted within cohorts, on values from which each cohort's
mean is taken: what cohorts differ in is no difference between groups. Where every cohort belongs to one group, the
treatment was given to cohorts and not to animals, so the cohort is the unit of analysis.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_mazetrack.experiment.effect_size import Values
from napari_mazetrack.experiment.result import UNIT
from napari_mazetrack.experiment.settings import AnalysisSettings

#: By group: the cohort of each animal, in the order of the group's values.
Strata: TypeAlias = Mapping[str, NDArray[np.str_]]
_COHORT = "cohort"


@dataclass(frozen=True)
class CohortDesign:
    """How an experiment's animals belong to cohorts.

    Attributes
    ----------
    cohort_of : mapping
        Cohort of each animal; empty where cohorts do not matter: fewer than two, or animals without one.
    is_unit : bool
        Every cohort belongs to one group.
    """

    cohort_of: Mapping[str, str] = field(default_factory=dict)
    is_unit: bool = False

    @classmethod
    def of(cls, frame: pd.DataFrame) -> CohortDesign:
        """Return the design of the trials of a frame of measures."""
        animals = frame.drop_duplicates("animal")
        cohorts = animals[_COHORT]
        if cohorts.nunique() < 2 or (cohorts == "").any() or animals["group"].nunique() < 2:
            return cls()
        groups_of = animals.groupby(_COHORT)["group"].nunique()
        return cls(dict(zip(animals["animal"], cohorts, strict=True)), bool((groups_of == 1).all()))

    @property
    def unit(self) -> str:
        """The unit of analysis."""
        return _COHORT if self.is_unit else UNIT

    def units(self, values: pd.Series) -> pd.Series:
        """Return one value for each unit (index ``group, animal`` or ``group, cohort``) from one for each animal."""
        if not self.is_unit:
            return values
        cohorts = values.index.get_level_values("animal").map(self.cohort_of)
        return values.groupby([values.index.get_level_values("group"), cohorts.rename(_COHORT)]).mean()

    def strata(self, values: pd.Series) -> Strata | None:
        """Return the cohorts of each group's animals (index ``group, animal``); None where no labels are held back."""
        if self.is_unit or not self.cohort_of:
            return None
        return {
            str(group): np.array([self.cohort_of[animal] for animal in part.index.get_level_values("animal")])
            for group, part in values.groupby(level="group")
        }


def within_cohorts(values: Sequence[Values], cohorts: Sequence[NDArray[np.str_]]) -> list[Values]:
    """Return the values of each group less the means of their cohorts over all these groups."""
    every, names = np.concatenate(values), np.concatenate(cohorts)
    means = {name: every[names == name].mean() for name in set(names.tolist())}
    return [own - np.array([means[name] for name in mine.tolist()]) for own, mine in zip(values, cohorts, strict=True)]


def relabellings(cohorts: Sequence[NDArray[np.str_]], settings: AnalysisSettings) -> tuple[NDArray[np.intp], bool]:
    """Return group numbers [relabelling, animal] with labels exchanged within cohorts only, and whether these are all.

    Parameters
    ----------
    cohorts : sequence of str [n]
        For each group the cohorts of its animals; animals are numbered through the groups.
    settings : AnalysisSettings
        How many at most, and the seed of random ones.
    """
    names = np.concatenate(cohorts)
    labels = np.repeat(np.arange(len(cohorts)), [len(own) for own in cohorts])
    members = [np.flatnonzero(names == name) for name in sorted(set(names.tolist()))]
    counts = [Counter(labels[own].tolist()) for own in members]
    n_all = math.prod(
        math.factorial(count.total()) // math.prod(map(math.factorial, count.values())) for count in counts
    )
    if n_all <= settings.n_permutations:
        found = np.empty((n_all, len(names)), np.intp)
        for row, parts in enumerate(product(*(list(_arrangements(c)) for c in counts))):
            for own, part in zip(members, parts, strict=True):
                found[row, own] = part
        return found, True
    rng = np.random.default_rng(settings.seed)
    found = np.tile(labels, (settings.n_permutations, 1))
    for own in members:
        found[:, own] = rng.permuted(found[:, own], axis=1)
    return found, False


def _arrangements(counts: Counter[int]) -> Iterator[tuple[int, ...]]:
    """Yield every order of labels of which there are so many each."""
    if not counts.total():
        yield ()
    for label in sorted(label for label, n in counts.items() if n):
        for rest in _arrangements(counts - Counter([label])):
            yield (label, *rest)
