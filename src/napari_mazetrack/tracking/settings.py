"""What a person may choose about a track, as a value with a JSON form."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Ellipse

MAX_ANIMALS = 16


@dataclass(frozen=True)
class TrackSettings:
    """How instances become a track.

    Attributes
    ----------
    n_animals : int
        Animals in the film.
    score_threshold : float
        Instances with a lower score are not looked at (the detector has its own threshold before this one).
    max_gap_s : float
        A gap up to this long is interpolated; a longer one stays missing.
    smoothing : bool
        Give the smoothed path; False gives the detector's positions where there are any.
    pool : Ellipse or None
        The waterline in pixels; instances whose body lies outside it are not the animal.
    pool_polygon : tuple of (x, y)
        Corners of a region in pixels in place of `pool`; empty for none.
    pool_margin : float
        How far outside a body may still be, as a share of the pool's radius (a camera sees the near wall).
    """

    n_animals: int = 1
    score_threshold: float = 0.0
    max_gap_s: float = 1.0
    smoothing: bool = True
    pool: Ellipse | None = None
    pool_polygon: tuple[tuple[float, float], ...] = ()
    pool_margin: float = 0.03

    def __post_init__(self) -> None:
        for name, low, high in (
            ("n_animals", 1, MAX_ANIMALS),
            ("score_threshold", 0.0, 1.0),
            ("max_gap_s", 0.0, 3600.0),
            ("pool_margin", 0.0, 1.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise MazetrackError(f"{name} must be between {low} and {high}, got {value}.")
        if self.pool is not None and self.pool_polygon:
            raise MazetrackError("Give the pool as an ellipse or as a polygon, not both.")
        if 0 < len(self.pool_polygon) < 3:
            raise MazetrackError(f"A pool polygon needs at least 3 corners, got {len(self.pool_polygon)}.")

    def to_json(self) -> str:
        """Return the settings as JSON text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TrackSettings:
        """Read what `to_json` wrote.

        Raises
        ------
        MazetrackError
            The text is damaged or from another version.
        """
        try:
            return cls(**_with_values(json.loads(text)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise MazetrackError(
                f"The settings of the track cannot be read ({error}). Track the film again."
            ) from error


def _with_values(data: dict[str, Any]) -> dict[str, Any]:
    pool = data["pool"]
    return {
        **data,
        "pool": None if pool is None else Ellipse(**{name: float(value) for name, value in pool.items()}),
        "pool_polygon": tuple((float(x), float(y)) for x, y in data["pool_polygon"]),
    }
