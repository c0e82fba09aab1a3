"""One value per animal, and the table of tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.mixed_model import fit_mixed_models
from napari_mazetrack.experiment.outcomes import PERSEVERATION, Outcome, animal_values, outcomes_of
from napari_mazetrack.experiment.result import Sample
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.statistics import COLUMNS, compute_statistics

PATH = Outcome("hidden", "path_length_cm", "mean")
PRIMARY = "hidden.latency_s.mean"


def test_complete_data_give_the_plain_mean(table):
    frame = table()
    plain = frame[frame["kind"] == "hidden"].groupby(["group", "animal"])["path_length_cm"].mean()
    np.testing.assert_allclose(animal_values(frame, PATH), plain)


def test_an_animal_is_not_judged_by_the_day_it_lacks(table):
    """All animals are alike and learn; one misses the first, slow day and must not look quicker for it."""
    frame = table()
    hidden = frame["kind"] == "hidden"
    frame.loc[hidden, "path_length_cm"] = 1000 - 100 * frame.loc[hidden, "day"]
    without = frame[~((frame["animal"] == "a0") & (frame["day"] == 1))]
    values = animal_values(without, PATH)
    assert values["a", "a0"] == pytest.approx(values["b", "b0"])


def test_slopes_need_two_days(table):
    frame = table()
    hidden = frame["kind"] == "hidden"
    frame.loc[hidden, "path_length_cm"] = 1000 - 100 * frame.loc[hidden, "day"]
    few = frame[~((frame["animal"] == "a0") & (frame["day"] > 1))]
    values = animal_values(few, Outcome("hidden", "path_length_cm", "slope"))
    assert ("a", "a0") not in values.index
    np.testing.assert_allclose(values, -100)


def test_no_p_stands_without_test_unit_and_n(table):
    tests = compute_statistics(table(shift=2.0), AnalysisSettings(primary=PRIMARY), "all")
    assert tuple(tests.columns) == COLUMNS
    told = tests[tests["p"].notna()]
    assert len(told) > 10
    assert (told[["test", "unit_of_analysis", "n", "method"]] != "").all().all()
    assert (tests.loc[tests["p"].isna(), "note"] != "").all()


def test_the_primary_outcome_is_not_corrected_and_all_others_are(table):
    tests = compute_statistics(table(shift=1.0), AnalysisSettings(primary=PRIMARY), "all")
    primary = tests[tests["role"] == "primary"]
    assert list(primary["outcome"]) == [PRIMARY]
    assert primary["p_holm"].item() == primary["p"].item()
    others = tests[(tests["role"] == "secondary") & tests["p"].notna()].sort_values("p")
    assert others["p_holm"].iloc[0] == pytest.approx(min(1.0, len(others) * others["p"].iloc[0]))
    assert (others["n_corrected_for"] == len(others)).all()


def test_without_a_primary_outcome_all_is_exploratory(table):
    tests = compute_statistics(table(), AnalysisSettings(), "all")
    assert set(tests["role"]) == {"exploratory", "second opinion"}


def test_an_unknown_primary_outcome_is_refused_with_the_known_ones(table):
    with pytest.raises(MazetrackError, match=r"hidden\.path_length_cm\.mean"):
        compute_statistics(table(), AnalysisSettings(primary="latency"), "all")


def test_groups_that_swim_differently_are_warned_of_beside_spatial_results(table):
    frame = table(seed=4)
    is_fast = (frame["group"] == "b") & (frame["kind"] == "hidden")
    frame.loc[is_fast, "swim_speed_cm_s"] += 10 + np.arange(is_fast.sum()) % 7
    tests = compute_statistics(frame, AnalysisSettings(), "all").set_index("outcome")
    assert "groups differ in hidden.swim_speed_cm_s.mean" in tests.loc["hidden.thigmotaxis_fraction.mean", "note"]
    assert "groups differ" not in tests.loc["hidden.swim_speed_cm_s.mean", "note"]


def test_the_mixed_model_agrees_with_the_difference_of_means_and_is_flagged(table):
    frame = table(shift=2.0)
    level, slope = fit_mixed_models(frame, PATH)
    values = animal_values(frame, PATH)
    assert level.effect.value == pytest.approx(values["a"].mean() - values["b"].mean(), rel=1e-4)
    assert level.effect.low < level.effect.value < level.effect.high
    assert "fewer than 10 animals" in level.note
    assert level.is_secondary
    assert slope.outcome == "hidden.path_length_cm.slope"
    many = fit_mixed_models(table(n=12), PATH)
    assert many[0].note == ""


def test_the_mixed_model_does_not_apply_to_one_group_or_one_day(table):
    assert fit_mixed_models(table(groups=("a",)), PATH) == []
    assert fit_mixed_models(table(days=1), PATH) == []


def test_the_mixed_model_is_not_fitted_to_fewer_trials_than_it_has_random_effects(table):
    frame = table(days=2)
    single = frame.drop_duplicates(["kind", "window", "animal", "day"])
    (result,) = fit_mixed_models(single, PATH)
    assert np.isnan(result.p)
    assert result.note == "not fitted: 32 trials are too few for 16 animals with a slope each"


@pytest.mark.proof
def test_latency_and_means_of_null_experiments_alarm_as_often_as_promised(table):
    """Whole null experiments, censored latencies and all: 5 % false alarms, within three standard errors of 600."""
    from napari_mazetrack.experiment.permutation import permutation_p, values_by_group
    from napari_mazetrack.experiment.survival import latencies, log_rank_scores

    settings = AnalysisSettings(n_permutations=999)
    alarms = []
    for seed in range(600):
        frame = table(seed=seed)
        for values in (animal_values(frame, PATH), log_rank_scores(latencies(frame, "hidden"))):
            alarms.append(permutation_p(list(values_by_group(values).values()), settings)[0] <= 0.05)
    rates = np.array(alarms).reshape(-1, 2).mean(axis=0)
    assert (np.abs(rates - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 600)).all(), rates


def test_a_reversal_tells_of_the_old_platform_and_of_savings(table):
    """200 cm saved: 600 cm on the first day of training, 400 cm on the first of the reversal, whatever comes later."""
    frame = table(n=3, days=2)
    hidden = frame[frame["kind"] == "hidden"]
    reversal = hidden.assign(kind="reversal", day=hidden["day"] + 2, trial="r" + hidden["trial"])
    frame = pd.concat([frame, reversal], ignore_index=True)
    is_first = frame["day"].isin([1, 3])
    frame.loc[frame["kind"] == "hidden", "path_length_cm"] = np.where(is_first, 600.0, 300.0)[frame["kind"] == "hidden"]
    is_reversal = frame["kind"] == "reversal"
    frame.loc[is_reversal, "path_length_cm"] = np.where(is_first, 400.0, 100.0)[is_reversal]
    saved = animal_values(frame, Outcome("reversal", "path_length_cm", "savings"))
    np.testing.assert_allclose(saved, 200)
    assert len(saved) == 6
    assert not any("former" in outcome.name for outcome in outcomes_of(frame))
    frame.loc[is_reversal, "former_zone_time_fraction"] = np.where(is_first, 0.4, 0.1)[is_reversal]
    frame.loc[is_reversal, "former_mean_proximity_cm"] = 30.0
    np.testing.assert_allclose(animal_values(frame, Outcome("reversal", PERSEVERATION, "first")), 0.4)
    np.testing.assert_allclose(animal_values(frame, Outcome("reversal", PERSEVERATION, "mean")), 0.25)
    names = {outcome.name for outcome in outcomes_of(frame)}
    assert {"reversal.former_zone_time_fraction.first", "reversal.path_length_cm.savings"} <= names


def test_one_animal_has_no_sd_and_nothing_is_written_for_it():
    one, two = Sample.of("a", np.array([2.0])), Sample.of("b", np.array([1.0, 3.0]))
    assert (one.mean_sd, two.mean_sd) == ("2 (one value)", "2 ± 1.414")
    assert Sample.of("c", np.array([])).mean_sd == "no value"
