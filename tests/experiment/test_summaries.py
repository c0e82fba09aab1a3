"""Means over animals, and nothing averaged over what is not there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_mazetrack.experiment.measures_frame import measures_frame
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.summaries import median_interval, summarise

SETTINGS = AnalysisSettings(n_bootstrap=999)


def rows(*values: tuple[str, str, float | None]) -> pd.DataFrame:
    """Measures of trials of day 1: animal, group and path."""
    return measures_frame(
        {"trial": str(i), "animal": animal, "group": group, "kind": "hidden", "day": 1, "window": "whole"}
        | ({} if value is None else {"path_length_cm": value})
        for i, (animal, group, value) in enumerate(values)
    )


def group_row(frame: pd.DataFrame, group: str = "g") -> pd.Series:
    table = summarise(frame, SETTINGS, ["path_length_cm"])
    (row,) = [row for _, row in table[(table["level"] == "group") & (table["group"] == group)].iterrows()]
    return row


def test_a_groups_mean_is_over_animals_not_over_trials():
    """Animal m1 swam three trials of 100 cm, m2 one of 400 cm: 250 cm, where a mean over trials gives 175."""
    row = group_row(rows(("m1", "g", 100), ("m1", "g", 100), ("m1", "g", 100), ("m2", "g", 400)))
    assert (row["mean"], row["n_animals"], row["n_trials"]) == (250, 2, 4)
    assert row["sd"] == pytest.approx(np.std([100, 400], ddof=1))
    assert row["unit"] == "cm"


def test_a_missing_value_leaves_its_mean_and_the_counts_tell():
    row = group_row(rows(("m1", "g", 100), ("m1", "g", None), ("m2", "g", None), ("m3", "g", 300)))
    assert (row["mean"], row["n_animals"], row["n_trials"]) == (200, 2, 2)


def test_one_animal_has_a_mean_but_no_sd():
    row = group_row(rows(("m1", "g", 100), ("m2", "h", 300)))
    assert row["mean"] == 100
    assert np.isnan(row["sd"])


def test_a_median_has_an_interval_from_six_animals_on():
    assert np.isnan(median_interval(np.arange(5.0), SETTINGS)).all()
    low, high = median_interval(np.arange(6.0), SETTINGS)
    assert 0 <= low < 2.5 < high <= 5
    assert median_interval(np.arange(6.0), SETTINGS) == (low, high)


def test_what_no_trial_has_is_not_in_the_table():
    table = summarise(rows(("m1", "g", None)), SETTINGS, ["path_length_cm"])
    assert table.empty


def test_the_shares_of_strategies_are_averaged_over_animals():
    """Animal m1 goes straight in both of its trials, m2 in none of its three that can be called."""
    called = [("m1", "direct"), ("m1", "direct"), ("m2", "random"), ("m2", "focal"), ("m2", "random"), ("m2", None)]
    frame = measures_frame(
        {"trial": str(i), "animal": who, "group": "g", "kind": "hidden", "day": 1, "window": "whole", "strategy": what}
        for i, (who, what) in enumerate(called)
    )
    table = summarise(frame, SETTINGS)
    shares = table[table["level"] == "group"].set_index("measure")
    assert shares.loc["strategy:direct", ["mean", "n_animals", "n_trials", "unit"]].tolist() == [
        0.5, 2, 5, "share of trials",
    ]  # fmt: skip
    assert shares.loc["strategy:random", "mean"] == pytest.approx(1 / 3)
    assert "strategy:unknown" not in shares.index


def test_sexes_are_summed_up_apart_and_animals_carry_sex_and_cohort():
    frame = rows(("m1", "g", 100), ("m2", "g", 300), ("m3", "g", 500))
    frame["sex"], frame["cohort"] = ["f", "f", "m"], ["c1", "c2", "c2"]
    table = summarise(frame, SETTINGS, ["path_length_cm"])
    animals = table[table["level"] == "animal"]
    assert animals[["sex", "cohort"]].to_numpy().tolist() == [["f", "c1"], ["f", "c2"], ["m", "c2"]]
    apart = table[table["level"] == "group and sex"]
    assert apart[["sex", "n_animals", "mean"]].to_numpy().tolist() == [["f", 2, 200.0], ["m", 1, 500.0]]
    assert table.loc[table["level"] == "group", ["n_animals", "mean"]].to_numpy().tolist() == [[3, 300.0]]
