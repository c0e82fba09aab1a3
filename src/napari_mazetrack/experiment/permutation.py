"""The default inference: group labels are permuted over animals, signs over animals within a group.

Under the null hypothesis an animal's group is a label without meaning, so every relabelling is as likely as the real
one; no distribution is assumed. All relabellings are used where they are few enough (then p is exact), random ones
otherwise.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from napari_mazetrack.experiment.cohorts import CohortDesign, Strata, relabellings, within_cohorts
from napari_mazetrack.experiment.effect_size import Values, hedges_g
from napari_mazetrack.experiment.result import UNIT, Effect, Result, Sample
from napari_mazetrack.experiment.settings import AnalysisSettings

GROUP_TEST = "permutation of group labels over animals"
SIGN_TEST = "permutation of signs over animals"
_WITHIN = ", within cohorts"
_DIFFERENCE, _BETWEEN = "difference of means", "between-group sum of squares"
_TOO_FEW = "not tested: a group has fewer than 2 animals"
_NOTHING_TO_EXCHANGE = "not tested: no cohort has animals of both groups"
#: Statistics that differ by less than this share are the same but for rounding.
_SAME = 1e-9


@dataclass(frozen=True)
class Question:
    """What is asked: name and unit of the outcome, and a note that goes with the answer."""

    outcome: str
    unit: str
    note: str = ""


def values_by_group(values: pd.Series) -> dict[str, Values]:
    """Return the values of each group's animals, by group (index ``group, animal``)."""
    return {str(group): part.to_numpy(float) for group, part in values.groupby(level="group")}


def compare_values(
    values: pd.Series, question: Question, settings: AnalysisSettings, design: CohortDesign
) -> list[Result]:
    """Compare groups as `compare_groups` from one value for each animal (index ``group, animal``), by cohorts."""
    units = values_by_group(design.units(values))
    return [by_unit(result, design) for result in compare_groups(units, question, settings, design.strata(values))]


def by_unit(result: Result, design: CohortDesign) -> Result:
    """Return a result that says what its unit is."""
    if not design.is_unit:
        return result
    words = {name: getattr(result, name).replace(UNIT, design.unit) for name in ("test", "note")}
    return replace(result, **words, unit_of_analysis=design.unit)


def compare_groups(
    groups: Mapping[str, Values], question: Question, settings: AnalysisSettings, strata: Strata | None = None
) -> list[Result]:
    """Compare groups of animals: two directly; more all at once, then each pair.

    Parameters
    ----------
    groups : mapping
        By group: a value for each animal.
    question, settings : Question, AnalysisSettings
        What is asked, and how many relabellings answer it.
    strata : Strata or None
        The animals' cohorts, within which labels are exchanged; None: among all animals.

    Returns
    -------
    list of Result
        None for fewer than two groups.
    """
    names = list(groups)
    if len(names) < 2:
        return []
    results = [] if len(names) == 2 else [_compare(groups, names, question, settings, strata)]
    return results + [_compare(groups, list(pair), question, settings, strata) for pair in combinations(names, 2)]


def _compare(
    groups: Mapping[str, Values],
    names: list[str],
    question: Question,
    settings: AnalysisSettings,
    strata: Strata | None,
) -> Result:
    values = [groups[name] for name in names]
    samples = tuple(Sample.of(name, group) for name, group in zip(names, values, strict=True))
    is_pair = len(values) == 2
    fields: dict[str, Any] = {
        "outcome": question.outcome,
        "unit": question.unit,
        "test": GROUP_TEST + (_WITHIN if strata else ""),
        "samples": samples,
        "statistic_name": (_DIFFERENCE if is_pair else _BETWEEN) + (_WITHIN if strata else ""),
        "effect": hedges_g(*values) if is_pair else Effect(),
    }
    if min(len(group) for group in values) < 2:
        return Result(**fields, note=_join(_TOO_FEW, question.note))
    if strata is None:
        p, n, is_exact = permutation_p(values, settings)
    else:
        cohorts = [strata[name] for name in names]
        values = within_cohorts(values, cohorts)
        p, n, is_exact = stratified_p(values, cohorts, settings)
    if n == 1:
        return Result(**fields, note=_join(_NOTHING_TO_EXCHANGE, question.note))
    statistic = float(values[0].mean() - values[1].mean()) if is_pair else float(_between_squares(*values))
    smallest = 1 / n if strata else _smallest_p([len(group) for group in values], n)
    note = f"with so few animals p cannot be below {smallest:.2g}" if is_exact and smallest > 0.05 else ""
    return Result(
        **fields,
        statistic=statistic,
        p=p,
        method=f"{'exact, all' if is_exact else 'random,'} {n} relabellings",
        note=_join(note, question.note),
    )


def permutation_p(values: list[Values], settings: AnalysisSettings) -> tuple[float, int, bool]:
    """Return p of the between-group sum of squares, the relabellings used, and whether these were all there are.

    For two groups the statistic orders relabellings as |difference of means| does: the test is two-sided.
    """
    n_all = math.factorial(sum(len(v) for v in values)) // math.prod(math.factorial(len(v)) for v in values)
    rng = np.random.default_rng(settings.seed)
    found = stats.permutation_test(
        values,
        _between_squares,
        n_resamples=settings.n_permutations,
        vectorized=True,
        alternative="greater",
        rng=rng,
    )
    return float(found.pvalue), min(n_all, settings.n_permutations), n_all <= settings.n_permutations


def stratified_p(
    values: list[Values], cohorts: Sequence[NDArray[np.str_]], settings: AnalysisSettings
) -> tuple[float, int, bool]:
    """Return p as `permutation_p`, with labels exchanged within cohorts only.

    Parameters
    ----------
    values : list of float64 [n]
        Each group's values `within_cohorts`.
    cohorts : sequence of str [n]
        Their cohorts.
    settings : AnalysisSettings
        How many relabellings, and their seed.
    """
    labels, is_exact = relabellings(cohorts, settings)
    every = np.concatenate(values)
    # Their mean over all is 0, so the between-group sum of squares is that of the groups' sums over their sizes.
    squares = sum((np.where(labels == i, every, 0.0).sum(axis=1)) ** 2 / len(own) for i, own in enumerate(values))
    observed = float(_between_squares(*values))
    n_as_far = int((squares >= observed - _SAME * max(observed, 1.0)).sum())
    n = len(labels)
    return (n_as_far / n if is_exact else (n_as_far + 1) / (n + 1)), n, is_exact


def _smallest_p(sizes: list[int], n_relabellings: int) -> float:
    """Return the smallest p there can be: groups of one size may swap their names without changing the statistic."""
    return math.prod(math.factorial(n) for n in Counter(sizes).values()) / n_relabellings


def _between_squares(*groups: Values, axis: int = -1) -> Values:
    """Σ n (group's mean − grand mean)², along `axis`."""
    sizes = [group.shape[axis] for group in groups]
    means = [group.mean(axis=axis) for group in groups]
    grand = sum(n * mean for n, mean in zip(sizes, means, strict=True)) / sum(sizes)
    squares: Values = np.asarray(sum(n * (mean - grand) ** 2 for n, mean in zip(sizes, means, strict=True)))
    return squares


def compare_with_chance(
    group: str, values: Values, chance: float, question: Question, settings: AnalysisSettings
) -> Result:
    """Compare the animals of one group with a fixed value, such as the share of area of a quadrant.

    The signs of the animals' differences from it are permuted; two-sided.
    """
    fields: dict[str, Any] = {
        "outcome": question.outcome,
        "unit": question.unit,
        "test": f"{SIGN_TEST}, against {chance:g}",
        "samples": (Sample.of(group, values),),
        "statistic_name": f"mean − {chance:g}",
    }
    if len(values) < 2:
        return Result(**fields, note=_join("not tested: fewer than 2 animals", question.note))
    n_all = 2 ** len(values)
    found = stats.permutation_test(
        (values - chance,),
        lambda x, axis=-1: np.abs(x.mean(axis=axis)),
        permutation_type="samples",
        vectorized=True,
        n_resamples=settings.n_permutations,
        alternative="greater",
        rng=np.random.default_rng(settings.seed),
    )
    is_exact = n_all <= settings.n_permutations
    few = f"with so few animals p cannot be below {2 / n_all:.2g}" if 2 / n_all > 0.05 else ""
    return Result(
        **fields,
        statistic=float(values.mean() - chance),
        effect=_mean_interval(values - chance),
        p=float(found.pvalue),
        method=f"{'exact, all' if is_exact else 'random,'} {min(n_all, settings.n_permutations)} sign changes",
        note=_join(few, question.note),
    )


def _mean_interval(differences: Values) -> Effect:
    """Mean difference from chance with the interval of Student's t."""
    half = stats.t.ppf(0.975, len(differences) - 1) * differences.std(ddof=1) / np.sqrt(len(differences))
    mean = float(differences.mean())
    return Effect("mean difference", mean, float(mean - half), float(mean + half))


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
