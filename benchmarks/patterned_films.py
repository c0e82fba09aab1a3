"""Whole films of pools of unseen kinds, from pixels to measures: with the floor's pattern taken out, and as they are.

    python benchmarks/patterned_films.py [--trials 3] [--seed 7] [--model fast] [--work FOLDER]

For each of the five kinds of `unseen_pools.py`, trials of `mazetrack simulate` are filmed, tracked with their arena and
measured. Printed for each film: frames of the true swim in which the track's body lies within 10 px of the truth, and
how far end reason, latency, path and the worst quadrant's time are off. A film is right within the limits of the
forty films of `make proof`: end reason, latency within a frame, path within 3 %, quadrants within 0.2 s.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from unseen_pools import KINDS, repaint_as

from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import Trial, TrialKind, save_trials
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import ShippedModel
from napari_mazetrack.simulator.film import render_film
from napari_mazetrack.simulator.scenario import SCENARIOS
from napari_mazetrack.simulator.trial import SimulatedTrial, simulate_trial
from napari_mazetrack.simulator.trial_files import trial_row, true_arena, true_track
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.tracking.floor_choice import Floor
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks
from napari_mazetrack.workflows.track import TrackRequest, track_film

NEAR_PX = 10.0


def film_trials(folder: Path, n_trials: int, seed: int) -> Iterator[tuple[str, SimulatedTrial, Trial]]:
    """Film some trials in pools of each unseen kind: the kind, the trial and its row."""
    kinds = [kind for kind, change in KINDS.items() if change is not None]
    for number in range(n_trials * len(kinds)):
        kind = kinds[number % len(kinds)]
        trial = simulate_trial(SCENARIOS[number % len(SCENARIOS)], 1000 * seed + number)
        row = trial_row(trial, f"pool_{number:02d}")
        list(render_film(trial, folder / row.film, repaint=repaint_as(kind, trial)))
        save_arena(true_arena(trial), folder / row.arena)
        yield kind, trial, row


def share_near(track: Track, trial: SimulatedTrial) -> float:
    """Return the share of the frames with an animal after its release in which the track is near the truth."""
    truth = true_track(trial).keypoints_xy[:, 0, MOUSE.centre]
    swims = np.isfinite(truth[:, 0]) & (trial.frame_time_s >= trial.truth.release_s)
    distance = np.linalg.norm(track.keypoints_xy[:, 0, MOUSE.centre] - truth, axis=1)
    return float(np.mean(distance[swims] <= NEAR_PX))


def how_far_off(row: dict[str, str], trial: SimulatedTrial) -> tuple[bool, float, float, float]:
    """Return whether the end reason is right, and how far off latency (s), path (share) and quadrant (s) are."""
    truth = trial.truth
    is_visited_probe = trial.scenario.kind == TrialKind.PROBE and truth.visits
    latency_s = truth.visits[0].enter_s - truth.release_s if is_visited_probe else truth.latency_s
    quadrants = [float(row[f"quadrant_{q}_time_s"]) - truth.quadrant_time_s[q - 1] for q in range(1, 5)]
    return (
        row["end_reason"] == truth.end_reason,
        float(row["latency_s"]) - latency_s,
        float(row["path_length_cm"]) / truth.path_length_cm - 1,
        max(quadrants, key=abs),
    )


def track_and_measure(folder: Path, row: Trial, floor: Floor, model: ShippedModel) -> tuple[Track, dict[str, str]]:
    """Return the track of a film and its row of measures."""
    out = folder / str(floor)
    request = TrackRequest(folder / row.film, model, arena=folder / row.arena, out_dir=out, floor=floor)
    outcome = run_to_end(track_film(request))
    save_trials([row], folder / f"{row.trial}.csv", overwrite=True)
    measures = out / f"{row.trial}.measures.csv"
    run_to_end(measure_tracks(MeasureRequest((outcome.nc,), measures, trials=folder / f"{row.trial}.csv")))
    with measures.open(newline="", encoding="utf-8") as handle:
        return outcome.track, next(csv.DictReader(handle))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=3, help="of each kind")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", type=ShippedModel, default=ShippedModel.FAST)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        right: dict[Floor, list[bool]] = {Floor.AUTO: [], Floor.PLAIN: []}
        for kind, trial, row in film_trials(folder, options.trials, options.seed):
            for floor, is_right in right.items():
                track, measures = track_and_measure(folder, row, floor, options.model)
                reason, latency_s, path, quadrant_s = how_far_off(measures, trial)
                is_near = abs(latency_s) <= 1 / trial.scenario.fps + 1e-6 and abs(path) <= 0.03
                is_right.append(reason and is_near and abs(quadrant_s) <= 0.2)
                print(
                    f"{row.trial}, {kind}, {trial.scenario.name}, {floor} ({track.attributes['floor']}): near in "
                    f"{100 * share_near(track, trial):.1f} %, end {'right' if reason else 'wrong'}, latency "
                    f"{latency_s:+.3f} s, path {100 * path:+.1f} %, quadrant {quadrant_s:+.2f} s"
                    f"{'' if is_right[-1] else '  <- outside of the limits'}",
                    flush=True,
                )
        for floor, is_right in right.items():
            print(f"{floor}: {sum(is_right)} of {len(is_right)} films are right within the limits")


if __name__ == "__main__":
    main()
