"""Spatial entropy of real mice against the published one of each trial (Cooke et al. 2020)."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_mazetrack.maze.arena import Arena, Ellipse, Platform
from napari_mazetrack.maze.measures import Window, measure_trial
from napari_mazetrack.maze.swim import make_swim
from napari_mazetrack.maze.trials import Trial, TrialKind


@pytest.mark.parametrize("kind", [TrialKind.PROBE, TrialKind.HIDDEN])
def test_every_published_entropy_is_met(shared_data: Path, kind: TrialKind) -> None:
    import pandas as pd

    folder = shared_data / "water_maze_entropy"
    tracks = pd.read_csv(folder / "tracks.csv.gz").groupby(["group", "trial"])
    differences = []
    for row in pd.read_csv(folder / "entropy_expected.csv").itertuples():
        x, y = map(float, row.platform_reproducing_it.split(","))
        arena = Arena(Ellipse(54, 53, 50, 50), units="cm", platforms={"platform": Platform("circle", x, y, 5.0)})
        rows = tracks.get_group((row.group, row.trial))
        swim = make_swim(rows["time_s"].to_numpy(), rows[["x", "y"]].to_numpy())
        trial = Trial("t", kind, release_s=0.0)
        values = measure_trial(swim, arena, trial, windows=[Window()])[0].values
        differences.append(float(values["spatial_entropy"] or 0.0) - row.entropy_cooke)
    print(sorted(differences, key=abs))
    assert len(differences) == 30
    assert max(map(abs, differences)) == pytest.approx(0, abs=0.011)
