"""Whether the camera moved while it filmed: then one arena cannot fit the whole film.

Frames spread over the film are compared in runs: the median of a few in a row is the picture without the animal. The
shift between the run before a moment and the run after it is where the cross-correlation of their edges peaks (to a
fraction of a pixel as Guizar-Sicairos et al. 2008, doi:10.1364/OL.33.000156). A peak counts only if pictures laid over
each other by it differ less than before: a large animal or a hand moves peaks too, but not the room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.registration import phase_cross_correlation

from napari_mazetrack.progress import Job, Progress

#: Frames in a run.
RUN = 4
#: The pictures are compared at this share of their size: finer, noise and ripples count more than the room.
REDUCTION = 2
#: A smaller shift is not told from waves, pixels of the film.
SMALLEST_PX = 2.0
#: Edges are looked for at this scale, pixels of the reduced picture; those above this percentile are compared.
EDGE_WIDTH, STRONG_PERCENTILE = 1.5, 92.0
#: Share of the difference at strong edges that must go when the pictures are laid over each other.
EXPLAINED = 0.4
UPSAMPLING = 8

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class CameraMove:
    """A move of the camera.

    Attributes
    ----------
    frame_index : int
        Among the frames that were looked at, the first one after it.
    shift_px : float
        How far the picture moved, pixels.
    """

    frame_index: int
    shift_px: float


def find_camera_moves(frames: Sequence[NDArray[np.uint8]]) -> Job[tuple[CameraMove, ...]]:
    """Find where the picture as a whole is shifted for good.

    Parameters
    ----------
    frames : sequence of uint8 [H, W]
        Luma of frames spread over a film, in order.
    """
    small = [frame[::REDUCTION, ::REDUCTION] for frame in frames]
    views: deque[_View] = deque(maxlen=RUN)
    shifts: list[float] = []
    n_runs = len(small) - RUN + 1
    for i in range(n_runs):
        view = _View.of(small[i : i + RUN])
        if len(views) == RUN:
            shifts.append(_shift_between(views[0], view))
        views.append(view)
        yield Progress("Looking whether the camera moved", i + 1, n_runs)
    # A move is seen from all borders that it lies near to: it was at the middle one of them.
    stretches, n_moves = ndimage.label(np.array(shifts) > 0)
    seen_from = [np.flatnonzero(stretches == move) for move in range(1, n_moves + 1)]
    return tuple(CameraMove(RUN + int(np.median(at)), max(shifts[k] for k in at)) for at in seen_from)


def shift_between_films(before: Sequence[NDArray[np.uint8]], after: Sequence[NDArray[np.uint8]]) -> float:
    """Return how far the second film's picture is shifted from the first one's, pixels; 0 where it is not.

    Parameters
    ----------
    before, after : sequence of uint8 [H, W]
        Luma of frames spread over each film.

    Returns
    -------
    float
        NaN where the pictures differ in size.
    """
    if before[0].shape != after[0].shape:
        return float("nan")
    one, other = (_View.of([frame[::REDUCTION, ::REDUCTION] for frame in run]) for run in (before, after))
    return _shift_between(one, other)


def longest_steady_part(moves: Sequence[CameraMove], n_frames: int) -> slice:
    """Return the longest run of the frames in which the camera stood still."""
    ends = [0, *(move.frame_index for move in moves), n_frames]
    return max((slice(a, b) for a, b in pairwise(ends)), key=lambda part: part.stop - part.start)


@dataclass(frozen=True)
class _View:
    """What a run of frames shows without what moves and without noise, and how strong its edges are; both [h, w]."""

    picture: Picture
    edges: Picture

    @classmethod
    def of(cls, run: Sequence[NDArray[np.uint8]]) -> _View:
        picture = ndimage.gaussian_filter(np.median(np.stack(run), axis=0).astype(np.float32), 1.0)
        return cls(picture, ndimage.gaussian_gradient_magnitude(picture, EDGE_WIDTH))


def _shift_between(before: _View, after: _View) -> float:
    """Return how far the second picture is shifted from the first one, film pixels; 0 where it is not."""
    if not (before.edges.any() and after.edges.any()):
        return 0.0
    centred = (view.edges - view.edges.mean() for view in (before, after))
    shift_yx, *_ = phase_cross_correlation(*centred, upsample_factor=UPSAMPLING, normalization=None)
    length = REDUCTION * float(np.hypot(*shift_yx))
    if length < SMALLEST_PX or np.any(np.abs(shift_yx) > np.array(before.picture.shape) / 4):
        return 0.0
    laid = ndimage.shift(after.picture, shift_yx, order=1, cval=np.nan)
    strong = (before.edges > np.percentile(before.edges, STRONG_PERCENTILE)) & np.isfinite(laid)
    differences = (np.abs(before.picture - other)[strong] for other in (laid, after.picture))
    left, as_it_was = (float(np.median(difference)) for difference in differences)
    return length if left < (1 - EXPLAINED) * as_it_was else 0.0
