"""The films under File → Open Sample → MazeTrack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.trials import Trial, TrialKind, load_trials
from napari_mazetrack.resources import sample_data_folder
from napari_mazetrack.widgets.film_layer import FILM_ID, LayerData, film_layer_from_path
from napari_mazetrack.widgets.overlays import arena_layers

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


def open_hidden() -> list[LayerData]:
    """Open the sample film of a trial with a hidden platform, with its arena."""
    return sample_layers(TrialKind.HIDDEN)


def open_probe() -> list[LayerData]:
    """Open the sample film of a probe trial, with its arena."""
    return sample_layers(TrialKind.PROBE)


def sample_layers(kind: TrialKind) -> list[LayerData]:
    """Return the film of the first sample of a kind and its arena as layers.

    Raises
    ------
    MazetrackError
        The installation is incomplete.
    """
    sample = next((one for one in load_samples() if one.trial.kind is kind), None)
    if sample is None:
        raise MazetrackError(f"No sample film of a {kind} trial is installed. Install napari-mazetrack again with pip.")
    film = film_layer_from_path(sample.film)
    arguments = film[1]
    arena = load_arena(sample.arena)
    return [film, *arena_layers(arena, arguments["name"], arguments["metadata"][FILM_ID])]


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
