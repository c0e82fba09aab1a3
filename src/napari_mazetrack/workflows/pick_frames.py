"""Pick the frames of a film that are worth labelling."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress

if TYPE_CHECKING:
    from napari_mazetrack.review.frame_choice import Thumbnail
    from napari_mazetrack.video import Film

#: More are not picked at once.
MOST_FRAMES = 1000
#: So many frames are looked at for each that is wanted, and at least so many in all.
CANDIDATES_PER_FRAME, LEAST_CANDIDATES = 8, 200
#: Doubtful frames are at least this far apart.
APART_S = 0.5
#: So many frames are read at a time until enough of them differ.
AT_A_TIME = 20


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
    project : Path or None
        Neither the film's frames that are labelled in this project nor their like are picked.
    track : Path or None
        The film's track (``.tracks.nc``), for `Way.UNSURE`.
    """

    film: Path
    n: int
    way: Way
    project: Path | None = None
    track: Path | None = None


def pick_frames(request: PickRequest) -> Job[list[int]]:
    """Return up to `n` frames in the film's order; fewer where the film has no more that differ.

    Raises
    ------
    MazetrackError
        The film, the project or the track cannot be read, or the track is another film's or missing.
    """
    from napari_mazetrack.review.frame_choice import order_by_difference
    from napari_mazetrack.video import Timing, open_film

    yield Progress(f"Opening {request.film.name}", 0)
    # Its times do not matter here, but a TIFF stack cannot be opened without any.
    with open_film(request.film, timing=Timing(fps=1.0)) as film:
        candidates = _candidates(request, film)
        labelled = yield from _read_thumbnails(film, _labelled(request, film), "Looking at labelled frames")
        candidates = [frame for frame in candidates if frame not in labelled]
        thumbnails: dict[int, Thumbnail] = {}
        if request.way == Way.DIFFERENT:
            thumbnails = yield from _read_thumbnails(film, candidates, "Looking at frames")
            yield Progress("Comparing frames", 0)
            candidates = order_by_difference(thumbnails, request.n)
        return (yield from _choose(film, candidates, request.n, list(labelled.values()), thumbnails))


def _candidates(request: PickRequest, film: Film) -> list[int]:
    """Return the frames that may be looked at, for all ways but `Way.DIFFERENT` the most wanted first."""
    n_candidates = max(CANDIDATES_PER_FRAME * request.n, LEAST_CANDIDATES)
    if request.way == Way.UNSURE:
        return _doubtful(request, film, n_candidates)
    if request.way == Way.DIFFERENT:
        return _spread_quickly(film, n_candidates)
    # Behind the wanted ones what takes the place of those that turn out to be alike.
    return list(dict.fromkeys([*_spread(film.n_frames, request.n), *_spread(film.n_frames, n_candidates)]))


def _choose(
    film: Film, candidates: Sequence[int], n: int, known: Sequence[Thumbnail], thumbnails: dict[int, Thumbnail]
) -> Job[list[int]]:
    """Return the first `n` candidates that differ, reading no more of them than it takes; some have been read."""
    from napari_mazetrack.review.frame_choice import choose_unlike

    chosen: list[int] = []
    for first in range(0, len(candidates), AT_A_TIME):
        part = candidates[first : first + AT_A_TIME]
        for frame in sorted(part):  # the film's order is the quickest
            yield Progress("Choosing frames that differ", len(chosen), n)
            if frame not in thumbnails:
                thumbnails |= _thumbnail_of(film, frame)
        taken = [*known, *(thumbnails[frame] for frame in chosen)]
        chosen += choose_unlike(part, thumbnails, n - len(chosen), taken)
        if len(chosen) == n:
            break
    return sorted(chosen)


def _labelled(request: PickRequest, film: Film) -> list[int]:
    """Return the frames of the film that are labelled in the project."""
    from napari_mazetrack.project import Project

    if request.project is None:
        return []
    with Project.open(request.project, read_only=True) as project:
        return [frame for frame in project.labels.frames(film.film_id) if frame < film.n_frames]


def _spread(n_frames: int, n: int) -> list[int]:
    """Return up to `n` frames in the middles of `n` equal parts of a film."""
    return sorted({int((part + 0.5) * n_frames / n) for part in range(n)})


def _spread_quickly(film: Film, n: int) -> list[int]:
    """Return a frame of each of `n` parts of a film: one that decoding can begin with, where there is one."""
    frames = _spread(film.n_frames, n)
    if film.entries is None:
        return frames
    entries = film.entries.tolist()
    part = film.n_frames / n
    quick = set()
    for frame in frames:
        place = bisect_left(entries, frame)
        near = [entry for entry in entries[max(0, place - 1) : place + 1] if abs(entry - frame) < part / 2]
        quick.add(min(near, key=lambda entry: abs(entry - frame), default=frame))
    return sorted(quick)


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


def _read_thumbnails(film: Film, frames: Sequence[int], stage: str) -> Job[dict[int, Thumbnail]]:
    """Read the frames in the film's order, which is quickest; those that cannot be read are left out."""
    thumbnails: dict[int, Thumbnail] = {}
    for done, frame in enumerate(sorted(frames)):
        yield Progress(stage, done, len(frames))
        thumbnails |= _thumbnail_of(film, frame)
    return thumbnails


def _thumbnail_of(film: Film, frame: int) -> dict[int, Thumbnail]:
    """Return the frame with its thumbnail; nothing where it cannot be read."""
    from napari_mazetrack.review.frame_choice import make_thumbnail
    from napari_mazetrack.video import UnreadableFrameError

    try:
        return {frame: make_thumbnail(film.luma(frame))}
    except UnreadableFrameError:
        return {}
