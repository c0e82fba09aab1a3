"""Find the hand that brings the animal into the pool of a tracked film: a job over the seconds round its coming."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.maze.find_hand import FoundHand, HandFinder, Sight, judge
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.review.event_marks import FOUND_IN_FILM, EventKind, EventMark
from napari_mazetrack.tracking.track import Track
from napari_mazetrack.video import Film, Timing, UnreadableFrameError, open_film
from napari_mazetrack.workflows.find_arena import find_arena

#: So long before and after the animal is first present the film is looked at.
BEFORE_S, AFTER_S = 4.0, 8.0
#: The empty pool is the median of so many frames of this time.
N_FRAMES, EMPTY_S = 41, 120.0


def find_hand(
    film_path: Path, track: Track, arena: Arena | None = None, *, timing: Timing | None = None
) -> Job[FoundHand | str]:
    """Find when the hand that brings a film's first animal lets go; where that is not sure, return why.

    Parameters
    ----------
    film_path : Path
        The film.
    track : Track
        Its track: where the animal is, and the time of each frame.
    arena : Arena or None
        Its pool, in pixels; None: it is found in the film.
    timing : Timing or None
        Times in place of the film's own, where it has none.

    Raises
    ------
    MazetrackError
        The film cannot be read or is another one, shows no pool, or its track holds no animal.
    """
    if arena is None:
        arena = (yield from find_arena(film_path, timing=timing)).arena
    if arena.units != "px":
        raise MazetrackError(
            "The arena is in centimetres: where the pool lies in the film is not known. Find the pool."
        )
    with open_film(film_path, timing=timing) as film:
        if film.film_id != track.attributes.get("film_id", film.film_id) or film.n_frames != track.n_frames:
            raise MazetrackError(f"The track is not that of {film_path}. Give the track of this film.")
        first, stop = _stretch(track)
        finder = HandFinder((yield from _pictures(film, track, first)), arena.pool)
        sights: list[Sight] = []
        for done, (index, luma) in enumerate(film.iter_luma(first, stop), start=1):
            if luma is not None:
                sights.append(finder.look(float(track.time_s[index]), luma, track.box_xyxy[index, 0]))
            yield Progress(f"Looking for the hand in {film_path.name}", done, stop - first)
    return judge(sights)


def hand_marks(found: FoundHand) -> tuple[EventMark, ...]:
    """Return what the hand did as marks, which say that they were found in the film."""
    times = ((EventKind.HAND_IN, found.hand_in_s), (EventKind.RELEASE, found.release_s))
    return tuple(EventMark(kind, time_s, FOUND_IN_FILM) for kind, time_s in times if time_s is not None)


def hand_in_words(found: FoundHand) -> str:
    """Return what was found as a sentence."""
    parts = [] if found.hand_in_s is None else [f"over the water from {found.hand_in_s:.2f} s"]
    parts.append(f"lets go at {found.release_s:.2f} s")
    parts += [] if found.hand_out_s is None else [f"gone at {found.hand_out_s:.2f} s"]
    return f"The hand: {', '.join(parts)}; it touches the animal in {found.n_touching} frames before it lets go."


def _stretch(track: Track) -> tuple[int, int]:
    """Return the first frame that is looked at, and the one behind the last."""
    present = np.flatnonzero(np.isfinite(track.box_xyxy[:, 0]).all(axis=1))
    if not len(present):
        raise MazetrackError("The track holds no animal. Track the film first.")
    comes_s = float(track.time_s[present[0]])
    first, stop = np.searchsorted(track.time_s, [comes_s - BEFORE_S, comes_s + AFTER_S])
    return int(first), int(stop)


def _pictures(film: Film, track: Track, first: int) -> Job[list[np.ndarray]]:
    """Return frames spread over the time from a frame on, for the empty pool."""
    last = int(np.searchsorted(track.time_s, track.time_s[first] + EMPTY_S)) - 1
    pictures = []
    indices = np.unique(np.linspace(first, last, N_FRAMES).round().astype(int)).tolist()
    for done, index in enumerate(indices, start=1):
        try:
            pictures.append(film.luma(index))
        except UnreadableFrameError:
            continue
        yield Progress(f"Reading {film.path.name}", done, len(indices))
    if not pictures:
        raise MazetrackError(f"No frame of {film.path} can be read. Check the film.")
    return pictures
