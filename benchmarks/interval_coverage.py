"""How often 95 % intervals of measures cover the truth of simulated swims.

    python benchmarks/interval_coverage.py [--trials 210] [--draws 100] [--noise gaussian|laplace] [--json FILE]

Every swim is tracked as a detector would: errors of a stated σ (a share of their variance lasts for a second, as
`tracking.slow_errors` found on films), gaps of up to 0.8 s and single outliers. The package's smoother makes the track
and `measure_intervals` the intervals. Trials are independent: in brackets Wilson's interval of each measure, and for
all measures together the trials drawn again. A count is covered more often than 95 % where its interval is one step
wide. Intervals of no width are counted apart.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from napari_mazetrack.maze.measures import TrialMeasures
from napari_mazetrack.maze.measures.settings import WHOLE
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.simulator.scenario import Scenario, scenario_named
from napari_mazetrack.simulator.trial import simulate_trial
from napari_mazetrack.simulator.trial_files import trial_row, true_arena, true_track
from napari_mazetrack.tracking.slow_errors import SLOW_SHARE, draw_slow
from napari_mazetrack.tracking.smoothing import Observations, smooth
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.workflows.measure import measure_recording
from napari_mazetrack.workflows.measure_intervals import measure_intervals
from napari_mazetrack.workflows.recording import Recording
from napari_mazetrack.workflows.recordings import recordings_of_track

NAMES = ("escape", "escape_late", "limit", "probe", "reversal", "floating", "circling")
#: σ of the detector, pixels, one for each trial in turn.
SIGMAS_PX = (1.0, 2.0, 3.0)
OUTLIER_SHARE, OUTLIER_PX = 0.01, 25.0
GAPS_A_MINUTE, LONGEST_GAP_S = 6.0, 0.8
N_RESAMPLES = 1000


def white_noise(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> np.ndarray:
    """Return independent errors of standard deviation 1."""
    return rng.laplace(0, np.sqrt(0.5), shape) if kind == "laplace" else rng.standard_normal(shape)


def detected(truth: Track, sigma_px: float, kind: str, rng: np.random.Generator) -> Track:
    """Return what a detector and the smoother make of a true track."""
    xy, final, sigma = (
        truth.raw_keypoints_xy.astype(float),
        np.full_like(truth.keypoints_xy, np.nan),
        np.full_like(truth.sigma_px, np.nan),
    )
    is_lost = lost_frames(truth.time_s, rng) | ~np.isfinite(truth.path_xy()).all(axis=1)
    is_outlier = rng.random(truth.n_frames) < OUTLIER_SHARE
    for k in range(truth.skeleton.n_keypoints):
        slow = draw_slow(truth.time_s, 1, rng)[0]
        noise = np.sqrt(SLOW_SHARE) * slow + np.sqrt(1 - SLOW_SHARE) * white_noise(rng, slow.shape, kind)
        xy[:, 0, k] += sigma_px * noise + is_outlier[:, None] * rng.uniform(-OUTLIER_PX, OUTLIER_PX, slow.shape)
    xy[is_lost] = np.nan
    said = np.where(np.isfinite(xy[..., 0]), sigma_px, np.nan)
    seen = np.flatnonzero(~is_lost)
    for k in range(truth.skeleton.n_keypoints):
        path = smooth(Observations(truth.time_s, xy[:, 0, k], said[:, 0, k], np.zeros(truth.n_frames, bool)))
        assert path is not None
        final[:, 0, k], sigma[:, 0, k] = path.compute_xy(), path.compute_sigma_px()
    source = np.where(is_lost, Source.INTERPOLATED, Source.DETECTED).astype(np.uint8)[:, None]
    source[: seen[0]] = source[seen[-1] + 1 :] = Source.MISSING
    return replace(
        truth,
        keypoints_xy=final,
        sigma_px=sigma,
        source=source,
        raw_keypoints_xy=xy.astype(np.float32),
        raw_sigma_px=said.astype(np.float32),
    )


def lost_frames(time_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the frames [T] in which the detector finds nothing."""
    is_lost = np.zeros(len(time_s), bool)
    for begin in rng.uniform(0, time_s[-1], rng.poisson(GAPS_A_MINUTE * time_s[-1] / 60)):
        is_lost |= (time_s >= begin) & (time_s < begin + rng.uniform(0.1, LONGEST_GAP_S))
    return is_lost


def measure_one(scenario: Scenario, seed: int, kind: str, n_draws: int) -> dict[str, tuple[float, ...]]:
    """Return truth, value, low and high of each measure of a trial that has an interval."""
    simulated = simulate_trial(scenario, seed)
    arena = true_arena(simulated)
    # Given, so that truth and track are measured over the same time.
    trial = replace(trial_row(simulated, scenario.name), release_s=simulated.truth.release_s)
    truth = true_track(simulated)
    track = detected(truth, SIGMAS_PX[seed % len(SIGMAS_PX)], kind, np.random.default_rng(seed))

    def measure(recording: Recording) -> list[TrialMeasures]:
        return measure_recording(recording, arena, trial, (WHOLE,))

    (recording,), (true_recording,) = recordings_of_track(track, "track"), recordings_of_track(truth, "truth")
    rows = run_to_end(measure_intervals(recording, measure(recording), measure, n_draws, seed))
    true = measure(true_recording)[0].values
    return {
        row["measure"]: (float(true[row["measure"]]), row["value"], row["low"], row["high"])
        for row in rows
        if "low" in row and np.isfinite(row["low"]) and isinstance(true[row["measure"]], int | float | np.number)
        and np.isfinite(true[row["measure"]])
    }  # fmt: skip


def summarise(trials: list[dict[str, tuple[float, ...]]]) -> dict[str, dict[str, float]]:
    """Return for each measure: intervals with a width, the share that covers, its interval, and the usual miss."""
    of_measure = defaultdict(list)
    for trial in trials:
        for name, row in trial.items():
            of_measure[name].append(row)
    summary = {}
    for name, rows in of_measure.items():
        true, value, low, high = np.array(rows).T
        is_wide = high > low + 1e-12
        if not is_wide.any():
            continue
        n, n_in = int(is_wide.sum()), int(((low <= true) & (true <= high))[is_wide].sum())
        within = binomtest(n_in, n).proportion_ci(method="wilson")
        summary[name] = {
            "n": n,
            "covered": n_in / n,
            "covered_low": float(within.low),
            "covered_high": float(within.high),
            "no_width": len(rows) - n,
            "no_width_right": float((true == value)[~is_wide].mean()) if n < len(rows) else float("nan"),
            "bias_in_widths": float(np.median((value - true)[is_wide] / (high - low)[is_wide])),
        }
    return summary


def overall(trials: list[dict[str, tuple[float, ...]]], names: set[str]) -> tuple[float, float, float]:
    """Return the share of intervals of these measures that cover, and its 95 % interval, trials drawn again."""
    covers = [
        [low <= true <= high for name, (true, _, low, high) in trial.items() if name in names and high > low + 1e-12]
        for trial in trials
    ]
    n_in, n = np.array([sum(c) for c in covers]), np.array([len(c) for c in covers])
    pick = np.random.default_rng(0).integers(len(trials), size=(N_RESAMPLES, len(trials)))
    low, high = np.percentile(n_in[pick].sum(axis=1) / n[pick].sum(axis=1), [2.5, 97.5])
    return float(n_in.sum() / n.sum()), float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=210)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--noise", choices=("gaussian", "laplace"), default="gaussian")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    trials = []
    for i in range(options.trials):
        scenario = scenario_named(NAMES[i % len(NAMES)])
        trials.append(measure_one(scenario, 1000 * options.seed + i, options.noise, options.draws))
    summary = summarise(trials)
    print(f"{options.trials} trials, {options.draws} draws, {options.noise} errors of {SIGMAS_PX} px")
    print(f"{'measure':<38} {'n':>4}  covered, %            no width (right)   bias, widths")
    for name, row in sorted(summary.items(), key=lambda item: item[1]["covered"]):
        span = f"{100 * row['covered']:5.1f} ({100 * row['covered_low']:.0f}–{100 * row['covered_high']:.0f})"
        alone = f"{row['no_width']:>3.0f} ({row['no_width_right']:.2f})" if row["no_width"] else ""
        print(f"{name:<38} {row['n']:>4}  {span:<20}  {alone:<17}  {row['bias_in_widths']:+.2f}")
    share, low, high = overall(trials, set(summary))
    print(f"all intervals: {100 * share:.1f} % ({100 * low:.1f}–{100 * high:.1f})")
    if options.json:
        told = {"settings": {**vars(options), "json": None}, "measures": summary}
        options.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
