"""Track several films one after the other; one that fails does not keep the others from being tracked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.progress import Job, Progress, Result
from napari_mazetrack.workflows.track import TrackOutcome, TrackRequest, refuse_same_outputs, track_film

if TYPE_CHECKING:
    from napari_mazetrack.project import RunRecord


@dataclass(frozen=True)
class FilmOutcome:
    """What came of one film.

    Attributes
    ----------
    film : Path
        The film.
    csv : Path or None
        Its track, with the ``.nc`` beside it; None where it could not be tracked.
    run : RunRecord or None
        The note that a project keeps of it.
    failure : str
        Why it could not be tracked, and what to do; empty where it could.
    warnings : tuple of str
        What a person should know of it.
    """

    film: Path
    csv: Path | None = None
    run: RunRecord | None = None
    failure: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilmEnded(Progress):
    """The report that comes when a film is done with, and what came of it."""

    outcome: FilmOutcome | None = None


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
        which = f"Film {i + 1} of {len(requests)}"
        outcome = yield from told_as(_end_of(request, track_one), which)
        outcomes.append(outcome)
        words = f"{request.film.name} is tracked." if outcome.csv else f"Not tracked: {request.film.name}."
        yield FilmEnded(f"{which}: {request.film.name}", i + 1, len(requests), words, outcome=outcome)
    return tuple(outcomes)


def _end_of(request: TrackRequest, track_one: Callable[[TrackRequest], Job[TrackOutcome]]) -> Job[FilmOutcome]:
    from napari_mazetrack.workflows.correct import run_of

    try:
        outcome = yield from track_one(request)
    except MazetrackError as error:
        return FilmOutcome(request.film, failure=str(error))
    run = run_of(outcome.track, (outcome.nc, outcome.csv))
    return FilmOutcome(request.film, outcome.csv, run, warnings=outcome.warnings)


def told_as(job: Job[Result], which: str) -> Job[Result]:
    """Run a job whose reports begin with which of the films it is."""
    with closing(job):
        while True:
            try:
                report = next(job)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            yield replace(report, stage=f"{which}: {report.stage}")
