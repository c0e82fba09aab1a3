"""Draws of an animal's path, for intervals on measures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.tracking.smoothing import Observations, smooth
from napari_mazetrack.tracking.track import Source, Track


def draw_paths(track: Track, n: int, *, seed: int, animal: int = 0, keypoint: int | None = None) -> NDArray[np.float64]:
    """Draw paths that are as likely as the track's own, given what the detector and a person said.

    They come from the posterior of the smoother, so errors of neighbouring frames go together: independent noise on
    each frame would make every path far too long.

    Parameters
    ----------
    track : Track
        With its raw positions (a track from a CSV has none).
    n : int
        Number of draws.
    seed : int
        The same seed gives the same draws.
    animal : int
        Which animal.
    keypoint : int, optional
        Which keypoint; the skeleton's centre by default.

    Returns
    -------
    float64 [n, T, 2]
        Pixels; NaN where the track has no position.

    Raises
    ------
    ValueError
        The track has no raw positions for this animal.
    """
    point = track.skeleton.centre if keypoint is None else keypoint
    final = track.keypoints_xy[:, animal, point]
    xy = track.raw_keypoints_xy[:, animal, point].astype(np.float64)
    sigma = track.raw_sigma_px[:, animal, point].astype(np.float64)
    is_anchor = (track.source[:, animal] == Source.CORRECTED) & are_finite(final)
    xy[is_anchor], sigma[is_anchor] = final[is_anchor], track.sigma_px[is_anchor, animal, point]
    path = smooth(Observations(track.time_s, xy, sigma, is_anchor))
    if path is None:
        raise ValueError("the track has no raw positions to draw from")
    return final + path.draw_deviations(n, seed)
