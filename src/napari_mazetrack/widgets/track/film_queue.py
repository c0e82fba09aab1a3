"""Several films that are tracked one after the other: what is asked for, and what is told at the end; no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from napari_mazetrack.widgets.films.sample_films import default_out_dir
from napari_mazetrack.workflows.track import TrackRequest, existing_results, is_unfinished
from napari_mazetrack.workflows.track_films import FilmOutcome


@dataclass(frozen=True)
class QueueChoice:
    """What the person chose.

    Attributes
    ----------
    films : tuple of Path
        The films, in the order in which they are tracked.
    same_arena : bool
        The arena that is shown holds for all of them; else none is used.
    """

    films: tuple[Path, ...] = ()
    same_arena: bool = False


def queue_requests(choice: QueueChoice, first: TrackRequest) -> list[TrackRequest]:
    """Return the requests for films, all as asked for in `first`; one that was interrupted goes on.

    Results go to the folder of `first`, or beside each film where that is the folder of its own film.
    """
    is_beside = first.out_dir == default_out_dir(first.film)
    requests = []
    for film in choice.films:
        out_dir = default_out_dir(film) if is_beside else first.out_dir
        request = replace(first, film=film, out_dir=out_dir, arena=first.arena if choice.same_arena else None)
        requests.append(replace(request, resume=is_unfinished(request)))
    return requests


def tracked_before(requests: Sequence[TrackRequest]) -> list[TrackRequest]:
    """Return the requests whose results would replace others."""
    return [request for request in requests if not request.resume and existing_results(request)]


def describe_queue(outcomes: Sequence[FilmOutcome]) -> str:
    """Return in a line how many films are tracked, and where the results are."""
    n_done = sum(outcome.csv is not None for outcome in outcomes)
    folders = list(dict.fromkeys(str(outcome.csv.parent) for outcome in outcomes if outcome.csv is not None))
    where = f" Their tracks are in {' and in '.join(folders)}." if 0 < len(folders) <= 2 else ""
    return f"Films tracked: {n_done} of {len(outcomes)}.{where}"


def describe_failures(outcomes: Sequence[FilmOutcome]) -> str:
    """Return which films could not be tracked, and why; empty where all could."""
    failed = [outcome for outcome in outcomes if outcome.failure]
    lines = [f"{outcome.film.name}: {outcome.failure}" for outcome in failed]
    return "\n".join([f"Films not tracked: {len(failed)} of {len(outcomes)}.", *lines]) if failed else ""


def describe_warnings(outcomes: Sequence[FilmOutcome]) -> str:
    """Return what a person should know of the films that were tracked; empty for nothing."""
    return "\n".join(f"{outcome.film.name}: {warning}" for outcome in outcomes for warning in outcome.warnings)
