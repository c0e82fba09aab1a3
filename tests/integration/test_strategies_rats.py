"""What people called direct finding in real rats is direct or indirect by Pathfinder's rules."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.measures import Window, measure_trial
from napari_mazetrack.maze.swim import make_swim
from napari_mazetrack.maze.trials import Trial, TrialKind


def test_direct_finds_are_direct_by_pathfinders_rules(shared_data: Path) -> None:
    import pandas as pd

    folder = shared_data / "water_maze_rats"
    labels = pd.read_csv(folder / "trials.csv").set_index("trial_key")["strategy_labels"]
    direct = set(labels.index[labels == "DF"])
    samples = pd.read_csv(folder / "samples.csv.gz", usecols=["trial_key", "time_s", "x_cm", "y_cm"])
    arena = Arena(Ellipse(100, 100, 100, 100), units="cm", platforms={"p": Platform("circle", 46.1, 110.5, 6.9)})
    calls = []
    for key, rows in samples[samples["trial_key"].isin(direct)].groupby("trial_key"):
        swim = make_swim(rows["time_s"].to_numpy(), rows[["x_cm", "y_cm"]].to_numpy())
        trial = Trial(str(key), TrialKind.HIDDEN, release_s=float(swim.time_s[0]), limit_s=90.0)
        calls.append(measure_trial(swim, arena, trial, windows=[Window()])[0].values["strategy"])
    print({call: calls.count(call) for call in calls})
    assert len(calls) == 50
    assert None not in calls
    assert sum(call in ("direct", "indirect") for call in calls) >= 45
