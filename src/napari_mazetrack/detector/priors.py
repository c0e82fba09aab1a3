"""Priors: the reference boxes that the network's outputs are offsets from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.spec import PriorSpec


def compute_priors(input_hw: tuple[int, int], spec: PriorSpec) -> NDArray[np.float32]:
    """Lay the priors of every level over an input.

    A cell of stride s covers s pixels; pixel centres are integers, so the centre of cell j lies at
    ``(j + 0.5) * s - 0.5``.

    Parameters
    ----------
    input_hw : (int, int)
        Height and width of the input, pixels; multiples of every stride.
    spec : PriorSpec
        Strides and sizes.

    Returns
    -------
    float32 [P, 4]
        Centre x, centre y, width, height in pixels. Order: level, row, column, size, which is the order of the
        network's heads.
    """
    levels = []
    for stride, sizes in zip(spec.strides, spec.sizes_px, strict=True):
        rows, columns = input_hw[0] // stride, input_hw[1] // stride
        cy, cx, size = np.meshgrid(
            (np.arange(rows) + 0.5) * stride - 0.5,
            (np.arange(columns) + 0.5) * stride - 0.5,
            np.asarray(sizes, np.float64),
            indexing="ij",
        )
        levels.append(np.stack([cx, cy, size, size], axis=-1).reshape(-1, 4))
    return np.concatenate(levels).astype(np.float32)
