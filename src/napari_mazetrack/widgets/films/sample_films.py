"""The films that ship: what is known of them, and where their results go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.trials import Trial, load_trials
from napari_mazetrack.resources import sample_data_folder

#: Where the results of the sample films go, which themselves lie inside the installation.
SAMPLE_OUT = "mazetrack-demo"
TRIALS_NAME = "trials.csv"


@dataclass(frozen=True)
class Sample:
    """A film that ships, and what is known of it.

    Attributes
    ----------
    film, arena : Path
        Its files.
    trial : Trial
        What it shows.
    """

    film: Path
    arena: Path
    trial: Trial


def load_samples() -> list[Sample]:
    """Return the samples as their ``trials.csv`` lists them.

    Raises
    ------
    MazetrackError
        The installation is incomplete.
    """
    folder = sample_data_folder()
    trials = load_trials(folder / TRIALS_NAME)
    return [Sample(folder / trial.film, folder / trial.arena, trial) for trial in trials]


def sample_of_film(film: Path) -> Sample | None:
    """Return the sample whose film this is; None where it is another film."""
    try:
        samples = load_samples()
    except MazetrackError:  # an installation without samples still tracks films
        return None
    return next((one for one in samples if one.film.resolve() == film.resolve()), None)


def is_sample_file(path: Path) -> bool:
    """Whether a file is one of those that ship."""
    try:
        return path.resolve().is_relative_to(sample_data_folder().resolve())
    except MazetrackError:  # an installation without samples
        return False


def default_out_dir(film: Path) -> Path:
    """Return the folder for the results of a film: its own, but not one inside the installation."""
    return film.parent if sample_of_film(film) is None else Path.home() / SAMPLE_OUT
