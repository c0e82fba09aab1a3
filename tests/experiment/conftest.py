"""Tables of measures for tests, without tracks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from napari_mazetrack.experiment.measures_frame import measures_frame

Table = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def table() -> Table:
    """Make the measures of an experiment: ``table(n=8, days=5, trials=2, shift=0.0, seed=0, groups=("a", "b"))``.

    Latency, path and proximity fall from day to day; the second group's lie `shift` animal SDs higher.
    """
    return make_table


def make_table(
    n: int = 8,
    days: int = 5,
    trials: int = 2,
    shift: float = 0.0,
    seed: int = 0,
    groups: tuple[str, ...] = ("a", "b"),
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for g, group in enumerate(groups):
        for i in range(n):
            level = 10 * rng.normal() + 10 * shift * (g > 0)
            who = {"animal": f"{group}{i}", "group": group, "window": "whole", "missing_fraction": 0.0}
            for day in range(1, days + 1):
                for k in range(trials):
                    latency = float(np.clip(60 - 6 * day + level + 8 * rng.normal(), 1, 60))
                    rows.append(
                        who
                        | {"trial": f"{group}{i}_{day}_{k}", "kind": "hidden", "day": day, "latency_s": latency}
                        | {"reached_platform": latency < 60, "path_length_cm": 20 * latency, "swim_speed_cm_s": 20.0}
                        | {"mean_speed_cm_s": 20.0, "trial_duration_s": latency, "floating_time_s": 0.0}
                        | {"strategy": "direct" if latency < 30 else "random", "strategy_segments": "incursion"}
                        | {"strategy_garthe": "unknown", "strategy_agreement": 1 / 3 if latency < 30 else 2 / 3}
                        | {"mean_proximity_cm": 30 + level / 5 + rng.normal(), "thigmotaxis_fraction": rng.uniform()}
                    )
            share = float(np.clip(0.4 - 0.1 * shift * (g > 0) + 0.08 * rng.normal(), 0, 1))
            rows.append(
                who
                | {"trial": f"{group}{i}_probe", "kind": "probe", "day": days + 1, "mean_speed_cm_s": 20.0}
                | {"quadrant_target_time_fraction": share, "latency_s": 5.0, "trial_duration_s": 60.0}
                | {f"quadrant_{role}_time_s": 15.0 + rng.normal() for role in ("target", "opposite", "left", "right")}
                | {f"quadrant_{role}_path_cm": 300.0 for role in ("target", "opposite", "left", "right")}
            )
    return measures_frame(rows)
