"""``mazetrack pick``: the frames of a film that are worth labelling."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.cli.run_job import run_job
from napari_mazetrack.workflows.pick_frames import MOST_FRAMES, PickRequest, Way, pick_frames


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("pick")(pick)


def pick(
    film: Annotated[Path, typer.Argument(metavar="FILM", help="The film.", show_default=False)],
    frames: Annotated[int, typer.Option("--frames", min=1, max=MOST_FRAMES, help="How many are wanted.")] = 20,
    way: Annotated[
        Way, typer.Option("--way", help="As different as possible, evenly over the film, or where its track is unsure.")
    ] = Way.DIFFERENT,
    project: Annotated[
        Path | None, typer.Option("--project", help="Leave out what is labelled in this project, and what looks so.")
    ] = None,
    track: Annotated[Path | None, typer.Option("--track", help="The film's track (.tracks.nc), for unsure.")] = None,
) -> None:
    """Print the frames of a film that are worth labelling, one a line; never two that look the same.

    Example: mazetrack pick film.mp4 --frames 30 --project labels.mazetrack
    """
    for frame in run_job(pick_frames(PickRequest(film, frames, way, project, track))):
        typer.echo(frame)
