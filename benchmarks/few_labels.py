"""How good a model gets from a laboratory's own labels: five folds, and a learning curve.

    python benchmarks/few_labels.py BASE_MODEL --out FOLDER [--minutes 6] [--sizes 5 10 20 50] [--data LABELS.csv]

BASE_MODEL is what each training starts from; it must not have seen the labelled frames (the shipped model has seen
DeepLabCut's open field, so train one on simulated pictures alone). A fold is a fifth of the frames, neighbours in
time; its model learns from the other four. The learning curve takes its frames, evenly spread, from the first four
fifths and is scored on the last one. Every training is the command `mazetrack train --init` with its defaults. A
training that is in FOLDER already is not done again. Writes few_labels.json and few_labels.png.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from napari_mazetrack.labels.deeplabcut import save_deeplabcut_csv
from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.network.model_weights import read_network
from napari_mazetrack.progress import run_to_end
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.intervals import bootstrap
from napari_mazetrack.training.pictures import load_pictures
from napari_mazetrack.training.scoring import ScoredFrame, Scores, score_frames
from napari_mazetrack.training.settings import RECIPES, TrainSettings
from napari_mazetrack.training.units import find_units
from napari_mazetrack.training.validation import find_in_pictures
from napari_mazetrack.workflows.label_sources import load_labelled_frames
from napari_mazetrack.workflows.train import MODEL, TrainRequest, backbone_of, train_model

OPENFIELD = "shared/data/openfield_frames/CollectedData_head_body_tail.csv"
DATA = Path(__file__).resolve().parents[1].parent / OPENFIELD
N_FOLDS = 5
#: A detection below this is none.
SCORE_THRESHOLD = 0.4

Frames = Sequence[LabelledFrame]


def copy_labels(table: Path, out: Path) -> list[LabelledFrame]:
    """Copy a table and its pictures, so that tables of some of them can lie beside; return its frames."""
    pictures = {frame.source.parent for frame in load_labelled_frames(table, MOUSE, {})}
    out.mkdir(parents=True, exist_ok=True)
    for folder in pictures:
        shutil.copytree(folder, out / folder.name, dirs_exist_ok=True)
    shutil.copyfile(table, out / table.name)
    return load_labelled_frames(out / table.name, MOUSE, {})


def train_on(frames: Frames, base: Path, folder: Path, minutes: float) -> Path:
    """Train on these frames, unless that was done before; return the model."""
    model = folder / MODEL
    if not model.exists():
        table = folder.with_suffix(".csv")
        save_deeplabcut_csv(frames, table, overwrite=True)
        backbone = backbone_of(base)
        settings = TrainSettings(RECIPES["default"].for_fine_tuning(), backbone, epochs=1000, minutes=minutes)
        run_to_end(train_model(TrainRequest((table,), folder, settings, init=base, force=True)))
    return model


def find(model: Path, frames: Frames) -> list[ScoredFrame]:
    """Run a model over labelled frames."""
    network, spec = read_network(model)
    return find_in_pictures(network, spec, run_to_end(load_pictures(frames, MOUSE.n_keypoints, "Reading")))


def numbers(scores: Scores) -> dict[str, float]:
    """Return what the tables show."""
    ends = {f"{k} {n}": scores.keypoints[k][n] for k in ("head", "tail") for n in ("median_px", "p95_px")}
    sigma = {name: scores.sigma["all"][name] for name in ("within_1_sd", "within_2_sd")}
    areas = {"AP50": scores.ap50, "AP50-95": scores.ap50_95}
    areas |= {"OKS-AP": scores.oks_ap, "OKS-AP strict": scores.oks_ap_strict}
    return {**areas, "found": scores.found_fraction, "flipped": scores.flipped_fraction, **ends, **sigma}


def score(found: Sequence[ScoredFrame]) -> dict[str, float]:
    return numbers(score_frames(found, MOUSE, SCORE_THRESHOLD))


def score_folds(frames: Frames, base: Path, out: Path, minutes: float) -> dict[str, Any]:
    """Train and score every fold; the scores are of all frames, each found by the model that has not seen it."""
    found: list[ScoredFrame] = []
    by_fold = []
    for i, test in enumerate(np.array_split(np.arange(len(frames)), N_FOLDS)):
        training = [frame for j, frame in enumerate(frames) if j not in set(test.tolist())]
        model = train_on(training, base, out / f"fold_{i + 1}", minutes)
        part = find(model, [frames[j] for j in test])
        by_fold.append(score(part))
        print(f"fold {i + 1}: OKS-AP {by_fold[-1]['OKS-AP']:.3f}", flush=True)
        found += part
    units, unit = find_units(["film"] * len(found))
    intervals = run_to_end(bootstrap(units, lambda chosen: score([found[i] for i in chosen])))
    return {"numbers": score(found), "intervals": intervals, "folds": by_fold, "unit": unit, "n": len(found)}


def score_curve(frames: Frames, base: Path, out: Path, minutes: float, sizes: Sequence[int]) -> dict[int, Any]:
    """Train on a few frames of the first four fifths and score on the last one.

    0 frames is the base model; all frames of the four fifths have been the last fold's.
    """
    n_training = len(frames) - len(np.array_split(np.arange(len(frames)), N_FOLDS)[-1])
    test = frames[n_training:]
    curve = {0: score(find(base, test))}
    for size in [s for s in sizes if s < n_training]:
        chosen = np.linspace(0, n_training - 1, size).round().astype(int)
        model = train_on([frames[i] for i in chosen], base, out / f"frames_{size}", minutes)
        curve[size] = score(find(model, test))
        print(f"{size} frames: OKS-AP {curve[size]['OKS-AP']:.3f}", flush=True)
    curve[n_training] = score(find(out / f"fold_{N_FOLDS}" / MODEL, test))
    return curve


def draw(curve: dict[int, Any], path: Path) -> None:
    """Draw scores and errors over the number of labelled frames."""
    sizes = list(curve)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for name in ("AP50", "OKS-AP", "OKS-AP strict"):
        left.plot(sizes, [curve[size][name] for size in sizes], "o-", label=name)
    for name in ("head median_px", "tail median_px", "head p95_px", "tail p95_px"):
        right.plot(sizes, [curve[size][name] for size in sizes], "o-", label=name.replace("_px", ""))
    left.set(xlabel="labelled frames", ylabel="score", ylim=(0, 1.02))
    right.set(xlabel="labelled frames", ylabel="error, px", yscale="log")
    for axes in (left, right):
        axes.legend(frameon=False)
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=6.0, help="of each fold; the curve's trainings take at most 5")
    parser.add_argument("--sizes", type=int, nargs="*", default=[5, 10, 20, 50])
    options = parser.parse_args()
    frames = copy_labels(options.data, options.out)
    folds = score_folds(frames, options.base, options.out, options.minutes)
    for name, value in folds["numbers"].items():
        low, high = folds["intervals"][name]
        print(f"  {name:<16} {value:7.3f}   ({low:.3f} to {high:.3f})")
    curve = score_curve(frames, options.base, options.out, min(options.minutes, 5.0), options.sizes)
    draw(curve, options.out / "few_labels.png")
    results = {"minutes": options.minutes, "folds": folds, "curve": curve}
    (options.out / "few_labels.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
