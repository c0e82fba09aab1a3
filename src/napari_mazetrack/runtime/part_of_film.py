"""What the detector sees of a film: a part of each picture, without the floor's pattern, perhaps not every frame."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.tracking.floor import FloorPattern
from napari_mazetrack.tracking.region import Region


class WholeFilm(Protocol):
    """What is needed of the film (`napari_mazetrack.video.Film` is one)."""

    def iter_luma(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
        """Yield every frame from `start` to before `stop`: its index, and luma or None where unreadable."""


@dataclass(frozen=True)
class PartOfFilm:
    """The same part of every frame up to one, without the floor's pattern where there is one; a `FrameSource`.

    Attributes
    ----------
    film : WholeFilm
        The film.
    region : Region
        What is seen of each picture.
    stop : int or None
        The frame after the last; None: to the film's end.
    pattern : FloorPattern or None
        What is taken out of the part; None: nothing.
    """

    film: WholeFilm
    region: Region
    stop: int | None = None
    pattern: FloorPattern | None = None

    @property
    def height(self) -> int:
        """Pixels."""
        return self.region.height

    @property
    def width(self) -> int:
        """Pixels."""
        return self.region.width

    def iter_luma(self, start: int = 0) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
        """Yield every frame from `start` on: its index, and luma [height, width] or None where unreadable."""
        frames = self.film.iter_luma(start, self.stop)
        try:
            for frame_index, luma in frames:
                yield frame_index, None if luma is None else self._seen_of(luma)
        finally:
            if isinstance(frames, Generator):  # its file is released with this generator
                frames.close()

    def _seen_of(self, luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
        part = self.region.cut(luma)
        return part if self.pattern is None else self.pattern.take_out(part)
