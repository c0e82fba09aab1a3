"""How long the measures of many trials take.

    python benchmarks/measures_speed.py [--trials 10000] [--samples 1500] [--processes 2]

Simulated swims that last to their limit (one in eleven a probe, with its windows) are written as tables of 25 samples
a second; then the whole of `mazetrack measure` runs on them: reading, measuring, the table. A few swims are simulated
and their files linked under many names: every trial is read and measured by itself anyway. Beside the time on the clock
stands the processors' time, which another program on the machine hardly changes. No intervals, no kernel densities.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.measures import measure_trial
from napari_mazetrack.maze.trials import load_trials, save_trials
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.simulator.experiment import ExperimentDesign, GroupDesign, write_experiment
from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks, swim_of
from napari_mazetrack.workflows.recordings import load_recordings

RATE_HZ = 25.0
N_ALONE = 500


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds on the clock, and of the processors, with the processes that it started."""

    wall_s: float
    processors_s: float


def write_trials(folder: Path, n_trials: int, n_samples: int) -> tuple[Path, ...]:
    """Write an arena, a trials sheet and a track for each trial; return the tracks."""
    group = GroupDesign("never finds", search_s=1e6, learning=1.0)
    design = ExperimentDesign((group,), n_animals=4, n_days=5, rate_hz=RATE_HZ, limit_s=n_samples / RATE_HZ)
    for _ in write_experiment(folder, design):
        pass
    swims = load_trials(folder / "trials.csv")
    rows, tracks = [], []
    for number in range(n_trials):
        swim = swims[number % len(swims)]
        track = folder / f"trial_{number:05d}.csv"
        os.link(folder / swim.film, track)
        tracks.append(track)
        rows.append(replace(swim, trial=track.stem, film=track.name))
    save_trials(rows, folder / "trials.csv", overwrite=True)
    return tuple(tracks)


def measure_alone(folder: Path, tracks: tuple[Path, ...]) -> Cost:
    """Measure swims that are in memory already, in this process."""
    arena = load_arena(folder / "arena.json")
    trials = load_trials(folder / "trials.csv")
    few = range(min(N_ALONE, len(tracks)))
    swims = [swim_of(load_recordings(tracks[i])[0], arena) for i in few]
    wall, before = time.perf_counter(), _processors_s()
    for i in few:
        measure_trial(swims[i], arena, trials[i])
    share = len(few) / len(tracks)
    return Cost((time.perf_counter() - wall) / share, (_processors_s() - before) / share)


def measure(folder: Path, tracks: tuple[Path, ...], processes: int) -> Cost:
    """Measure the tracks as the command does."""
    request = MeasureRequest(
        tracks, folder / "measures.csv", trials=folder / "trials.csv", processes=processes, force=True
    )
    wall, before = time.perf_counter(), _processors_s()
    run_to_end(measure_tracks(request))
    return Cost(time.perf_counter() - wall, _processors_s() - before)


def _processors_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=1_500)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tracks = write_trials(folder, options.trials, options.samples)
        print(f"{options.trials} trials of {options.samples} samples")
        _tell(f"measuring alone, one process, from {min(N_ALONE, len(tracks))} trials", measure_alone(folder, tracks))
        costs = [measure(folder, tracks, processes) for processes in sorted({1, options.processes})]
        for processes, cost in zip(sorted({1, options.processes}), costs, strict=True):
            _tell(f"mazetrack measure, {processes} process{'es' * (processes > 1)}", cost)
        print(f"  {costs[0].wall_s / costs[-1].wall_s:.2f} times as fast with {options.processes} processes")


def _tell(what: str, cost: Cost) -> None:
    print(f"  {what:<55} {cost.wall_s:7.1f} s on the clock, {cost.processors_s:7.1f} s of processors")


if __name__ == "__main__":
    main()
