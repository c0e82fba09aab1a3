"""Errors that last: how large they are, and how they go together over time."""

import numpy as np
import pytest

from napari_mazetrack.tracking.slow_errors import SLOW_SHARE, SLOW_TIME_S, compute_slow_sd, draw_slow


def test_draws_have_unit_variance_and_die_away():
    time_s = np.arange(3000) / 60
    draws = draw_slow(time_s, 400, np.random.default_rng(0))
    assert draws.shape == (400, 3000, 2)
    assert draws.var() == pytest.approx(1, abs=0.06)
    for lag_s in (0.5, 1.0, 2.0):
        lag = round(60 * lag_s)
        together = (draws[:, lag:] * draws[:, :-lag]).mean() / draws.var()
        assert together == pytest.approx(np.exp(-lag_s / SLOW_TIME_S), abs=0.06)
    # Straight between knots: far smoother from frame to frame than a process of that correlation would be.
    assert np.diff(draws, axis=1).std() < 0.5 * np.sqrt(2 * (1 - np.exp(-1 / 60 / SLOW_TIME_S)))


def test_one_frame_and_uneven_times_are_drawn():
    assert draw_slow(np.array([3.0]), 2, np.random.default_rng(0)).shape == (2, 1, 2)
    assert np.isfinite(draw_slow(np.array([0.0, 0.01, 7.5, 7.6]), 5, np.random.default_rng(0))).all()


def test_the_error_of_a_gap_is_that_of_the_frames_around():
    sigma = np.array([2.0, np.nan, np.nan, 5.0, 1.0])
    np.testing.assert_allclose(compute_slow_sd(np.arange(5.0), sigma), np.sqrt(SLOW_SHARE) * np.array([2, 3, 4, 5, 1]))
