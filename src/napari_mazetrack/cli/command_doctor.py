"""`mazetrack doctor`: what this installation can do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from napari_mazetrack.cli.run_job import EXIT_FAILURE, run_job


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what this installation can do: video, back ends and the device each really uses, window, training.

    Exit status 1 where something that is needed is missing or broken.

    Example: mazetrack doctor
    """
    from napari_mazetrack.workflows.doctor import examine_installation

    findings = run_job(examine_installation())
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        marks = {"ok": "ok", "optional": "--", "problem": "!!"}
        for finding in findings:
            typer.echo(f"{marks[finding.state]}  {finding.area:<14}  {finding.detail}")
            if finding.advice:
                typer.echo(f"{'':<20}→ {finding.advice}")
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(EXIT_FAILURE)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("doctor")(doctor)
