"""Which stretch of a film belongs to which trial: several rows of a sheet may name one film.

The rows of a session film are told apart by when the animal is in the pool (`maze.sessions`); then what a person said
of the film's events is put where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.sessions import find_stretches, split_session
from napari_mazetrack.maze.trials import Trial, TrialKind
from napari_mazetrack.review.event_marks import EventMark, marks_by_trial, trial_with_marks
from napari_mazetrack.workflows.recording import Recording


@dataclass(frozen=True)
class TrialOnFilm:
    """A trial with what is known of its place in a film.

    Attributes
    ----------
    trial : Trial
        With the release and the end that it is measured with, None where they are found in its path.
    is_split : bool
        Whether its stretch was told apart from those of other rows by the presence of the animal.
    marks : tuple of EventMark
        What a person said of its events.
    """

    trial: Trial
    is_split: bool = False
    marks: tuple[EventMark, ...] = ()


def told_of_old_platforms(trials: Sequence[Trial]) -> list[str]:
    """Return a sentence where reversal trials name no former platform: then nothing is measured of the old one."""
    lacking = [trial for trial in trials if trial.kind == TrialKind.REVERSAL and not trial.former_platform]
    if not lacking:
        return []
    n = f"{len(lacking)} reversal {'trial names' if len(lacking) == 1 else 'trials name'}"
    return [
        f"{n} no former platform, so nothing is measured of the old one (perseveration). Put both platforms into the "
        "arena, and their names into the columns platform and former_platform of a trials sheet."
    ]


def told_of_unknown_starts(trials: Iterable[tuple[Path, Trial]]) -> list[str]:
    """Return a sentence for each start that trials name and their arena, the file beside each, does not have."""
    first: dict[tuple[Path, str], str] = {}
    for path, trial in trials:
        if trial.start and path.is_file():
            first.setdefault((path, trial.start), trial.trial)
    told = []
    for (path, start), name in first.items():
        # An arena that cannot be read is told when its trials are measured.
        with suppress(MazetrackError):
            starts = load_arena(path).starts
            if start not in starts:
                told.append(
                    f"Trial '{name}' names the start '{start}', but {path.name} has: {', '.join(starts) or 'none'}. "
                    "Correct the name, or add the start to the arena; the trial is measured all the same."
                )
    return told


def trials_on_film(trials: Sequence[Trial], recording: Recording) -> list[TrialOnFilm]:
    """Return the trials that name one recording, in the order given, with their places in its film.

    Raises
    ------
    MazetrackError
        Rows without a release are more, or fewer, than the stretches with an animal.
    """
    placed = list(trials)
    if len(trials) > 1:
        is_present: NDArray[np.bool_] = np.isfinite(recording.xy[:, 0])
        placed = split_session(trials, find_stretches(recording.time_s, is_present))
    film_end_s = float(recording.time_s[-1]) if len(recording.time_s) else 0.0
    return [
        TrialOnFilm(trial_with_marks(trial, marks, film_end_s), trial != row, marks)
        for row, trial, marks in zip(trials, placed, marks_by_trial(placed, recording.said_events), strict=True)
    ]
