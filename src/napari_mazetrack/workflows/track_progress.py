"""How far a tracking is, and where the animals were found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_mazetrack.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class TrackProgress(Progress):
    """A report with a rough path to be drawn meanwhile; it is not the track.

    Attributes
    ----------
    film_id : str
        Identity of the film that is tracked.
    path_xy : float64 [N, 2] or None
        Positions in film pixels, oldest first, at most a thousand.
    """

    film_id: str = ""
    path_xy: NDArray[np.float64] | None = field(default=None, compare=False)
