"""``mazetrack sheet``: a trials sheet with a row for each film, filled in from the films' names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.cli.counted import counted


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("sheet")(sheet)


def sheet(
    films: Annotated[list[Path], typer.Argument(metavar="FILMS...", help="The films.", show_default=False)],
    names: Annotated[
        str, typer.Option("--names", help="What a film's name says, such as {animal}_d{day}_t{trial}.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="The sheet to write (.csv); without it the matches are only shown.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a sheet that exists.")] = False,
) -> None:
    """Show what the names of films say of their trials, and write a trials sheet with a row for each.

    In braces may stand animal, group, sex, cohort, day, trial (of the day), kind, start and platform; {} is anything.
    A slash holds the pattern against folders too.

    Example: mazetrack sheet films/*.mp4 --names "{animal}_d{day}_t{trial}"

    Example: mazetrack sheet films/*/*.mp4 --names "{group}/{animal}_d{day}_t{trial}" --out trials.csv
    """
    from napari_mazetrack.workflows.file_names import match_names, told_of
    from napari_mazetrack.workflows.trials_sheet import TrialsSheet

    if out is not None and out.suffix.lower() != ".csv":
        raise typer.BadParameter("must end in .csv", param_hint="--out")
    matches = match_names(films, names)
    for match in matches:
        said = ", ".join(f"{column} {text}" for column, text in match.cells.items())
        typer.echo(f"{match.film}: {'; '.join(part for part in (said, match.why) if part) or 'no pattern is given'}")
    typer.echo(told_of(matches))
    if out is not None:
        made = TrialsSheet.create(out, films, names=names, overwrite=force)
        rows = counted(len(made.trials), "row")
        typer.echo(f"Wrote {rows} to {out}. Fill in what is missing there, or in the Experiment panel.")
