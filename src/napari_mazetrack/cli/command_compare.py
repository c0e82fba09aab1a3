"""``mazetrack compare``: how far a table of measures agrees with the lab's own numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.run_job import run_job

if TYPE_CHECKING:
    from napari_mazetrack.experiment.agreement import Interval
    from napari_mazetrack.workflows.compare_measures import CompareOutcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("compare")(compare)


def compare(
    measures: Annotated[
        Path,
        typer.Argument(metavar="MEASURES", help="A table that `measure` or `analyse` wrote.", show_default=False),
    ],
    theirs: Annotated[
        Path,
        typer.Argument(
            metavar="LAB", help="A CSV with the column trial and columns named as measures.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The table to write (.csv); a figure goes beside it.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Compare measures with numbers that the lab brings: bias, limits of agreement, intraclass correlation.

    Example: mazetrack compare measures.csv stopwatch.csv --out agreement.csv
    """
    from napari_mazetrack.workflows.compare_measures import CompareRequest, compare_measures

    if out.suffix.lower() != ".csv":
        raise typer.BadParameter("must end in .csv", param_hint="--out")
    _tell(run_job(compare_measures(CompareRequest(measures, theirs, out, force))))


def _tell(outcome: CompareOutcome) -> None:
    for name, found in outcome.found.items():
        typer.echo(
            f"{name}, {counted(found.n, 'pair')}: ours - theirs {found.bias.value:.3g} ({found.bias.low:.3g} to "
            f"{found.bias.high:.3g}), limits {found.lower_limit.value:.3g} to {found.upper_limit.value:.3g}, "
            f"{_icc(found.icc)}"
        )
    typer.echo(f"Wrote {outcome.csv}")


def _icc(icc: Interval) -> str:
    if math.isnan(icc.value):
        return "no ICC (all values are the same)"
    return f"ICC {icc.value:.3f} ({icc.low:.3f} to {icc.high:.3f})"
