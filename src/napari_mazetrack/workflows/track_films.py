"""Track several films one after the other; one that fails does not keep the others from being tracked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job
from napari_mazetrack.workflows.track import TrackOutcome, TrackRequest, refuse_same_outputs, track_film


@dataclass(frozen=True)
class FilmOutcome:
    """What came of one film.

    Attributes
    ----------
    film : Path
        The film.
    nc, csv : Path or None
        The files of its track; None where it could not be tracked.
    failure : str
        Why it could not be tracked, and what to do; empty where it could.
    warnings : tuple of str
        What a person should know of it.
    """

    film: Path
    nc: Path | None = None
    csv: Path | None = None
    failure: str = ""
    warnings: tuple[str, ...] = ()


def track_films(
    requests: Sequence[TrackRequest], track_one: Callable[[TrackRequest], Job[TrackOutcome]] = track_film
) -> Job[tuple[FilmOutcome, ...]]:
    """Track films in their order, each with its results beside it or in its folder, as `track_film` does it alone.

    Closing the job stops it within the film under way, whose detections are kept as after any interruption.

    Parameters
    ----------
    requests : sequence of TrackRequest
        One for each film.
    track_one : callable
        From a request to the job that tracks its film.

    Raises
    ------
    MazetrackError
        Two films would write to the same files; nothing has begun then.
    """
    for out_dir in {request.out_dir for request in requests}:
        refuse_same_outputs((request.film for request in requests if request.out_dir == out_dir), out_dir)
    outcomes = []
    for i, request in enumerate(requests):
        try:
            outcome = yield from _told_as(track_one(request), f"Film {i + 1} of {len(requests)}")
        except MazetrackError as error:
            outcomes.append(FilmOutcome(request.film, failure=str(error)))
        else:
            outcomes.append(FilmOutcome(request.film, outcome.nc, outcome.csv, warnings=outcome.warnings))
    return tuple(outcomes)


def _told_as(job: Job[TrackOutcome], which: str) -> Job[TrackOutcome]:
    """Run a job whose reports begin with which of the films it is."""
    try:
        while True:
            try:
                report = next(job)
            except StopIteration as stop:
                outcome: TrackOutcome = stop.value
                return outcome
            yield replace(report, stage=f"{which}: {report.stage}")
    finally:
        job.close()
