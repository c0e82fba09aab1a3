"""`mazetrack demo`: the whole job on the sample data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_mazetrack.cli.command_view import check_screen, open_napari
from napari_mazetrack.cli.run_job import run_job

if TYPE_CHECKING:
    from napari_mazetrack.workflows.demo import DemoOutcome

#: What the short table shows, with the words of its lines.
LINES = {
    "end_reason": "trial ended",
    "reached_platform": "reached the platform",
    "latency_s": "latency, s",
    "path_length_cm": "path, cm",
    "mean_speed_cm_s": "mean speed, cm/s",
    "quadrant_1_time_s": "time in quadrant 1, s",
    "quadrant_2_time_s": "time in quadrant 2, s",
    "quadrant_3_time_s": "time in quadrant 3, s",
    "quadrant_4_time_s": "time in quadrant 4, s",
    "quadrant_target_time_fraction": "share in the target quadrant",
    "platform_crossings": "platform crossings",
    "thigmotaxis_fraction": "share along the wall",
}


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("mazetrack-demo"),
    view: Annotated[bool, typer.Option("--view", help="Open napari on the results.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace results that exist.")] = False,
) -> None:
    """Do the whole job on the sample films that ship: track them, measure, draw, and print a short table.

    Two films are no experiment: a simulated one, of two groups over six days, is analysed beside them, and three of its
    mice alone, with their paths and times day by day.

    Example: mazetrack demo --out mazetrack-demo
    """
    from napari_mazetrack.workflows.demo import run_demo

    if view:
        check_screen()
    outcome = run_job(run_demo(out, force=force))
    _print_table(outcome)
    if view:
        open_napari([*outcome.films, *outcome.tracks])


def _print_table(outcome: DemoOutcome) -> None:
    rows = [row for row in outcome.rows if row["window"] == "whole"]
    width = max(len(words) for words in LINES.values())
    typer.echo(" " * width + "".join(f"  {row['kind']!s:>12}" for row in rows))
    for name, words in LINES.items():
        typer.echo(f"{words:<{width}}" + "".join(f"  {_cell(row.get(name)):>12}" for row in rows))
    typer.echo("")
    typer.echo(f"Measures: {outcome.measures}  (formulas: {outcome.measures.with_suffix('.json')})")
    typer.echo(f"Figure:   {outcome.figures[0]}")
    typer.echo(f"Report:   {outcome.report}  (a simulated experiment)")
    typer.echo(f"          {outcome.mice_report}  (three of its mice, one by one)")
    typer.echo(f"Tracks:   {', '.join(str(path) for path in outcome.tracks)}")


def _cell(value: Any) -> str:  # noqa: ANN401 - a cell of the table of measures holds any plain value
    if value is None or value != value:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("demo")(demo)
