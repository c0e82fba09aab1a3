"""`mazetrack evaluate`: how good a model is on labelled frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.command_train import parse_renames
from napari_mazetrack.cli.run_job import run_job

if TYPE_CHECKING:
    from napari_mazetrack.training.scoring import Scores

BACKENDS = ("auto", "openvino", "onnxruntime")


def evaluate(
    model: Annotated[Path, typer.Argument(help="The model file.")],
    labels: Annotated[Path, typer.Argument(help="A DeepLabCut table (CollectedData_*.csv).")],
    renames: Annotated[
        list[str] | None, typer.Option("--map", help="Body part to keypoint, such as snout=head; repeatable.")
    ] = None,
    backend: Annotated[str, typer.Option(help="auto, openvino or onnxruntime.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Score a model on labelled frames that it was not trained on.

    AP50 and AP50–95 of boxes, OKS-AP of keypoints (σ = 0.1 and 0.05 for every point), pixel errors (also in percent
    of the body length) and PCK of each keypoint, and how often head and tail are exchanged.

    Example: mazetrack evaluate my_model/model.onnx CollectedData_me.csv --map snout=head --map tailbase=tail
    """
    if backend not in BACKENDS:
        raise typer.BadParameter(f"there is no back end {backend!r}; choose one of {', '.join(BACKENDS)}")
    names = parse_renames(renames or [])
    from napari_mazetrack.workflows.evaluate import EvaluateRequest, evaluate_model, precision_at_recalls

    scores = run_job(evaluate_model(EvaluateRequest(model, labels, names, backend)))
    if as_json:
        typer.echo(json.dumps({**scores.to_plain(), "precision_recall": precision_at_recalls(scores)}, indent=2))
    else:
        typer.echo(_table(scores))


def _table(scores: Scores) -> str:
    lines = [
        f"{scores.n_frames} frames, {scores.n_animals} animals; score threshold {scores.score_threshold}",
        f"boxes      AP50 {scores.ap50:.3f}   AP50-95 {scores.ap50_95:.3f}",
        f"keypoints  OKS-AP {scores.oks_ap:.3f} (sigma 0.1)   {scores.oks_ap_strict:.3f} (sigma 0.05)",
        f"found      {100 * scores.found_fraction:.1f} % of the animals, {scores.n_false} false",
        f"flipped    {scores.n_flipped} of {scores.n_compared}",
        "",
        f"{'keypoint':<12}{'n':>6}{'mean px':>9}{'median':>8}{'p95':>8}{'median %':>10}{'p95 %':>8}   PCK",
    ]
    for name, error in scores.keypoints.items():
        pck = "  ".join(f"@{fraction:g} {share:.3f}" for fraction, share in error["pck"].items())
        lines.append(
            f"{name:<12}{error['n']:>6}{error['mean_px']:>9.2f}{error['median_px']:>8.2f}{error['p95_px']:>8.2f}"
            f"{error['median_percent']:>10.1f}{error['p95_percent']:>8.1f}   {pck}"
        )
    return "\n".join(lines)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("evaluate")(evaluate)
