"""Labelled frames as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: COCO's flag of a point that is labelled, but hidden.
HIDDEN = 1


@dataclass(frozen=True)
class LabelledInstance:
    """One animal that a person marked.

    Attributes
    ----------
    keypoints_xy : float64 [n_keypoints, 2]
        x, y in film pixels; NaN where a point was not labelled.
    visibility : uint8 [n_keypoints]
        COCO's flag: 0 not labelled, 1 labelled but hidden, 2 labelled and visible. Beyond COCO, 1 without x, y says
        that a person could not see the point and guessed no place.
    box_xyxy : float64 [4] or None
        A box that a person drew; None means that `boxes.box_from_keypoints` gives it.
    """

    keypoints_xy: NDArray[np.float64]
    visibility: NDArray[np.uint8]
    box_xyxy: NDArray[np.float64] | None = None

    @property
    def has_points(self) -> bool:
        """Whether a point has a place; without one, nothing can be learnt or written for other programs."""
        return bool(np.isfinite(self.keypoints_xy).all(axis=1).any())


@dataclass(frozen=True)
class LabelledFrame:
    """A frame with all its animals; no instances means that the frame was marked as empty.

    Attributes
    ----------
    source : Path
        The picture, or the film that the frame belongs to.
    frame_index : int or None
        Position in the film; None for a single picture.
    instances : tuple of LabelledInstance
        The animals.
    film_id : str
        Identity of the film; empty for a single picture.
    group : str
        What must not be torn apart when data are split (a film, a session).
    """

    source: Path
    frame_index: int | None
    instances: tuple[LabelledInstance, ...]
    film_id: str = ""
    group: str = ""
