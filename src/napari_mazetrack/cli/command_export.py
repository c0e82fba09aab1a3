"""`mazetrack export`: a model file for another input size or in another precision."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_mazetrack.cli.model_option import parse_fp32_model
from napari_mazetrack.cli.run_job import run_job


def export(
    model: Annotated[str, typer.Argument(help="The FP32 model file, or fast or accurate: the two that ship.")],
    out: Annotated[Path, typer.Option("--out", help="The model file to write (.onnx).")],
    precision: Annotated[str, typer.Option(help="What the graph computes in: fp32, fp16 or int8.")] = "fp32",
    calibrate: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILM", help="A film of yours for int8's ranges and the comparison; may be repeated."),
    ] = None,
    animals: Annotated[int, typer.Option(min=1, help="Animals in the films of --calibrate.")] = 1,
    input_size: Annotated[
        str | None, typer.Option(metavar="WIDTHxHEIGHT", help="Size of its input, such as 736x736; multiples of 32.")
    ] = None,
    portable: Annotated[
        bool, typer.Option("--portable", help="An int8 model for other computers too, whose CPUs may be older.")
    ] = False,
    engine: Annotated[
        bool, typer.Option("--engine", help="Build its TensorRT engine for this computer's NVIDIA card too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write a model anew, for films of another shape or in another precision.

    A film is scaled into the model's input; a square film is seen larger by a square input, which costs time.
    A model of another precision is compared with FP32 on frames of films, and not written if it is worse.

    Examples: mazetrack export fast --input-size 736x736 --out fast_736.onnx;
    mazetrack export my_model.onnx --precision int8 --calibrate pool.mp4 --out my_model_int8.onnx
    """
    from napari_mazetrack.workflows.export import ExportRequest, export_model

    request = ExportRequest(
        parse_fp32_model(model),
        out,
        precision,
        _parse_size(input_size),
        force,
        calibrate=tuple(calibrate or ()),
        n_animals=animals,
        engine=engine,
        portable=portable,
    )
    outcome = run_job(export_model(request))
    typer.echo(str(outcome.path))
    for backend, report in outcome.parity.items():
        typer.echo(f"{backend}: {report}.")


def _parse_size(text: str | None) -> tuple[int, int] | None:
    """Turn ``640x480`` into (480, 640)."""
    if text is None:
        return None
    width, sign, height = text.lower().partition("x")
    if not (sign and width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise typer.BadParameter(f"{text!r} is no size such as 640x480", param_hint="--input-size")
    return int(height), int(width)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("export")(export)
