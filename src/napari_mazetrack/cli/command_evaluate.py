"""`mazetrack evaluate`: how good a model is on labelled frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.command_train import parse_renames
from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.model_option import MODEL_HELP, parse_fp32_model
from napari_mazetrack.cli.run_job import run_job

if TYPE_CHECKING:
    from napari_mazetrack.workflows.evaluate import EvaluateOutcome

BACKENDS = ("auto", "openvino", "onnxruntime")


def evaluate(
    model: Annotated[str, typer.Argument(help=MODEL_HELP)],
    labels: Annotated[Path, typer.Argument(help="A project (*.mazetrack), or a DeepLabCut table.")],
    renames: Annotated[
        list[str] | None, typer.Option("--map", help="Body part to keypoint, such as snout=head; repeatable.")
    ] = None,
    backend: Annotated[str, typer.Option(help="auto, openvino or onnxruntime.")] = "auto",
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Leave out the frames that the model was trained on.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for scores.json, precision_recall.png and worst_frames.png.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace those of an earlier evaluation.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Score a model on labelled frames, best on those that it was not trained on.

    AP50 and AP50–95 of boxes, OKS-AP of keypoints (σ = 0.1 and 0.05 for every point), pixel errors (also in percent
    of the body length) and PCK of each keypoint, how often head and tail are exchanged, how often the truth lies within
    σ; over all frames and film by film, with 95 % intervals. --out draws the worst frames besides. Where a second
    person has labelled some of a project's frames too, it says how far two people are apart.

    Example: mazetrack evaluate my_model/model.onnx CollectedData_me.csv --map snout=head --map tailbase=tail
    """
    if backend not in BACKENDS:
        raise typer.BadParameter(f"there is no back end {backend!r}; choose one of {', '.join(BACKENDS)}")
    names = parse_renames(renames or [])
    from napari_mazetrack.workflows.evaluate import EvaluateRequest, evaluate_model

    request = EvaluateRequest(parse_fp32_model(model), labels, names, backend, unseen, out, force)
    outcome = run_job(evaluate_model(request))
    typer.echo(json.dumps(outcome.to_plain(with_paths=True), indent=2) if as_json else _table(outcome))


def _table(outcome: EvaluateOutcome) -> str:
    from napari_mazetrack.labels.human_error import describe_human_error

    scores = outcome.scores

    def said(name: str, digits: int = 3) -> str:
        low, high = outcome.intervals[name]
        return f"({low:.{digits}f} to {high:.{digits}f})" if low <= high else ""

    lines = [
        f"{counted(scores.n_frames, 'frame')}, {counted(scores.n_animals, 'animal')}; "
        f"score threshold {scores.score_threshold}",
        f"boxes      AP50 {scores.ap50:.3f} {said('ap50')}   AP50-95 {scores.ap50_95:.3f} {said('ap50_95')}",
        f"keypoints  OKS-AP {scores.oks_ap:.3f} {said('oks_ap')} with sigma 0.1, "
        f"{scores.oks_ap_strict:.3f} {said('oks_ap_strict')} with sigma 0.05",
        f"found      {100 * scores.found_fraction:.1f} % of the animals, {scores.n_false} false",
        f"flipped    {scores.n_flipped} of {scores.n_compared}",
        "",
        f"{'keypoint':<12}{'n':>6}{'mean px':>9}{'median':>8}{'p95':>8}{'median %':>10}{'p95 %':>8}   "
        f"{'95 % of median':<20}PCK",
    ]
    for name, error in scores.keypoints.items():
        pck = "  ".join(f"@{fraction:g} {share:.3f}" for fraction, share in error["pck"].items())
        lines.append(
            f"{name:<12}{error['n']:>6}{error['mean_px']:>9.2f}{error['median_px']:>8.2f}{error['p95_px']:>8.2f}"
            f"{error['median_percent']:>10.1f}{error['p95_percent']:>8.1f}   {said(f'{name}_median_px', 2):<20}{pck}"
        )
    if outcome.n_trained_on:
        lines.insert(
            1,
            f"The model was trained on {outcome.n_trained_on} of these frames: the scores flatter it. "
            "--unseen leaves them out.",
        )
    if outcome.human is not None:
        lines += [
            "",
            describe_human_error(outcome.human),
            "A model that comes near this labels as a second person does.",
        ]
    lines.append("")
    lines += [
        f"{name:<12}{100 * sigma['within_1_sd']:6.1f} % of the errors within 1 SD, {100 * sigma['within_2_sd']:.1f} % "
        f"within 2 SD (n = {sigma['n']})"
        for name, sigma in scores.sigma.items()
    ]
    lines += [
        "",
        f"In brackets: 95 % intervals, {outcome.n_units} {outcome.unit}s drawn again."
        if outcome.n_units > 1
        else f"There are no 95 % intervals: a single {outcome.unit} does not say how {outcome.unit}s vary.",
        *(
            f"{name}: {film.n_animals} animals, found {100 * film.found_fraction:.1f} %, OKS-AP {film.oks_ap:.3f}, "
            f"flipped {film.n_flipped} of {film.n_compared}"
            for name, film in outcome.films.items()
            if len(outcome.films) > 1
        ),
    ]
    return "\n".join(lines)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("evaluate")(evaluate)
