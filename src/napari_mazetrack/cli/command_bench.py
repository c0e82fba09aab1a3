"""`mazetrack bench`: how fast this machine tracks."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.model_option import MODEL_HELP, parse_model
from napari_mazetrack.cli.run_job import run_job
from napari_mazetrack.cli.wrong_usage import wrong_usage
from napari_mazetrack.runtime.options import Backend, Device, Precision, RunnerOptions

if TYPE_CHECKING:
    from napari_mazetrack.workflows.bench import BenchOutcome


def bench(
    film: Annotated[Path, typer.Argument(help="A film.")],
    model: Annotated[str | None, typer.Option(help=f"{MODEL_HELP} Without it fast.")] = None,
    in_pytorch: Annotated[Path | None, typer.Option(help="The same model in FP32, where --model is not.")] = None,
    frames: Annotated[int, typer.Option(min=5, help="Frames in all rounds together.")] = 1000,
    backend: Annotated[Backend, typer.Option(help="What infers in the optimised ways.")] = Backend.AUTO,
    device: Annotated[Device, typer.Option(help="Where they infer.")] = Device.AUTO,
    precision: Annotated[Precision, typer.Option(help="What they compute in.")] = Precision.FP32,
    batch_size: Annotated[int | None, typer.Option(help="Frames that TensorRT computes at once.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Picture of the speeds to write (.png, .svg or .pdf).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing picture.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Track the same frames unoptimised, optimised, streamed and down to the files, beside the machine's limits.

    The ways take turns; frames a second are medians over five rounds. Let the machine do nothing else meanwhile.

    Example: mazetrack bench pool.mp4
    """
    from napari_mazetrack.workflows.bench import STREAMED, TRACKED, BenchRequest, measure_speed
    from napari_mazetrack.workflows.bench_plot import refuse_plot, save_plot

    if plot is not None:
        refuse_plot(plot, overwrite=force)
    with wrong_usage("--batch-size"):
        options = RunnerOptions(backend, precision, batch_size=batch_size, device=device)
    outcome = run_job(measure_speed(BenchRequest(film, parse_model(model), in_pytorch, frames, options)))
    if plot is not None:
        save_plot(outcome, film.name, plot, overwrite=force)
    if as_json:
        shares = {way: outcome.share_of_limit(way) for way in (STREAMED, TRACKED)}
        typer.echo(json.dumps({**asdict(outcome), "speed_up": outcome.speed_up, "share_of_limit": shares}, indent=1))
    else:
        _print_table(outcome)


def _print_table(outcome: BenchOutcome) -> None:
    info = outcome.info
    typer.echo(
        f"{info.backend} {info.version}, {info.device}, {info.precision}; {counted(outcome.n_frames, 'frame')} a round"
    )
    for name, value in outcome.frames_per_s.items():
        low, high = min(outcome.rounds[name]), max(outcome.rounds[name])
        typer.echo(f"{name:<26} {value:8.1f} frames/s   {1000 / value:7.2f} ms   ({low:.1f} to {high:.1f})")
    for name, reason in outcome.not_measured.items():
        typer.echo(f"{name:<26} not measured: {reason}")
    if outcome.speed_up is not None:
        typer.echo(f"Streamed is {outcome.speed_up:.2f} times as fast as PyTorch one at a time.")
    typer.echo(
        f"Film to track files reaches {100 * outcome.share_of_limit():.0f} % of decoding and inference one after the "
        "other."
    )
    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in outcome.stages.items())
    typer.echo(f"Where the time of film to track files goes: {shares}.")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("bench")(bench)
