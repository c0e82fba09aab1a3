"""What is known of one animal in one film, from whichever file it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.review.event_marks import EventMark

Units: TypeAlias = Literal["px", "cm", ""]
TRACK_ENDINGS = (".tracks.nc", ".tracks.csv", ".truth.csv")
#: Paths [n, T, 2] of an animal's central point and of its head.
Draws: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Recording:
    """What is known of one animal in one film.

    Attributes
    ----------
    stem : str
        Name of the film without its ending.
    animal : str
        Its name in the file; empty where the file has none.
    time_s : float64 [T]
        Film times.
    xy, head_xy : float64 [T, 2]
        Central point and head in the arena's coordinates, NaN where missing; no head: None.
    units : {"px", "cm", ""}
        Units of the positions; empty where the file does not say.
    is_corrected : bool [T]
        Samples that a person put right.
    film_hw : (int, int) or None
        Size of the film where it is known.
    model : str
        The detector's name and hash; empty where unknown.
    draw : callable or None
        From a number and a seed to so many paths of central point and head, [n, T, 2] each, that are as likely as
        these (`tracking.draws`); None where the file does not tell how sure it is.
    sigma : float64 [T] or None
        Standard deviation of the central point per axis, in the units of the positions; None: the file has none.
    source : uint8 [T] or None
        `tracking.track.Source` of each sample; None: the file does not say.
    said_events : tuple of EventMark
        What a person said of the events of its trial; they count before the trial sheet.
    """

    stem: str
    animal: str
    time_s: NDArray[np.float64]
    xy: NDArray[np.float64]
    head_xy: NDArray[np.float64] | None
    units: Units
    is_corrected: NDArray[np.bool_]
    film_hw: tuple[int, int] | None = None
    model: str = ""
    draw: Callable[[int, int], Draws] | None = None
    said_events: tuple[EventMark, ...] = ()
    sigma: NDArray[np.float64] | None = None
    source: NDArray[np.uint8] | None = None


def film_stem(path: Path) -> str:
    """Return the film's name without its ending, from the name of the film or of a track of it."""
    for ending in TRACK_ENDINGS:
        if path.name.lower().endswith(ending):
            return path.name[: -len(ending)]
    return path.stem
