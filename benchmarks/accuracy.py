"""How well a model does on two real films that nobody in this project labelled for training.

    python benchmarks/accuracy.py [--model MODEL] [--data ../shared/data] [--json FILE]

`watermaze_video`: a real water maze, labels by eye; the model has never seen it. `openfield_video`: another mouse in
the rig of the open-field frames; compared with a DeepLabCut ResNet-50's pose (likelihood ≥ 0.9). Detections are
taken frame by frame, best score, before any tracking: a track can only be better.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np

from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.resources import default_model_path
from napari_mazetrack.runtime import RunnerOptions, open_runner
from napari_mazetrack.runtime.stream import detect_frames
from napari_mazetrack.video import open_film

BODY_TOLERANCE_PX = 15.0
DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def detect_best(film_path: Path, model: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return keypoints [T, n, 2] and score [T] of the best instance of each frame; NaN and 0 where there is none."""
    model_file = read_model_file(model)
    points, scores = [], []
    with open_film(film_path) as film, open_runner(model_file, RunnerOptions()) as runner:
        for found in detect_frames(film, runner, model_file.spec):
            best = found.instances
            is_found = best is not None and len(best) > 0
            points.append(best.keypoints_xy[0] if is_found else np.full((3, 2), np.nan))
            scores.append(float(best.score[0]) if is_found else 0.0)
    return np.array(points, np.float64), np.array(scores)


def read_watermaze_labels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return keypoints [T, 3, 2] and whether the animal swims [T]."""
    with path.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    points = [
        [[float(r[f"{k}_x"] or "nan"), float(r[f"{k}_y"] or "nan")] for k in ("head", "body", "tail")] for r in rows
    ]
    return np.array(points), np.array([r["state"] == "swim" for r in rows])


def read_deeplabcut_pose(path: Path) -> np.ndarray:
    """Return head and tail [T, 2, 2] of a DeepLabCut result (snout, tailbase); NaN where it was unsure."""
    table = np.genfromtxt(path, delimiter=",", skip_header=3)
    pose = np.stack([table[:, 1:3], table[:, 10:12]], axis=1)
    pose[np.stack([table[:, 3], table[:, 12]], axis=1) < 0.9] = np.nan
    return pose


def score_watermaze(folder: Path, model: Path) -> dict[str, float]:
    truth, swims = read_watermaze_labels(folder / "labels.csv")
    found, score = detect_best(folder / "watermaze.mp4", model)
    truth, found, score = truth[swims], found[swims], score[swims]
    error = np.linalg.norm(found - truth, axis=2)
    along = ((found[:, 0] - found[:, 2]) * (truth[:, 0] - truth[:, 2])).sum(axis=1)
    near = error[:, 1] <= BODY_TOLERANCE_PX
    has_ends = np.isfinite(truth[:, [0, 2]]).all(axis=(1, 2))
    return {
        "n_frames": len(truth),
        "found_percent": 100 * float((score > 0).mean()),
        "body_within_15_px_percent": 100 * float(near.mean()),
        "right_way_round_percent": 100 * float((along > 0)[has_ends].mean()),
        **_medians(error, ("head", "body", "tail")),
        "lowest_good_score": float(score[near].min()) if near.any() else float("nan"),
        "wrong_frames": [int(i) for i in np.flatnonzero(swims)[~near]],
        "flipped_frames": [int(i) for i in np.flatnonzero(swims)[near & has_ends & ~(along > 0)]],
    }


def score_openfield(folder: Path, model: Path) -> dict[str, float]:
    truth = read_deeplabcut_pose(next(folder.glob("*DLC_resnet50.csv")))
    found, score = detect_best(folder / "m3v1_part.mp4", model)
    error = np.linalg.norm(found[:, [0, 2]] - truth, axis=2)
    along = ((found[:, 0] - found[:, 2]) * (truth[:, 0] - truth[:, 1])).sum(axis=1)
    known = np.isfinite(along)
    return {
        "n_frames": len(found),
        "found_percent": 100 * float((score > 0).mean()),
        "right_way_round_percent": 100 * float((along[known] > 0).mean()),
        **_medians(error, ("head", "tail")),
    }


def _medians(error: np.ndarray, names: tuple[str, ...]) -> dict[str, float]:
    return {
        f"{name}_{label}_px": float(value)
        for k, name in enumerate(names)
        for label, value in zip(("median", "p95"), np.nanpercentile(error[:, k], (50, 95)), strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"the real films are not in {options.data}; name their folder with --data")
    model = options.model or default_model_path()
    results = {
        "watermaze": score_watermaze(options.data / "watermaze_video", model),
        "openfield": score_openfield(options.data / "openfield_video", model),
    }
    for film, scores in results.items():
        print(film)
        for name, value in scores.items():
            print(f"  {name:<28} {value if isinstance(value, list) else round(value, 3)}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
