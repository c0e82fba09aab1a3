"""``mazetrack measure``: from tracks to a table of water-maze measures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.run_job import run_job
from napari_mazetrack.cli.wrong_usage import finite, wrong_usage

if TYPE_CHECKING:
    from napari_mazetrack.maze.measures import MeasureSettings, Window
    from napari_mazetrack.workflows.measure import MeasureOutcome

KINDS = ("hidden", "visible", "reversal", "probe")
#: `maze.measures.VARIANTS`, whose import takes longer than ``--help`` may.
VARIANT_NAMES = (
    "default", "first_contact", "edge", "ethovision", "rtrack", "pathfinder", "hvs", "manymaze", "gallagher1993",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("measure")(measure)


def measure(
    tracks: Annotated[
        list[Path],
        typer.Argument(
            metavar="TRACKS...",
            help="A project, our .nc or .csv, DeepLabCut's .csv or .h5, SLEAP's .slp or .analysis.h5, exports of "
            "EthoVision or ANY-maze, any CSV with time_s, x, y.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The table to write (.csv); its formulas go beside it (.json).")],
    trials: Annotated[Path | None, typer.Option("--trials", help="trials.csv: one row for each swim.")] = None,
    arena: Annotated[Path | None, typer.Option("--arena", help="arena.json, where the trials name none.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help=f"Kind of the trials: {', '.join(KINDS)}.")] = None,
    limit_s: Annotated[
        float | None,
        typer.Option("--limit-s", min=0.001, callback=finite, help="Longest time from release to the end."),
    ] = None,
    window: Annotated[
        list[str] | None, typer.Option("--window", help="whole, or BEGIN:END in s from release; may be repeated.")
    ] = None,
    variant: Annotated[
        str, typer.Option("--variant", help=f"Measures as others compute them: {', '.join(VARIANT_NAMES)}.")
    ] = "default",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Another number than docs/reference/measures.md has; may be repeated."
        ),
    ] = None,
    fps: Annotated[
        float | None, typer.Option("--fps", min=0.001, callback=finite, help="Samples a second (files without times).")
    ] = None,
    point: Annotated[
        str | None, typer.Option("--point", help="Point whose path is measured (DeepLabCut, SLEAP).")
    ] = None,
    intervals: Annotated[
        int,
        typer.Option(
            "--intervals", min=0, max=10_000, metavar="N", help="95 % intervals from N likely paths, such as 200."
        ),
    ] = 0,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, help="Processes that share the work (one for each core, from 200 on)."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Measure swims: one row per trial, animal and window.

    Corrections and events of the film's project count where it lies beside the track, and are told.

    Example: mazetrack measure tracks/*.tracks.nc --trials trials.csv --out measures.csv

    Example: mazetrack measure film.tracks.csv --arena arena.json --kind hidden --limit-s 60 --out measures.csv

    Example: mazetrack measure tracks/*.tracks.nc --trials trials.csv --set zone_radius_cm=15 --out measures.csv
    """
    from napari_mazetrack.maze.trials import TrialKind
    from napari_mazetrack.workflows.measure import MeasureRequest, measure_tracks

    _check_usage(trials, arena, kind, limit_s, out)
    request = MeasureRequest(
        tracks=tuple(tracks),
        out=out,
        trials=trials,
        arena=arena,
        kind=TrialKind(kind) if kind is not None else None,
        limit_s=limit_s,
        windows=_windows(window or []),
        variant=_checked_variant(variant),
        settings=_chosen(settings or []),
        fps=fps,
        point=point,
        n_draws=intervals,
        processes=processes,
        force=force,
    )
    _tell(run_job(measure_tracks(request)))


def _check_usage(trials: Path | None, arena: Path | None, kind: str | None, limit_s: float | None, out: Path) -> None:
    if trials is None and (arena is None or kind is None):
        raise typer.BadParameter("give --trials, or both --arena and --kind", param_hint="--trials / --arena --kind")
    if trials is not None and (kind is not None or limit_s is not None):
        raise typer.BadParameter("kind and limit stand in the trials file", param_hint="--trials")
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"must be one of {', '.join(KINDS)}", param_hint="--kind")
    if out.suffix.lower() != ".csv":
        raise typer.BadParameter("must end in .csv", param_hint="--out")


def _windows(texts: list[str]) -> tuple[Window, ...]:
    from napari_mazetrack.maze.measures import Window

    with wrong_usage("--window"):
        return tuple(dict.fromkeys(Window.parse(text) for text in texts))


def _checked_variant(name: str) -> str:
    if name not in VARIANT_NAMES:
        raise typer.BadParameter(f"must be one of {', '.join(VARIANT_NAMES)}", param_hint="--variant")
    return name


def _chosen(texts: list[str]) -> MeasureSettings:
    from napari_mazetrack.maze.measures.chosen_settings import chosen_settings

    with wrong_usage("--set"):
        return chosen_settings(texts)


def _tell(outcome: MeasureOutcome) -> None:
    for row in outcome.rows:
        if row["window"] != "whole":
            continue
        if "end_reason" not in row:
            typer.echo(f"{row['trial']}: left out")
            continue
        reached = "reached the platform" if row["reached_platform"] is True else "platform not reached"
        typer.echo(
            f"{row['trial']} ({row['kind']}): {reached}, {row['end_reason']}, latency {row['latency_s']:.1f} s, "
            f"path {row['path_length_cm']:.0f} cm"
        )
    typer.echo(f"Wrote {counted(len(outcome.rows), 'row')} to {outcome.csv}, their formulas to {outcome.description}")
    if outcome.intervals:
        typer.echo(f"Wrote their intervals to {outcome.intervals}")
