"""``mazetrack plan``: how many animals an experiment needs, from a pilot."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.wrong_usage import finite


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("plan")(plan)


def plan(
    measures: Annotated[
        Path,
        typer.Argument(metavar="MEASURES", help="The pilot: a table that `measure` wrote.", show_default=False),
    ],
    outcome: Annotated[str, typer.Option("--outcome", help="Such as hidden.mean_proximity_cm.mean.")],
    difference: Annotated[
        float,
        typer.Option(
            "--difference", min=1e-9, callback=finite, help="Smallest difference of group means worth finding."
        ),
    ],
    power: Annotated[
        float, typer.Option("--power", min=0.5, max=0.999, callback=finite, help="How surely it is to be found.")
    ] = 0.8,
    dropout: Annotated[
        float,
        typer.Option(
            "--dropout", min=0.0, max=0.9, callback=finite, help="Share of animals that may have to be left out."
        ),
    ] = 0.0,
) -> None:
    """Say how many animals two groups need: the pilot tells how much animals differ, you tell what matters.

    Example: mazetrack plan pilot.csv --outcome hidden.mean_proximity_cm.mean --difference 5
    """
    from napari_mazetrack.workflows.plan import plan_from_pilot

    found, unit = plan_from_pilot(measures, outcome, difference, power)
    typer.echo(
        f"{outcome}: {counted(found.n_pilot, 'animal')} in the pilot, SD {found.sd:.3g} {unit} within groups "
        f"(the true one is below {found.cautious_sd:.3g} {unit} with a certainty of 80 %)."
    )
    for n, which in ((found.n, "that SD"), (found.cautious_n, "the cautious one")):
        if n is None:
            typer.echo(f"With {which}: more than 1000 animals in each group.")
            continue
        kept = math.ceil(n / (1 - dropout) - 1e-9)
        extra = f" ({n} after {dropout:.0%} are left out)" if dropout else ""
        typer.echo(f"With {which}: {kept} animals in each group{extra} find {difference:g} {unit} with {power:.0%}.")
