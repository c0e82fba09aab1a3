"""The box of an animal whose points a person marked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Room round the points on each side, as a fraction of the largest distance between two of them. The flank of a
#: mouse lies about a fifth of its length from the line between head and tail.
MARGIN_FRACTION = 0.2


def body_length(keypoints_xy: NDArray[np.float64]) -> float:
    """Largest distance between two labelled points of [n, 2] (NaN = not labelled); NaN with fewer than two."""
    points = keypoints_xy[np.isfinite(keypoints_xy).all(axis=1)]
    if len(points) < 2:
        return float("nan")
    return float(np.linalg.norm(points[:, None] - points[None], axis=-1).max())


def box_from_keypoints(
    keypoints_xy: NDArray[np.float64], margin_fraction: float = MARGIN_FRACTION
) -> NDArray[np.float64] | None:
    """Return the box round labelled points with a margin.

    The margin is a fraction of the animal's length and not of the box, so that it is the same at every heading.
    When a picture is rotated, rotate the points and make the box anew: a box round a rotated box is too large.

    Parameters
    ----------
    keypoints_xy : float64 [n_keypoints, 2]
        x, y in pixels; NaN where not labelled.
    margin_fraction : float
        Room on each side, as a fraction of the body length.

    Returns
    -------
    float64 [4] or None
        Left, top, right, bottom; None where fewer than two distinct points are labelled, which give no size.
    """
    length = body_length(keypoints_xy)
    if not length > 0:
        return None
    margin = margin_fraction * length
    low = np.nanmin(keypoints_xy, axis=0) - margin
    high = np.nanmax(keypoints_xy, axis=0) + margin
    return np.concatenate([low, high])
