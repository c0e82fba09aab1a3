"""Cohorts: labels exchanged within them, or whole cohorts as the unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_mazetrack.experiment.cohorts import CohortDesign, relabellings
from napari_mazetrack.experiment.permutation import Question, compare_values
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.statistics import compute_statistics

SETTINGS = AnalysisSettings(n_permutations=999, n_bootstrap=99)
ASKED = Question("outcome", "cm")


def animals(*rows: tuple[str, str, str, float]) -> tuple[pd.Series, CohortDesign]:
    """Animal, group, cohort, value: values by animal, and the design of their cohorts."""
    frame = pd.DataFrame(rows, columns=["animal", "group", "cohort", "value"])
    return frame.set_index(["group", "animal"])["value"], CohortDesign.of(frame)


def crossed(n: int, effect: float, shift: float = 1000.0) -> tuple[pd.Series, CohortDesign]:
    """Two cohorts that differ by `shift`, each with n animals of either group: group b is `effect` higher."""
    rng = np.random.default_rng(1)
    return animals(
        *(
            (f"{g}{c}{i}", g, f"c{c}", shift * c + effect * (g == "b") + rng.normal())
            for c in (0, 1) for g in "ab" for i in range(n)
        )
    )  # fmt: skip


def test_a_difference_within_cohorts_is_found_whatever_cohorts_differ_in() -> None:
    values, design = crossed(4, 3.0)
    (within,) = compare_values(values, ASKED, SETTINGS, design)
    (among,) = compare_values(values, ASKED, SETTINGS, CohortDesign())
    assert within.p < 0.01 < 0.5 < among.p
    assert within.test.endswith("over animals, within cohorts")
    assert within.unit_of_analysis == "animal"
    assert within.statistic == pytest.approx(values["a"].mean() - values["b"].mean())


def test_labels_are_exchanged_within_cohorts_and_all_orders_are_used_where_they_are_few() -> None:
    cohorts = [np.array(["x", "x", "y"]), np.array(["x", "y"])]
    found, is_all = relabellings(cohorts, SETTINGS)
    assert is_all
    assert len(found) == len(np.unique(found, axis=0)) == 3 * 2
    is_x = np.concatenate(cohorts) == "x"
    assert (found[:, is_x].sum(axis=1) == 1).all()
    many, is_all = relabellings([np.repeat(["x", "y"], 8)] * 2, SETTINGS)
    assert not is_all
    assert (many[:, :8].sum(axis=1) + many[:, 16:24].sum(axis=1) == 8).all()


def test_false_alarms_within_cohorts_are_as_many_as_they_should_be() -> None:
    rng = np.random.default_rng(3)
    _, design = crossed(3, 0.0)
    settings = AnalysisSettings(n_permutations=99, n_bootstrap=99)
    index = pd.MultiIndex.from_tuples([(name[0], name) for name in design.cohort_of], names=["group", "animal"])
    found = [
        compare_values(pd.Series(rng.normal(size=len(index)), index), ASKED, settings, design)[0].p
        for _ in range(400)
    ]  # fmt: skip
    assert 0.02 <= np.mean(np.array(found) <= 0.05) <= 0.08


def test_treated_cohorts_are_the_unit() -> None:
    rows = [(f"{g}{c}{i}", g, f"{g}{c}", 10.0 * (g == "b") + c + i) for g in "ab" for c in range(4) for i in range(3)]
    values, design = animals(*rows)
    assert design.is_unit
    (result,) = compare_values(values, ASKED, SETTINGS, design)
    assert [sample.n for sample in result.samples] == [4, 4]
    assert (result.unit_of_analysis, result.test) == ("cohort", "permutation of group labels over cohorts")
    assert result.statistic == pytest.approx(-10)
    one_each, design = animals(*rows[:3], *rows[12:15])
    (result,) = compare_values(one_each, ASKED, SETTINGS, design)
    assert "fewer than 2 cohorts" in result.note


@pytest.mark.parametrize("cohorts", [("", "", ""), ("x", "x", "x"), ("x", "y", "")], ids=["none", "one", "some"])
def test_cohorts_that_are_not_told_of_all_animals_change_nothing(cohorts: tuple[str, ...]) -> None:
    _, design = animals(*((f"m{i}", "ab"[i % 2], cohort, 1.0) for i, cohort in enumerate(cohorts)))
    assert design == CohortDesign()


def test_groups_that_share_no_cohort_are_not_tested() -> None:
    rows = [(f"{g}{i}", g, cohort, float(i)) for g, cohort in (("a", "x"), ("b", "y"), ("c", "x")) for i in range(3)]
    values, design = animals(*rows)
    pairs = {r.comparison: r for r in compare_values(values, ASKED, SETTINGS, design)}
    assert "no cohort has animals of both groups" in pairs["a vs b"].note
    assert np.isfinite(pairs["a vs c"].p)


def test_the_table_tells_unit_and_sexes(table) -> None:
    frame = table(n=3, days=2)
    number = frame["animal"].str[1:].astype(int)
    frame["sex"] = np.where(number == 0, "f", "m")
    frame["cohort"] = frame["group"] + number.astype(str)
    tests = compute_statistics(frame, SETTINGS, "all")
    assert set(tests["unit_of_analysis"]) == {"cohort"}
    assert tests.loc[tests["comparison"] == "a vs b", "sexes"].unique().tolist() == ["a: 1 f, 2 m; b: 1 f, 2 m"]
    assert not (tests["role"] == "second opinion").any()
