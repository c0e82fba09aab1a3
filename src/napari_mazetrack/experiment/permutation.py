"""The default inference: group labels are permuted over animals, signs over animals within a group.

Under the null hypothesis an animal's group is a label without meaning, so every relabelling is as likely as the real
one; no distribution is assumed. All relabellings are used where they are few enough (then p is exact), random ones
otherwise.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from napari_mazetrack.experiment.effect_size import Values, hedges_g
from napari_mazetrack.experiment.result import Effect, Result, Sample
from napari_mazetrack.experiment.settings import AnalysisSettings

GROUP_TEST = "permutation of group labels over animals"
SIGN_TEST = "permutation of signs over animals"
_DIFFERENCE, _BETWEEN = "difference of means", "between-group sum of squares"
_TOO_FEW = "not tested: a group has fewer than 2 animals"


@dataclass(frozen=True)
class Question:
    """What is asked: name and unit of the outcome, and a note that goes with the answer."""

    outcome: str
    unit: str
    note: str = ""


def values_by_group(values: pd.Series) -> dict[str, Values]:
    """Return the values of each group's animals, by group (index ``group, animal``)."""
    return {str(group): part.to_numpy(float) for group, part in values.groupby(level="group")}


def compare_groups(groups: Mapping[str, Values], question: Question, settings: AnalysisSettings) -> list[Result]:
    """Compare groups of animals: two directly; more all at once, then each pair.

    Returns
    -------
    list of Result
        None for fewer than two groups.
    """
    names = list(groups)
    if len(names) < 2:
        return []
    results = [] if len(names) == 2 else [_compare(groups, names, question, settings)]
    return results + [_compare(groups, list(pair), question, settings) for pair in combinations(names, 2)]


def _compare(groups: Mapping[str, Values], names: list[str], question: Question, settings: AnalysisSettings) -> Result:
    values = [groups[name] for name in names]
    samples = tuple(Sample.of(name, group) for name, group in zip(names, values, strict=True))
    is_pair = len(values) == 2
    fields: dict[str, Any] = {
        "outcome": question.outcome,
        "unit": question.unit,
        "test": GROUP_TEST,
        "samples": samples,
        "statistic_name": _DIFFERENCE if is_pair else _BETWEEN,
        "effect": hedges_g(*values) if is_pair else Effect(),
    }
    if min(len(group) for group in values) < 2:
        return Result(**fields, note=_join(_TOO_FEW, question.note))
    p, n, is_exact = permutation_p(values, settings)
    statistic = float(values[0].mean() - values[1].mean()) if is_pair else float(_between_squares(*values))
    smallest = _smallest_p([len(group) for group in values], n)
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
