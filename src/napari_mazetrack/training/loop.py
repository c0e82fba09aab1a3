"""The training loop: epochs of crops, a look at held-out pictures after each, and a checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from napari_mazetrack.cores import usable_cores
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.errors import MazetrackError
from napari_mazetrack.network.detector_network import DetectorNetwork
from napari_mazetrack.network.losses import compute_losses
from napari_mazetrack.network.model_weights import load_weights
from napari_mazetrack.network.targets import TargetBatch
from napari_mazetrack.progress import Job, Progress
from napari_mazetrack.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from napari_mazetrack.training.crop_batches import BatchPlan, EpochBatches, make_in_processes, make_in_thread
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.optimisation import MovingAverage, compute_learning_rate, make_optimiser
from napari_mazetrack.training.pictures import TrainingPicture
from napari_mazetrack.training.processes import Processes
from napari_mazetrack.training.scoring import Scores, score_frames
from napari_mazetrack.training.settings import TrainSettings
from napari_mazetrack.training.validation import find_in_pictures

#: After each epoch the first of the held-out pictures are looked at, always the same: as many as have this share of the
#: pixels that were trained on, since a pixel costs a third of one that is learnt from. All of them are at the end.
LOOK_SHARE = 0.6
#: … but not fewer than these: the best epoch is chosen by them.
LEAST_LOOKED_AT = 10
#: Score threshold while training, before one is chosen.
EPOCH_THRESHOLD = 0.4
#: Columns of the history.
LOSSES = ("total", "class", "box", "keypoints", "refinement", "heat")


@dataclass(frozen=True)
class TrainingData:
    """What is trained on and what is held out.

    Attributes
    ----------
    crops : CropSet
        What is trained on.
    validation : sequence of TrainingPicture
        What is held out; the first of them stand for all after each epoch.
    description : dict
        Both in plain words, which a resumed training must share.
    picture_keys : tuple of str
        `TrainingPicture.key` of what is trained on, and of what the model was that it starts from.
    digest : str
        `digest_pictures` of both, which a resumed training must share.
    """

    crops: CropSet
    validation: Sequence[TrainingPicture]
    description: dict[str, Any]
    picture_keys: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Start:
    """Where a training starts: from weights of another model, from a checkpoint, or from nothing.

    Attributes
    ----------
    weights : dict or None
        Weights of a whole detector.
    weights_name : str
        What they are called in messages.
    backbone_file : Path or None
        ImageNet weights of the backbone, in place of those that the recipe would fetch.
    resume : bool
        Go on from the checkpoint.
    identity : str
        Of the weights, which a resumed training must share; empty for nothing.
    picture_keys : frozenset of str
        `TrainingPicture.key` of what the other model was trained on.
    """

    weights: dict[str, Tensor] | None = None
    weights_name: str = ""
    backbone_file: Path | None = None
    resume: bool = False
    identity: str = ""
    picture_keys: frozenset[str] = frozenset()


class Trainer:
    """A network in training. `run` is the job; after each epoch `checkpoint_path` holds all there is.

    Parameters
    ----------
    spec : ModelSpec
        The model to be.
    settings : TrainSettings
        How it is trained.
    data : TrainingData
        With what.
    checkpoint_path : Path
        Where its state is kept.
    processes : Processes
        Those that share the training; this one alone unless told. The first one writes.
    batches : callable or None
        From an epoch to its batches of crops; made of `data` unless given.
    """

    def __init__(
        self,
        spec: ModelSpec,
        settings: TrainSettings,
        data: TrainingData,
        checkpoint_path: Path,
        processes: Processes | None = None,
        batches: EpochBatches | None = None,
    ) -> None:
        self.spec, self.settings, self.data, self.path = spec, settings, data, checkpoint_path
        self.processes = processes or Processes()
        self.device = self.processes.device
        self.batches = batches or self._plan_batches()
        self.axis = spec.skeleton.axis
        self.epoch, self.elapsed_s, self.best_score = 0, 0.0, -1.0
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}
        self.start = Start()

    def run(self, start: Start) -> Job[Checkpoint]:
        """Train to the end and return the last checkpoint."""
        self.start = start
        checkpoint = self._prepare(start)
        while checkpoint is None or not self._is_finished():
            losses = yield from self._train_epoch()
            checkpoint = self._finish_epoch(losses)
            if self.processes.is_first:
                save_checkpoint(checkpoint, self.path)
            row = self.history[-1]
            yield Progress(self._stage(), 0, None, f"{_tell(row)}; {self._tell_time_left()}", dict(row))
        return checkpoint

    @property
    def n_looked_at(self) -> int:
        """Held-out pictures that are looked at after each epoch, where there are so many."""
        height, width = self.spec.input_hw
        return max(LEAST_LOOKED_AT, int(LOOK_SHARE * self.settings.pixels_per_epoch / (height * width)))

    def _plan_batches(self) -> EpochBatches:
        settings, processes = self.settings, self.processes
        plan = BatchPlan(
            self.data.crops, settings.batch_shapes, settings.batches_per_epoch, processes.rank, processes.n
        )
        if self.device.type == "cpu":
            return make_in_thread(plan)
        return make_in_processes(plan, max(1, usable_cores() // processes.n - 1))

    def _prepare(self, start: Start) -> Checkpoint | None:
        checkpoint = load_checkpoint(self.path) if start.resume else None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.settings.seed)
            is_new = checkpoint is None and start.weights is None
            pretrained = (start.backbone_file or self.settings.recipe.pretrained) if is_new else False
            network = DetectorNetwork(self.spec, pretrained=pretrained)
            # Channels last: a fifth faster on a CPU.
            self.network = network.to(self.device).to(memory_format=torch.channels_last)
        if start.weights is not None and checkpoint is None:
            load_weights(self.network, start.weights, start.weights_name)
        self.optimiser = make_optimiser(self.network, self.settings.recipe)
        self.average = MovingAverage(self.network, self.settings.recipe.ema_decay)
        if checkpoint is not None:
            self._restore(checkpoint)
        return checkpoint

    def _restore(self, checkpoint: Checkpoint) -> None:
        ours = self._plain_settings()
        unsaid = {"mixed_precision": False, "labels": ours["labels"], "init": ours["init"]}  # in older checkpoints
        saved = {**unsaid, **checkpoint.settings}
        if saved != ours:
            changed = [name for name, value in ours.items() if saved.get(name) != value]
            raise MazetrackError(
                f"{self.path} was trained with other settings or labels ({', '.join(changed)} differ). "
                "Give the same ones to --resume, or train again without it."
            )
        self.network.load_state_dict(checkpoint.weights)
        self.optimiser.load_state_dict(checkpoint.optimiser)
        for name, value in checkpoint.average.items():
            self.average.values[name].copy_(value)
        self.epoch, self.elapsed_s = checkpoint.epoch, checkpoint.elapsed_s
        self.best, self.best_score = checkpoint.best, checkpoint.best_score
        self.history = list(checkpoint.history)

    def _train_epoch(self) -> Job[dict[str, float]]:
        """Train on one epoch's crops and return its mean losses and last rate."""
        settings, recipe = self.settings, self.settings.recipe
        n_batches = settings.batches_per_epoch
        sums, n_done, rate = torch.zeros(len(LOSSES)), 0, 0.0
        with closing(self.batches(self.epoch)) as batches:
            started = time.perf_counter()
            for i, batch in enumerate(batches):
                done = self._done_fraction(i / n_batches)
                rate = compute_learning_rate(recipe, self.epoch, done)
                for group in self.optimiser.param_groups:
                    group["lr"] = rate
                sums += self._step(*batch, forgive=done >= recipe.strict_share)
                self.average.update(self.network, self.epoch * n_batches + i + 1)
                n_done += 1
                now = time.perf_counter()
                self.elapsed_s = self.processes.as_first(self.elapsed_s + now - started)
                yield Progress(self._stage(), i + 1, n_batches)
                started = time.perf_counter()  # whoever shows it may pause
                if self._out_of_time():
                    break
        return {**dict(zip(LOSSES, (sums / n_done).tolist(), strict=True)), "learning_rate": rate}

    def _step(self, luma: Tensor, targets: TargetBatch, *, forgive: bool = True) -> Tensor:
        """Do one step of the optimiser; returns the losses in the order of `LOSSES`."""
        targets = targets.to(self.device)
        self.network.train()
        normalised = (luma.to(self.device).float() - self.spec.luma_mean) / self.spec.luma_std
        normalised = normalised.contiguous(memory_format=torch.channels_last)
        forward = self.network.forward_in_training if self.settings.recipe.heat_maps else self.network
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.mixed_precision):
            outputs = forward(normalised).as_float32()
        class_loss = self.settings.recipe.class_loss
        losses = compute_losses(
            outputs, targets, class_loss, self.axis, forgive=forgive, divisor=self.processes.divisor
        )
        self.optimiser.zero_grad(set_to_none=True)
        losses.total.backward()
        self.processes.average([p.grad for p in self.network.parameters() if p.grad is not None])
        if self.settings.recipe.largest_gradient is not None:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.recipe.largest_gradient)
        self.optimiser.step()
        parts = (losses.total, losses.classes, losses.box, losses.keypoints, losses.refinement, losses.heat)
        return torch.stack(parts).detach().cpu()

    def _finish_epoch(self, losses: dict[str, float]) -> Checkpoint:
        """Score the moving average on held-out pictures and gather the state."""
        started = time.perf_counter()
        self.processes.average(self._statistics())
        average = {name: value.detach().cpu().clone() for name, value in self.average.values.items()}
        network = network_with(self.spec, average).to(self.device)
        scored = find_in_pictures(network, self.spec, self.data.validation[: self.n_looked_at])
        scores = score_frames(scored, self.spec.skeleton, EPOCH_THRESHOLD)
        oks_ap = self.processes.as_first(scores.oks_ap)  # all must be patient for as long
        self.epoch += 1
        self.history.append(
            {
                "epoch": float(self.epoch),
                **losses,
                "oks_ap": oks_ap,
                "ap50": scores.ap50,
                "flipped_fraction": scores.n_flipped / max(scores.n_compared, 1),
                "found_fraction": scores.found_fraction,
                **_median_errors(scores),
            }
        )
        if oks_ap >= self.best_score:
            self.best, self.best_score = average, oks_ap
        self.elapsed_s = self.processes.as_first(self.elapsed_s + time.perf_counter() - started)
        return Checkpoint(
            epoch=self.epoch,
            elapsed_s=self.elapsed_s,
            weights={name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()},
            average=average,
            best=self.best,
            best_score=self.best_score,
            optimiser=self.optimiser.state_dict(),
            history=list(self.history),
            settings=self._plain_settings(),
        )

    def _statistics(self) -> list[Tensor]:
        """Return the statistics of normalisation, of which each process has seen its own part of the batches."""
        buffers = [name for name, buffer in self.network.named_buffers() if buffer.is_floating_point()]
        state = self.network.state_dict()
        return [values[name] for values in (state, self.average.values) for name in buffers if name in values]

    def _plain_settings(self) -> dict[str, Any]:
        """Return settings and data as plain values that survive a checkpoint unchanged (lists for tuples)."""
        data = {"data": self.data.description, "labels": self.data.digest, "init": self.start.identity}
        plain: dict[str, Any] = _plain({**asdict(self.settings), **data})
        return plain

    def _done_fraction(self, epoch_fraction: float) -> float:
        done = (self.epoch + epoch_fraction) / self.settings.epochs
        minutes = self.settings.minutes
        return max(done, self.elapsed_s / (60 * minutes)) if minutes else done

    def _out_of_time(self) -> bool:
        return self.settings.minutes is not None and self.elapsed_s >= 60 * self.settings.minutes

    def _is_finished(self) -> bool:
        return self.epoch >= self.settings.epochs or self._out_of_time() or self._out_of_patience()

    def _out_of_patience(self) -> bool:
        scores = [row["oks_ap"] for row in self.history]
        patience = self.settings.patience
        return patience is not None and len(scores) - 1 - scores.index(max(scores)) >= patience

    def _tell_time_left(self) -> str:
        if self._is_finished():
            return "finished"
        done = self._done_fraction(0.0)
        return f"about {self.elapsed_s * (1 - done) / done / 60:.0f} minutes left"

    def _stage(self) -> str:
        return f"Training, epoch {min(self.epoch + 1, self.settings.epochs)} of {self.settings.epochs}"


def network_with(spec: ModelSpec, weights: dict[str, Tensor]) -> DetectorNetwork:
    """Return a network on the CPU with these weights, in evaluation mode."""
    network = DetectorNetwork(spec)
    network.load_state_dict(weights)
    return network.eval()


def _median_errors(scores: Scores) -> dict[str, float]:
    """Return each keypoint's median error, pixels; nothing for one that was found nowhere."""
    medians = {f"{name}_median_px": float(error["median_px"]) for name, error in scores.keypoints.items()}
    return {name: median for name, median in medians.items() if math.isfinite(median)}


def _tell(row: dict[str, float]) -> str:
    return (
        f"epoch {row['epoch']:.0f}: loss {row['total']:.3f} = class {row['class']:.3f} + 2 × box {row['box']:.3f} "
        f"+ keypoints {row['keypoints']:.3f} + second look {row['refinement']:.3f} + 2 × heat maps {row['heat']:.3f}; "
        f"held out: OKS-AP {row['oks_ap']:.3f}, "
        f"found {100 * row['found_fraction']:.0f} %, flipped {100 * row['flipped_fraction']:.0f} %"
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a settings tree
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
