"""444 trials of real rats in the variant `rtrack` against what Rtrack 1.0.7 itself computed of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.measures import VARIANTS, Window, measure_trial
from napari_mazetrack.maze.swim import Swim, make_swim
from napari_mazetrack.maze.trials import Trial, TrialKind

ARENA = Arena(
    Ellipse(100.0, 100.0, 100.0, 100.0),
    units="cm",
    y_axis="up",
    platforms={"platform": Platform("circle", 46.1, 110.5, 6.9)},
)
NOMINAL_S = 90.0


@pytest.fixture(scope="module")
def swims(shared_data: Path) -> dict[str, Swim]:
    """The swims by trial."""
    import pandas as pd

    path = shared_data / "water_maze_rats" / "samples.csv.gz"
    samples = pd.read_csv(path, usecols=["trial_key", "time_s", "x_cm", "y_cm"]).groupby("trial_key")
    return {str(key): make_swim(rows["time_s"].to_numpy(), rows[["x_cm", "y_cm"]].to_numpy()) for key, rows in samples}


@pytest.fixture(scope="module")
def tables(shared_data: Path, swims: dict[str, Swim]) -> tuple[Any, Any]:
    """Our values and Rtrack's, a row a trial."""
    import pandas as pd

    theirs = pd.read_csv(shared_data / "water_maze_rats" / "rtrack_1_0_7_metrics.csv").set_index("trial_key")
    ours = {}
    for key, swim in swims.items():
        trial = Trial(key, TrialKind.HIDDEN, release_s=float(swim.time_s[0]), limit_s=NOMINAL_S)
        ours[key] = measure_trial(swim, ARENA, trial, windows=[Window()], variant=VARIANTS["rtrack"])[0].values
        ours[key]["first_s"] = float(swim.time_s[0])
    return pd.DataFrame.from_dict(ours, orient="index").loc[theirs.index], theirs


@pytest.mark.parametrize(
    ("measure", "column", "per", "within"),
    [
        ("path_length_cm", "path.length", 1, 0.1),
        ("trial_duration_s", "total.time", 1, 0.01),
        ("mean_speed_cm_s", "mean.velocity", 1, 0.05),
        ("mean_proximity_cm", "mean.d.goal", 1, 0.01),
        ("mean_centroid_distance_cm", "mean.d.centroid", 1, 0.01),
        ("initial_trajectory_error_cm", "initial.trajectory.error", 1, 0.01),
        ("initial_heading_error_deg", "mean.initial.heading.error", 1, 0.05),
        ("path_efficiency", "efficiency", 100, 1e-6),
        ("coverage_fraction", "coverage", 1, 0.005),
        ("thigmotaxis_fraction", "time.in.zone.wall", NOMINAL_S, 1e-6),
        ("quadrant_target_time_fraction", "time.in.zone.n.quadrant", NOMINAL_S, 1e-6),
        ("platform_crossings", "goal.crossings", 1, 0),
        ("roaming_entropy", "roaming.entropy", 1, 0.01),
    ],
)
def test_values_agree(tables: tuple[Any, Any], measure: str, column: str, per: float, within: float) -> None:
    ours, theirs = tables
    difference = ours[measure].astype(float) - theirs[column] / per
    agree = difference.abs() <= within + 1e-9
    print(f"{measure}: {agree.sum()} of {len(agree)}, worst {difference.abs().max():.4g}")
    assert len(agree) == 444
    assert agree.mean() >= 0.99


def test_shares_that_differ_have_a_sample_on_the_border(tables: tuple[Any, Any], swims: dict[str, Swim]) -> None:
    ours, theirs = tables
    column = ours["quadrant_target_time_fraction"].astype(float)
    difference = column - theirs["time.in.zone.n.quadrant"] / NOMINAL_S
    differing = difference[difference.abs() > 1e-6]
    assert len(differing) == 4
    platform = ARENA.platforms["platform"]
    for key, share in differing.items():
        ray = swims[key].xy_cm[~swims[key].is_missing] - 100.0
        assert share * len(ray) == pytest.approx(1)  # one sample, which Rtrack's rounded corners leave out
        angle = np.arctan2(ray[:, 1], ray[:, 0]) - np.arctan2(platform.cy - 100.0, platform.cx - 100.0)
        from_border = np.abs(np.abs(np.degrees((angle + np.pi) % (2 * np.pi) - np.pi)) - 45)
        assert from_border.min() < 0.002


def test_latencies_agree(tables: tuple[Any, Any]) -> None:
    ours, theirs = tables
    reached = ours["reached_platform"].astype(bool)
    assert (reached == theirs["latency.to.goal"].notna()).all()
    latency = ours["latency_s"].astype(float) + ours["first_s"]
    np.testing.assert_allclose(latency[reached], theirs["latency.to.goal"][reached], atol=0.01)
