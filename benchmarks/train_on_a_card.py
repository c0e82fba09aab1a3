"""Train the accurate model, and others beside it, in minutes on a computer with an NVIDIA card and many cores.

    python benchmarks/train_on_a_card.py --out FOLDER --minutes 4.2 --labels LABELS.npz --label-minutes 1.6

To make crops is what limits, so all networks learn from the same ones: each batch waits for the first network, and goes
to every other one that is idle. Pictures are painted first, in every core (`mazetrack simulate` would write the same
ones). Then each network learns from them for --minutes, and for --label-minutes more from them and from the labelled
pictures (arrays `luma` [N, H, W] and `keypoints_xy` [N, 3, 2] of an .npz). Writes NET.pictures.onnx, NET.onnx and
history.json: the moving averages of the weights, and the scores on held-out simulated pictures.

The accurate model that ships was made so on an H200 with 16 cores, with --initial, the ImageNet weights of MobileNetV2
(torchvision's file): 2,700 crops a second, 817,000 of them before the labels and 306,000 after.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import queue
import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from napari_mazetrack.cores import usable_cores
from napari_mazetrack.detector.spec import ModelSpec
from napari_mazetrack.network.model_weights import write_model
from napari_mazetrack.simulator.picture import simulate_picture
from napari_mazetrack.simulator.picture_files import SEED_STEP
from napari_mazetrack.skeleton import MOUSE
from napari_mazetrack.training.crop_batches import Batch, BatchPlan, make_in_processes
from napari_mazetrack.training.data_set import CropSet
from napari_mazetrack.training.loop import Start, Trainer, TrainingData, network_with
from napari_mazetrack.training.pictures import TrainingPicture
from napari_mazetrack.training.settings import RECIPES, Recipe, TrainSettings

N_HELD_OUT = 60
#: A batch is this much larger than on a CPU, and the rate twice as high.
LARGER_BATCHES, HIGHER_RATE = 32, 2.0
BATCH_SHAPES = tuple((n * LARGER_BATCHES, side) for n, side in TrainSettings.batch_shapes)
EPOCH_BATCHES = 350
#: Whose weights --initial holds.
IMAGENET_BACKBONE = "mobilenetv2_100"
STRICT = replace(RECIPES["default"], ema_decay=0.999, strict_share=0.6)

Weights = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Net:
    """A network to train: its recipe, backbone, batches in an epoch, and epochs where these end its training."""

    recipe: Recipe
    backbone: str
    epoch_batches: int = EPOCH_BATCHES
    epochs: int = 1000

    @property
    def spec(self) -> ModelSpec:
        return ModelSpec(MOUSE, *TrainSettings.input_hw, backbone=self.backbone)

    def settings(self, minutes: float, *, further: bool) -> TrainSettings:
        recipe = self.recipe.for_fine_tuning() if further else self.recipe
        return TrainSettings(
            replace(recipe, learning_rate=recipe.learning_rate * HIGHER_RATE),
            self.backbone,
            self.epochs,
            self.epoch_batches,
            BATCH_SHAPES,
            minutes=minutes,
        )


NETS = {
    "small": Net(STRICT, "mobilenetv1_025"),
    "medium": Net(STRICT, "mobilenetv2_100"),
    "seed": Net(replace(RECIPES["seed"], pretrained=False), "mobilenetv2_100", epoch_batches=14, epochs=50),
}


def paint(seed: int, folder: Path) -> None:
    """Paint one picture into `folder`, unless it is there."""
    path = folder / f"{seed}.points.npy"
    if not path.exists():
        picture = simulate_picture(seed)
        points = picture.keypoints_xy
        np.save(folder / f"{seed}.npy", picture.luma)
        np.save(path, points if points is not None else np.zeros(0))


def read(path: Path) -> TrainingPicture:
    points = np.load(path.with_suffix(".points.npy")).reshape(-1, MOUSE.n_keypoints, 2)
    seen = np.isfinite(points).any(axis=(1, 2))
    return TrainingPicture(np.load(path), points[seen], path.name)


def paint_pictures(n: int, seed: int, folder: Path) -> list[TrainingPicture]:
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [seed * SEED_STEP + i for i in range(n)]
    with ProcessPoolExecutor(usable_cores(), multiprocessing.get_context("fork")) as pool:
        list(pool.map(partial(paint, folder=folder), seeds, chunksize=8))
    return [read(folder / f"{seed}.npy") for seed in seeds]


def read_labelled(path: Path) -> list[TrainingPicture]:
    with np.load(path) as arrays:
        pairs = zip(arrays["luma"], arrays["keypoints_xy"], strict=True)
        return [TrainingPicture(luma, points[None], f"{path.name} {i}") for i, (luma, points) in enumerate(pairs)]


class Share:
    """Hands the same batches to several trainers, each in a thread of its own.

    Each batch waits for the first of `names` that has not left; the others skip what comes while they are busy.
    """

    def __init__(self, crops: CropSet, n_processes: int, names: Sequence[str]) -> None:
        endless = BatchPlan(crops, BATCH_SHAPES, 10**6)
        self.batches = make_in_processes(endless, n_processes, "fork")(0)
        self.waiting = next(self.batches)  # forked before there are other threads
        self.queues: dict[str, queue.Queue[Batch]] = {name: queue.Queue(3) for name in names}
        self.is_over, self.n_made = threading.Event(), 0

    def hand_out(self) -> None:
        """Make batches until all have left."""
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        for luma, targets in chain([self.waiting], self.batches):
            batch = luma.to(device), targets.to(device)
            self.n_made += 1
            for name in list(self.queues):
                self._offer(name, batch)
            if self.is_over.is_set():
                return

    def _offer(self, name: str, batch: Batch) -> None:
        while (waiting := self.queues.get(name)) is not None:
            is_first = name == next(iter(self.queues), name)
            try:
                waiting.put(batch, timeout=0.2 if is_first else 0.001)
            except queue.Full:
                if is_first:
                    continue
            return

    def leave(self, name: str) -> None:
        """Take no more batches."""
        del self.queues[name]
        if not self.queues:
            self.is_over.set()

    def batches_of(self, name: str, n: int, _epoch: int) -> Generator[Batch, None, None]:
        waiting = self.queues[name]
        for _ in range(n):
            yield waiting.get(timeout=120)


@dataclass
class Stage:
    """Trainings that share their crops, and what comes out of them."""

    title: str
    crops: CropSet
    held_out: Sequence[TrainingPicture]
    minutes: float
    is_further: bool
    options: argparse.Namespace

    def run(self, starts: dict[str, Weights | None]) -> dict[str, Weights]:
        """Train from `starts`; returns the moving averages of those that came to their end."""
        share = Share(self.crops, self.options.workers, list(starts))
        trainers = {name: self._make_trainer(name, share) for name in starts}
        began = time.perf_counter()
        threads = [
            threading.Thread(target=self._train, args=(name, trainer, self._start_of(name, starts[name]), share))
            for name, trainer in trainers.items()
        ]
        for thread in threads:
            thread.start()
            time.sleep(2)  # each draws its first weights
        share.hand_out()
        for thread in threads:
            thread.join()
        n_crops = share.n_made * np.mean([n for n, _ in BATCH_SHAPES])
        print(f"{self.title}: {n_crops:.0f} crops, {n_crops / (time.perf_counter() - began):.0f} a second", flush=True)
        return {
            name: {key: value.detach().cpu().clone() for key, value in trainer.average.values.items()}
            for name, trainer in trainers.items()
            if f"{name}.{self.title}" in self.options.history
        }

    def _start_of(self, name: str, weights: Weights | None) -> Start:
        """Start from these weights; without them from ImageNet's, where a file has those of the backbone."""
        has_file = weights is None and NETS[name].backbone == IMAGENET_BACKBONE
        return Start(weights, name, backbone_file=self.options.initial if has_file else None)

    def _make_trainer(self, name: str, share: Share) -> Trainer:
        net = NETS[name]
        settings = net.settings(self.minutes, further=self.is_further)
        held_out = self.held_out[:20] if net.epochs < 1000 else self.held_out
        checkpoint = self.options.scratch / f"{name}.{self.title}.checkpoint"
        batches = partial(share.batches_of, name, net.epoch_batches)
        return Trainer(net.spec, settings, TrainingData(self.crops, held_out, {}), checkpoint, batches=batches)

    def _train(self, name: str, trainer: Trainer, start: Start, share: Share) -> None:
        """Train one network; where it fails its thread ends with the traceback, and the others go on."""
        try:
            with torch.cuda.stream(torch.cuda.Stream() if torch.cuda.is_available() else None):
                for report in trainer.run(start):
                    if report.message:
                        print(f"{time.strftime('%X')} {self.title} {name}: {report.message}", flush=True)
        finally:
            share.leave(name)
        self.options.history[f"{name}.{self.title}"] = trainer.history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/train_on_a_card"))
    parser.add_argument("--pictures", type=int, default=6500)
    parser.add_argument("--seed", type=int, default=301, help="of the pictures; the next one's are held out")
    parser.add_argument("--minutes", type=float, default=4.2)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--label-minutes", type=float, default=1.6)
    parser.add_argument("--initial", type=Path, help="ImageNet weights of MobileNetV2")
    parser.add_argument("--nets", nargs="+", choices=list(NETS), default=list(NETS))
    parser.add_argument("--workers", type=int, default=max(1, usable_cores() - 2))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    options.scratch.mkdir(parents=True, exist_ok=True)
    options.history = {}
    began = time.perf_counter()
    held_out = paint_pictures(N_HELD_OUT, options.seed + 1, options.scratch / "pictures")
    painted = paint_pictures(options.pictures, options.seed, options.scratch / "pictures")
    print(f"{len(painted)} pictures after {time.perf_counter() - began:.0f} s", flush=True)

    priors = next(iter(NETS.values())).spec.priors
    stage = Stage("pictures", CropSet([painted], priors, 3), held_out, options.minutes, False, options)
    trained = stage.run(dict.fromkeys(options.nets))
    save(trained, options, ".pictures")
    if options.labels is not None:
        both = CropSet([painted, read_labelled(options.labels)], priors, 7)
        further = Stage("labels", both, held_out, options.label_minutes, True, options)
        save(further.run({name: trained[name] for name in trained if name != "seed"}), options, "")


def save(trained: dict[str, Weights], options: argparse.Namespace, suffix: str) -> None:
    for name, weights in trained.items():
        spec = NETS[name].spec
        write_model(network_with(spec, weights), spec, options.out / f"{name}{suffix}.onnx")
    (options.out / "history.json").write_text(json.dumps(options.history))


if __name__ == "__main__":
    main()
