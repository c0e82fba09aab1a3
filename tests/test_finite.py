"""Where points are known."""

import numpy as np
import pytest

from napari_mazetrack.finite import are_finite


@pytest.mark.parametrize(("shape", "n_axes"), [((7, 2), 1), ((5, 3, 2), 1), ((5, 2, 3, 2), 2), ((0, 2), 1)])
def test_a_point_is_known_where_all_its_numbers_are(shape, n_axes):
    values = np.random.default_rng(0).normal(size=shape)
    values[np.random.default_rng(1).random(shape) < 0.2] = np.nan
    values[np.random.default_rng(2).random(shape) < 0.1] = np.inf
    expected = np.isfinite(values).all(axis=tuple(range(-n_axes, 0)))
    np.testing.assert_array_equal(are_finite(values, n_axes), expected)
