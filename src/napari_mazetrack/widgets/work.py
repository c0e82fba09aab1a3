"""From what a person chose in the window to the workflows' requests; neither Qt nor napari."""

from __future__ import annotations

from pathlib import Path

from napari_mazetrack.maze.arena import Arena
from napari_mazetrack.runtime.options import RunnerOptions
from napari_mazetrack.tracking.settings import TrackSettings
from napari_mazetrack.tracking.track import Source, Track
from napari_mazetrack.widgets.samples import sample_hints
from napari_mazetrack.widgets.session import FilmRef
from napari_mazetrack.widgets.tracker_choice import TrackerChoice
from napari_mazetrack.workflows.track import OutputPaths, TrackRequest

#: Where the results of the sample films go, which themselves lie inside the installation.
SAMPLE_OUT = "mazetrack-demo"


def default_out_dir(film: Path) -> Path:
    """Return the folder for the results of a film: its own, but not one inside the installation."""
    return film.parent if sample_hints(film) is None else Path.home() / SAMPLE_OUT


def track_request(film: FilmRef, choice: TrackerChoice, arena: Arena | None, out_dir: Path) -> TrackRequest:
    """Return the request to track `film` as chosen.

    Raises
    ------
    MazetrackError
        A choice is out of range.
    """
    return TrackRequest(
        film=film.path,
        model=choice.model,
        options=RunnerOptions(backend=choice.backend),
        settings=TrackSettings(n_animals=choice.n_animals),
        arena=arena,
        out_dir=out_dir,
    )


def existing_results(request: TrackRequest) -> list[Path]:
    """Return the results of an earlier tracking that stand where those of `request` will."""
    paths = OutputPaths.of(request.film, request.out_dir)
    return [path for path in (paths.csv, paths.nc) if path.exists()]


def is_unfinished(request: TrackRequest) -> bool:
    """Whether an interrupted tracking stands where that of `request` will."""
    return OutputPaths.of(request.film, request.out_dir).part.exists()


def describe_track(track: Track) -> str:
    """Return in words in how many frames an animal was found."""
    found = int((track.source != Source.MISSING).any(axis=1).sum())
    return f"An animal is in {found} of {track.n_frames} frames ({100 * found / max(1, track.n_frames):.1f} %)."
