"""`mazetrack train`: a detector from labelled frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_mazetrack.cli.counted import counted
from napari_mazetrack.cli.model_option import MODEL_HELP, parse_model
from napari_mazetrack.cli.run_job import OUTPUT, run_job
from napari_mazetrack.cli.wrong_usage import finite

if TYPE_CHECKING:
    from napari_mazetrack.training.settings import Recipe

STOPPED = "Stopped. If an epoch was over, --out holds its best weights, and the same command with --resume goes on."


def train(
    labels: Annotated[
        list[Path],
        typer.Argument(help="Projects (*.mazetrack) and DeepLabCut tables, one or more."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the model and its record.")],
    backbone: Annotated[
        str | None,
        typer.Option(
            help="Feature extractor: mobilenetv1_025, or a timm model such as resnet50. Without it that of --init, "
            "or mobilenetv1_025."
        ),
    ] = None,
    recipe: Annotated[str, typer.Option(help="default, or seed (SGD, 50 epochs, pre-trained).")] = "default",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs of 100 batches; the recipe's own if not given.")
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            help=f"Start from the weights of a model, at half the rate of the default recipe. {MODEL_HELP} Or ImageNet "
            "weights of the backbone, from a file (.pth)."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out.")] = False,
    renames: Annotated[
        list[str] | None, typer.Option("--map", help="Body part to keypoint, such as snout=head; repeatable.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, callback=finite, help="End the training after this time.")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, help="End after this many epochs without a better score on held-out frames.")
    ] = None,
    pretrained: Annotated[
        bool | None,
        typer.Option("--pretrained/--no-pretrained", help="ImageNet weights; the recipe's own if not given."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of all chance.")] = 0,
    processes: Annotated[
        int, typer.Option(min=1, help="Processes that share each batch, each on a graphics card of its own.")
    ] = 1,
    mixed_precision: Annotated[
        bool | None,
        typer.Option(
            "--mixed-precision/--no-mixed-precision",
            help="Compute in bfloat16, weights and losses in FP32; if not given, where a graphics card can. On "
            "processors with bfloat16 units it helps large networks such as resnet50.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the results of an earlier training.")] = False,
) -> None:
    """Train a detector on labelled frames.

    A tenth of the films is held out, or of the moments where there are fewer than five films. After each epoch some of
    these frames are looked at, always the same, which takes less than a quarter of an epoch; by them the best epoch is
    chosen. At the end all are scored.

    Writes model.onnx, checkpoint.pt, metrics.json, losses.csv, curves.png and augmented.png into --out. A stopped
    training goes on with --resume.

    Example: mazetrack train CollectedData_me.csv --map snout=head --map tailbase=tail --out my_model
    """
    names = parse_renames(renames or [])
    from napari_mazetrack.training.processes import can_mix_precision, is_helper
    from napari_mazetrack.training.settings import TrainSettings
    from napari_mazetrack.workflows.train import TrainRequest, backbone_of, is_imagenet_weights, train_model

    start = parse_model(init)
    has_model = start is not None and not is_imagenet_weights(start)
    chosen = _choose_recipe(recipe, pretrained, is_fine_tuning=has_model)
    if backbone is None:
        if is_imagenet_weights(start):
            raise typer.BadParameter("name the network whose weights these are", param_hint="--backbone")
        backbone = TrainSettings.backbone if start is None else backbone_of(start)
    settings = TrainSettings(
        chosen,
        backbone,
        epochs or chosen.epochs,
        minutes=minutes,
        patience=patience,
        seed=seed,
        mixed_precision=can_mix_precision() if mixed_precision is None else mixed_precision,
    )
    request = TrainRequest(
        tuple(labels), out, settings, rename=names, init=start, resume=resume, force=force, processes=processes
    )
    OUTPUT.is_silent = processes > 1 and is_helper()
    outcome = run_job(train_model(request), STOPPED)
    if outcome is None:
        return
    scores = outcome.scores
    typer.echo(
        f"Trained {counted(outcome.epochs, 'epoch')} in {outcome.minutes:.1f} minutes: {outcome.model}\n"
        f"Held out: {100 * scores.found_fraction:.1f} % of {counted(scores.n_animals, 'animal')} found, "
        f"OKS-AP {scores.oks_ap:.3f}, AP50 of boxes {scores.ap50:.3f}, score threshold {scores.score_threshold}"
    )


def _choose_recipe(name: str, pretrained: bool | None, *, is_fine_tuning: bool) -> Recipe:
    from napari_mazetrack.training.settings import RECIPES

    if name not in RECIPES:
        raise typer.BadParameter(
            f"there is no recipe {name!r}; choose one of {', '.join(RECIPES)}", param_hint="--recipe"
        )
    recipe = RECIPES[name] if pretrained is None else replace(RECIPES[name], pretrained=pretrained)
    return recipe.for_fine_tuning() if is_fine_tuning else recipe


def parse_renames(pairs: list[str]) -> dict[str, str]:
    """Turn ``["snout=head"]`` into ``{"snout": "head"}``; wrong usage otherwise."""
    names = {}
    for pair in pairs:
        old, sign, new = pair.partition("=")
        if not (old and sign and new):
            raise typer.BadParameter(f"{pair!r} is no pair such as snout=head", param_hint="--map")
        names[old] = new
    return names


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("train")(train)
