"""When the frames of a film are, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from napari.layers import Layer
from numpy.typing import NDArray

from napari_mazetrack.review.event_marks import EventKind
from napari_mazetrack.video import FilmArray
from napari_mazetrack.widgets.films.film_layer import find_film_layer
from napari_mazetrack.widgets.session import Session


def film_times(session: Session, layers: Iterable[Layer]) -> NDArray[np.float64] | None:
    """Return the time of each frame of a session's film, float64 [T] in seconds; None where it is not known.

    A track's times come first: they may have been put right by a person. `layers` are those of the viewer.
    """
    if session.film is None:
        return None
    if session.track is not None:
        return session.track.time_s
    shown = find_film_layer(layers, session.film.film_id)
    if shown is None or not isinstance(shown.data, FilmArray):
        return None
    return shown.data.film.time_s


def frame_at(time_s: NDArray[np.float64], moment_s: float) -> int:
    """Return the frame that is on the screen at a moment: the last one that has begun, or the first."""
    return max(int(np.searchsorted(time_s, moment_s, side="right")) - 1, 0)


def since_release(session: Session, moment_s: float) -> float | None:
    """Return how long after the release a moment of the film is, in seconds; None where no release is known."""
    release_s = next((mark.time_s for mark in session.marks if mark.kind == EventKind.RELEASE), None)
    return None if release_s is None else moment_s - release_s


def describe_time(session: Session, moment_s: float) -> str:
    """Return a moment of the film in words, counted from the release where that is known."""
    since = since_release(session, moment_s)
    if since is None:
        return f"{moment_s:.2f} s of the film"
    return f"{abs(since):.2f} s {'before' if since < -0.005 else 'after'} release"
