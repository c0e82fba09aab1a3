"""How well a model does on two real films that nobody in this project labelled for training.

    python benchmarks/accuracy.py [--model MODEL] [--data ../shared/data] [--json FILE]

`watermaze_video`: a real water maze, labels by eye; the model has never seen it. `openfield_video`: another mouse in
the rig of the open-field frames; compared with a DeepLabCut ResNet-50's pose (likelihood ≥ 0.9). Detections are
taken frame by frame, the best score inside the pool, before any tracking: a track can only be better. In brackets:
95 % intervals, ten blocks of neighbouring frames drawn again.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from napari_mazetrack.detector.model_file import read_model_file
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.resources import shipped_model_path
from napari_mazetrack.runtime import RunnerOptions, open_runner
from napari_mazetrack.runtime.stream import detect_frames
from napari_mazetrack.training.intervals import bootstrap
from napari_mazetrack.training.units import find_units
from napari_mazetrack.video import open_film

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
#: Farther from the label than this, what was found is something else.
FALSE_PX = 15.0
#: A pool's edge is known this well.
EDGE_PX = 8.0

Rows = dict[str, np.ndarray]
Places = Callable[[np.ndarray], np.ndarray]


def detect(film_path: Path, model: Path) -> list[np.ndarray]:
    """Return the keypoints [n, 3, 2] of all instances of each frame, the best first."""
    model_file = read_model_file(model)
    with open_film(film_path) as film, open_runner(model_file, RunnerOptions()) as runner:
        instances = [found.instances for found in detect_frames(film, runner, model_file.spec)]
    return [one.keypoints_xy if one is not None else np.zeros((0, 3, 2)) for one in instances]


def compare_watermaze(folder: Path, found_in: Sequence[np.ndarray], to_label: Places = lambda xy: xy) -> Rows:
    """Return one value per swim frame for each number of the table.

    `found_in` are the keypoints [n, 3, 2] in each frame, the best first; `to_label` turns their places into the labels'
    where they were found in a changed film.
    """
    with (folder / "labels.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    truth = np.array(
        [[[float(r[f"{k}_x"] or "nan"), float(r[f"{k}_y"] or "nan")] for k in ("head", "body", "tail")] for r in rows]
    )
    swims = np.array([r["state"] == "swim" for r in rows])
    pool = json.loads((folder / "arena.json").read_text())["pool_circle_px"]
    found, has_false = [], []
    for keypoints, true in zip(found_in, truth, strict=True):
        places = to_label(keypoints)
        body = places[:, 1]
        places = places[np.hypot(body[:, 0] - pool["cx"], body[:, 1] - pool["cy"]) <= pool["r"] + EDGE_PX]
        found.append(places[0] if len(places) else np.full((3, 2), np.nan))
        has_false.append(bool((np.linalg.norm(places[:, 1] - true[1], axis=1) > FALSE_PX).any()))
    compared = _compare(np.array(found, np.float64), truth, np.array(has_false))
    return {name: values[swims] for name, values in compared.items()}


def compare_openfield(folder: Path, found_in: Sequence[np.ndarray]) -> Rows:
    """Return one value per frame; the body, which DeepLabCut's pose does not have, is left out."""
    table = np.genfromtxt(next(folder.glob("*DLC_resnet50.csv")), delimiter=",", skip_header=3)
    truth = np.full((len(table), 3, 2), np.nan)
    truth[:, 0], truth[:, 2] = table[:, 1:3], table[:, 10:12]  # snout, tailbase
    truth[table[:, 3] < 0.9, 0] = truth[table[:, 12] < 0.9, 2] = np.nan
    best = np.array([one[0] if len(one) else np.full((3, 2), np.nan) for one in found_in], np.float64)
    rows = _compare(best, truth, np.array([len(one) > 1 for one in found_in]))
    return {name: values for name, values in rows.items() if not name.startswith("body")}


def _compare(found: np.ndarray, truth: np.ndarray, has_false: np.ndarray) -> Rows:
    error = np.linalg.norm(found - truth, axis=2)
    along = ((found[:, 0] - found[:, 2]) * (truth[:, 0] - truth[:, 2])).sum(axis=1)
    return {
        "found": np.isfinite(found[:, 0, 0]).astype(float),
        "body within 10 px": (error[:, 1] <= 10).astype(float),
        "body within 15 px": (error[:, 1] <= 15).astype(float),
        "right way round": np.where(np.isfinite(along), along > 0, np.nan),
        "false animals": has_false.astype(float),
        **{name: error[:, k] for k, name in enumerate(("head", "body", "tail"))},
    }


def summarise(rows: Rows) -> dict[str, float]:
    """Return shares in percent, and median and 95th percentile of errors in pixels."""
    numbers = {}
    for name, values in rows.items():
        if name in ("head", "body", "tail"):
            numbers |= {f"{name} median, px": np.nanmedian(values), f"{name} p95, px": np.nanpercentile(values, 95)}
        else:
            numbers[f"{name}, %"] = 100 * np.nanmean(values)
    return {name: float(value) for name, value in numbers.items()}


def parse_options(description: str | None) -> argparse.Namespace:
    """Return --model (the default one where none is named), --data and --json."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"the real films are not in {options.data}; name their folder with --data")
    options.model = options.model or shipped_model_path(in_int8=True)
    return options


def main() -> None:
    options = parse_options(__doc__)
    results = {}
    for film, name, compare in (
        ("watermaze", "watermaze.mp4", compare_watermaze),
        ("openfield", "m3v1_part.mp4", compare_openfield),
    ):
        folder = options.data / f"{film}_video"
        rows = compare(folder, detect(folder / name, options.model))
        n_frames = len(rows["found"])
        units, _ = find_units([film] * n_frames)
        intervals = run_to_end(
            bootstrap(units, lambda chosen, rows=rows: summarise({name: v[chosen] for name, v in rows.items()}))
        )
        numbers = summarise(rows)
        results[film] = {"frames": n_frames, "numbers": numbers, "intervals": intervals}
        print(f"{film}, {n_frames} frames")
        for name, value in numbers.items():
            low, high = intervals[name]
            print(f"  {name:<22} {value:7.2f}   ({low:.2f} to {high:.2f})")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
