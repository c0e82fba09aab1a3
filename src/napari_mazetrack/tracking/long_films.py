"""The smoothed path of a film in pieces, so that a correction of a long film costs no more than that of a short one.

What an observation says of the path fades within some dozens of others. So a piece with `MARGIN` observations on either
side has the path that it would have in the whole film, to some hundredths of a pixel, once the noise levels are those
of the film: they are found on a sample of it. A piece is computed from its own observations and the noise levels alone,
and recalled where neither has changed.

Missing data: as in `smoothing`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.tracking.motion_chain import MotionChain
from napari_mazetrack.tracking.recall import recalled
from napari_mazetrack.tracking.slow_errors import compute_slow_sd
from napari_mazetrack.tracking.smoothing import (
    Known,
    Observations,
    compute_noise_scale,
    fit_path,
    fit_path_as,
    smooth,
    tuning_frames,
)

#: Frames of a piece. Films with fewer observations than `LONG` are smoothed as a whole.
PIECE, LONG = 4096, 8192
#: Observations on either side of a piece.
MARGIN = 256
#: Points that are remembered, of two animals before and after a correction (1.4 MB each for 60,000 frames), and pieces
#: (0.1 MB each), of two animals in half an hour.
N_POINTS, N_PIECES = 12, 256


@recalled(N_POINTS)
def smooth_film(observations: Observations) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the smoothed path of a point, [T, 2], and its σ, [T]; None where it was never observed.

    Both are NaN before the first observation and after the last one.
    """
    is_seen = are_finite(observations.xy)
    if np.count_nonzero(is_seen) >= LONG:
        return _smooth_pieces(observations, is_seen)
    path = smooth(observations)
    return None if path is None else (path.compute_xy(), path.compute_sigma_px())


def _smooth_pieces(
    observations: Observations, is_seen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sample, is_linked = tuning_frames(is_seen)
    q_ratio, noise_scale = _find_noise(Known.of(observations, sample), is_linked)
    xy, sd = np.full_like(observations.xy, np.nan), np.full(len(observations.xy), np.nan)
    squares, n_observed, seen = 0.0, 0, np.flatnonzero(is_seen)
    for own, around in _pieces(seen):
        skipped = own.start - around.start
        mean_xy, sd_unit, piece_squares, piece_n = _smooth_piece(Known.of(observations, around), q_ratio, noise_scale)
        inner = slice(skipped, skipped + own.stop - own.start)
        xy[own], sd[own] = mean_xy[inner], sd_unit[inner]
        squares, n_observed = squares + piece_squares, n_observed + piece_n
    part = slice(seen[0], seen[-1] + 1)
    slow_sd = compute_slow_sd(observations.time_s[part], observations.sigma_px[part])
    slow_sd[observations.is_anchor[part]] = 0.0
    sd[part] = np.hypot(sd[part] * compute_noise_scale(squares, n_observed), slow_sd)
    return xy, sd


def _pieces(seen: NDArray[np.intp]) -> Iterator[tuple[slice, slice]]:
    """Yield the frames of each piece, and these with its margins; a piece begins where it does in any such film."""
    first, end = int(seen[0]), int(seen[-1]) + 1
    for begin in range(first - first % PIECE, end, PIECE):
        own = slice(max(begin, first), min(begin + PIECE, end))
        before, behind = np.searchsorted(seen, (own.start, own.stop))
        yield (
            own,
            slice(int(seen[max(before - MARGIN, 0)]), int(seen[min(behind + MARGIN, len(seen)) - 1]) + 1),
        )


@recalled(N_POINTS)
def _find_noise(sample: Known, is_linked: NDArray[np.bool_]) -> tuple[float, float]:
    """Return q for a noise scale of 1, and the noise scale in steps in which a correction rarely moves it."""
    fit = fit_path(sample, MotionChain.over(sample.time_s, is_linked))
    return fit.q_ratio, round(fit.noise_scale, 2)


@recalled(N_PIECES)
def _smooth_piece(
    known: Known, q_ratio: float, noise_scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, int]:
    """Return the path, its SD for a noise scale of 1, the squares that the motion leaves, and the observations."""
    fit = fit_path_as(known, MotionChain.over(known.time_s), q_ratio, noise_scale)
    return fit.posterior.mean_xy, fit.posterior.compute_sd(), fit.posterior.squares, fit.n_observed
