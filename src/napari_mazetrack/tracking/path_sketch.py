"""A rough path of a film that is still being tracked: what was found last, and a thinned part of what was before."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.detector.instances import Instances
from napari_mazetrack.tracking.pool_mask import is_in_pool
from napari_mazetrack.tracking.settings import TrackSettings

#: The newest positions are kept one by one, older ones thinned to this many: drawing costs the same in any film.
N_NEWEST, N_OLDER = 500, 500
#: Seconds between two looks at it.
TAKE_EVERY_S = 0.5


class PathSketch:
    """Gathers where animals were found, without telling which is which.

    Parameters
    ----------
    settings : TrackSettings
        How many animals there are, and the pool: what lies outside is none.
    centre : int
        The keypoint that stands for an animal.
    sure_from_score : float
        Instances with a lower score are not drawn.
    """

    def __init__(self, settings: TrackSettings, centre: int, sure_from_score: float) -> None:
        self._settings = settings
        self._centre = centre
        self._sure_from_score = sure_from_score
        self._newest: deque[list[float]] = deque()
        self._older: list[list[float]] = []
        self._step = 1  # of the positions that leave the newest, every so many is kept
        self._n_left = 0
        self._taken_at = -TAKE_EVERY_S

    def add(self, found: Instances) -> None:
        """Take in the instances of the next frame, in film pixels, best score first."""
        xy = found.keypoints_xy[found.score >= self._sure_from_score, self._centre]
        for position in xy[is_in_pool(xy, self._settings)][: self._settings.n_animals].tolist():
            self._newest.append(position)
            if len(self._newest) > N_NEWEST:
                self._thin(self._newest.popleft())

    def take_due(self) -> NDArray[np.float64] | None:
        """Return all positions, oldest first, [N, 2]; None where they were taken a moment ago."""
        now = time.monotonic()
        if now - self._taken_at < TAKE_EVERY_S:
            return None
        self._taken_at = now
        return np.array([*self._older, *self._newest], np.float64).reshape(-1, 2)

    def _thin(self, position: list[float]) -> None:
        if self._n_left % self._step == 0:
            self._older.append(position)
        self._n_left += 1
        if len(self._older) > N_OLDER:
            self._older = self._older[::2]
            self._step *= 2
