"""What labelled frames amount to, and what a training on them would suffer from, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_mazetrack.labels.labelled import LabelledFrame
from napari_mazetrack.skeleton import Skeleton

#: Fewer labelled animals than this teach little, even from a trained model.
FEW = 20
#: A point that fewer animals than this share have is learnt badly.
SELDOM = 0.5


def describe_labels(frames: Sequence[LabelledFrame]) -> str:
    """Return how many frames of how many films are labelled."""
    n_films = len({frame.group for frame in frames})
    n_empty = sum(not frame.instances for frame in frames)
    empty = f", {n_empty} of them without an animal" if n_empty else ""
    return f"{_count(len(frames), 'labelled frame')} of {_count(n_films, 'film')}{empty}."


def find_weaknesses(frames: Sequence[LabelledFrame], skeleton: Skeleton) -> list[str]:
    """Return what is missing for a good training, each as a sentence that says what to do; empty where nothing is."""
    points = [instance.keypoints_xy for frame in frames for instance in frame.instances]
    if len(points) < 2:
        return ["A training needs two labelled animals at least. Label frames in the Label panel."]
    said = []
    if len(points) < FEW:
        said.append(f"Only {len(points)} animals are labelled: label {FEW} or more, in different places and poses.")
    if len({frame.group for frame in frames}) == 1:
        said.append("All frames are of one film: a second one would tell how the model does on films it never saw.")
    shares = np.isfinite(np.array(points)).all(axis=2).mean(axis=0)
    said += [
        f"The {name} is labelled on {100 * share:.0f} % of the animals only: label it wherever it can be seen."
        for name, share in zip(skeleton.keypoints, shares, strict=True)
        if share < SELDOM
    ]
    return said


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}{'' if n == 1 else 's'}"
