"""How well a model does frame by frame in simulated films, whose pools, animals and light it was not trained on.

    mazetrack simulate --trials 40 --seed 7 --out FILMS
    python benchmarks/simulated_films.py FILMS [--model MODEL] [--frames 12] [--json FILE]

Frames are spread evenly over each film; those without an animal count too. Scores as `mazetrack evaluate` gives them,
for all films and by the animal's length in pixels. In brackets: 95 % intervals, films drawn again.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.labels.boxes import body_length
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import shipped_model_path
from napari_mazetrack.runtime import Runner, RunnerOptions, open_runner
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.intervals import bootstrap
from napari_mazetrack.training.scoring import LOWEST_SCORE, ScoredFrame, score_frames
from napari_mazetrack.video import open_film
from napari_mazetrack.workflows.propose import find_in_picture

#: Lengths that are scored apart, pixels from nose to tail's base.
LENGTHS_PX = ((0, 25), (25, 40), (40, 400))


def read_truth(path: Path) -> np.ndarray:
    """Return the keypoints [T, n, 2] of a film; NaN where no animal is seen."""
    with path.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    return np.array([[[float(r[f"{k}_{a}"] or "nan") for a in "xy"] for k in MOUSE.keypoints] for r in rows])


def find_in_film(film_path: Path, runner: Runner, n_frames: int) -> list[ScoredFrame]:
    """Find the animals in some frames of a film, and what is true there."""
    truth = read_truth(film_path.with_suffix(".truth.csv"))
    frames = []
    with open_film(film_path) as film:
        for i in np.linspace(0, film.n_frames - 1, n_frames).astype(int):
            there = truth[i][None][: int(np.isfinite(truth[i]).any())]
            frames.append(ScoredFrame(find_in_picture(runner, film.luma(int(i)), LOWEST_SCORE), there))
    return frames


def numbers(frames: Sequence[ScoredFrame], threshold: float) -> dict[str, float]:
    """Return what the table shows."""
    scores = score_frames(frames, MOUSE, threshold)
    areas = {"AP50": scores.ap50, "AP50-95": scores.ap50_95, "OKS-AP": scores.oks_ap}
    ends = {f"{k} median_px": scores.keypoints[k]["median_px"] for k in MOUSE.keypoints}
    return {**areas, "found": scores.found_fraction, "flipped": scores.flipped_fraction, **ends}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=Path)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    model = read_model_file(options.model or shipped_model_path(in_int8=True))
    threshold = model.spec.score_threshold
    films = sorted(options.films.glob("*.mp4"))
    if not films:
        parser.error(f"there is no film in {options.films}; make some with mazetrack simulate")
    with open_runner(model, RunnerOptions()) as runner:
        by_film = [find_in_film(path, runner, options.frames) for path in films]
    frames = [frame for found in by_film for frame in found]
    units = np.arange(len(frames)).reshape(len(films), -1).tolist()
    intervals = run_to_end(bootstrap(units, lambda chosen: numbers([frames[i] for i in chosen], threshold)))
    results = {"all": numbers(frames, threshold)}
    print(f"{len(films)} films, {len(frames)} frames, {sum(len(f.keypoints_xy) for f in frames)} animals")
    for name, value in results["all"].items():
        low, high = intervals[name]
        print(f"  {name:<16} {value:7.3f}   ({low:.3f} to {high:.3f})")
    for low_px, high_px in LENGTHS_PX:
        part = [f for f in frames if len(f.keypoints_xy) and low_px <= body_length(f.keypoints_xy[0]) < high_px]
        results[f"{low_px} to {high_px} px"] = numbers(part, threshold)
        told = ", ".join(f"{name} {value:.3f}" for name, value in numbers(part, threshold).items())
        print(f"{low_px} to {high_px} px, {len(part)} animals: {told}")
    if options.json:
        plain = {"model": model.sha256, "films": len(films), "results": results, "intervals": intervals}
        options.json.write_text(json.dumps(plain, indent=2) + "\n")


if __name__ == "__main__":
    main()
