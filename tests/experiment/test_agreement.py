"""Agreement of two ways of measuring, on numbers whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from napari_mazetrack.experiment.agreement import compute_agreement, compute_icc

#: Four judges of six subjects, Shrout & Fleiss 1979, table 2.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


def test_the_published_correlation_of_four_judges() -> None:
    icc = compute_icc(JUDGES)
    assert icc.value == pytest.approx(0.29, abs=0.005)
    assert (icc.low, icc.high) == pytest.approx((0.019, 0.761), abs=0.001)


def test_a_constant_error_is_a_bias_with_no_spread() -> None:
    true = np.array([5.0, 12.0, 20.0, 41.0, 60.0])
    found = compute_agreement(true + 0.5, true)
    assert (found.n, found.bias.value, found.sd) == (5, pytest.approx(0.5), pytest.approx(0.0, abs=1e-12))
    assert found.lower_limit.value == pytest.approx(found.upper_limit.value)
    assert 0.99 < found.icc.value < 1


def test_limits_of_known_differences() -> None:
    difference = np.array([-1.0, 0.0, 1.0])
    found = compute_agreement(10 + difference, np.full(3, 10.0))
    assert (found.bias.value, found.sd) == (0.0, 1.0)
    assert (found.lower_limit.value, found.upper_limit.value) == (-1.96, 1.96)
    assert found.bias.high == pytest.approx(4.303 / np.sqrt(3), abs=1e-3)
    assert found.upper_limit.high == pytest.approx(1.96 + 4.303, abs=1e-3)


def test_equal_values_agree_wholly_and_constant_ones_say_nothing() -> None:
    values = np.array([1.0, 4.0, 9.0])
    assert compute_agreement(values, values).icc.value == 1.0
    assert np.isnan(compute_icc(np.full((4, 2), 3.0)).value)


def test_intervals_of_the_correlation_cover_the_truth() -> None:
    """Subjects' SD 2, raters' 0.5, error 1: ICC 4 / 5.25; two raters are few, so that intervals are wide, not wrong."""
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(400):
        scores = rng.normal(0, 2, (30, 1)) + rng.normal(0, 0.5, (1, 4)) + rng.normal(0, 1, (30, 4))
        icc = compute_icc(scores)
        covered.append(icc.low <= 4 / 5.25 <= icc.high)
    assert 0.92 <= np.mean(covered) <= 0.99
