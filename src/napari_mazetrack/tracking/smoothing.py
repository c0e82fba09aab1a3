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


def smooth(observations: Observations) -> SmoothPath | None:
    """Return the maximum a-posteriori path of one point, or None where it was never observed.

    60,000 frames take about a fifth of a second, its σ included.
    """
    seen = np.flatnonzero(np.isfinite(observations.xy).all(axis=1))
    if len(seen) == 0:
        return None
    piece = slice(seen[0], seen[-1] + 1)
    time_s, anchor = observations.time_s[piece], observations.is_anchor[piece]
    precision = np.where(
        np.isfinite(observations.xy[piece]).all(axis=1),
        np.maximum(np.nan_to_num(observations.sigma_px[piece], nan=np.inf), MIN_SIGMA_PX) ** -2.0,
        0.0,
    )
    xy = np.nan_to_num(observations.xy[piece])
    weight = np.where(anchor, 1.0, _weight_before_smoothing(time_s, xy, precision))
    chain = MotionChain.over(time_s)
    q_ratio, is_settled = 0.0, False
    for _ in range(2):  # the second choice is not misled by outliers that only the path shows
        before, q_ratio = q_ratio, _choose_q(time_s, xy, precision * weight)
        if is_settled and q_ratio == before:
            break
        for _ in range(N_REWEIGHTINGS):
            posterior = observe(chain, xy, precision * weight, q_ratio)
            noise_scale = _noise_scale(posterior, precision * weight)
            # Never stricter than the detector's own σ: a long rest must not make a swim an outlier.
            residual = np.hypot(*(xy - posterior.mean_xy).T) * np.sqrt(precision) / max(noise_scale, 1.0)
            old_weight, weight = weight, np.where(anchor, 1.0, _weight(residual))
            is_settled = bool(np.abs(weight - old_weight).max() < SETTLED)
            if is_settled:
                break
    slow_sd = np.where(anchor, 0.0, compute_slow_sd(time_s, observations.sigma_px[piece]))
    q = q_ratio * noise_scale**2
    return SmoothPath(int(seen[0]), posterior, noise_scale, q, len(observations.xy), time_s, slow_sd)


def _weight(residual_sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight of an observation `residual_sd` standard deviations off: a Gaussian core with redescending tails."""
    weight = (OUTLIER_SD / np.maximum(residual_sd, OUTLIER_SD)) ** 2
    return np.where(residual_sd > BLUNDER_SD, 0.0, weight)


def _weight_before_smoothing(
    time_s: NDArray[np.float64], xy: NDArray[np.float64], precision: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights from how far each observation lies off the line between its neighbours, on the film's own scale."""
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
    return weight


def _noise_scale(posterior: Posterior, precision: NDArray[np.float64]) -> float:
    n = 2 * np.count_nonzero(precision)
    return float(np.sqrt((posterior.squares + NOISE_SCALE_WEIGHT) / (n + NOISE_SCALE_WEIGHT)))


def _choose_q(time_s: NDArray[np.float64], xy: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    """Return the q (for a noise scale of 1) of the highest marginal likelihood; the grid is searched coarse to fine."""
    frames, is_linked = _tuning_frames(precision)
    chain = MotionChain.over(time_s[frames], is_linked)
    n = 2 * np.count_nonzero(precision[frames]) + NOISE_SCALE_WEIGHT

    @cache
    def likelihood(i: int) -> float:
        q = float(Q_GRID[i])
        posterior = observe(chain, xy[frames], precision[frames], q)
        scale = _noise_scale(posterior, precision[frames])
        prior = -0.5 * ((np.log10(q * scale**2) - LOG10_Q_MEAN) / LOG10_Q_SD) ** 2
        return float(posterior.log_evidence - n * np.log(scale) + prior)

    best = max(range(0, len(Q_GRID), 4), key=likelihood)
    for step in (2, 1):
        around = (best - step, best, best + step)
        best = max((i for i in around if 0 <= i < len(Q_GRID)), key=likelihood)
    return float(Q_GRID[best])


def _tuning_frames(precision: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the frames with observations that q is chosen on, and which of them are joined to the next."""
    seen = np.flatnonzero(precision > 0)
    if len(seen) > TUNING_FRAMES:
        begins = np.linspace(0, len(seen) - TUNING_PIECE, TUNING_FRAMES // TUNING_PIECE).astype(int)
        pick = (begins[:, None] + np.arange(TUNING_PIECE)).ravel()
        is_linked = np.diff(pick) == 1
        return seen[pick], is_linked
    return seen, np.ones(len(seen) - 1, bool)
