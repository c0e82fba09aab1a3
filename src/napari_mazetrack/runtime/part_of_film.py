"""A film of which the detector sees a part of each picture."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.runtime.stream import FrameSource
from napari_mazetrack.tracking.region import Region


@dataclass(frozen=True)
class PartOfFilm:
    """The same part of every frame; a `FrameSource`."""

    film: FrameSource
    region: Region

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
        frames = self.film.iter_luma(start)
        try:
            for frame_index, luma in frames:
                yield frame_index, None if luma is None else self.region.cut(luma)
        finally:
            if isinstance(frames, Generator):  # its file is released with this generator
                frames.close()
