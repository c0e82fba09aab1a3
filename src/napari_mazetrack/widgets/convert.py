"""The only place where (x, y) of this package and (frame, y, x) of napari meet.

Both count pixel centres as integers with y down, so nothing but the order of the columns changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def xy_to_napari(xy: ArrayLike) -> NDArray[np.float64]:
    """Turn points (x, y) into napari's (y, x).

    Parameters
    ----------
    xy : float [N, 2]
        x, y in film pixels.

    Returns
    -------
    float64 [N, 2]
        y, x.
    """
    return np.ascontiguousarray(_columns(xy, 2)[:, ::-1])


def napari_to_xy(yx: ArrayLike) -> NDArray[np.float64]:
    """Turn napari's points (y, x) [N, 2] into (x, y) [N, 2]; the inverse of `xy_to_napari`."""
    return np.ascontiguousarray(_columns(yx, 2)[:, ::-1])


def frame_xy_to_napari(frame_index: ArrayLike, xy: ArrayLike) -> NDArray[np.float64]:
    """Turn points (x, y) in frames into napari's (frame, y, x).

    Parameters
    ----------
    frame_index : int [N]
        Frame of each point.
    xy : float [N, 2]
        x, y in film pixels.

    Returns
    -------
    float64 [N, 3]
        frame, y, x.
    """
    return np.column_stack([np.asarray(frame_index, np.float64), xy_to_napari(xy)])


def napari_to_frame_xy(frame_yx: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Turn napari's (frame, y, x) [N, 3] into frame indices [N] and (x, y) [N, 2].

    A point that was put between two frames counts for the nearest one.
    """
    data = _columns(frame_yx, 3)
    return np.rint(data[:, 0]).astype(np.intp), napari_to_xy(data[:, 1:])


def _columns(values: ArrayLike, n_columns: int) -> NDArray[np.float64]:
    array: NDArray[Any] = np.asarray(values, np.float64)
    if array.ndim != 2 or array.shape[1] != n_columns:
        raise ValueError(f"expected an array [N, {n_columns}], got one of shape {array.shape}")
    return array
