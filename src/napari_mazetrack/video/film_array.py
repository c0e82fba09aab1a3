"""A film as an array for napari: frames are decoded when they are asked for."""

from __future__ import annotations

import math
from operator import index as as_int
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.video.film import Film, Picture, UnreadableFrameError


class FilmArray:
    """An array-like over a film, uint8 [T, H, W] or [T, H, W, 3]; safe to index from several threads.

    Indexing follows NumPy: integers, slices, lists, boolean masks, ``...``. A frame that cannot be decoded is
    black (the film's `warnings` tell of it). After the film has been closed indexing raises a `MazetrackError`.

    Parameters
    ----------
    film : Film
        An open film; whoever opened it closes it.
    colour : bool or None
        RGB pictures or luma; None: RGB where the film has colour.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, film: Film, *, colour: bool | None = None) -> None:
        self.film = film
        self._is_colour = film.is_colour if colour is None else colour
        size = (film.n_frames, film.height, film.width)
        self.shape: tuple[int, ...] = (*size, 3) if self._is_colour else size

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that the whole film would take."""
        return self.size

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401 - NumPy's protocol
        if copy is False:
            raise ValueError("a film cannot be seen as an array without decoding it")
        return np.asarray(self[:], dtype=dtype)

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 - whatever NumPy takes and gives
        first, *rest = self._full_key(key)
        frames = np.arange(self.shape[0])[first]  # NumPy's own rules for negative, out of range, steps, masks
        if frames.ndim == 0:
            return self._frame(int(frames))[tuple(rest)]
        if not all(_is_basic(k) for k in rest):
            pictures = self._stack(frames.ravel(), ())
            if isinstance(first, slice):
                return pictures[(slice(None), *rest)]
            return pictures[(np.arange(frames.size).reshape(frames.shape), *rest)]
        stacked = self._stack(frames.ravel(), tuple(rest))
        return stacked.reshape(frames.shape + stacked.shape[1:])

    def _full_key(self, key: Any) -> list[Any]:  # noqa: ANN401
        """Return one key for each axis."""
        keys = list(key) if isinstance(key, tuple) else [key]
        if any(k is None for k in keys):
            raise IndexError("a film takes no new axes: index it first, then add them")
        n_dots = sum(k is Ellipsis for k in keys)
        n_missing = self.ndim - len(keys) + n_dots
        if n_dots > 1 or n_missing < 0:
            raise IndexError(f"a film has {self.ndim} axes, got the index {key}")
        at = next((i for i, k in enumerate(keys) if k is Ellipsis), len(keys))
        return [*keys[:at], *[slice(None)] * n_missing, *keys[at + 1 :]]

    def _stack(self, frames: NDArray[np.intp], rest: tuple[Any, ...]) -> Picture:
        """Return the same part of several frames, [n, ...]."""
        empty = np.empty(self.shape[1:], np.uint8)[rest]
        stacked = np.empty((len(frames), *empty.shape), np.uint8)
        for i, frame in enumerate(frames.tolist()):
            stacked[i] = self._frame(frame)[rest]
        return stacked

    def _frame(self, frame_index: int) -> Picture:
        try:
            return self.film.rgb(frame_index) if self._is_colour else self.film.luma(frame_index)
        except UnreadableFrameError:
            return np.zeros(self.shape[1:], np.uint8)


def _is_basic(key: Any) -> bool:  # noqa: ANN401
    if isinstance(key, slice):
        return True
    try:
        as_int(key)
    except TypeError:
        return False
    return not isinstance(key, bool)
