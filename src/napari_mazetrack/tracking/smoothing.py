"""The smoothed path of one point: one banded solve, its noise levels found from the film itself.

Missing data: a frame without an observation (NaN) is bridged by the motion prior; the caller decides how long a gap
may be. How rough the motion is (`q`) and how far the detector's σ is off (`noise_scale`) are chosen by maximum marginal
likelihood over a fixed grid, so the same observations always give the same path, and a path is neither
lengthened by noise nor shortened at its corners. Single outliers are weighted down. Errors that last for many
frames look like motion; `slow_errors` adds them to the posterior σ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.finite import are_finite
from napari_mazetrack.tracking.motion_chain import MotionChain, Posterior, observe
from napari_mazetrack.tracking.slow_errors import compute_slow_sd, draw_slow

#: Roughness of the motion that is tried, px²/s³, and what is expected before seeing anything (log10 mean and SD).
Q_GRID = 10.0 ** np.arange(0.0, 8.01, 0.5)
LOG10_Q_MEAN, LOG10_Q_SD = 4.0, 2.0
#: The detector's σ is taken as right with the weight of this many observed numbers.
NOISE_SCALE_WEIGHT = 50.0
#: Observations farther off than this many σ are weighted down, as (3 / r)²; those beyond the second are no observation.
OUTLIER_SD, BLUNDER_SD = 3.0, 10.0
N_REWEIGHTINGS = 3
#: Weights that change by less than this are settled.
SETTLED = 0.01
#: No point is known better than this, whatever the detector says.
MIN_SIGMA_PX = 0.2
#: Roughness is chosen on at most this many frames, in pieces spread evenly over the film.
TUNING_FRAMES, TUNING_PIECE = 4096, 512


@dataclass(frozen=True)
class Observations:
    """What is known of one point, over T frames.

    Attributes
    ----------
    time_s : float64 [T]
        Time of each frame.
    xy : float64 [T, 2]
        Pixels; NaN where nothing was observed.
    sigma_px : float64 [T]
        Standard deviation per axis; NaN where nothing was observed.
    is_anchor : bool [T]
        A person set it: never weighted down.
    """

    time_s: NDArray[np.float64]
    xy: NDArray[np.float64]
    sigma_px: NDArray[np.float64]
    is_anchor: NDArray[np.bool_]


@dataclass(frozen=True)
class SmoothPath:
    """The path from the first observation to the last one.

    Attributes
    ----------
    first : int
        Frame of the first observation; the arrays begin there.
    posterior : Posterior
        The path of n frames, in units of `noise_scale`.
    noise_scale : float
        Factor on the detector's σ that the observations ask for.
    q : float
        Spectral density of the acceleration, px²/s³.
    n_frames : int
        T.
    time_s, slow_sd_px : float64 [n]
        Times of its frames, and the standard deviation of the detector's slow error in them; 0 where a person set
        the point.
    """

    first: int
    posterior: Posterior
    noise_scale: float
    q: float
    n_frames: int
    time_s: NDArray[np.float64]
    slow_sd_px: NDArray[np.float64]

    def compute_xy(self) -> NDArray[np.float64]:
        """Return the path over the film, [T, 2]; NaN before the first and after the last observation."""
        return self._placed(self.posterior.mean_xy)

    def compute_sigma_px(self) -> NDArray[np.float64]:
        """Return the SD per axis over the film, [T], slow errors included; NaN where there is no path."""
        return self._placed(np.hypot(self.posterior.compute_sd() * self.noise_scale, self.slow_sd_px))

    def draw_deviations(self, n: int, seed: int) -> NDArray[np.float64]:
        """Return `n` posterior draws of the deviation from the path, [n, T, 2]; the same for the same seed."""
        rng = np.random.default_rng(seed)
        draws = self.posterior.draw(n, rng) * self.noise_scale
        draws += draw_slow(self.time_s, n, rng) * self.slow_sd_px[:, None]
        return self._placed(draws.swapaxes(0, 1)).swapaxes(0, 1)

    def _placed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.full((self.n_frames, *values.shape[1:]), np.nan)
        out[self.first : self.first + len(values)] = values
        return out


@dataclass(frozen=True)
class Known:
    """What is observed of a stretch of path, and how surely: the n frames that are smoothed together.

    Attributes
    ----------
    time_s : float64 [n]
        Time of each frame.
    xy : float64 [n, 2]
        Pixels; any finite number where nothing was observed.
    precision : float64 [n]
        1 / variance per axis; 0 where nothing was observed.
    is_anchor : bool [n]
        A person set it.
    """

    time_s: NDArray[np.float64]
    xy: NDArray[np.float64]
    precision: NDArray[np.float64]
    is_anchor: NDArray[np.bool_]

    @classmethod
    def of(cls, observations: Observations, part: slice | NDArray[np.intp]) -> Known:
        """Take a part of the observations."""
        xy, sigma = observations.xy[part], observations.sigma_px[part]
        is_seen = are_finite(xy)
        precision = np.where(is_seen, np.maximum(np.nan_to_num(sigma, nan=np.inf), MIN_SIGMA_PX) ** -2.0, 0.0)
        return cls(observations.time_s[part], np.nan_to_num(xy), precision, observations.is_anchor[part])


@dataclass(frozen=True)
class Fit:
    """Known frames with their path.

    Attributes
    ----------
    posterior : Posterior
        The path, in units of `noise_scale`.
    n_observed : int
        Frames with an observation that counts.
    q_ratio : float
        q for a noise scale of 1.
    weight : float64 [n]
        What each observation counts, by this path.
    is_settled : bool
        Whether it counted the same in making the path.
    """

    posterior: Posterior
    n_observed: int
    q_ratio: float
    weight: NDArray[np.float64]
    is_settled: bool

    @property
    def noise_scale(self) -> float:
        """Factor on the detector's σ that the observations ask for."""
        return compute_noise_scale(self.posterior.squares, self.n_observed)


def smooth(observations: Observations) -> SmoothPath | None:
    """Return the maximum a-posteriori path of one point, or None where it was never observed.

    60,000 frames take about a fifth of a second, its σ included.
    """
    seen = np.flatnonzero(are_finite(observations.xy))
    if len(seen) == 0:
        return None
    part = slice(seen[0], seen[-1] + 1)
    known = Known.of(observations, part)
    fit = fit_path(known, MotionChain.over(known.time_s))
    scale = fit.noise_scale
    slow_sd = np.where(known.is_anchor, 0.0, compute_slow_sd(known.time_s, observations.sigma_px[part]))
    q = fit.q_ratio * scale**2
    return SmoothPath(int(seen[0]), fit.posterior, scale, q, len(observations.xy), known.time_s, slow_sd)


def fit_path(known: Known, chain: MotionChain) -> Fit:
    """Smooth known frames, which `chain` joins, and find how rough their motion is."""
    weight = _weight_before_smoothing(known)
    fit = None
    for _ in range(2):  # the second choice is not misled by outliers that only the path shows
        q_ratio = _choose_q(known.time_s, known.xy, known.precision * weight)
        if fit is not None and fit.is_settled and q_ratio == fit.q_ratio:
            break
        fit = _reweight(known, chain, weight, q_ratio)
        weight = fit.weight
    assert fit is not None
    return fit


def fit_path_as(known: Known, chain: MotionChain, q_ratio: float, noise_scale: float) -> Fit:
    """Smooth known frames, which `chain` joins, of whose film the noise levels are known."""
    fit = _reweight(known, chain, _weight_before_smoothing(known), q_ratio, noise_scale)
    return fit if fit.is_settled else _reweight(known, chain, fit.weight, q_ratio, noise_scale)


def _reweight(
    known: Known, chain: MotionChain, weight: NDArray[np.float64], q_ratio: float, noise_scale: float | None = None
) -> Fit:
    """Smooth until the weights are settled; residuals are on the scale of the path's own noise unless told."""
    for _ in range(N_REWEIGHTINGS):
        precision = known.precision * weight
        posterior = observe(chain, known.xy, precision, q_ratio)
        n_observed = int(np.count_nonzero(precision))
        scale = noise_scale or compute_noise_scale(posterior.squares, n_observed)
        # Never stricter than the detector's own σ: a long rest must not make a swim an outlier.
        residual = np.hypot(*(known.xy - posterior.mean_xy).T) * np.sqrt(known.precision) / max(scale, 1.0)
        old_weight, weight = weight, np.where(known.is_anchor, 1.0, _weight(residual))
        is_settled = bool(np.abs(weight - old_weight).max() < SETTLED)
        if is_settled:
            break
    return Fit(posterior, n_observed, q_ratio, weight, is_settled)


def _weight(residual_sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight of an observation `residual_sd` standard deviations off: a Gaussian core with redescending tails."""
    weight = (OUTLIER_SD / np.maximum(residual_sd, OUTLIER_SD)) ** 2
    return np.where(residual_sd > BLUNDER_SD, 0.0, weight)


def _weight_before_smoothing(known: Known) -> NDArray[np.float64]:
    """Weights from how far each observation lies off the line between its neighbours, on the film's own scale."""
    time_s, xy, precision = known.time_s, known.xy, known.precision
    weight = np.ones(len(xy))
    seen = np.flatnonzero(precision > 0)
    if len(seen) < 5:
        return weight
    t, points = time_s[seen], xy[seen]
    share = (t[1:-1] - t[:-2]) / np.maximum(t[2:] - t[:-2], 1e-9)
    off = points[1:-1] - points[:-2] - share[:, None] * (points[2:] - points[:-2])
    off_sd = np.hypot(*off.T) * np.sqrt(precision[seen[1:-1]])
    typical = max(float(np.median(off_sd)) / 1.1774, 1.0)  # the median of a Rayleigh variable is 1.1774 σ
    weight[seen[1:-1]] = _weight(off_sd / typical / 2)
    weight[known.is_anchor] = 1.0
    return weight


def compute_noise_scale(squares: float, n_observed: int) -> float:
    """Return the factor on the detector's σ, from the squares of so many observed points that the motion leaves."""
    n = 2 * n_observed
    return float(np.sqrt((squares + NOISE_SCALE_WEIGHT) / (n + NOISE_SCALE_WEIGHT)))


def _choose_q(time_s: NDArray[np.float64], xy: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    """Return the q (for a noise scale of 1) of the highest marginal likelihood; the grid is searched coarse to fine."""
    frames, is_linked = tuning_frames(precision > 0)
    chain = MotionChain.over(time_s[frames], is_linked)
    n_observed = int(np.count_nonzero(precision[frames]))
    n = 2 * n_observed + NOISE_SCALE_WEIGHT

    @cache
    def likelihood(i: int) -> float:
        q = float(Q_GRID[i])
        posterior = observe(chain, xy[frames], precision[frames], q)
        scale = compute_noise_scale(posterior.squares, n_observed)
        prior = -0.5 * ((np.log10(q * scale**2) - LOG10_Q_MEAN) / LOG10_Q_SD) ** 2
        return float(posterior.log_evidence - n * np.log(scale) + prior)

    best = max(range(0, len(Q_GRID), 4), key=likelihood)
    for step in (2, 1):
        around = (best - step, best, best + step)
        best = max((i for i in around if 0 <= i < len(Q_GRID)), key=likelihood)
    return float(Q_GRID[best])


def tuning_frames(is_seen: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the frames with observations that noise levels are found on, and which of them are joined to the next."""
    seen = np.flatnonzero(is_seen)
    if len(seen) > TUNING_FRAMES:
        begins = np.linspace(0, len(seen) - TUNING_PIECE, TUNING_FRAMES // TUNING_PIECE).astype(int)
        pick = (begins[:, None] + np.arange(TUNING_PIECE)).ravel()
        is_linked = np.diff(pick) == 1
        return seen[pick], is_linked
    return seen, np.ones(len(seen) - 1, bool)
