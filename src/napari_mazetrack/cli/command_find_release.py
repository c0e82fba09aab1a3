"""``mazetrack find-release``: when the hand that brings the animal lets go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.cli.run_job import run_job
from napari_mazetrack.cli.wrong_usage import wrong_usage


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("find-release")(find_release)


def find_release(
    film: Annotated[Path, typer.Argument(metavar="FILM", help="The film.", show_default=False)],
    track: Annotated[
        Path | None, typer.Option("--track", help="Its track (.nc); by default <film>.tracks.nc beside it.")
    ] = None,
    arena: Annotated[Path | None, typer.Option("--arena", help="arena.json; by default the pool is found.")] = None,
    fps: Annotated[float | None, typer.Option("--fps", help="Frames a second (TIFF stacks).")] = None,
) -> None:
    """Find when the hand that brings the animal lets go; say nothing where that is not sure.

    Nothing is written. Check the time in the film; where it is right, put it under release_s in your trials.csv, or let
    "Find the hand" in napari (Track panel, Events) mark it.

    Example: mazetrack find-release day1/film.mp4 --arena arena.json
    """
    from napari_mazetrack.maze.arena_files import load_arena
    from napari_mazetrack.tracking.track_files import load_track
    from napari_mazetrack.video import Timing
    from napari_mazetrack.workflows.find_hand import find_hand, hand_in_words
    from napari_mazetrack.workflows.recording import TRACK_ENDINGS

    with wrong_usage("--fps"):
        timing = Timing(fps=fps) if fps is not None else None
    path = track or film.with_name(film.stem + TRACK_ENDINGS[0])
    found = run_job(find_hand(film, load_track(path), load_arena(arena) if arena else None, timing=timing))
    if isinstance(found, str):
        typer.echo(f"Nothing found. {found} Look in the film, and give release_s yourself.")
    else:
        typer.echo(hand_in_words(found))
        typer.echo("Check it in the film; it counts once release_s in trials.csv says it, or a mark in napari.")
