"""The films under File → Open Sample → MazeTrack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari_mazetrack.maze.arena_files import load_arena
from napari_mazetrack.maze.trials import TrialKind
from napari_mazetrack.resources import sample_data_folder
from napari_mazetrack.widgets.film_layer import FILM_ID, LayerData, film_layer_from_path
from napari_mazetrack.widgets.overlays import arena_layers

#: Film and arena of each sample, by the kind of its trial.
SAMPLES = {
    TrialKind.HIDDEN: ("pool_hidden.mp4", "arena_hidden.json"),
    TrialKind.PROBE: ("pool_probe.mp4", "arena_probe.json"),
}


@dataclass(frozen=True)
class SampleHints:
    """What is known of a sample film beforehand.

    Attributes
    ----------
    kind : TrialKind
        Of its trial.
    arena : Path
        Its arena file.
    """

    kind: TrialKind
    arena: Path


def open_hidden() -> list[LayerData]:
    """Open the sample film of a trial with a hidden platform, with its arena."""
    return sample_layers(TrialKind.HIDDEN)


def open_probe() -> list[LayerData]:
    """Open the sample film of a probe trial, with its arena."""
    return sample_layers(TrialKind.PROBE)


def sample_layers(kind: TrialKind) -> list[LayerData]:
    """Return the film of a sample and its arena as layers.

    Raises
    ------
    MazetrackError
        The installation is incomplete.
    """
    film_name, arena_name = SAMPLES[kind]
    folder = sample_data_folder()
    film = film_layer_from_path(folder / film_name)
    arguments = film[1]
    arena = load_arena(folder / arena_name)
    return [film, *arena_layers(arena, arguments["name"], arguments["metadata"][FILM_ID])]


def sample_hints(film: Path) -> SampleHints | None:
    """Return what is known of `film` where it is one of the samples, else None."""
    folder = sample_data_folder()
    for kind, (film_name, arena_name) in SAMPLES.items():
        if film.name == film_name and film.resolve() == (folder / film_name).resolve():
            return SampleHints(kind, folder / arena_name)
    return None
