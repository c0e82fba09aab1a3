"""``mazetrack rescore``: a blind sheet of trials to be scored again by hand."""

from __future__ import annotations

from pathlib import Path
from subprocess import list2cmdline
from typing import Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.wrong_usage import finite


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("rescore")(rescore)


def rescore(
    measures: Annotated[
        Path,
        typer.Argument(metavar="MEASURES", help="A table that `measure` or `analyse` wrote.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", help="The sheet to write (.csv).")],
    percent: Annotated[
        float, typer.Option("--percent", min=0.1, max=100, callback=finite, help="Share of the trials.")
    ] = 10.0,
    measure: Annotated[
        list[str] | None, typer.Option("--measure", help="What is scored (latency_s); may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same trials.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace a sheet that exists.")] = False,
) -> None:
    """Draw trials for blind scoring with a stopwatch: the sheet shows neither results nor the column of groups.

    Trials and films stand in it by name, to be found by; where such a name tells the group, scoring is not blind.

    Example: mazetrack rescore measures.csv --percent 10 --out stopwatch.csv

    Fill it in, then: mazetrack compare measures.csv stopwatch.csv --out agreement.csv
    """
    from napari_mazetrack.workflows.rescore import write_rescore_sheet

    if out.suffix.lower() != ".csv":
        raise typer.BadParameter("must end in .csv", param_hint="--out")
    names = list(dict.fromkeys(measure or ["latency_s"]))
    n = write_rescore_sheet(measures, out, names, percent=percent, seed=seed, force=force)
    agreement = out.with_stem(out.stem + "_agreement")
    following = list2cmdline(["mazetrack", "compare", str(measures), str(out), "--out", str(agreement)])
    typer.echo(f"Wrote {counted(n, 'trial')} in random order to {out}. Fill it in, then: {following}")
