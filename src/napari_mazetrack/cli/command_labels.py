"""``mazetrack labels``: labels from and to DeepLabCut, SLEAP and COCO."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.cli.command_train import parse_renames
from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.run_job import run_job

ProjectFile = Annotated[Path, typer.Option("--project", metavar="PROJECT", help="The project; made if there is none.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Labels from and to DeepLabCut, SLEAP and COCO.", no_args_is_help=True)
    group.command("import")(import_)
    group.command("export")(export)
    app.add_typer(group, name="labels")


def import_(
    source: Annotated[Path, typer.Argument(help="DeepLabCut (.csv, .h5), SLEAP (.slp) or COCO keypoints (.json).")],
    project: ProjectFile,
    renames: Annotated[
        list[str] | None, typer.Option("--map", help="Body part to keypoint, such as snout=head; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace labels that say something else.")] = False,
) -> None:
    """Take labels into a project; the Label panel's undo takes them back.

    Example: mazetrack labels import CollectedData_me.csv --map snout=head --project pool.mazetrack
    """
    from napari_mazetrack.workflows.exchange_labels import import_labels

    names = parse_renames(renames or [])
    outcome = run_job(import_labels(source, project, names, replace_existing=force))
    typer.echo(
        f"{project}: {counted(outcome.n_added, 'frame')} added, {outcome.n_replaced} replaced, "
        f"{outcome.n_same} there already; "
        f"{counted(outcome.n_films, 'new film or picture', 'new films or pictures')}"
    )
    for note in outcome.notes:
        typer.echo(note)


def export(
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="The project file (*.mazetrack).")],
    out: Annotated[Path, typer.Option("--out", help="DeepLabCut (.csv), SLEAP (.slp) or COCO keypoints (.json).")],
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Write a project's labels for another program; .csv and .json get a folder of pictures beside them.

    Example: mazetrack labels export pool.mazetrack --out pool.json
    """
    from napari_mazetrack.workflows.exchange_labels import export_labels

    outcome = run_job(export_labels(project, out, force=force))
    typer.echo(f"{out}: {counted(outcome.n_frames, 'frame')}")
    for loss in outcome.losses:
        typer.echo(loss)
