from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_mazetrack.tracking.motion_chain import MotionChain, observe

Q = 900.0


def dense_covariance(time_s, start_sd=(1e4, 2e3)):
    """Covariance of position and velocity of the prior, step by step from its definition, [2T, 2T]."""
    n = len(time_s)
    covariance = np.zeros((2 * n, 2 * n))
    covariance[:2, :2] = np.diag(np.square(start_sd))
    for i, dt in enumerate(np.diff(time_s)):
        move = np.array([[1, dt], [0, 1]])
        here, following = slice(2 * i, 2 * i + 2), slice(2 * i + 2, 2 * i + 4)
        covariance[following, : 2 * i + 2] = move @ covariance[here, : 2 * i + 2]
        covariance[: 2 * i + 2, following] = covariance[following, : 2 * i + 2].T
        kick = Q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
        covariance[following, following] = move @ covariance[here, here] @ move.T + kick
    return covariance


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 12))
def test_the_banded_solve_is_the_gaussian_posterior(seed, n):
    rng = np.random.default_rng(seed)
    time_s = np.cumsum(rng.uniform(0.02, 0.5, n))
    xy = rng.normal(0, 20, (n, 2))
    precision = np.where(rng.random(n) < 0.3, 0.0, rng.uniform(0.1, 2, n))
    precision[rng.integers(n)] = 1.0
    posterior = observe(MotionChain.over(time_s), xy, precision, Q)
    prior = dense_covariance(time_s)
    seen = np.flatnonzero(precision)
    cross = prior[:, 2 * seen]
    innovation = cross[2 * seen] + np.diag(1 / precision[seen])
    gain = np.linalg.solve(innovation, cross.T).T
    centre = np.average(xy, axis=0, weights=precision)
    mean = (gain @ (xy[seen] - centre))[::2] + centre
    np.testing.assert_allclose(posterior.mean_xy, mean, rtol=1e-4, atol=2e-3)
    variance = np.diag(prior - gain @ cross.T)[::2]
    np.testing.assert_allclose(posterior.compute_sd(), np.sqrt(variance), rtol=2e-3)


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 500])
def test_the_variances_are_the_diagonal_of_the_inverse(n):
    rng = np.random.default_rng(n)
    precision = np.where(rng.random(n) < 0.3, 0.0, rng.uniform(0.1, 2, n))
    precision[n // 2] = 1.0
    posterior = observe(MotionChain.over(np.cumsum(rng.uniform(0.02, 0.5, n))), np.zeros((n, 2)), precision, Q)
    factor = sum(np.diag(row[: 2 * n - k], -k) for k, row in enumerate(posterior.factor) if k < 2 * n)
    inverse = np.linalg.inv(factor)
    variances = (inverse**2).sum(axis=0)[::2]
    np.testing.assert_allclose(posterior.compute_sd(), np.sqrt(variances), rtol=1e-8)


def test_the_evidence_is_the_density_of_the_observations():
    rng = np.random.default_rng(5)
    time_s = np.cumsum(rng.uniform(0.02, 0.3, 8))
    xy = rng.normal(0, 20, (8, 2))
    precision = rng.uniform(0.1, 2, 8)
    xy -= np.average(xy, axis=0, weights=precision)

    def log_density(posterior):
        return posterior.log_evidence - 0.5 * posterior.squares

    def dense_log_density(q):
        innovation = dense_covariance(time_s)[::2, ::2] if q == Q else None
        innovation = innovation + np.diag(1 / precision)
        squares = sum(axis @ np.linalg.solve(innovation, axis) for axis in xy.T)
        return -np.linalg.slogdet(innovation)[1] - 0.5 * squares

    chain = MotionChain.over(time_s)
    # Up to the constant of the vague start.
    constant = 2 * np.log(1e4) + 2 * np.log(2e3 * chain.unit_s)
    assert log_density(observe(chain, xy, precision, Q)) - constant == pytest.approx(dense_log_density(Q), rel=1e-4)


def test_draws_have_the_posteriors_spread():
    time_s = np.arange(20) / 30
    precision = np.ones(20)
    precision[8:12] = 0
    posterior = observe(MotionChain.over(time_s), np.zeros((20, 2)), precision, 1e4)
    draws = posterior.draw(4000, np.random.default_rng(0))
    assert draws.shape == (4000, 20, 2)
    np.testing.assert_allclose(draws.std(axis=(0, 2)), posterior.compute_sd(), rtol=0.04)
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.2)


def test_pieces_that_are_not_linked_do_not_speak_to_each_other():
    time_s = np.arange(10) / 10
    linked = np.ones(9, bool)
    linked[4] = False
    xy = np.random.default_rng(0).normal(0, 5, (10, 2))
    both = observe(MotionChain.over(time_s, linked), xy, np.ones(10), Q)
    first = observe(MotionChain.over(time_s[:5]), xy[:5], np.ones(5), Q)
    np.testing.assert_allclose(both.mean_xy[:5], first.mean_xy, atol=1e-3)
    np.testing.assert_allclose(both.compute_sd()[:5], first.compute_sd(), rtol=1e-6)
