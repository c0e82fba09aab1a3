"""How often the tests of an experiment alarm where nothing is, and find what is there.

    python benchmarks/false_alarms.py [--experiments 5000] [--processes 2] [--out FILE.json]

Null experiments: groups of animals of one kind, five days of four hidden trials and a probe, in which each animal has
its own way of learning. A trial is a path length and a latency, skewed as those of mice are, which a limit cuts in
about 0, 15 or 40 % of the trials. They are simulated as measures, not as tracks: a hundred million positions would say
the same.
Then the same tests are made as `mazetrack analyse` makes. Power: groups of ten whose animals' mean paths lie 1.2
standard deviations apart, beside Student's t-test on the same means.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from napari_mazetrack.experiment.outcomes import Outcome, animal_values
from napari_mazetrack.experiment.permutation import Question, compare_with_chance, permutation_p, values_by_group
from napari_mazetrack.experiment.settings import AnalysisSettings
from napari_mazetrack.experiment.survival import latencies, log_rank_scores
from napari_mazetrack.maze.measures.quadrant_use import AREA_SHARE

SIZES = ((4, 4), (6, 6), (10, 10), (5, 9))
CENSORED = (0.0, 0.15, 0.4)
N_DAYS, N_TRIALS = 5, 4
SPEED_CM_S, SPEED_SD = 20.0, 0.2
SETTINGS = AnalysisSettings(n_permutations=1999)
ALPHA = 0.05
MEAN, SLOPE = (Outcome("hidden", "path_length_cm", reduction) for reduction in ("mean", "slope"))
TARGET = Outcome("probe", "quadrant_target_time_fraction", "probe")
POWER_N, POWER_D = 10, 1.2


def simulate(rng: np.random.Generator, sizes: tuple[int, int], censored: float) -> pd.DataFrame:
    """Return the measures of an experiment of two groups that do not differ."""
    n = sum(sizes)
    level = rng.normal(0, 0.35, n)
    gain = rng.normal(0.25, 0.08, n)
    day = np.arange(N_DAYS)
    log_path = 6.5 + level[:, None, None] - gain[:, None, None] * day[None, :, None]
    path = np.exp(log_path + rng.normal(0, 0.6, (n, N_DAYS, N_TRIALS)))
    speed = SPEED_CM_S * np.exp(rng.normal(0, SPEED_SD, n))[:, None, None]
    latency = path / speed
    limit = np.quantile(latency, 1 - censored) if censored else np.inf
    is_reached = latency <= limit
    path = np.where(is_reached, path, limit * speed) if censored else path
    animal, days, _ = (index.ravel() for index in np.indices(path.shape))
    group = np.array(["a"] * sizes[0] + ["b"] * sizes[1])
    hidden = pd.DataFrame(
        {
            "group": group[animal],
            "animal": animal,
            "day": days + 1,
            "kind": "hidden",
            "window": "whole",
            "path_length_cm": path.ravel(),
            "latency_s": np.minimum(latency, limit).ravel(),
            "reached_platform": is_reached.ravel().astype(float),
        }
    )
    probe = pd.DataFrame(
        {"group": group, "animal": np.arange(n), "day": N_DAYS + 1, "kind": "probe", "window": "whole"}
    )
    probe[TARGET.measure] = np.clip(AREA_SHARE + rng.normal(0, 0.1, n), 0, 1)
    return pd.concat([hidden, probe], ignore_index=True)


def p_values(frame: pd.DataFrame) -> dict[str, float]:
    """Return p of every kind of test that ships."""
    found = {}
    for name, outcome in (("mean", MEAN), ("slope", SLOPE), ("probe, between groups", TARGET)):
        found[name] = permutation_p(list(values_by_group(animal_values(frame, outcome)).values()), SETTINGS)[0]
    scores = log_rank_scores(latencies(frame, "hidden"))
    found["latency, log-rank"] = permutation_p(list(values_by_group(scores).values()), SETTINGS)[0]
    largest = max(values_by_group(animal_values(frame, TARGET)).items(), key=lambda item: len(item[1]))
    question = Question("probe", "share")
    found["probe, against chance"] = compare_with_chance(*largest, AREA_SHARE, question, SETTINGS).p
    return found


def alarms(seed: int, cell: tuple[tuple[int, int], float]) -> dict[str, bool]:
    """Return which tests of one null experiment are below 5 %."""
    rng = np.random.default_rng([seed, sum(cell[0]), cell[0][0], int(100 * cell[1])])
    return {name: p <= ALPHA for name, p in p_values(simulate(rng, *cell)).items()}


def spread_of_means() -> float:
    """Return the standard deviation of the animals' mean paths, of very many animals."""
    frame = simulate(np.random.default_rng(5), (1000, 1000), 0.0)
    return float(animal_values(frame, MEAN).std(ddof=1))


def finds(seed: int, sd: float) -> dict[str, bool]:
    """Return whether a difference of `POWER_D` is found by relabelling, and by Student's t-test on the same means."""
    frame = simulate(np.random.default_rng([seed, 99]), (POWER_N, POWER_N), 0.0)
    values = values_by_group(animal_values(frame, MEAN))
    one, other = values["a"] + POWER_D * sd, values["b"]
    return {
        "permutation": permutation_p([one, other], SETTINGS)[0] <= ALPHA,
        "t-test": bool(stats.ttest_ind(one, other).pvalue <= ALPHA),
    }


def rates(outcomes: Iterator[dict[str, bool]]) -> dict[str, float]:
    """Return how often each is true."""
    table = pd.DataFrame(list(outcomes))
    return {str(name): float(share) for name, share in table.mean().items()}


def tell(name: str, shares: dict[str, float]) -> None:
    """Print a row."""
    print(f"{name}: " + ", ".join(f"{test} {100 * share:.2f} %" for test, share in shares.items()), flush=True)


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=5000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    seeds = range(options.experiments)
    result: dict[str, dict[str, float]] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        for sizes, censored in product(SIZES, CENSORED):
            name = f"{sizes[0]} + {sizes[1]} animals, {censored:.0%} censored"
            result[name] = rates(pool.map(partial(alarms, cell=(sizes, censored)), seeds, chunksize=50))
            tell(name, result[name])
        result["power"] = rates(pool.map(partial(finds, sd=spread_of_means()), seeds, chunksize=50))
    tell(f"power for d = {POWER_D}, {POWER_N} a group", result["power"])
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
