"""The Gaussian chain behind the smoother: positions and velocities of one point, frame after frame.

The prior is integrated white acceleration (a constant-velocity model): between two frames Δt apart, the errors of
position and velocity have covariance ``q [[Δt³/3, Δt²/2], [Δt²/2, Δt]]`` (Bar-Shalom, Li & Kirubarajan 2001, §6.2.2,
doi:10.1002/0471221279), with the real Δt of the frames. Its precision matrix is block tridiagonal, so everything
is a banded Cholesky factorisation of size 2T: the path (posterior mean), its variances (selected inverse, exact) and
draws. Both axes share the matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: What is known of the first position and speed of a piece of path: nothing, in numbers that keep the solve sound.
START_SD_PX = 1e4
START_SD_PX_S = 2e3


@dataclass(frozen=True)
class MotionChain:
    """The prior of T frames; velocities are in pixels per `unit_s`, which keeps the matrix well scaled.

    Attributes
    ----------
    unit_s : float
        Unit of time, the median Δt.
    link : float64 [4, 2T]
        Precision of the motion for q = 1 px²/unit³, lower banded: ``link[k, j]`` is element (j + k, j).
    start : float64 [2T]
        Precision of the first frame of each piece, on the diagonal.
    log_det_links : float
        Logarithm of the determinant of the links' precision for q = 1.
    n_links : int
        Frames that are joined to the one before.
    """

    unit_s: float
    link: NDArray[np.float64]
    start: NDArray[np.float64]
    log_det_links: float
    n_links: int

    @classmethod
    def over(cls, time_s: NDArray[np.float64], is_linked: NDArray[np.bool_] | None = None) -> MotionChain:
        """Make the prior of the frames at `time_s` [T]; frames i and i + 1 are joined where `is_linked[i]`."""
        n = len(time_s)
        steps = np.diff(time_s)
        linked = np.ones(n - 1, bool) if is_linked is None else is_linked
        positive = steps[linked & (steps > 0)]
        unit_s = float(np.median(positive)) if len(positive) else 1.0
        # Equal or reversed time stamps count as a tiny step instead of an infinite precision.
        tau = np.maximum(steps / unit_s, 1e-3)
        on = linked.astype(float)
        a, b, c, d = on * 12 / tau**3, on * 6 / tau**2, on * 4 / tau, on * 2 / tau
        link = np.zeros((4, 2 * n))
        link[0, 0:-2:2] += a
        link[0, 1:-2:2] += c
        link[1, 0:-2:2] += b
        link[0, 2::2] += a
        link[0, 3::2] += c
        link[1, 2::2] -= b
        link[2, 0:-2:2] = -a  # position with the next position
        link[3, 0:-2:2] = b  # position with the next velocity
        link[1, 1:-2:2] = -b  # velocity with the next position
        link[2, 1:-2:2] = d  # velocity with the next velocity
        start = np.zeros(2 * n)
        begins = np.flatnonzero(np.concatenate([[True], ~linked]))
        start[2 * begins] = START_SD_PX**-2
        start[2 * begins + 1] = (START_SD_PX_S * unit_s) ** -2
        log_det = float(np.log(12 / tau[linked] ** 4).sum())
        return cls(unit_s, link, start, log_det, int(linked.sum()))


@dataclass(frozen=True)
class Posterior:
    """What is known of the path once it was observed.

    Attributes
    ----------
    mean_xy : float64 [T, 2]
        The path.
    factor : float64 [4, 2T]
        Lower banded Cholesky factor of the posterior precision.
    squares : float
        Observations' squares that the prior does not explain, both axes.
    log_evidence : float
        Log marginal likelihood but for `squares` and constants, both axes.
    """

    mean_xy: NDArray[np.float64]
    factor: NDArray[np.float64]
    squares: float
    log_evidence: float

    def compute_sd(self) -> NDArray[np.float64]:
        """Return the posterior SD of each position, [T]: the exact diagonal of the inverse."""
        return np.sqrt(_position_variances(*self._blocks()))

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return `n` draws of the deviation from the mean path, [n, T, 2]."""
        from scipy.linalg.lapack import dtbtrs

        size = self.factor.shape[1]
        noise = np.asfortranarray(rng.standard_normal((2 * n, size)).T)
        deviation, _ = dtbtrs(self.factor, noise, uplo="L", trans="T")
        result: NDArray[np.float64] = deviation[0::2].T.reshape(n, 2, -1).transpose(0, 2, 1)
        return result

    def _blocks(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (L Lᵀ)⁻¹ of the diagonal blocks and the gains to the next block, [2, 2, T] each."""
        f = self.factor
        l00, l10, l11 = f[0, 0::2], f[1, 0::2], f[0, 1::2]
        # The block below the diagonal: rows are the next position and velocity, columns this frame's.
        m00, m01, m10, m11 = f[2, 0::2], f[1, 1::2], f[3, 0::2], f[2, 1::2]
        i00, i11 = 1 / l00, 1 / l11
        i10 = -l10 * i00 * i11
        inverse = np.array([[i00**2 + i10**2, i10 * i11], [i10 * i11, i11**2]])
        gain = np.array([[i00 * m00 + i10 * m01, i00 * m10 + i10 * m11], [i11 * m01, i11 * m11]])
        return inverse, gain


def _position_variances(inverse: NDArray[np.float64], gain: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance [T] of each position, where the covariance of a frame is ``inverse + gain @ next @ gainᵀ``.

    A step is an affine map of the next frame's covariance, and so are many steps: pieces of the chain are followed side
    by side as if nothing came behind them, and what does come behind is added afterwards.
    """
    n = inverse.shape[2]
    length = max(int(np.sqrt(n)) // 4, 1)
    n_pieces = -(-n // length)
    inverse, gain = (_in_pieces(matrices, n_pieces, length) for matrices in (inverse, gain))
    alone, first_row = np.empty((length, n_pieces)), np.empty((length, 2, n_pieces))
    covariance = np.zeros((2, 2, n_pieces))
    to_end = np.tile(np.eye(2)[:, :, None], n_pieces)
    for i in reversed(range(length)):
        covariance = inverse[i] + np.einsum("ijp,kjp->ikp", _times(gain[i], covariance), gain[i])
        to_end = _times(gain[i], to_end)
        alone[i], first_row[i] = covariance[0, 0], to_end[0]
    behind = np.zeros((n_pieces, 2, 2))
    of_piece, across = covariance.transpose(2, 0, 1), to_end.transpose(2, 0, 1)
    for i in reversed(range(1, n_pieces)):
        behind[i - 1] = of_piece[i] + across[i] @ behind[i] @ across[i].T
    variances: NDArray[np.float64] = alone + np.einsum("tip,pij,tjp->tp", first_row, behind, first_row)
    return variances.T.ravel()[:n]


def _in_pieces(matrices: NDArray[np.float64], n_pieces: int, length: int) -> NDArray[np.float64]:
    """Cut [2, 2, T] matrices into pieces, [length, 2, 2, n_pieces]; zeros fill the last one."""
    filled = np.pad(matrices, ((0, 0), (0, 0), (0, n_pieces * length - matrices.shape[2])))
    return np.ascontiguousarray(filled.reshape(2, 2, n_pieces, length).transpose(3, 0, 1, 2))


def _times(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply many 2 × 2 matrices, [2, 2, n] each."""
    product: NDArray[np.float64] = np.einsum("ijp,jkp->ikp", a, b)
    return product


def observe(chain: MotionChain, xy: NDArray[np.float64], precision: NDArray[np.float64], q: float) -> Posterior:
    """Condition the prior on observations.

    Parameters
    ----------
    chain : MotionChain
        The prior of T frames.
    xy : float64 [T, 2]
        Observations; any finite number where there is none.
    precision : float64 [T]
        1 / variance per axis; 0 where there is no observation.
    q : float
        Spectral density of the acceleration, px²/s³.
    """
    from scipy.linalg import cho_solve_banded, cholesky_banded

    q_unit = q * chain.unit_s**3
    band = chain.link / q_unit
    band[0] += chain.start
    band[0, 0::2] += precision
    factor = cholesky_banded(band, overwrite_ab=True, lower=True, check_finite=False)
    # Around the weighted mean, so that the squares do not cancel.
    centre = np.average(xy, axis=0, weights=precision) if precision.any() else np.zeros(2)
    weighted = np.zeros((2 * len(xy), 2))
    weighted[0::2] = precision[:, None] * (xy - centre)
    state = cho_solve_banded((factor, True), weighted, check_finite=False)
    squares = float((weighted[0::2] * (xy - centre)).sum() - (weighted * state).sum())
    log_det_prior = chain.log_det_links - 2 * chain.n_links * np.log(q_unit)
    log_evidence = float(log_det_prior - 2 * np.log(factor[0]).sum() + np.log(precision[precision > 0]).sum())
    return Posterior(state[0::2] + centre, factor, squares, log_evidence)
