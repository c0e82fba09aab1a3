"""What a person's edits make of one labelled animal: a new value each time; neither Qt nor napari.

A keypoint's flag says what was said of it: 0 nothing yet, so that it is asked for; 1 that it is hidden, with a place
where somebody guessed one and NaN where nobody did; 2 that it was seen.

A box that a person drew stays with the animal, but for two edits: a point that is put outside of it says that the box
is wrong, and a copy in another frame has nothing to do with it. There the box round the points takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.labels.labelled import LabelledInstance

UNSAID, HIDDEN, VISIBLE = 0, 1, 2


def unlabelled_animal(n_keypoints: int) -> LabelledInstance:
    """Return an animal of which nothing is said yet."""
    return LabelledInstance(np.full((n_keypoints, 2), np.nan), np.full(n_keypoints, UNSAID, np.uint8))


def asks_for(animal: LabelledInstance) -> NDArray[np.bool_]:
    """Return of which keypoints nothing is said, [n_keypoints]."""
    return (animal.visibility == UNSAID) & np.isnan(animal.keypoints_xy).any(axis=1)


def cannot_be_seen(animal: LabelledInstance) -> NDArray[np.bool_]:
    """Return of which keypoints a person said that they cannot be seen, and guessed no place, [n_keypoints]."""
    return (animal.visibility == HIDDEN) & np.isnan(animal.keypoints_xy).any(axis=1)


def with_point(animal: LabelledInstance, keypoint: int, xy: Sequence[float]) -> LabelledInstance:
    """Return the animal with a keypoint at x, y; one that is hidden behind something stays so when it is moved."""
    was_guessed = animal.visibility[keypoint] == HIDDEN and np.isfinite(animal.keypoints_xy[keypoint]).all()
    moved = _with(animal, keypoint, xy, HIDDEN if was_guessed else VISIBLE)
    box = animal.box_xyxy
    if box is not None and not (box[0] <= xy[0] <= box[2] and box[1] <= xy[1] <= box[3]):
        return replace(moved, box_xyxy=None)
    return moved


def without_point(animal: LabelledInstance, keypoint: int) -> LabelledInstance:
    """Return the animal with nothing said of a keypoint."""
    return _with(animal, keypoint, (np.nan, np.nan), UNSAID)


def with_hidden(animal: LabelledInstance, keypoint: int) -> LabelledInstance:
    """Return the animal with a keypoint of which a person said that it cannot be seen."""
    return _with(animal, keypoint, (np.nan, np.nan), HIDDEN)


def asked_again(animal: LabelledInstance) -> LabelledInstance:
    """Return the animal with nothing said of the keypoints that have no place."""
    return replace(animal, visibility=np.where(cannot_be_seen(animal), UNSAID, animal.visibility).astype(np.uint8))


def copied(animal: LabelledInstance) -> LabelledInstance:
    """Return the animal as it is copied to another frame: what could not be seen here may be seen there."""
    return replace(asked_again(animal), box_xyxy=None)


def _with(animal: LabelledInstance, keypoint: int, xy: Sequence[float], flag: int) -> LabelledInstance:
    points, visibility = animal.keypoints_xy.copy(), animal.visibility.copy()
    points[keypoint], visibility[keypoint] = xy, flag
    return replace(animal, keypoints_xy=points, visibility=visibility)
