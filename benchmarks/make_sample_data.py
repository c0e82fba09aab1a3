"""Make the sample films that ship: one pool, a hidden and a probe trial, their arenas, trials, labels and truth.

Run from the repository's root: ``python benchmarks/make_sample_data.py [--out sample_data] [--force]``
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_mazetrack.maze.arena_files import save_arena
from napari_mazetrack.maze.trials import Trial, TrialKind, save_trials
from napari_mazetrack.simulator import Course, Scenario, SimulatedTrial, render_film, simulate_trial, true_arena
from napari_mazetrack.simulator.camera import CameraPlace, Sensor, make_camera
from napari_mazetrack.simulator.film_look import FilmLook
from napari_mazetrack.simulator.picture_files import LabelRow, write_labels
from napari_mazetrack.simulator.pool import PoolLook
from napari_mazetrack.simulator.ripples import Ripples
from napari_mazetrack.simulator.swimmer import SwimmerLook
from napari_mazetrack.simulator.trial_files import save_truth, trial_row

PLATFORM_CM = (24.0, -22.0)
HIDDEN = Scenario(
    "hidden", fps=15, shape=(400, 400), search_s=17, limit_s=60, platform_at_cm=PLATFORM_CM, platform_radius_cm=6
)
PROBE = replace(HIDDEN, name="probe", kind=TrialKind.PROBE, course=Course.LIMIT, limit_s=30, memory=0.6)
SEEDS = {"hidden": 11, "probe": 9}
ROOM_SEED = 12
N_LABELLED = 20


def sample_look() -> FilmLook:
    """Return one typical laboratory: white water, a black mouse, a faint platform, cues, curtains."""
    place = CameraPlace(height_cm=210, offset_cm=(4, -3), tilt_deg=2, tilt_towards_deg=120)
    return FilmLook(
        camera=make_camera(place, (400, 400), px_per_cm=2.85, centre_px=(201.0, 197.0)),
        pool=PoolLook(
            radius_cm=60, rim_height_cm=10, rim_width_cm=1.5, water=170, wall=110, rim=140, slope=14, vignette=26,
            cloud=1.5, glare=((-22.0, 18.0, 14.0, 18.0),), platform_contrast=-9, n_cues=5, rim_line=60,
        ),
        swimmer=SwimmerLook(luma=12, width=0.34, back_light=8, mottle=3, tail_alpha=0.6, tail_luma=70, halo=-14),
        ripples=Ripples(rings=2.5, wake=-5, wake_angle=0.3),
        sensor=Sensor(blur_px=0.5, noise=1.6),
        room_seed=ROOM_SEED,
    )  # fmt: skip


def label_rows(trial: SimulatedTrial, stem: str) -> list[LabelRow]:
    """Return labels of some frames, named as DeepLabCut names the pictures cut from a film."""
    release = int(np.ceil(trial.truth.release_s * trial.scenario.fps))
    indices = np.unique(np.linspace(release, trial.n_frames - 1, N_LABELLED).astype(int)).tolist()
    poses = [(index, trial.pose(index)) for index in indices]
    return [LabelRow(f"labeled-data/{stem}/img{i:04d}.png", p and p.keypoints_xy) for i, p in poses]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("sample_data"))
    parser.add_argument("--force", action="store_true", help="replace existing files")
    options = parser.parse_args()
    rows: list[Trial] = []
    labels: list[LabelRow] = []
    for scenario in (HIDDEN, PROBE):
        trial = simulate_trial(scenario, SEEDS[scenario.name], look=sample_look())
        stem = f"pool_{scenario.name}"
        for _ in render_film(trial, options.out / f"{stem}.mp4", overwrite=options.force):
            pass
        arena_name = f"arena_{scenario.name}.json"
        save_arena(true_arena(trial), options.out / arena_name, overwrite=options.force)
        save_truth(trial, options.out / f"truth_{scenario.name}.json", overwrite=options.force)
        rows.append(replace(trial_row(trial, stem), arena=arena_name, animal="mouse_1", group="control", day=1))
        labels += label_rows(trial, stem)
        print(f"{stem}: {trial.n_frames} frames, {trial.truth.end_reason} after {trial.truth.latency_s:.2f} s")
    save_trials(rows, options.out / "trials.csv", overwrite=options.force)
    write_labels(options.out / "labels.csv", labels, overwrite=options.force)


if __name__ == "__main__":
    main()
