"""Pick the frames of a film that are worth labelling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress

if TYPE_CHECKING:
    from napari_mazetrack.review.frame_choice import Thumbnail
    from napari_mazetrack.video import Film

#: So many frames are looked at for each that is wanted, and at least so many in all.
CANDIDATES_PER_FRAME, LEAST_CANDIDATES = 8, 200
#: Doubtful frames are at least this far apart.
APART_S = 0.5


class Way(StrEnum):
    """How frames are picked."""

    EVENLY = "evenly"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True)
class PickRequest:
    """Which frames are wanted.

    Attributes
    ----------
    film : Path
        The film.
    n : int
        Frames wanted.
    way : Way
        Spread evenly, as different as possible, or where the track is least sure.
    labelled : tuple of int
        Frames that have a label: neither they nor their like are picked.
    track : Path or None
        The film's track (``.tracks.nc``), for `Way.UNSURE`.
    """

    film: Path
    n: int
    way: Way
    labelled: tuple[int, ...] = ()
    track: Path | None = None


def pick_frames(request: PickRequest) -> Job[list[int]]:
    """Return up to `n` frames in the film's order; fewer where the film has no more that differ.

    Raises
    ------
    MazetrackError
        The film or the track cannot be read, or the track is another film's or missing.
    """
    from napari_mazetrack.review.frame_choice import choose_unlike, order_by_difference
    from napari_mazetrack.video import open_film

    with open_film(request.film) as film:
        candidates = _candidates(request, film)
        labelled = [frame for frame in request.labelled if 0 <= frame < film.n_frames]
        thumbnails = yield from _read_thumbnails(film, {*candidates, *labelled})
    known = [thumbnails.pop(frame) for frame in labelled if frame in thumbnails]
    if request.way == Way.DIFFERENT:
        yield Progress("Comparing frames", 0, None)
        candidates = order_by_difference(thumbnails, request.n)
    return sorted(choose_unlike(candidates, thumbnails, request.n, known))


def _candidates(request: PickRequest, film: Film) -> list[int]:
    """Return the frames that are looked at, the most wanted first."""
    n_candidates = max(CANDIDATES_PER_FRAME * request.n, LEAST_CANDIDATES)
    if request.way == Way.UNSURE:
        return _doubtful(request, film, n_candidates)
    wanted = _spread(film.n_frames, request.n)
    # What takes the place of those that turn out to be alike, or the choice for k-means.
    return list(dict.fromkeys([*wanted, *_spread(film.n_frames, n_candidates)]))


def _spread(n_frames: int, n: int) -> list[int]:
    """Return up to `n` frames in the middles of `n` equal parts of a film."""
    middles = (np.arange(n) + 0.5) * n_frames / n
    frames: list[int] = np.unique(middles.astype(int)).tolist()
    return frames


def _doubtful(request: PickRequest, film: Film, n: int) -> list[int]:
    from napari_mazetrack.review.frame_choice import compute_doubt_px, order_by_doubt
    from napari_mazetrack.tracking.track_nc import load_track_nc

    if request.track is None or not request.track.exists():
        raise MazetrackError(
            f"{request.film.name} has no track yet, so nobody knows where the detector is unsure. Track it first, or "
            "pick frames in another way."
        )
    track = load_track_nc(request.track)
    if track.attributes.get("film_id") != film.film_id or track.n_frames != film.n_frames:
        raise MazetrackError(f"{request.track.name} is the track of another film than {request.film.name}.")
    return order_by_doubt(compute_doubt_px(track), track.time_s, APART_S, n)


def _read_thumbnails(film: Film, frames: Iterable[int]) -> Job[dict[int, Thumbnail]]:
    """Read the frames in the film's order, which is quickest; those that cannot be read are left out."""
    from napari_mazetrack.review.frame_choice import make_thumbnail
    from napari_mazetrack.video import UnreadableFrameError

    ordered = sorted(frames)
    thumbnails = {}
    for done, frame in enumerate(ordered):
        yield Progress("Looking at frames", done, len(ordered))
        try:
            thumbnails[frame] = make_thumbnail(film.luma(frame))
        except UnreadableFrameError:
            continue
    return thumbnails
