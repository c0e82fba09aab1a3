"""The films under File → Open Sample → MazeTrack."""

from __future__ import annotations

from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.widgets.films.film_layer import FILM_ID, LayerData, film_layer_from_path
from napari_mazetrack.widgets.films.sample_films import load_samples
from napari_mazetrack.widgets.overlay.overlays import arena_layers


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
