"""The default inference against what can be counted by hand, and against the theory."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from napari_mazetrack.experiment.effect_size import hedges_g
from napari_mazetrack.experiment.permutation import Question, compare_groups, compare_with_chance, permutation_p
from napari_mazetrack.experiment.result import Result, Sample
from napari_mazetrack.experiment.settings import AnalysisSettings

SETTINGS = AnalysisSettings()
QUESTION = Question("path", "cm")


def test_p_is_the_share_of_relabellings_that_differ_as_much():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 5), rng.normal(1, 1, 4)
    together = np.r_[a, b]
    observed = abs(a.mean() - b.mean())
    differences = []
    for chosen in combinations(range(9), 5):
        is_a = np.isin(np.arange(9), chosen)
        differences.append(abs(together[is_a].mean() - together[~is_a].mean()))
    p, n, is_exact = permutation_p([a, b], SETTINGS)
    assert (n, is_exact) == (126, True)
    assert p == pytest.approx(np.mean(np.array(differences) >= observed - 1e-12))


def test_separate_groups_of_four_give_the_smallest_p_there_is():
    (result,) = compare_groups({"a": np.arange(4.0), "b": np.arange(10.0, 14)}, QUESTION, SETTINGS)
    assert result.p == pytest.approx(2 / 70)
    assert result.statistic == -10
    assert result.method == "exact, all 70 relabellings"
    assert result.note == ""


def test_few_animals_are_told_that_p_cannot_be_small():
    (result,) = compare_groups({"a": np.arange(2.0), "b": np.arange(10.0, 13)}, QUESTION, SETTINGS)
    assert result.p == pytest.approx(1 / 10)
    assert "cannot be below 0.1" in result.note


def test_one_animal_in_a_group_is_not_tested_and_says_so():
    (result,) = compare_groups({"a": np.array([1.0]), "b": np.arange(8.0)}, QUESTION, SETTINGS)
    assert np.isnan(result.p)
    assert "fewer than 2 animals" in result.note


def test_one_group_is_not_compared():
    assert compare_groups({"a": np.arange(8.0)}, QUESTION, SETTINGS) == []


def test_three_groups_are_compared_at_once_and_in_pairs():
    groups = {"a": np.arange(4.0), "b": np.arange(4.0) + 0.1, "c": np.arange(20.0, 24)}
    results = compare_groups(groups, QUESTION, SETTINGS)
    assert [r.comparison for r in results] == ["a vs b vs c", "a vs b", "a vs c", "b vs c"]
    assert results[0].p < 0.01
    assert results[1].p > 0.5
    assert np.isnan(results[0].effect.value)


def test_many_animals_are_relabelled_at_random_but_always_alike():
    rng = np.random.default_rng(0)
    groups = {"a": rng.normal(size=20), "b": rng.normal(size=20)}
    (first,) = compare_groups(groups, QUESTION, SETTINGS)
    (again,) = compare_groups(groups, QUESTION, SETTINGS)
    assert first.p == again.p
    assert first.method == "random, 20000 relabellings"


def test_a_share_is_compared_with_its_area_by_signs():
    result = compare_with_chance("a", np.full(8, 0.5), 0.25, QUESTION, SETTINGS)
    assert result.p == pytest.approx(2 / 256)
    assert result.statistic == pytest.approx(0.25)
    even = compare_with_chance("a", np.array([0.15, 0.35, 0.2, 0.3]), 0.25, QUESTION, SETTINGS)
    assert even.p == 1


def test_hedges_g_is_that_of_the_formula():
    """Means 5 and 3, SD 1 both, n = 10: d = 2, times the correction 1 − 3 / (4 · 18 − 1) within a thousandth."""
    base = np.tile([-1.0, 1.0], 5) * np.sqrt(9 / 10)
    effect = hedges_g(base + 5, base + 3)
    assert effect.value == pytest.approx(2 * (1 - 3 / 71), abs=1e-3)
    assert effect.low == pytest.approx(effect.value - 1.96 * np.sqrt(0.2 + effect.value**2 / 40), abs=1e-3)
    assert np.isnan(hedges_g(np.ones(3), np.ones(3)).value)


def test_a_p_value_without_its_test_or_n_cannot_be_told():
    with pytest.raises(ValueError, match="name of its test"):
        Result("path", "cm", "", (Sample("a", 8, 1.0, 1.0),), p=0.01)
    with pytest.raises(ValueError, match="number of animals"):
        Result("path", "cm", "test", (), p=0.01)
    with pytest.raises(ValueError, match="must say why"):
        Result("path", "cm", "test", ())


@pytest.mark.proof
def test_false_alarms_are_as_many_as_promised():
    """4 to 6 % of 4000 null experiments of 8 animals a group are below 5 %, for a measure as skewed as latency."""
    rng = np.random.default_rng(11)
    settings = AnalysisSettings(n_permutations=999)
    alarms = [
        permutation_p([rng.exponential(size=8), rng.exponential(size=8)], settings)[0] <= 0.05 for _ in range(4000)
    ]
    assert 0.04 < np.mean(alarms) < 0.06
