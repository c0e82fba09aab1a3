"""What a training leaves for people: losses, curves and samples of what it saw."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from napari_mazetrack.files import atomic_path
from napari_mazetrack.training.average_precision import Curve
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.scoring import Scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colours of keypoints in pictures, front to back.
COLOURS = ("#e41a1c", "#4daf4a", "#377eb8", "#ff7f00", "#984ea3", "#ffff33")
SAMPLE_ROWS, SAMPLE_COLUMNS, SAMPLE_PX = 4, 6, 224
#: How the columns of the history end that hold a keypoint's median error.
MEDIAN = "_median_px"


def save_losses(history: list[dict[str, float]], path: Path) -> None:
    """Write one row per epoch."""
    with (
        atomic_path(path, overwrite=True) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as handle,
    ):
        # A point that was found nowhere has no error in that epoch.
        names = list(dict.fromkeys(name for row in history for name in row))
        writer = csv.DictWriter(handle, fieldnames=names, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in history)


def save_curves(history: list[dict[str, float]], scores: Scores | None, path: Path) -> None:
    """Draw losses, held-out scores and pixel errors over the epochs, and precision–recall at the end if it is there."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 3.6), layout="constrained")
    left, middle, errors, *right = figure.subplots(1, 3 if scores is None else 4)
    epochs = [row["epoch"] for row in history]
    for name in ("class", "box", "keypoints", "refinement", "heat"):
        left.plot(epochs, [row[name] for row in history], label=name)
    left.set(xlabel="epoch", title="training loss")
    for name, label in (("oks_ap", "OKS-AP"), ("ap50", "AP50 of boxes"), ("found_fraction", "animals found")):
        middle.plot(epochs, [row[name] for row in history], label=label)
    middle.set(xlabel="epoch", title="held-out frames, some of them", ylim=(0, 1.02))
    for column in dict.fromkeys(name for row in history for name in row if name.endswith(MEDIAN)):
        errors.plot(epochs, [row.get(column, np.nan) for row in history], label=column.removesuffix(MEDIAN))
    errors.set(xlabel="epoch", title="median error on some of them, pixels", ylim=(0, None))
    for axes in (left, middle, errors):
        if axes.lines:
            axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    if scores is not None:
        draw_precision_recall(right[0], scores.curve)
        right[0].set_title(f"all held-out frames: AP50 = {scores.ap50:.3f}")
    with atomic_path(path, overwrite=True) as temporary:
        figure.savefig(temporary, dpi=120)


def draw_precision_recall(axes: Axes, curve: Curve) -> None:
    """Draw precision over recall."""
    if len(curve.recall):
        axes.plot(np.r_[0, curve.recall], np.r_[curve.precision[:1], curve.precision], color="#0072b2")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.spines[["top", "right"]].set_visible(False)


def save_samples(crops: CropSet, path: Path) -> None:
    """Draw the first crops as the network sees them, with boxes and points."""
    tiles = [_draw_crop(crops, i) for i in range(SAMPLE_ROWS * SAMPLE_COLUMNS)]
    rows = [np.hstack(tiles[r * SAMPLE_COLUMNS : (r + 1) * SAMPLE_COLUMNS]) for r in range(SAMPLE_ROWS)]
    with atomic_path(path, overwrite=True) as temporary:
        Image.fromarray(np.vstack(rows)).save(temporary)


def _draw_crop(crops: CropSet, index: int) -> np.ndarray:
    luma, truth = crops.crop((0, 0, index), SAMPLE_PX)
    image = Image.fromarray(luma).convert("RGB")
    pen = ImageDraw.Draw(image)
    for box, points, labelled, ignored in zip(
        truth.box_xyxy, truth.keypoints_xy, truth.labelled, truth.ignored, strict=True
    ):
        pen.rectangle(box.tolist(), outline="#808080" if ignored else "#ffff00")
        for k in np.flatnonzero(labelled):
            x, y = points[k].tolist()
            pen.ellipse([x - 2, y - 2, x + 2, y + 2], outline=COLOURS[k % len(COLOURS)])
    return np.asarray(image)
