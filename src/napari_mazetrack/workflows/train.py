"""Train a detector: label tables in, a folder with the model and its record out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_mazetrack import __version__
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.files import atomic_path, refuse_existing
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.resources import ModelChoice, ShippedModel, shipped_model_path
from napari_mazetrack.skeleton import MOUSE, Skeleton
from napari_mazetrack.workflows.label_sources import load_human_error, load_labelled_frames

if TYPE_CHECKING:
    from napari_mazetrack.detector.spec import ModelSpec
    from napari_mazetrack.training.checkpoint import Checkpoint
    from napari_mazetrack.training.claim import Claim
    from napari_mazetrack.training.loop import Start, Trainer, TrainingData
    from napari_mazetrack.training.pictures import TrainingPicture
    from napari_mazetrack.training.scoring import Scores
    from napari_mazetrack.training.settings import TrainSettings
    from napari_mazetrack.training.splits import Split

MODEL, CHECKPOINT, METRICS = "model.onnx", "checkpoint.pt", "metrics.json"
LOSSES, CURVES, SAMPLES = "losses.csv", "curves.png", "augmented.png"
#: Name, in what a model says of its training, of the keys of its pictures; by them `evaluate` knows them again.
PICTURE_KEYS = "pictures"
#: Most of them that a model file holds.
MAX_PICTURE_KEYS = 30_000


@dataclass(frozen=True)
class TrainRequest:
    """What to train.

    Attributes
    ----------
    labels : tuple of Path
        Projects and DeepLabCut tables.
    out_dir : Path
        Where the results go.
    settings : TrainSettings
        Recipe, network and size of the work.
    rename : mapping
        Body part of the tables to keypoint.
    init : Path, ShippedModel or None
        A model whose weights to start from, or a file of ImageNet weights of the backbone (``.pth``).
    resume, force : bool
        Go on from the checkpoint in `out_dir`; replace the results of an earlier training.
    processes : int
        Processes that share each batch, each with a graphics card of its own where there are some.
    skeleton : Skeleton
        Keypoints to learn.
    """

    labels: tuple[Path, ...]
    out_dir: Path
    settings: TrainSettings
    rename: Mapping[str, str] = field(default_factory=dict)
    init: ModelChoice | None = None
    resume: bool = False
    force: bool = False
    processes: int = 1
    skeleton: Skeleton = MOUSE


@dataclass(frozen=True)
class TrainOutcome:
    """What came out: the model file and its scores on held-out frames."""

    model: Path
    scores: Scores
    epochs: int
    minutes: float


def train_model(request: TrainRequest) -> Job[TrainOutcome | None]:
    """Train a detector; None comes out in a process that helps another one (`training.processes`), which writes.

    After each epoch some of the held-out frames are looked at (`training.loop`), at the end all are scored. Cancelling
    after an epoch keeps the best weights so far, which are exported with the losses and curves; ``--resume``
    goes on from the checkpoint.

    Raises
    ------
    MazetrackError
        The labels, the model to start from, or the output folder cannot be used.
    """
    from napari_mazetrack.training.claim import claim_folder
    from napari_mazetrack.training.loop import Trainer
    from napari_mazetrack.training.processes import join_processes

    for name in () if request.resume else (MODEL, CHECKPOINT):
        refuse_existing(request.out_dir / name, overwrite=request.force)
    spec, start = _read_start(request)
    data = yield from _load_data(request, spec, start)
    processes = join_processes(request.processes)
    trainer = Trainer(spec, request.settings, data, request.out_dir / CHECKPOINT, processes)
    if not processes.is_first:
        yield from trainer.run(start)
        return None
    with claim_folder(request.out_dir) as claim:
        return (yield from claim.keep(_train_and_save(request, trainer, start, claim)))


def _train_and_save(request: TrainRequest, trainer: Trainer, start: Start, claim: Claim) -> Job[TrainOutcome]:
    from napari_mazetrack.training.report import save_samples

    save_samples(trainer.data.crops, request.out_dir / SAMPLES)
    try:
        checkpoint = yield from trainer.run(start)
        yield Progress("Scoring the held-out frames", 0, None)
        return _save_results(request, trainer.spec, trainer.data, checkpoint)
    except (GeneratorExit, KeyboardInterrupt):
        if trainer.best and claim.holds():
            _save_so_far(request, trainer)
        raise


def backbone_of(init: ModelChoice) -> str:
    """Return the feature extractor of a model, which a training that starts from it must have too."""
    from napari_mazetrack.detector.model_file import read_model_file

    return read_model_file(_file_of(init)).spec.backbone


def is_imagenet_weights(init: ModelChoice | None) -> bool:
    """Whether a training would start from a file of ImageNet weights and not from a model."""
    from napari_mazetrack.network.imagenet_weights import WEIGHTS_ENDINGS

    return isinstance(init, Path) and init.suffix.lower() in WEIGHTS_ENDINGS


def _file_of(init: ModelChoice) -> Path:
    return shipped_model_path(init) if isinstance(init, ShippedModel) else init


def _read_start(request: TrainRequest) -> tuple[ModelSpec, Start]:
    """Return the spec of the model to be, and where its training starts."""
    from napari_mazetrack.detector.model_file import read_model_file
    from napari_mazetrack.detector.spec import ModelSpec
    from napari_mazetrack.network.model_weights import read_weights
    from napari_mazetrack.training.loop import Start

    settings = request.settings
    height, width = settings.input_hw
    spec = ModelSpec(request.skeleton, height, width, backbone=settings.backbone, fpn_channels=settings.fpn_channels)
    if request.init is None:
        return spec, Start(resume=request.resume)
    init = _file_of(request.init)
    if is_imagenet_weights(init):
        return spec, Start(backbone_file=init, resume=request.resume, identity=init.name)
    model_file = read_model_file(init)
    other = model_file.spec
    if other.precision != "fp32" or other.backbone != spec.backbone or other.skeleton != spec.skeleton:
        raise MazetrackError(
            f"{init} is a {other.precision} {other.backbone} model of {', '.join(other.skeleton.keypoints)}; "
            f"a training of {spec.backbone} cannot start from it. Give --backbone {other.backbone} and an FP32 model."
        )
    spec = replace(spec, fpn_channels=other.fpn_channels, priors=other.priors)
    return spec, Start(
        read_weights(model_file),
        init.name,
        resume=request.resume,
        identity=model_file.sha256,
        picture_keys=read_picture_keys(other),
    )


def read_picture_keys(spec: ModelSpec) -> frozenset[str]:
    """Return `TrainingPicture.key` of the pictures that a model says it was trained on."""
    said = spec.trained_on.get(PICTURE_KEYS, ())
    return frozenset(key for key in said if isinstance(key, str)) if isinstance(said, list) else frozenset()


def _load_data(request: TrainRequest, spec: ModelSpec, start: Start) -> Job[TrainingData]:
    from napari_mazetrack.training.data_set import CropSet
    from napari_mazetrack.training.loop import TrainingData
    from napari_mazetrack.training.pictures import digest_pictures, load_pictures
    from napari_mazetrack.training.splits import in_film_order, refuse_duplicates, split_tables

    settings = request.settings
    tables: list[list[TrainingPicture]] = []
    for path in request.labels:
        frames = sorted(load_labelled_frames(path, request.skeleton, request.rename), key=in_film_order)
        tables.append((yield from load_pictures(frames, request.skeleton.n_keypoints, f"Reading {path.name}")))
    splits = split_tables(tables, settings.validation_fraction, settings.seed, start.picture_keys)
    for path, split in zip(request.labels, splits, strict=True):
        yield Progress(f"Reading {path.name}", 1, 1, _tell_split(path, split))
    training = [picture for split in splits for picture in split.training]
    held = [picture for split in splits for picture in split.validation]
    refuse_duplicates(training, held)
    n_known = sum(picture.key in start.picture_keys for picture in held) if start.picture_keys else 0
    if n_known:
        yield Progress("Reading labels", 1, 1, _tell_known(n_known, len(held), start))
    description: dict[str, Any] = {
        "tables": [_describe(path, split) for path, split in zip(request.labels, splits, strict=True)],
        **({"held_out_frames_known_to_init": n_known} if n_known else {}),
    }
    crops = CropSet([split.training for split in splits], spec.priors, settings.seed)
    keys = tuple(sorted({picture.key for picture in training} | start.picture_keys))
    digest = digest_pictures([*training, *held])
    return TrainingData(
        crops, _interleave([split.validation for split in splits], settings.seed), description, keys, digest
    )


def _describe(path: Path, split: Split) -> dict[str, Any]:
    return {
        "table": path.name,
        "training_frames": len(split.training),
        "held_out_frames": len(split.validation),
        "held_out_by": split.unit,
        "frames_without_animal": _count_empty(split),
    }


def _count_empty(split: Split) -> int:
    return sum(len(picture.keypoints_xy) == 0 for picture in (*split.training, *split.validation))


def _tell_known(n_known: int, n_held: int, start: Start) -> str:
    return (
        f"{start.weights_name} was trained on {n_known} of the {n_held} held-out frames: their scores flatter. "
        "Label other films, or start from another model."
    )


def _tell_split(path: Path, split: Split) -> str:
    empty = _count_empty(split)
    how = "other films" if split.unit == "film" else "other moments of the same films, which flatters the scores"
    return f"{path.name}: {len(split.training)} frames to train on, {len(split.validation)} held out ({how})" + (
        f"; {empty} without an animal" if empty else ""
    )


def _interleave(tables: Sequence[Sequence[TrainingPicture]], seed: int) -> list[TrainingPicture]:
    """Shuffle each table's pictures, one with an animal first, and take them in turn: the first few stand for all."""
    import numpy as np

    rng = np.random.default_rng(seed)
    shuffled = [[table[i] for i in rng.permutation(len(table))] for table in tables if table]
    for pictures in shuffled:
        first = next((i for i, picture in enumerate(pictures) if picture.has_animal), 0)
        pictures.insert(0, pictures.pop(first))
    return [picture for row in zip_longest(*shuffled) for picture in row if picture is not None]


def _save_model(spec: ModelSpec, weights: dict[str, Any], out_dir: Path) -> Path:
    from napari_mazetrack.network.model_weights import write_model
    from napari_mazetrack.training.loop import network_with

    path = out_dir / MODEL
    with atomic_path(path, overwrite=True) as temporary:
        write_model(network_with(spec, weights), replace(spec, code_version=__version__), temporary)
    return path


def _trained_on(request: TrainRequest, data: TrainingData, n_epochs: int) -> dict[str, Any]:
    return {
        **data.description,
        "recipe": request.settings.recipe.name,
        "epochs": n_epochs,
        "crops": n_epochs * request.settings.crops_per_epoch,
        "started_from": _file_of(request.init).name if request.init else "nothing",
        PICTURE_KEYS: list(data.picture_keys[:MAX_PICTURE_KEYS]),
    }


def _save_so_far(request: TrainRequest, trainer: Trainer) -> None:
    from napari_mazetrack.training.report import save_curves, save_losses

    (request.out_dir / METRICS).unlink(missing_ok=True)  # of an earlier model, if any
    spec = replace(trainer.spec, trained_on=_trained_on(request, trainer.data, trainer.epoch))
    _save_model(spec, trainer.best, request.out_dir)
    save_losses(trainer.history, request.out_dir / LOSSES)
    save_curves(trainer.history, None, request.out_dir / CURVES)


def _save_results(request: TrainRequest, spec: ModelSpec, data: TrainingData, checkpoint: Checkpoint) -> TrainOutcome:
    from napari_mazetrack.training.loop import network_with
    from napari_mazetrack.training.report import save_curves, save_losses
    from napari_mazetrack.training.scoring import choose_score_threshold, score_frames
    from napari_mazetrack.training.validation import find_in_pictures
    from napari_mazetrack.training.worst_frames import list_worst

    scored = find_in_pictures(network_with(spec, checkpoint.best), spec, data.validation)
    threshold = choose_score_threshold(score_frames(scored, spec.skeleton, spec.score_threshold).curve)
    scores = score_frames(scored, spec.skeleton, threshold)
    trained_on = _trained_on(request, data, checkpoint.epoch)
    spec = replace(spec, score_threshold=threshold, trained_on=trained_on, scores={"held_out": scores.to_plain()})
    model = _save_model(spec, checkpoint.best, request.out_dir)
    minutes = checkpoint.elapsed_s / 60
    labels = [picture.frame for picture in data.validation]
    human = load_human_error(request.labels, spec.skeleton)
    metrics = {
        "held_out": scores.to_plain(),
        "precision_recall": scores.curve.to_plain(),
        "worst_frames": [frame.to_plain() for frame in list_worst(scored, labels, threshold)],
        "human_error": None if human is None else human.to_plain(),
        "trained_on": {name: value for name, value in trained_on.items() if name != PICTURE_KEYS},
        "minutes": round(minutes, 2),
    }
    with atomic_path(request.out_dir / METRICS, overwrite=True) as temporary:
        temporary.write_text(json.dumps(metrics, indent=2) + "\n")
    save_losses(checkpoint.history, request.out_dir / LOSSES)
    save_curves(checkpoint.history, scores, request.out_dir / CURVES)
    return TrainOutcome(model, scores, checkpoint.epoch, minutes)
