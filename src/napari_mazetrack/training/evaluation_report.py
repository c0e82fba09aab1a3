"""Pictures of an evaluation: the precision–recall curve, and the worst frames with truth and prediction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.files import atomic_path
from napari_mazetrack.labels.boxes import body_length
from napari_mazetrack.skeleton import Skeleton
from napari_mazetrack.training.average_precision import Curve
from napari_mazetrack.training.report import COLOURS, draw_precision_recall
from napari_mazetrack.training.scoring import ScoredFrame
from napari_mazetrack.training.worst_frames import rank_frames

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_WORST, N_COLUMNS = 12, 4
#: Half a side of what is shown round an animal, body lengths.
ROOM = 1.6


def save_precision_recall(curve: Curve, ap50: float, path: Path) -> None:
    """Draw precision over recall of boxes at overlap 0.5."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2, 3.6), layout="constrained")
    axes = figure.subplots()
    draw_precision_recall(axes, curve)
    axes.set_title(f"AP50 = {ap50:.3f}")
    with atomic_path(path, overwrite=True) as temporary:
        figure.savefig(temporary, dpi=150)


def save_worst_frames(
    frames: Sequence[ScoredFrame],
    lumas: Sequence[NDArray[np.uint8]],
    names: Sequence[str],
    skeleton: Skeleton,
    score_threshold: float,
    path: Path,
) -> None:
    """Draw the worst animals: labels as crosses, what was found as rings, in the colours of the keypoints."""
    from matplotlib.figure import Figure

    worst = rank_frames(frames, score_threshold)[:N_WORST]
    n_rows = max(1, -(-len(worst) // N_COLUMNS))
    figure = Figure(figsize=(3 * N_COLUMNS, 3.4 * n_rows + 0.8), layout="constrained")
    figure.suptitle("The worst frames", fontsize=11)
    grid = np.atleast_1d(figure.subplots(n_rows, N_COLUMNS)).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, (i, animal, error) in zip(grid, worst, strict=False):
        _draw_animal(axes, frames[i], lumas[i], animal, skeleton, score_threshold)
        said = "missed" if np.isinf(error) else f"off by {100 * error:.0f} % of its length"
        axes.set_title(f"{names[i]}\n{said}", fontsize=8, parse_math=False)
    handles = [
        grid[0].plot([], [], "+", color=COLOURS[k % len(COLOURS)], label=name)[0]
        for k, name in enumerate(skeleton.keypoints)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), title="+ labelled, ○ found")
    with atomic_path(path, overwrite=True) as temporary:
        figure.savefig(temporary, dpi=110)


def _draw_animal(
    axes: Axes,
    frame: ScoredFrame,
    luma: NDArray[np.uint8],
    animal: int,
    skeleton: Skeleton,
    score_threshold: float,
) -> None:
    points = frame.keypoints_xy[animal]
    half = ROOM * body_length(points)
    x, y = np.nanmean(points, axis=0)
    axes.imshow(luma, cmap="gray", vmin=0, vmax=255)
    for k in range(skeleton.n_keypoints):
        colour = COLOURS[k % len(COLOURS)]
        axes.plot(*points[k], "+", color=colour, markersize=9)
        for found in frame.instances.keypoints_xy[frame.instances.score >= score_threshold]:
            axes.plot(*found[k], "o", color=colour, markersize=7, fillstyle="none")
    axes.set(xlim=(x - half, x + half), ylim=(y + half, y - half))
