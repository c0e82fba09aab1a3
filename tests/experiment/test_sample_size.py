"""Numbers of animals that textbooks give, and what a pilot of known spread asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.experiment.sample_size import animals_needed, plan_experiment, power_of
from napari_mazetrack.workflows.plan import plan_from_pilot


@pytest.mark.parametrize(
    ("effect", "power", "n"), [(0.2, 0.8, 394), (0.5, 0.8, 64), (0.8, 0.8, 26), (0.8, 0.9, 34), (1.2, 0.8, 12)]
)
def test_cohens_tables(effect: float, power: float, n: int) -> None:
    assert animals_needed(effect, power) == n
    assert power_of(effect, n) >= power > power_of(effect, n - 1)


def test_power_is_the_share_of_simulated_experiments_that_find_it() -> None:
    from scipy import stats

    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, (4000, 10)), rng.normal(1.2, 1, (4000, 10))
    found = np.mean(stats.ttest_ind(first, second, axis=1).pvalue < 0.05)
    assert power_of(1.2, 10) == pytest.approx(found, abs=0.02)
    assert power_of(0.0, 10) == pytest.approx(0.05)


def test_a_pilot_gives_the_spread_and_not_the_effect() -> None:
    pilot = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([101.0, 102.0, 103.0])}
    plan = plan_experiment(pilot, 0.8, 0.8)
    assert (plan.n_pilot, plan.sd, plan.n) == (6, 1.0, 26)
    assert plan.cautious_sd == pytest.approx(np.sqrt(4 / 1.6488), abs=1e-3)  # chi² of 4 at 20 %
    assert plan.cautious_n is not None
    assert plan.cautious_n > 26
    assert plan_experiment(pilot, 0.01, 0.8).n is None


@pytest.mark.parametrize(
    ("pilot", "words"),
    [({"a": np.array([1.0, 2.0])}, "too few"), ({"a": np.ones(5)}, "the same value"), ({}, "too few")],
    ids=["two", "alike", "none"],
)
def test_a_pilot_that_says_nothing_is_told(pilot: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(MazetrackError, match=words):
        plan_experiment(pilot, 1.0, 0.8)


def test_from_a_table_of_measures(tmp_path: Path) -> None:
    """Four animals, two trials each: means 10, 12, 14, 16; the SD is theirs, not that of the trials."""
    lines = ["trial,animal,group,day,kind,window,excluded,path_length_cm,latency_s"]
    for i, mean in enumerate((10, 12, 14, 16)):
        lines += [f"t{i}{j},m{i},ctrl,1,hidden,whole,false,{mean + side},5" for j, side in enumerate((-9, 9))]
    lines.append("t9,m9,ctrl,1,hidden,whole,true,900,5")
    (tmp_path / "pilot.csv").write_text("\n".join(lines) + "\n")
    plan, unit = plan_from_pilot(tmp_path / "pilot.csv", "hidden.path_length_cm.mean", 2.0, 0.8)
    assert (plan.n_pilot, plan.sd, unit) == (4, pytest.approx(np.std([10, 12, 14, 16], ddof=1)), "cm")
    with pytest.raises(MazetrackError, match="none that these trials can give"):
        plan_from_pilot(tmp_path / "pilot.csv", "hidden.speed", 2.0, 0.8)
