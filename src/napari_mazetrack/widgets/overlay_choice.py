"""What a person wants drawn over a film; neither Qt nor napari."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PathColour(StrEnum):
    """By what the path is coloured; the words stand in the panel."""

    TIME = "time"
    SPEED = "speed"
    SIGMA = "σ"
    QUADRANT = "quadrant"


@dataclass(frozen=True)
class OverlayChoice:
    """What is drawn beside keypoints, path, pool, platforms and quadrants.

    Attributes
    ----------
    path_colour : PathColour
        By what the path is coloured; with several animals time stands for the animal.
    tail_s : float or None
        Only so many seconds of the path up to the current frame are drawn; None: the whole swim.
    heading, box, sigma : bool
        Of the current frame: an arrow where each head points to, the boxes, and circles of 2 σ round the keypoints.
    starts : bool
        The start positions that the arena names.
    scale : bool
        A bar of known length in centimetres.
    time : bool
        The time of the frame, in the picture.
    """

    path_colour: PathColour = PathColour.TIME
    tail_s: float | None = None
    heading: bool = False
    box: bool = False
    sigma: bool = False
    starts: bool = True
    scale: bool = False
    time: bool = False
