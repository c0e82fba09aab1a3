"""``mazetrack simulate``: pool films, or single pictures, with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.run_job import run_job


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("simulate")(simulate)


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")],
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="Films to write (4 unless told).")] = None,
    pictures: Annotated[
        int | None, typer.Option("--pictures", min=1, help="Write this many single pictures instead of films.")
    ] = None,
    experiment: Annotated[
        bool, typer.Option("--experiment", help="Write the tracks of a whole experiment, for `analyse`, and no films.")
    ] = False,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", help="Only films of this kind; may be given several times.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same files.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Make pool films, or single pictures, whose truth is known.

    Films come with an arena, a true track and the truth of each, with trials.csv and with labelled frames in
    DeepLabCut's layout; pictures with such a table.

    Example: mazetrack simulate --trials 6 --seed 1 --out simulated

    Example: mazetrack simulate --pictures 500 --out pictures

    Example: mazetrack simulate --experiment --out experiment
    """
    from napari_mazetrack.workflows.simulate import simulate_experiment, simulate_films, simulate_pictures

    if experiment:
        if trials is not None or pictures is not None or scenario:
            raise typer.BadParameter("takes none of --trials, --pictures, --scenario", param_hint="--experiment")
        typer.echo(f"Wrote {run_job(simulate_experiment(out, seed, overwrite=force))} and its tracks")
        return
    if pictures is not None:
        if trials is not None or scenario:
            raise typer.BadParameter("give --pictures alone, or --trials and --scenario", param_hint="--pictures")
        labels = run_job(simulate_pictures(out, pictures, seed, overwrite=force))
        typer.echo(f"Wrote {counted(pictures, 'picture')} and {labels}")
        return
    n = trials if trials is not None else len(scenario) if scenario else 4
    table = run_job(simulate_films(out, n, seed, names=tuple(scenario or ()), overwrite=force))
    typer.echo(f"Wrote {counted(n, 'film')} and {table}")
