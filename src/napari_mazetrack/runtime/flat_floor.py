"""A film whose floor has no pattern any more."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.runtime.stream import FrameSource
from napari_mazetrack.tracking.floor import FloorPattern


@dataclass(frozen=True)
class FlatFloor:
    """Every frame of a film without the pattern of its floor; a `FrameSource`.

    Attributes
    ----------
    film : FrameSource
        The film.
    pattern : FloorPattern
        Of its pictures.
    """

    film: FrameSource
    pattern: FloorPattern

    @property
    def height(self) -> int:
        """Pixels."""
        return self.film.height

    @property
    def width(self) -> int:
        """Pixels."""
        return self.film.width

    def iter_luma(self, start: int = 0) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
        """Yield every frame from `start` on: its index, and luma [height, width] or None where unreadable."""
        frames = self.film.iter_luma(start)
        try:
            for frame_index, luma in frames:
                yield frame_index, None if luma is None else self.pattern.take_out(luma)
        finally:
            if isinstance(frames, Generator):  # its file is released with this generator
                frames.close()
