"""Where points are known: all their numbers are finite."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray


def are_finite(values: NDArray[np.floating], n_axes: int = 1) -> NDArray[np.bool_]:
    """Tell where all numbers along the last `n_axes` axes are finite.

    ``np.isfinite(values).all(axis)`` says the same; over a long array of short rows it takes 20 times as long.
    """
    is_finite = np.isfinite(values)
    return reduce(np.logical_and, (is_finite[..., *i] for i in np.ndindex(values.shape[values.ndim - n_axes :])))
