"""``mazetrack simulate``: pool films, or single pictures, with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.cli.run_job import run_job


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("simulate")(simulate)


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")],
    pictures: Annotated[
        int | None, typer.Option("--pictures", min=1, help="Write this many single pictures instead of films.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same files.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Make pool films, or single pictures, whose truth is known.

    Example: mazetrack simulate --pictures 500 --seed 1 --out pictures
    """
    from napari_mazetrack.workflows.simulate import simulate_pictures

    if pictures is None:
        raise typer.BadParameter("give the number of pictures", param_hint="--pictures")
    labels = run_job(simulate_pictures(out, pictures, seed, overwrite=force))
    typer.echo(f"{pictures} pictures and {labels}")
